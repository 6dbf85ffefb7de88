// The C interface: names and addresses of hosts, services and interfaces. The contracts are in inlet/inet_host.h.
#include <algorithm>
#include <string>

#include "server/api_call.h"
#include "server/host_lookup.h"
#include "server/host_text.h"
#include "server/text_list.h"

using namespace inlet;
using namespace inlet::server;

namespace {

bool is_family(INT family) {
  return family >= INET_ADDRESS_UNKNOWN && family <= INET_ADDRESS_IPV6;
}

bool is_of(const INTERNET_ADDRESS& address, INT family) {
  return family == INET_ADDRESS_UNKNOWN || address.ipFamily == family;
}

Result<BOOL> answer(bool yes) {
  if (!yes) last_error = 0;
  return yes;
}

// A text that was found, if it was, into the caller's buffer.
template <class Character>
Result<INT> put_found(Result<std::string> found, Character* buffer, INT capacity) {
  if (!found) return found.error();
  return put_text(*found, buffer, capacity);
}

template <class Character>
bool clear_buffer(Character* buffer, INT capacity) {
  if (!buffer || capacity <= 0) return false;
  *buffer = 0;
  return true;
}

// Before the name service is asked.
Error wait_for_names() {
  if (!runtime().is_initialized()) return Error::not_initialised;
  engine::before_blocking();
  return Error::none;
}

template <class Character>
INT host_address(const Character* lpszHostName, INT nAddressFamily, LPINTERNET_ADDRESS lpAddress) {
  const auto call = traced("InetGetHostAddress", lpszHostName, nAddressFamily, lpAddress);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    if (!lpAddress) return Error::fault;
    *lpAddress = INTERNET_ADDRESS{};
    const TextIn name(lpszHostName);
    if (name.is_empty() || !is_family(nAddressFamily)) return Error::fault;
    if (const Error error = wait_for_names(); error != Error::none) return error;
    auto found = find_address(name.get(), nAddressFamily);
    if (!found) return found.error();
    *lpAddress = *found;
    return 0;
  });
}

template <class Character>
INT host_name(LPINTERNET_ADDRESS lpAddress, Character* lpszHostName, INT cchHostName) {
  const auto call = traced("InetGetHostName", lpAddress, lpszHostName, cchHostName);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    if (!clear_buffer(lpszHostName, cchHostName) || !lpAddress || !is_family_known(*lpAddress)) return Error::fault;
    if (const Error error = wait_for_names(); error != Error::none) return error;
    return put_found(name_of(*lpAddress), lpszHostName, cchHostName);
  });
}

template <class Character>
INT name_of_this_host(Character* lpszLocalName, INT cchLocalName) {
  const auto call = traced("InetGetLocalName", lpszLocalName, cchLocalName);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    if (!clear_buffer(lpszLocalName, cchLocalName)) return Error::fault;
    if (const Error error = wait_for_names(); error != Error::none) return error;
    return put_found(local_name(), lpszLocalName, cchLocalName);
  });
}

template <class Character>
INT peer_name(SOCKET hSocket, Character* lpszPeerName, INT cchPeerName) {
  const auto call = traced("InetGetPeerName", hSocket, lpszPeerName, cchPeerName);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    Peer peer(hSocket);
    if (!peer) return peer.error();
    if (!clear_buffer(lpszPeerName, cchPeerName)) return Error::fault;
    engine::before_blocking();
    return put_found(name_of(peer.endpoint().address), lpszPeerName, cchPeerName);
  });
}

template <class Character>
INT host_aliases(const Character* lpszHostName, Character* lpszAliases, INT cchAliases) {
  const auto call = traced("InetEnumHostAliases", lpszHostName, lpszAliases, cchAliases);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    if (lpszAliases && !clear_buffer(lpszAliases, cchAliases)) return Error::fault;
    const TextIn name(lpszHostName);
    if (name.is_empty()) return Error::fault;
    if (const Error error = wait_for_names(); error != Error::none) return error;
    auto aliases = aliases_of(name.get());
    if (!aliases) return aliases.error();
    return lpszAliases ? put_list(*aliases, lpszAliases, cchAliases) : static_cast<INT>(aliases->size());
  });
}

// ---- masks

bool any_address_matches(const std::vector<INTERNET_ADDRESS>& addresses, const std::string& mask) {
  if (is_pattern(mask))
    return std::ranges::any_of(addresses, [&](const auto& each) { return matches_mask(format_address(each), mask); });
  auto others = find_addresses(mask.c_str());
  return others && std::ranges::find_first_of(addresses, *others, is_same_address) != addresses.end();
}

bool any_mask_matches(const std::string& name, const std::vector<std::string>& masks, bool look_up) {
  const auto plain = [&](const std::string& mask) {
    const auto normal = is_pattern(mask) ? std::nullopt : normalized_host(mask);
    return matches_mask(name, normal ? *normal : mask);
  };
  if (std::ranges::any_of(masks, plain)) return true;
  if (!look_up) return false;
  engine::before_blocking();
  auto addresses = find_addresses(name.c_str());
  return addresses &&
         std::ranges::any_of(masks, [&](const std::string& mask) { return any_address_matches(*addresses, mask); });
}

template <class Character>
BOOL match_host(const Character* lpszHostName, const Character* lpszHostMask, BOOL bResolve) {
  const auto call = traced("InetMatchHostName", lpszHostName, lpszHostMask, bResolve);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    const TextIn name(lpszHostName), text(lpszHostMask);
    if (name.is_empty() || text.is_empty()) return Error::fault;
    const auto masks = masks_of(text.get());
    if (masks.empty()) return Error::fault;
    const auto normal = normalized_host(name.get());
    return answer(any_mask_matches(normal ? *normal : name.get(), masks, bResolve != FALSE));
  });
}

template <class Character>
INT normalize_host(const Character* lpszHostName, Character* lpszNormalized, INT cchNormalized) {
  const auto call = traced("InetNormalizeHostName", lpszHostName, lpszNormalized, cchNormalized);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    if (!clear_buffer(lpszNormalized, cchNormalized) || !lpszHostName) return Error::fault;
    const TextIn name(lpszHostName);
    const auto normal = normalized_host(name.get());
    if (!normal) return Error::host_not_found;
    return put_text(*normal, lpszNormalized, cchNormalized);
  });
}

// ---- services

template <class Character>
INT service_port(const Character* lpszServiceName) {
  const auto call = traced("InetGetServicePort", lpszServiceName);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    const TextIn name(lpszServiceName);
    if (name.is_empty()) return Error::fault;
    auto port = port_of_service(name.get());
    if (!port) return port.error();
    return static_cast<INT>(*port);
  });
}

template <class Character>
INT service_name(UINT nServicePort, Character* lpszServiceName, INT cchServiceName) {
  const auto call = traced("InetGetServiceName", nServicePort, lpszServiceName, cchServiceName);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    if (!clear_buffer(lpszServiceName, cchServiceName) || nServicePort == 0 || nServicePort > 65535)
      return Error::fault;
    return put_found(service_of_port(static_cast<uint16_t>(nServicePort)), lpszServiceName, cchServiceName);
  });
}

// ---- interfaces

// Errors   address_not_available
Result<Interface> adapter(UINT number) {
  auto found = interfaces();
  if (!found) return found.error();
  std::erase_if(*found, [](const Interface& each) { return each.loopback; });
  if (number >= found->size()) return Error::address_not_available;
  return (*found)[number];
}

Result<INTERNET_ADDRESS> adapter_address(UINT number, INT family) {
  auto found = adapter(number);
  if (!found) return found.error();
  for (const INT wanted : {INET_ADDRESS_IPV4, INET_ADDRESS_IPV6})
    for (const INTERNET_ADDRESS& address : found->addresses)
      if (address.ipFamily == wanted && is_of(address, family)) return address;
  return Error::address_not_available;
}

std::string hardware_text(const std::vector<uint8_t>& hardware) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : hardware) {
    if (!text.empty()) text += '-';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

template <class Character>
INT physical_address(UINT nAdapter, Character* lpszAddress, INT cchAddress) {
  const auto call = traced("InetGetPhysicalAddress", nAdapter, lpszAddress, cchAddress);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    if (!clear_buffer(lpszAddress, cchAddress)) return Error::fault;
    auto found = adapter(nAdapter);
    if (!found) return found.error();
    if (found->hardware.empty()) return Error::address_not_available;
    return put_text(hardware_text(found->hardware), lpszAddress, cchAddress);
  });
}

Result<INT> put_address(Result<INTERNET_ADDRESS> found, LPINTERNET_ADDRESS address) {
  if (!found) return found.error();
  *address = *found;
  return 0;
}

Result<INTERNET_ADDRESS> public_address(INT family) {
  auto addresses = own_addresses(family);
  if (!addresses) return addresses.error();
  const auto found = std::ranges::find_if(*addresses, is_public_address);
  return found == addresses->end() ? Result<INTERNET_ADDRESS>(Error::not_supported) : *found;
}

}  // namespace

INT WINAPI InetGetHostAddressA(LPCSTR lpszHostName, INT nAddressFamily, LPINTERNET_ADDRESS lpAddress) {
  return host_address(lpszHostName, nAddressFamily, lpAddress);
}
INT WINAPI InetGetHostAddressW(LPCWSTR lpszHostName, INT nAddressFamily, LPINTERNET_ADDRESS lpAddress) {
  return host_address(lpszHostName, nAddressFamily, lpAddress);
}

INT WINAPI InetGetHostNameA(LPINTERNET_ADDRESS lpAddress, LPSTR lpszHostName, INT cchHostName) {
  return host_name(lpAddress, lpszHostName, cchHostName);
}
INT WINAPI InetGetHostNameW(LPINTERNET_ADDRESS lpAddress, LPWSTR lpszHostName, INT cchHostName) {
  return host_name(lpAddress, lpszHostName, cchHostName);
}

INT WINAPI InetGetLocalNameA(LPSTR lpszLocalName, INT cchLocalName) {
  return name_of_this_host(lpszLocalName, cchLocalName);
}
INT WINAPI InetGetLocalNameW(LPWSTR lpszLocalName, INT cchLocalName) {
  return name_of_this_host(lpszLocalName, cchLocalName);
}

INT WINAPI InetGetPeerNameA(SOCKET hSocket, LPSTR lpszPeerName, INT cchPeerName) {
  return peer_name(hSocket, lpszPeerName, cchPeerName);
}
INT WINAPI InetGetPeerNameW(SOCKET hSocket, LPWSTR lpszPeerName, INT cchPeerName) {
  return peer_name(hSocket, lpszPeerName, cchPeerName);
}

INT WINAPI InetEnumHostAliasesA(LPCSTR lpszHostName, LPSTR lpszAliases, INT cchAliases) {
  return host_aliases(lpszHostName, lpszAliases, cchAliases);
}
INT WINAPI InetEnumHostAliasesW(LPCWSTR lpszHostName, LPWSTR lpszAliases, INT cchAliases) {
  return host_aliases(lpszHostName, lpszAliases, cchAliases);
}

BOOL WINAPI InetMatchHostNameA(LPCSTR lpszHostName, LPCSTR lpszHostMask, BOOL bResolve) {
  return match_host(lpszHostName, lpszHostMask, bResolve);
}
BOOL WINAPI InetMatchHostNameW(LPCWSTR lpszHostName, LPCWSTR lpszHostMask, BOOL bResolve) {
  return match_host(lpszHostName, lpszHostMask, bResolve);
}

INT WINAPI InetNormalizeHostNameA(LPCSTR lpszHostName, LPSTR lpszNormalized, INT cchNormalized) {
  return normalize_host(lpszHostName, lpszNormalized, cchNormalized);
}
INT WINAPI InetNormalizeHostNameW(LPCWSTR lpszHostName, LPWSTR lpszNormalized, INT cchNormalized) {
  return normalize_host(lpszHostName, lpszNormalized, cchNormalized);
}

INT WINAPI InetGetServicePortA(LPCSTR lpszServiceName) {
  return service_port(lpszServiceName);
}
INT WINAPI InetGetServicePortW(LPCWSTR lpszServiceName) {
  return service_port(lpszServiceName);
}

INT WINAPI InetGetServiceNameA(UINT nServicePort, LPSTR lpszServiceName, INT cchServiceName) {
  return service_name(nServicePort, lpszServiceName, cchServiceName);
}
INT WINAPI InetGetServiceNameW(UINT nServicePort, LPWSTR lpszServiceName, INT cchServiceName) {
  return service_name(nServicePort, lpszServiceName, cchServiceName);
}

INT WINAPI InetEnumNetworkAddresses(INT nAddressFamily, LPINTERNET_ADDRESS lpAddressList, INT nMaxAddresses) {
  const auto call = traced("InetEnumNetworkAddresses", nAddressFamily, lpAddressList, nMaxAddresses);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    if (!is_family(nAddressFamily) || nMaxAddresses < 0) return Error::fault;
    auto addresses = own_addresses(nAddressFamily);
    if (!addresses) return addresses.error();
    const auto count = static_cast<INT>(addresses->size());
    if (lpAddressList) std::copy_n(addresses->begin(), std::min(count, nMaxAddresses), lpAddressList);
    if (lpAddressList && count > nMaxAddresses) return Error::message_size;
    return count;
  });
}

INT WINAPI InetGetAdapterAddress(UINT nAdapter, INT nAddressFamily, LPINTERNET_ADDRESS lpAddress) {
  const auto call = traced("InetGetAdapterAddress", nAdapter, nAddressFamily, lpAddress);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    if (!lpAddress) return Error::fault;
    *lpAddress = INTERNET_ADDRESS{};
    if (!is_family(nAddressFamily)) return Error::fault;
    return put_address(adapter_address(nAdapter, nAddressFamily), lpAddress);
  });
}

INT WINAPI InetGetPhysicalAddressA(UINT nAdapter, LPSTR lpszAddress, INT cchAddress) {
  return physical_address(nAdapter, lpszAddress, cchAddress);
}
INT WINAPI InetGetPhysicalAddressW(UINT nAdapter, LPWSTR lpszAddress, INT cchAddress) {
  return physical_address(nAdapter, lpszAddress, cchAddress);
}

INT WINAPI InetGetExternalAddress(INT nAddressFamily, LPINTERNET_ADDRESS lpAddress) {
  const auto call = traced("InetGetExternalAddress", nAddressFamily, lpAddress);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    if (!lpAddress) return Error::fault;
    *lpAddress = INTERNET_ADDRESS{};
    if (!is_family(nAddressFamily)) return Error::fault;
    return put_address(public_address(nAddressFamily), lpAddress);
  });
}

BOOL WINAPI InetIsProtocolAvailable(INT nAddressFamily, INT nProtocol) {
  const auto call = traced("InetIsProtocolAvailable", nAddressFamily, nProtocol);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    if (!is_family(nAddressFamily)) return Error::fault;
    if (nProtocol != 0 && nProtocol != INET_PROTOCOL_TCP && nProtocol != INET_PROTOCOL_UDP)
      return Error::wrong_protocol_type;
    bool available = false;
    for (const INT family : {INET_ADDRESS_IPV4, INET_ADDRESS_IPV6})
      if (nAddressFamily == INET_ADDRESS_UNKNOWN || nAddressFamily == family)
        available = available || can_open(family, nProtocol == INET_PROTOCOL_UDP);
    return answer(available);
  });
}

BOOL WINAPI InetIsAddressNull(LPINTERNET_ADDRESS lpAddress) {
  const auto call = traced("InetIsAddressNull", lpAddress);
  return guarded<BOOL>(call, FALSE,
                       [&]() -> Result<BOOL> { return answer(!lpAddress || is_null_address(*lpAddress)); });
}

BOOL WINAPI InetIsAddressRoutable(LPINTERNET_ADDRESS lpAddress) {
  const auto call = traced("InetIsAddressRoutable", lpAddress);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    if (!lpAddress || !is_family_known(*lpAddress)) return Error::fault;
    return answer(is_public_address(*lpAddress));
  });
}

BOOL WINAPI InetCompareAddress(LPINTERNET_ADDRESS lpAddress1, LPINTERNET_ADDRESS lpAddress2) {
  const auto call = traced("InetCompareAddress", lpAddress1, lpAddress2);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    if (!lpAddress1 || !lpAddress2 || !is_family_known(*lpAddress1) || !is_family_known(*lpAddress2))
      return Error::fault;
    return answer(is_same_address(*lpAddress1, *lpAddress2));
  });
}
