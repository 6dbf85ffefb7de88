#include "provider/catalog.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <ws2tcpip.h>

namespace inlet::provider {
namespace {

constexpr GUID kProviderV4 = {0x6f1d2c30, 0x8a57, 0x4c1e, {0x9b, 0x40, 0x3e, 0x51, 0x7a, 0x0d, 0x22, 0x04}};
constexpr GUID kProviderV6 = {0x6f1d2c30, 0x8a57, 0x4c1e, {0x9b, 0x40, 0x3e, 0x51, 0x7a, 0x0d, 0x22, 0x06}};

constexpr DWORD kStreamServices =
    XP1_GUARANTEED_DELIVERY | XP1_GUARANTEED_ORDER | XP1_GRACEFUL_CLOSE | XP1_EXPEDITED_DATA | XP1_IFS_HANDLES;
constexpr DWORD kDatagramServices =
    XP1_CONNECTIONLESS | XP1_MESSAGE_ORIENTED | XP1_SUPPORT_BROADCAST | XP1_SUPPORT_MULTIPOINT | XP1_IFS_HANDLES;
constexpr DWORD kDatagramBytesMax = 0xffffffbb;  // what Windows publishes: 4 GiB less the headers

constexpr WSAPROTOCOL_INFOW make_entry(DWORD id, bool v6, bool datagram, std::u16string_view name) {
  WSAPROTOCOL_INFOW entry{};
  entry.dwServiceFlags1 = datagram ? kDatagramServices : kStreamServices;
  entry.dwProviderFlags = PFL_MATCHES_PROTOCOL_ZERO;
  entry.ProviderId = v6 ? kProviderV6 : kProviderV4;
  entry.dwCatalogEntryId = id;
  entry.ProtocolChain.ChainLen = BASE_PROTOCOL;
  entry.iVersion = 2;
  entry.iAddressFamily = v6 ? AF_INET6 : AF_INET;
  entry.iMaxSockAddr = entry.iMinSockAddr = v6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  entry.iSocketType = datagram ? SOCK_DGRAM : SOCK_STREAM;
  entry.iProtocol = datagram ? IPPROTO_UDP : IPPROTO_TCP;
  entry.iNetworkByteOrder = BIGENDIAN;
  entry.iSecurityScheme = SECURITY_PROTOCOL_NONE;
  entry.dwMessageSize = datagram ? kDatagramBytesMax : 0;
  for (size_t i = 0; i < name.size() && i < WSAPROTOCOL_LEN; ++i) entry.szProtocol[i] = name[i];
  return entry;
}

constexpr std::array<WSAPROTOCOL_INFOW, 4> kCatalog = {
    make_entry(1001, false, false, u"Inlet TCP over IPv4"),
    make_entry(1002, false, true, u"Inlet UDP over IPv4"),
    make_entry(1003, true, false, u"Inlet TCP over IPv6"),
    make_entry(1004, true, true, u"Inlet UDP over IPv6"),
};

bool fits_family(const WSAPROTOCOL_INFOW& entry, int family) {
  return family == 0 || entry.iAddressFamily == family;
}
bool fits_type(const WSAPROTOCOL_INFOW& entry, int type) {
  return type == 0 || entry.iSocketType == type;
}
bool fits_protocol(const WSAPROTOCOL_INFOW& entry, int protocol) {
  if (protocol == 0) return (entry.dwProviderFlags & PFL_MATCHES_PROTOCOL_ZERO) != 0;
  return protocol >= entry.iProtocol && protocol <= entry.iProtocol + entry.iProtocolMaxOffset;
}

int resolved(int value, const WSAPROTOCOL_INFOW* info, int WSAPROTOCOL_INFOW::*member) {
  if (value != 0 && value != FROM_PROTOCOL_INFO) return value;
  return info != nullptr ? info->*member : 0;
}

}  // namespace

std::span<const WSAPROTOCOL_INFOW> catalog() {
  return kCatalog;
}

const WSAPROTOCOL_INFOW* find_catalog_entry(DWORD id) {
  auto entry = std::ranges::find(kCatalog, id, &WSAPROTOCOL_INFOW::dwCatalogEntryId);
  return entry == kCatalog.end() ? nullptr : &*entry;
}

const WSAPROTOCOL_INFOW& catalog_entry(bool v6, bool datagram) {
  return kCatalog[(v6 ? 2u : 0u) + (datagram ? 1u : 0u)];
}

Result<const WSAPROTOCOL_INFOW*> choose_catalog_entry(int family, int type, int protocol,
                                                      const WSAPROTOCOL_INFOW* info) {
  family = resolved(family, info, &WSAPROTOCOL_INFOW::iAddressFamily);
  type = resolved(type, info, &WSAPROTOCOL_INFOW::iSocketType);
  protocol = resolved(protocol, info, &WSAPROTOCOL_INFOW::iProtocol);
  // The order of these checks is what Windows was seen to do: the type is judged first, the protocol last.
  if (family == 0 && protocol == 0) return Error::invalid;
  auto any = [](auto fits) { return std::ranges::any_of(kCatalog, fits); };
  if (!any([&](const auto& entry) { return fits_type(entry, type); })) return Error::socket_type_not_supported;
  if (!any([&](const auto& entry) { return fits_family(entry, family); })) return Error::address_family_not_supported;
  auto entry = std::ranges::find_if(kCatalog, [&](const auto& candidate) {
    return fits_family(candidate, family) && fits_type(candidate, type) && fits_protocol(candidate, protocol);
  });
  if (entry == kCatalog.end()) return Error::protocol_not_supported;
  return &*entry;
}

}  // namespace inlet::provider
