// The options of TCP, UDP, IPv4 and IPv6 (sheet 4.5): all levels but SOL_SOCKET.
#pragma once

#include "base/result.h"
#include "provider/linux/sockets.h"

namespace inlet::provider {

bool is_protocol_level(int level);

// Errors   no_such_option   unknown, or not one of this kind of socket
//          invalid          a multicast option of a stream socket, IP_HDRINCL of one that is not raw
//          fault            too little room
Result<void> get_protocol_option(SocketRef& socket, int level, int name, char* optval, int* optlen);

// Errors   as above, and
//          invalid                  the value is out of range, comes too late, or asks for what Linux cannot do
//          address_not_available    an interface or group that is not there
Result<void> set_protocol_option(SocketRef& socket, int level, int name, const char* optval, int optlen);

// TTL or hop limit of the multicast datagrams that the socket sends.
Result<void> set_multicast_scope(SocketRef& socket, int hops);

// Tells the kernel Windows' times of SO_KEEPALIVE, unless it has been told. They matter only when it is on, so a socket that
// never uses it is spared the calls. An accepted connection has what its listener has.
void settle_keep_alive(SocketRef& socket);

// SO_KEEPALIVE's times, as the kernel takes them: whole seconds, none of them 0.
//
// Shape    Rounded up; more than Linux can count is as long as it can.
Result<void> set_keep_alive_times(SocketRef& socket, uint32_t idle_ms, uint32_t interval_ms);

}  // namespace inlet::provider
