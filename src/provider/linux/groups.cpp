#include "provider/linux/groups.h"

#include <algorithm>
#include <cerrno>
#include <new>

#include "provider/linux/kept_options.h"
#include "provider/linux/option_value.h"
#include "provider/linux/socket_address.h"
#include "provider/linux/sys_interfaces.h"

namespace inlet::provider {
namespace {

constexpr uint32_t kIndexMax = 0x00ffffff;

Result<sys::GroupAction> action_of(int level, int name) {
  using enum sys::GroupAction;
  switch (name) {
    case IP_ADD_MEMBERSHIP: return join;  // the IPv6 ones have the same numbers
    case IP_DROP_MEMBERSHIP: return leave;
    case MCAST_JOIN_GROUP: return join;
    case MCAST_LEAVE_GROUP: return leave;
    case MCAST_BLOCK_SOURCE: return block;
    case MCAST_UNBLOCK_SOURCE: return unblock;
    case MCAST_JOIN_SOURCE_GROUP: return join_source;
    case MCAST_LEAVE_SOURCE_GROUP: return leave_source;
    default: break;
  }
  if (level != IPPROTO_IP) return Error::no_such_option;
  switch (name) {
    case IP_ADD_SOURCE_MEMBERSHIP: return join_source;
    case IP_DROP_SOURCE_MEMBERSHIP: return leave_source;
    case IP_BLOCK_SOURCE: return block;
    case IP_UNBLOCK_SOURCE: return unblock;
    default: return Error::no_such_option;
  }
}

template <class Structure>
Result<Structure> read_structure(const char* optval, int optlen) {
  if (optlen < static_cast<int>(sizeof(Structure))) return Error::fault;
  Structure value{};
  std::memcpy(&value, optval, sizeof(value));
  return value;
}

template <class Name>
sys::Address address_from(const Name& name) {
  sys::Address address;
  address.size = sizeof(name);
  std::memcpy(address.bytes, &name, sizeof(name));
  return address;
}
sys::Address address_from(const IN_ADDR& value) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr = value;
  return address_from(name);
}
sys::Address address_from(const IN6_ADDR& value) {
  sockaddr_in6 name{};
  name.sin6_family = AF_INET6;
  name.sin6_addr = value;
  return address_from(name);
}

Result<sys::Address> address_in(const SOCKADDR_STORAGE& storage, int level) {
  const bool v6 = level == IPPROTO_IPV6;
  if (storage.ss_family != (v6 ? AF_INET6 : AF_INET)) return Error::address_family_not_supported;
  return read_address(reinterpret_cast<const sockaddr*>(&storage), v6 ? uint32_t{kV6} : 0u);
}

Result<sys::Group> on_interface(sys::Group group, IN_ADDR interface) {
  auto index = interface_of(interface.s_addr);
  if (!index) return index.error();
  group.interface = *index;
  return group;
}

// IP_ADD_MEMBERSHIP and its kin.
Result<sys::Group> read_v4(bool with_source, const char* optval, int optlen) {
  if (with_source) {
    auto request = read_structure<ip_mreq_source>(optval, optlen);
    if (!request) return request.error();
    return on_interface({address_from(request->imr_multiaddr), address_from(request->imr_sourceaddr)},
                        request->imr_interface);
  }
  auto request = read_structure<ip_mreq>(optval, optlen);
  if (!request) return request.error();
  return on_interface({address_from(request->imr_multiaddr), {}}, request->imr_interface);
}

// IPV6_ADD_MEMBERSHIP and IPV6_DROP_MEMBERSHIP.
Result<sys::Group> read_v6(const char* optval, int optlen) {
  auto request = read_structure<ipv6_mreq>(optval, optlen);
  if (!request) return request.error();
  return sys::Group{address_from(request->ipv6mr_multiaddr), {}, request->ipv6mr_interface};
}

// MCAST_JOIN_GROUP and its kin.
Result<sys::Group> read_plain(int level, const char* optval, int optlen) {
  auto request = read_structure<group_req>(optval, optlen);
  if (!request) return request.error();
  auto group = address_in(request->gr_group, level);
  if (!group) return group.error();
  return sys::Group{*group, {}, request->gr_interface};
}
Result<sys::Group> read_with_source(int level, const char* optval, int optlen) {
  auto request = read_structure<group_source_req>(optval, optlen);
  if (!request) return request.error();
  auto group = address_in(request->gsr_group, level);
  if (!group) return group.error();
  auto source = address_in(request->gsr_source, level);
  if (!source) return source.error();
  return sys::Group{*group, *source, request->gsr_interface};
}

Result<sys::Group> read_group(int level, int name, sys::GroupAction action, const char* optval, int optlen) {
  const bool with_source = action != sys::GroupAction::join && action != sys::GroupAction::leave;
  if (name >= MCAST_JOIN_GROUP)
    return with_source ? read_with_source(level, optval, optlen) : read_plain(level, optval, optlen);
  return level == IPPROTO_IPV6 ? read_v6(optval, optlen) : read_v4(with_source, optval, optlen);
}

Result<void> change(SocketRef& socket, sys::GroupAction action, const sys::Group& group) {
  if (!is_multicast(group.group)) return Error::address_not_available;
  const int result = sys::change_group(socket.fd(), action, group);
  return result == 0 ? Result<void>() : Result<void>(option_error(result));
}

// Linux would take the first interface that has it; so would Windows.
Result<uint32_t> find_interface(bool v6, const sys::Address& own) {
  try {
    std::vector<sys::InterfaceAddress> all;
    if (int result = sys::list_addresses(v6, &all); result != 0) return error_of_errno(-result);
    auto same = [&](const sys::InterfaceAddress& one) { return same_host(one.address, own); };
    auto found = std::ranges::find_if(all, same);
    return found != all.end() ? Result<uint32_t>(found->index) : Error::address_not_available;
  } catch (const std::bad_alloc&) {
    return Error::no_buffers;
  }
}

KeptOption kept(sys::Unwanted kind) {
  return kind == sys::kBroadcasts ? KeptOption::receive_broadcast : KeptOption::multicast_loop;
}

}  // namespace

bool is_group_option(int level, int name) {
  return (level == IPPROTO_IP || level == IPPROTO_IPV6) && action_of(level, name).ok();
}

Result<void> set_group_option(SocketRef& socket, int level, int name, const char* optval, int optlen) {
  if (!socket->has(kDatagram)) return Error::invalid;
  if (level == IPPROTO_IPV6 && !socket->has(kV6)) return Error::no_such_option;
  auto action = action_of(level, name);
  if (!action) return action.error();
  auto group = read_group(level, name, *action, optval, optlen);
  return group ? change(socket, *action, *group) : group.error();
}

Result<void> join_group(SocketRef& socket, const sys::Address& group) {
  sys::Group request{group, {}};
  sys::Address own;
  if (is_v6(group)) {
    std::memcpy(&request.interface, group.bytes + 24, sizeof(request.interface));
  } else if (sys::local_name(socket.fd(), &own) == 0 && !is_wildcard(own) && !is_multicast(own)) {
    auto index = find_interface(false, own);
    if (!index) return index.error();
    request.interface = *index;
  }
  return change(socket, sys::GroupAction::join, request);
}

uint32_t index_in(uint32_t address) {
  const uint32_t number = ntohl(address);
  return number <= kIndexMax ? number : 0;
}

Result<uint32_t> interface_of(uint32_t address) {
  const uint32_t index = index_in(address);
  if (address == 0 || index != 0) return index;
  IN_ADDR own{};
  own.s_addr = address;
  return find_interface(false, address_from(own));
}

bool receives(const SocketRef& socket, sys::Unwanted kind) {
  return kept_value(socket, kept(kind)) != 0;
}

Result<void> set_receives(SocketRef& socket, sys::Unwanted kind, bool on) {
  if (auto noted = keep_value(socket, kept(kind), on ? 1 : 0); !noted) return noted;
  unsigned unwanted = 0;
  for (sys::Unwanted one : {sys::kLoopedMulticast, sys::kBroadcasts})
    if (!receives(socket, one)) unwanted |= one;
  try {
    const int result = sys::filter_arrivals(socket.fd(), unwanted);
    return result == 0 ? Result<void>() : Result<void>(option_error(result));
  } catch (const std::bad_alloc&) {
    return Error::no_buffers;
  }
}

}  // namespace inlet::provider
