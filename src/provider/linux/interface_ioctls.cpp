#include "provider/linux/interface_ioctls.h"

#include <algorithm>
#include <new>

#include "provider/linux/calls.h"
#include "provider/linux/socket_address.h"
#include "provider/linux/sys_interfaces.h"

namespace inlet::provider {
namespace {

using Addresses = std::vector<sys::InterfaceAddress>;

// Calls give(addresses), which may run out of memory like the listing itself.
template <class Give>
Result<void> with_addresses(bool v6, Give give) {
  try {
    Addresses all;
    if (int result = sys::list_addresses(v6, &all); result != 0) return error_of_errno(-result);
    return give(all);
  } catch (const std::bad_alloc&) {
    return Error::no_buffers;
  }
}

// The answer's length is known to the caller also when there was no room for it.
bool has_room(const IoctlRequest& request, size_t bytes) {
  *request.returned = static_cast<DWORD>(bytes);
  return request.out != nullptr && request.out_bytes >= bytes;
}

bool is_loopback(const sys::InterfaceAddress& one) {
  return (one.flags & sys::kInterfaceLoopback) != 0;
}

// What a program can tell others about.
void keep_reachable(Addresses* all) {
  std::erase_if(*all, [](const auto& one) { return (one.flags & sys::kInterfaceUp) == 0; });
  if (!std::ranges::all_of(*all, is_loopback)) std::erase_if(*all, is_loopback);
}

Result<void> write_list(const Addresses& all, size_t address_size, const IoctlRequest& request) {
  const size_t head = offsetof(SOCKET_ADDRESS_LIST, Address) + all.size() * sizeof(SOCKET_ADDRESS);
  if (!has_room(request, std::max(head, sizeof(SOCKET_ADDRESS_LIST)) + all.size() * address_size)) return Error::fault;
  const INT count = static_cast<INT>(all.size());
  auto* out = static_cast<char*>(request.out);
  std::memcpy(out, &count, sizeof(count));
  char* entry = out + offsetof(SOCKET_ADDRESS_LIST, Address);
  char* address = out + std::max(head, sizeof(SOCKET_ADDRESS_LIST));
  for (const sys::InterfaceAddress& one : all) {
    const SOCKET_ADDRESS pointer{reinterpret_cast<sockaddr*>(address), static_cast<INT>(address_size)};
    std::memcpy(entry, &pointer, sizeof(pointer));
    std::memcpy(address, one.address.bytes, address_size);
    entry += sizeof(pointer);
    address += address_size;
  }
  return {};
}

// Windows' numbers of the flags are those of sys.h.
static_assert(IFF_UP == sys::kInterfaceUp && IFF_BROADCAST == sys::kInterfaceBroadcast &&
              IFF_LOOPBACK == sys::kInterfaceLoopback && IFF_POINTTOPOINT == sys::kInterfacePointToPoint &&
              IFF_MULTICAST == sys::kInterfaceMulticast);

sockaddr_in broadcast_address() {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = INADDR_BROADCAST;
  return name;
}

INTERFACE_INFO info_of(const sys::InterfaceAddress& one) {
  INTERFACE_INFO info{};
  info.iiFlags = one.flags;
  std::memcpy(&info.iiAddress, one.address.bytes, sizeof(sockaddr_in));
  std::memcpy(&info.iiNetmask, one.mask.bytes, sizeof(sockaddr_in));
  info.iiBroadcastAddress.AddressIn = broadcast_address();
  return info;
}

Result<void> write_interfaces(const Addresses& all, const IoctlRequest& request) {
  if (!has_room(request, all.size() * sizeof(INTERFACE_INFO))) return Error::fault;
  auto* out = static_cast<char*>(request.out);
  for (const sys::InterfaceAddress& one : all) {
    const INTERFACE_INFO info = info_of(one);
    std::memcpy(out, &info, sizeof(info));
    out += sizeof(info);
  }
  return {};
}

}  // namespace

Result<void> list_own_addresses(SocketRef& socket, const IoctlRequest& request) {
  const auto size = static_cast<size_t>(address_bytes(socket->flags()));
  return with_addresses(socket->has(kV6), [&](Addresses& all) {
    keep_reachable(&all);
    return write_list(all, size, request);
  });
}

Result<void> list_interfaces(SocketRef& socket, const IoctlRequest& request) {
  if (socket->has(kV6)) return Error::not_supported;
  return with_addresses(false, [&](Addresses& all) { return write_interfaces(all, request); });
}

Result<void> find_route(SocketRef& socket, const IoctlRequest& request) {
  const uint32_t flags = socket->flags();
  const auto size = static_cast<DWORD>(address_bytes(flags));
  if (request.in == nullptr || request.in_bytes < size || !has_room(request, size)) return Error::fault;
  const auto* name = static_cast<const sockaddr*>(request.in);
  if (!fits_family(name, flags)) return Error::address_family_not_supported;
  const sys::Address destination = read_address(name, flags);
  if (is_wildcard(destination)) return Error::address_not_available;
  sys::Address own;
  if (int result = sys::address_toward(destination, &own); result != 0) return error_of_errno(-result);
  std::memcpy(request.out, own.bytes, size);
  return {};
}

Result<void> give_broadcast_address(SocketRef& socket, const IoctlRequest& request) {
  if (!has_room(request, sizeof(sockaddr_in))) return Error::fault;
  if ((socket->flags() & (kDatagram | kV6)) != kDatagram) return Error::not_supported;
  return write_out(request, broadcast_address());
}

}  // namespace inlet::provider
