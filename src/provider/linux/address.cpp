// WSPAddressToString and WSPStringToAddress: the checks around the grammar of provider/address_text.h.
#include <cstring>
#include <new>
#include <string>
#include <string_view>

#include "provider/address_text.h"
#include "provider/linux/calls.h"

namespace inlet::provider {
namespace {

// 0 for a family that this provider does not have.
int size_of_family(int family) {
  if (family == AF_INET) return sizeof(sockaddr_in);
  if (family == AF_INET6) return sizeof(sockaddr_in6);
  return 0;
}

// An entry for another family cannot convert the address.
bool contradicts(const WSAPROTOCOL_INFOW* info, int family) {
  return info != nullptr && info->iAddressFamily != 0 && info->iAddressFamily != family;
}

template <class Address>
std::string text_of(const sockaddr* name) {
  Address address{};
  std::memcpy(&address, name, sizeof(address));
  return format_address(address);
}

// A character that no address has stands for all beyond ASCII.
std::string narrowed(std::u16string_view text) {
  std::string result;
  for (const char16_t unit : text) result += unit < 0x80 ? static_cast<char>(unit) : '?';
  return result;
}

template <class Address>
bool read_text(std::string_view text, sockaddr* name) {
  Address address{};
  const bool valid = parse_address(text, address);
  std::memcpy(name, &address, sizeof(address));
  return valid;
}

Result<void> write_text(std::string_view text, WCHAR* out, DWORD* length) {
  const DWORD room = *length;
  *length = static_cast<DWORD>(text.size() + 1);
  if (out == nullptr || room < *length) return Error::fault;
  for (const char c : text) *out++ = static_cast<WCHAR>(c);
  *out = 0;
  return {};
}

Result<void> address_to_text(const sockaddr* name, DWORD size, const WSAPROTOCOL_INFOW* info, WCHAR* out,
                             DWORD* length) {
  if (name == nullptr || length == nullptr || size < sizeof(name->sa_family)) return Error::fault;
  const int needed = size_of_family(name->sa_family);
  if (needed != 0 && size < static_cast<DWORD>(needed)) return Error::fault;
  if (needed == 0 || contradicts(info, name->sa_family)) return Error::invalid;
  const bool v6 = name->sa_family == AF_INET6;
  return write_text(v6 ? text_of<sockaddr_in6>(name) : text_of<sockaddr_in>(name), out, length);
}

Result<void> text_to_address(const WCHAR* text, int family, const WSAPROTOCOL_INFOW* info, sockaddr* out, INT* length) {
  if (text == nullptr || length == nullptr) return Error::fault;
  // How long an address is depends on its family, so the length can only be judged for those that exist.
  const int needed = size_of_family(family);
  if (needed == 0) return out == nullptr ? Error::fault : Error::invalid;
  if (out == nullptr || *length < needed) {
    *length = needed;
    return Error::fault;
  }
  if (contradicts(info, family)) return Error::invalid;
  const std::string narrow = narrowed(text);
  const bool valid = family == AF_INET6 ? read_text<sockaddr_in6>(narrow, out) : read_text<sockaddr_in>(narrow, out);
  if (!valid) return Error::invalid;
  *length = needed;
  return {};
}

}  // namespace

INT WSPAPI WSPAddressToString(LPSOCKADDR lpsaAddress, DWORD dwAddressLength, LPWSAPROTOCOL_INFOW lpProtocolInfo,
                              LPWSTR lpszAddressString, LPDWORD lpdwAddressStringLength, LPINT lpErrno) {
  try {
    return finished(lpErrno, address_to_text(lpsaAddress, dwAddressLength, lpProtocolInfo, lpszAddressString,
                                             lpdwAddressStringLength));
  } catch (const std::bad_alloc&) {
    return failed(lpErrno, Error::no_buffers);
  }
}

INT WSPAPI WSPStringToAddress(LPWSTR AddressString, INT AddressFamily, LPWSAPROTOCOL_INFOW lpProtocolInfo,
                              LPSOCKADDR lpAddress, LPINT lpAddressLength, LPINT lpErrno) {
  try {
    return finished(lpErrno, text_to_address(AddressString, AddressFamily, lpProtocolInfo, lpAddress, lpAddressLength));
  } catch (const std::bad_alloc&) {
    return failed(lpErrno, Error::no_buffers);
  }
}

}  // namespace inlet::provider
