// inet_addr, inet_ntoa, inet_pton, inet_ntop and their W forms. They need no WSAStartup.
#include <cstring>
#include <string>
#include <string_view>

#include <ws2tcpip.h>

#include "provider/address_text.h"
#include "winsock/calls.h"
#include "winsock/text_form.h"

namespace inlet::winsock {
namespace {

enum class Reading { valid, invalid, failed };

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// Something that no address contains stands for everything beyond ASCII.
std::string narrowed(PCWSTR text) {
  std::string narrow;
  for (; *text != 0; ++text) narrow += *text < 0x80 ? static_cast<char>(*text) : '?';
  return narrow;
}

Reading read_v4(std::string_view text, void* out) {
  const auto address = provider::parse_strict_v4(text);
  if (!address) return Reading::invalid;
  const u_long ordered = htonl(*address);
  std::memcpy(out, &ordered, sizeof(ordered));
  return Reading::valid;
}

Reading read_v6(std::string_view text, void* out) {
  provider::BytesV6 bytes;
  if (!provider::take_v6(text, bytes) || !text.empty()) return Reading::invalid;
  std::memcpy(out, bytes.data(), bytes.size());
  return Reading::valid;
}

Reading read_address(int family, std::string_view text, void* out) {
  if (family == AF_INET) return read_v4(text, out);
  if (family == AF_INET6) return read_v6(text, out);
  set_last_error(WSAEAFNOSUPPORT);
  return Reading::failed;
}

int result_of(Reading reading) {
  return reading == Reading::failed ? -1 : static_cast<int>(reading == Reading::valid);
}

template <class Character>
Error write_address(int family, const void* address, Character* buffer, size_t size) {
  if (family != AF_INET && family != AF_INET6) return Error::address_family_not_supported;
  if (buffer == nullptr || size == 0) return Error::invalid;
  if (address == nullptr) return Error::fault;
  const std::string text = family == AF_INET ? provider::format_v4(address) : provider::format_v6(address);
  return write_text(text, buffer, size, Error::invalid);
}

// A success leaves the last error alone, because no provider is asked.
template <class Character>
const Character* address_to_text(int family, const void* address, Character* buffer, size_t size) {
  const Error error = guarded(Error::no_buffers, [&] { return write_address(family, address, buffer, size); });
  if (error == Error::none) return buffer;
  ended(error);
  return nullptr;
}

}  // namespace
}  // namespace inlet::winsock

using namespace inlet::winsock;

u_long WSAAPI inet_addr(const char* cp) {
  if (cp == nullptr) {
    set_last_error(WSAEFAULT);
    return INADDR_NONE;
  }
  std::string_view text = cp;
  if (text == " ") return 0;
  const auto address = inlet::provider::take_v4(text);
  if (!address || (!text.empty() && !is_blank(text.front()))) return INADDR_NONE;
  return htonl(*address);
}

char* WSAAPI inet_ntoa(struct in_addr in) {
  thread_local char buffer[INET_ADDRSTRLEN];
  snprintf(buffer, sizeof(buffer), "%u.%u.%u.%u", in.S_un.S_un_b.s_b1, in.S_un.S_un_b.s_b2, in.S_un.S_un_b.s_b3,
           in.S_un.S_un_b.s_b4);
  return buffer;
}

INT WSAAPI inet_pton(INT Family, PCSTR pszAddrString, PVOID pAddrBuf) {
  if (pszAddrString == nullptr || pAddrBuf == nullptr) {
    set_last_error(WSAEFAULT);
    return -1;
  }
  return result_of(read_address(Family, pszAddrString, pAddrBuf));
}

INT WSAAPI InetPtonW(INT Family, PCWSTR pszAddrString, PVOID pAddrBuf) {
  if (pszAddrString == nullptr || pAddrBuf == nullptr) {
    set_last_error(WSAEFAULT);
    return -1;
  }
  auto reading = Reading::failed;
  const inlet::Error error = guarded(inlet::Error::no_buffers, [&] {
    reading = read_address(Family, narrowed(pszAddrString), pAddrBuf);
    return reading == Reading::invalid ? inlet::Error::invalid : inlet::Error::none;
  });
  if (error != inlet::Error::none) ended(error);
  return result_of(reading);
}

PCSTR WSAAPI inet_ntop(INT Family, const VOID* pAddr, PSTR pStringBuf, size_t StringBufSize) {
  return address_to_text(Family, pAddr, pStringBuf, StringBufSize);
}

PCWSTR WSAAPI InetNtopW(INT Family, const VOID* pAddr, PWSTR pStringBuf, size_t StringBufSize) {
  return address_to_text(Family, pAddr, pStringBuf, StringBufSize);
}
