// How option values cross the interface, and which kinds of sockets have an option. Shared by the tables of options.
#pragma once

#include <winsock2.h>

#include "base/result.h"
#include "provider/linux/sockets.h"

namespace inlet::provider {

enum class Shape {
  loose_bool,  // read: 1 byte, or 4 when there is room for them; written: any length
  byte_bool,   // read: always 1 byte; written: any length
  number,      // exactly 4 bytes
};

enum Scope : unsigned { kStreams = 1, kDatagrams = 2, kAll = 3, kV6Only = 4, kV4Only = 8, kRawOnly = 16 };

// Whether a socket of this state has an option of this scope.
bool in_scope(unsigned scope, uint32_t flags);

// Whether value_out will find the room that it needs.
bool has_room(Shape shape, int size);
// Errors   fault   too little room; nothing is written
Result<void> value_out(uint32_t value, Shape shape, char* optval, LPINT optlen);

// A boolean comes as 0 or 1. bytes_max is how many bytes of it count.
//
// Errors   fault   the value is shorter than its shape, or than size_min
Result<uint32_t> value_in(Shape shape, int size_min, int bytes_max, const char* optval, int optlen);

// What the kernel's own option says. Its answer that it has none is the program's WSAENOPROTOOPT, and an interface that does not
// exist has no address either.
Error option_error(int result);
Result<uint32_t> read_kernel(const SocketRef& socket, sys::Option option);
Result<void> write_kernel(const SocketRef& socket, sys::Option option, int value);

}  // namespace inlet::provider
