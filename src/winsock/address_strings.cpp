// WSAAddressToString and WSAStringToAddress, which the provider does, and the byte order of a socket's protocol.
#include <cstring>
#include <optional>
#include <string>

#include <winsock2.h>

#include "base/utf16.h"
#include "winsock/calls.h"

namespace inlet::winsock {
namespace {

// What a provider answered, as an error. One that fails without a code must not look like success.
Error outcome(int result, int code) {
  if (result == 0) return Error::none;
  return code == 0 ? Error::system_failure : static_cast<Error>(code);
}

int result_of(Error error) {
  return ended(error) == 0 ? 0 : SOCKET_ERROR;
}

// The catalog entry in the provider's form. The two differ in the name alone.
std::optional<WSAPROTOCOL_INFOW> widened(const WSAPROTOCOL_INFOA* info) {
  if (info == nullptr) return std::nullopt;
  WSAPROTOCOL_INFOW wide{};
  std::memcpy(&wide, info, offsetof(WSAPROTOCOL_INFOA, szProtocol));
  const size_t length = strnlen(info->szProtocol, WSAPROTOCOL_LEN);
  const std::u16string name = to_utf16({info->szProtocol, length});
  name.copy(wide.szProtocol, WSAPROTOCOL_LEN);
  return wide;
}

Error to_text(LPSOCKADDR address, DWORD size, LPWSAPROTOCOL_INFOW info, LPWSTR text, LPDWORD length) {
  const auto provider = base_provider();
  if (provider == nullptr) return Error::not_initialised;
  int code = 0;
  const int result = provider->table().lpWSPAddressToString(address, size, info, text, length, &code);
  return outcome(result, code);
}

Error to_address(LPWSTR text, INT family, LPWSAPROTOCOL_INFOW info, LPSOCKADDR address, LPINT length) {
  const auto provider = base_provider();
  if (provider == nullptr) return Error::not_initialised;
  // Of all pointers this is the one that Windows calls invalid.
  if (text == nullptr) return Error::invalid;
  int code = 0;
  const int result = provider->table().lpWSPStringToAddress(text, family, info, address, length, &code);
  return outcome(result, code);
}

// A provider's text may have characters that need several bytes, so it is converted before its length is judged.
Error to_narrow_text(LPSOCKADDR address, DWORD size, LPWSAPROTOCOL_INFOA info, LPSTR text, LPDWORD length) {
  auto wide_info = widened(info);
  WSAPROTOCOL_INFOW* const entry = wide_info ? &*wide_info : nullptr;
  DWORD wide_length = 0;
  if (length == nullptr) return to_text(address, size, entry, nullptr, nullptr);
  Error error = to_text(address, size, entry, nullptr, &wide_length);
  std::u16string wide(wide_length, u'\0');
  if (wide_length != 0) error = to_text(address, size, entry, wide.data(), &wide_length);
  if (error != Error::none) return error;
  const std::string narrow = to_utf8(wide.c_str());
  const DWORD room = *length;
  *length = static_cast<DWORD>(narrow.size() + 1);
  if (text == nullptr || room < *length) return Error::fault;
  std::memcpy(text, narrow.c_str(), *length);
  return Error::none;
}

Result<bool> is_little_endian(SOCKET s) {
  const auto provider = base_provider();
  if (provider == nullptr) return Error::not_initialised;
  WSAPROTOCOL_INFOW info{};
  int size = sizeof(info);
  auto read = provider->get_option(s, SOL_SOCKET, SO_PROTOCOL_INFOW, &info, &size);
  if (!read) return read.error();
  return info.iNetworkByteOrder == LITTLEENDIAN;
}

u_long in_network_order(u_long value) {
  return htonl(value);
}
u_short in_network_order(u_short value) {
  return htons(value);
}
u_long in_little_order(u_long value) {
  return __builtin_bswap32(htonl(value));
}
u_short in_little_order(u_short value) {
  return __builtin_bswap16(htons(value));
}

// There and back is the same exchange of bytes.
template <class Value>
int reorder(SOCKET s, Value value, Value* result) {
  auto little = is_little_endian(s);
  if (!little) return result_of(little.error());
  if (result == nullptr) return result_of(Error::fault);
  *result = *little ? in_little_order(value) : in_network_order(value);
  return result_of(Error::none);
}

}  // namespace
}  // namespace inlet::winsock

using namespace inlet::winsock;

INT WSAAPI WSAAddressToStringW(LPSOCKADDR lpsaAddress, DWORD dwAddressLength, LPWSAPROTOCOL_INFOW lpProtocolInfo,
                               LPWSTR lpszAddressString, LPDWORD lpdwAddressStringLength) {
  return result_of(to_text(lpsaAddress, dwAddressLength, lpProtocolInfo, lpszAddressString, lpdwAddressStringLength));
}

INT WSAAPI WSAAddressToStringA(LPSOCKADDR lpsaAddress, DWORD dwAddressLength, LPWSAPROTOCOL_INFOA lpProtocolInfo,
                               LPSTR lpszAddressString, LPDWORD lpdwAddressStringLength) {
  return result_of(guarded_call(inlet::Error::no_buffers, [&] {
    return to_narrow_text(lpsaAddress, dwAddressLength, lpProtocolInfo, lpszAddressString, lpdwAddressStringLength);
  }));
}

INT WSAAPI WSAStringToAddressW(LPWSTR AddressString, INT AddressFamily, LPWSAPROTOCOL_INFOW lpProtocolInfo,
                               LPSOCKADDR lpAddress, LPINT lpAddressLength) {
  return result_of(to_address(AddressString, AddressFamily, lpProtocolInfo, lpAddress, lpAddressLength));
}

INT WSAAPI WSAStringToAddressA(LPSTR AddressString, INT AddressFamily, LPWSAPROTOCOL_INFOA lpProtocolInfo,
                               LPSOCKADDR lpAddress, LPINT lpAddressLength) {
  return result_of(guarded_call(inlet::Error::no_buffers, [&] {
    auto info = widened(lpProtocolInfo);
    std::u16string text = AddressString != nullptr ? inlet::to_utf16(AddressString) : std::u16string();
    return to_address(AddressString != nullptr ? text.data() : nullptr, AddressFamily, info ? &*info : nullptr,
                      lpAddress, lpAddressLength);
  }));
}

int WSAAPI WSAHtonl(SOCKET s, u_long hostlong, u_long* lpnetlong) {
  return reorder(s, hostlong, lpnetlong);
}
int WSAAPI WSAHtons(SOCKET s, u_short hostshort, u_short* lpnetshort) {
  return reorder(s, hostshort, lpnetshort);
}
int WSAAPI WSANtohl(SOCKET s, u_long netlong, u_long* lphostlong) {
  return reorder(s, netlong, lphostlong);
}
int WSAAPI WSANtohs(SOCKET s, u_short netshort, u_short* lphostshort) {
  return reorder(s, netshort, lphostshort);
}
