// Multicast groups: the options that join and leave them, and what a socket does not want to receive.
#pragma once

#include "base/result.h"
#include "provider/linux/sockets.h"
#include "provider/linux/sys_groups.h"

namespace inlet::provider {

// Whether an option of IPPROTO_IP or IPPROTO_IPV6 changes a membership. Such options can be set only.
bool is_group_option(int level, int name);

// Shape    optval is the structure that belongs to the option; the interface of an IPv4 one is an address, or an index in its
//          last byte (0.x.x.x), or 0.
// Errors   invalid                        a stream socket
//          fault                          the structure is cut
//          address_family_not_supported   an address of a family that the level does not have
//          address_not_available          no group address, no such interface, not joined
//          address_in_use                 joined already
Result<void> set_group_option(SocketRef& socket, int level, int name, const char* optval, int optlen);

// Joins a group on the interface that the socket is bound to, if it is bound to one.
//
// Errors   address_not_available, address_in_use, no_buffers   as above
Result<void> join_group(SocketRef& socket, const sys::Address& group);

// The interface that an IPv4 option names: by its index (0.x.x.x, network order) or by an address of its own.
//
// Errors   address_not_available   no interface has the address
Result<uint32_t> interface_of(uint32_t address);
// The index in an address of the form 0.x.x.x; 0 for other addresses.
uint32_t index_in(uint32_t address);

// Whether the socket receives multicast datagrams of this machine, or broadcasts.
//
// Differs  IP_MULTICAST_LOOP is Linux' option of the sender; the receiver has a filter in the kernel instead.
bool receives(const SocketRef& socket, sys::Unwanted kind);
Result<void> set_receives(SocketRef& socket, sys::Unwanted kind, bool on);

}  // namespace inlet::provider
