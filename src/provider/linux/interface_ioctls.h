// The ioctls that ask for the addresses of this machine.
#pragma once

#include "provider/linux/ioctl_request.h"
#include "provider/linux/sockets.h"

namespace inlet::provider {

// SIO_ADDRESS_LIST_QUERY: the addresses of the socket's family that others can reach; the loopback's, when there are no others.
//
// Shape    A SOCKET_ADDRESS_LIST, followed by the addresses that it points to.
// Errors   fault        too little room; *returned says how much is needed
//          no_buffers   no memory
Result<void> list_own_addresses(SocketRef& socket, const IoctlRequest& request);

// SIO_GET_INTERFACE_LIST: an INTERFACE_INFO for every address of IPv4.
//
// Errors   not_supported       a socket of IPv6, whose addresses have no room in an INTERFACE_INFO
//          fault, no_buffers   as above
Result<void> list_interfaces(SocketRef& socket, const IoctlRequest& request);

// SIO_ROUTING_INTERFACE_QUERY: from which address this machine would send to another one.
//
// Errors   fault                                an address is cut; no room for the answer, whose size is in *returned
//          address_family_not_supported         not an address of the socket's family
//          address_not_available                the wildcard
//          net_unreachable, host_unreachable    there is no way
Result<void> find_route(SocketRef& socket, const IoctlRequest& request);

// SIO_GET_BROADCAST_ADDRESS: 255.255.255.255.
//
// Errors   not_supported   streams, and IPv6
Result<void> give_broadcast_address(SocketRef& socket, const IoctlRequest& request);

}  // namespace inlet::provider
