// Passing sockets between processes; beside sys.h, and with the same rules. The messages go over Unix sockets whose names are
// abstract: they leave nothing in the file system, and end with the last descriptor.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "provider/linux/sys.h"

namespace inlet::provider::sys {

// Chosen at random, so that it is nobody else's.
using PassName = std::array<uint32_t, 3>;
int make_pass_name(PassName* name);

uint32_t own_process();
// A descriptor that becomes readable when the process ends. -ESRCH when there is none; -ENOSYS when it exists and the system
// cannot say more.
int open_process(uint32_t process);
bool has_ended(int process_fd);

// Who listens is called, and both learn from the kernel whom they talk to. All three answer a descriptor.
int listen_for_calls(const PassName& name);
int accept_call(int listener, uint32_t* caller);
int call(const PassName& name);

// One message with descriptors, which stay the sender's.
int pass(int fd, const Piece* pieces, size_t count, const int* passed, size_t passed_count);
// Bytes; 0 when the other end has hung up. *passed_count: room, then how many came.
ptrdiff_t receive_passed(int fd, const Piece* pieces, size_t count, int* passed, size_t* passed_count);

}  // namespace inlet::provider::sys
