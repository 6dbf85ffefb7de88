// What programs see of the catalog, and the narrow forms of the calls that pass its structures.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>
#include <string>

#include "base/utf16.h"
#include "provider/catalog.h"
#include "winsock/forward.h"

namespace inlet::winsock {
namespace {

// The two forms are alike up to the name, which is last.
constexpr size_t kSameBytes = offsetof(WSAPROTOCOL_INFOW, szProtocol);
static_assert(offsetof(WSAPROTOCOL_INFOA, szProtocol) == kSameBytes);

template <class To, class Character>
void copy_name(const Character* text, size_t length, To* name) {
  length = std::min<size_t>(length, WSAPROTOCOL_LEN);
  std::copy_n(text, length, name);
  std::fill_n(name + length, WSAPROTOCOL_LEN + 1 - length, To{});
}

WSAPROTOCOL_INFOW wide(const WSAPROTOCOL_INFOA& info) {
  WSAPROTOCOL_INFOW result;
  std::memcpy(&result, &info, kSameBytes);
  const std::u16string name = to_utf16({info.szProtocol, strnlen(info.szProtocol, WSAPROTOCOL_LEN)});
  copy_name(name.data(), name.size(), result.szProtocol);
  return result;
}

// A name that does not fit is cut between two characters.
WSAPROTOCOL_INFOA narrow(const WSAPROTOCOL_INFOW& info) {
  WSAPROTOCOL_INFOA result;
  std::memcpy(&result, &info, kSameBytes);
  const std::string name = to_utf8({info.szProtocol, std::char_traits<char16_t>::length(info.szProtocol)});
  size_t length = std::min<size_t>(name.size(), WSAPROTOCOL_LEN);
  while (length > 0 && length < name.size() && (name[length] & 0xc0) == 0x80) --length;
  copy_name(name.data(), length, result.szProtocol);
  return result;
}

void store(const WSAPROTOCOL_INFOW& info, WSAPROTOCOL_INFOW* to) {
  *to = info;
}
void store(const WSAPROTOCOL_INFOW& info, WSAPROTOCOL_INFOA* to) {
  *to = narrow(info);
}

bool is_wanted(const WSAPROTOCOL_INFOW& info, const INT* protocols) {
  if (info.ProtocolChain.ChainLen == LAYERED_PROTOCOL || (info.dwProviderFlags & PFL_HIDDEN) != 0) return false;
  if (protocols == nullptr) return true;
  while (*protocols != 0 && *protocols != info.iProtocol) ++protocols;
  return *protocols != 0;
}

template <class Info>
int enum_protocols(const INT* protocols, Info* buffer, LPDWORD bytes) {
  if (!is_started()) return fail(WSANOTINITIALISED);
  if (bytes == nullptr) return fail(WSAEFAULT);
  size_t count = 0;
  for (const WSAPROTOCOL_INFOW& info : provider::catalog()) count += is_wanted(info, protocols) ? 1 : 0;
  const size_t needed = count * sizeof(Info);
  if (buffer == nullptr || *bytes < needed) {
    *bytes = static_cast<DWORD>(needed);
    return fail(WSAENOBUFS);
  }
  for (const WSAPROTOCOL_INFOW& info : provider::catalog())
    if (is_wanted(info, protocols)) store(info, buffer++);
  return concluded(static_cast<int>(count), 0);
}

}  // namespace
}  // namespace inlet::winsock

using namespace inlet::winsock;

int WSAAPI WSAEnumProtocolsW(LPINT lpiProtocols, LPWSAPROTOCOL_INFOW lpProtocolBuffer, LPDWORD lpdwBufferLength) {
  return enum_protocols(lpiProtocols, lpProtocolBuffer, lpdwBufferLength);
}

int WSAAPI WSAEnumProtocolsA(LPINT lpiProtocols, LPWSAPROTOCOL_INFOA lpProtocolBuffer, LPDWORD lpdwBufferLength) {
  try {
    return enum_protocols(lpiProtocols, lpProtocolBuffer, lpdwBufferLength);
  } catch (const std::bad_alloc&) {
    return fail(WSAENOBUFS);
  }
}

SOCKET WSAAPI WSASocketA(int af, int type, int protocol, LPWSAPROTOCOL_INFOA lpProtocolInfo, GROUP g, DWORD dwFlags) {
  if (lpProtocolInfo == nullptr) return WSASocketW(af, type, protocol, nullptr, g, dwFlags);
  try {
    WSAPROTOCOL_INFOW info = wide(*lpProtocolInfo);
    return WSASocketW(af, type, protocol, &info, g, dwFlags);
  } catch (const std::bad_alloc&) {
    return fail<SOCKET>(WSAENOBUFS);
  }
}

int WSAAPI WSADuplicateSocketA(SOCKET s, DWORD dwProcessId, LPWSAPROTOCOL_INFOA lpProtocolInfo) {
  WSAPROTOCOL_INFOW info{};
  const int result = WSADuplicateSocketW(s, dwProcessId, lpProtocolInfo != nullptr ? &info : nullptr);
  if (result != 0 || lpProtocolInfo == nullptr) return result;
  try {
    *lpProtocolInfo = narrow(info);
  } catch (const std::bad_alloc&) {
    return fail(WSAENOBUFS);
  }
  return 0;
}

int WSAAPI WSAProviderConfigChange(LPHANDLE lpNotificationHandle, LPWSAOVERLAPPED, LPWSAOVERLAPPED_COMPLETION_ROUTINE) {
  if (!is_started()) return fail(WSANOTINITIALISED);
  return fail(lpNotificationHandle == nullptr ? WSAEFAULT : WSAEOPNOTSUPP);
}
