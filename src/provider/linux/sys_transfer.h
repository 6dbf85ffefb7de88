// The two system calls of a request, made where they are needed: no call, no errno, no cancellation point.
//
// In a program with threads libc makes every recv and send a cancellation point, which costs two atomic operations each: 1 % of an
// echo. These descriptors are non-blocking, so there is nothing to cancel. Sanitizers want to see libc's calls, and other processors
// have other instructions: there the functions of sys.h do it.
#pragma once

#include <sys/syscall.h>

#include <cerrno>

#include "provider/linux/sys.h"

namespace inlet::provider::sys {

// Linux' flags, whose names Winsock has too; sys.cpp compares.
inline constexpr int kWithoutWaiting = 0x4040;  // MSG_DONTWAIT | MSG_NOSIGNAL
inline constexpr int kLeaveThere = 2;           // MSG_PEEK

#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)

// Returns  What the kernel returns: a negative errno where the call fails.
inline ptrdiff_t transfer_once(long number, int fd, const void* data, size_t size, int more_flags = 0) {
  register long flags asm("r10") = kWithoutWaiting | more_flags;
  register long address asm("r8") = 0;
  register long length asm("r9") = 0;
  ptrdiff_t result;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(static_cast<long>(fd)), "S"(data), "d"(size), "r"(flags), "r"(address), "r"(length)
               : "rcx", "r11", "memory");
  return result;
}

inline ptrdiff_t transfer_now(long number, int fd, const void* data, size_t size, int more_flags = 0) {
  ptrdiff_t result;
  do result = transfer_once(number, fd, data, size, more_flags);
  while (result == -EINTR);
  return result;
}

// For callers who make another attempt in any case of failure.
inline ptrdiff_t receive_once(int fd, void* data, size_t size) {
  return transfer_once(SYS_recvfrom, fd, data, size);
}
inline ptrdiff_t send_once(int fd, const void* data, size_t size) {
  return transfer_once(SYS_sendto, fd, data, size);
}

inline ptrdiff_t receive_now(int fd, void* data, size_t size) {
  return transfer_now(SYS_recvfrom, fd, data, size);
}
inline ptrdiff_t peek_now(int fd, void* data, size_t size) {
  return transfer_now(SYS_recvfrom, fd, data, size, kLeaveThere);
}
inline ptrdiff_t send_now(int fd, const void* data, size_t size) {
  return transfer_now(SYS_sendto, fd, data, size);
}

#else

inline ptrdiff_t receive_now(int fd, void* data, size_t size) {
  return receive(fd, data, size, 0);
}
inline ptrdiff_t peek_now(int fd, void* data, size_t size) {
  return receive(fd, data, size, kPeek);
}
inline ptrdiff_t send_now(int fd, const void* data, size_t size) {
  return send(fd, data, size, 0);
}

inline ptrdiff_t receive_once(int fd, void* data, size_t size) {
  return receive_now(fd, data, size);
}
inline ptrdiff_t send_once(int fd, const void* data, size_t size) {
  return send_now(fd, data, size);
}

#endif

}  // namespace inlet::provider::sys
