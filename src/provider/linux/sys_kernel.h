// What the files that see Linux' socket headers share. No other file may include this one: Winsock's names would clash.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "provider/linux/sys.h"

namespace inlet::provider::sys {

inline constexpr uint16_t kWindowsFamilyV6 = 23;

// Linux' negative errno instead of -1; interrupted calls are made again.
template <class Call>
auto retried(Call call) -> decltype(call()) {
  while (true) {
    auto result = call();
    if (result >= 0) return result;
    if (errno != EINTR) return -errno;
  }
}

// An address as the kernel has written it: the number of a family is all that differs.
inline void name_as_windows_does(Address* address) {
  sa_family_t family;
  std::memcpy(&family, address->bytes, sizeof(family));
  address->size = family == AF_INET6 ? kSizeV6 : kSizeV4;
  if (family == AF_INET6) std::memcpy(address->bytes, &kWindowsFamilyV6, sizeof(kWindowsFamilyV6));
}

struct KernelAddress {
  sockaddr_storage storage;
  socklen_t size;

  explicit KernelAddress(const Address& address) : storage{}, size(static_cast<socklen_t>(address.size)) {
    std::memcpy(&storage, address.bytes, sizeof(address.bytes));
    if (storage.ss_family == kWindowsFamilyV6) storage.ss_family = AF_INET6;
  }
  KernelAddress() : storage{}, size(sizeof(storage)) {}

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }

  void copy_to(Address* address) const {
    std::memcpy(address->bytes, &storage, sizeof(address->bytes));
    name_as_windows_does(address);
  }
};

inline int kernel_flags(unsigned flags) {
  int result = MSG_DONTWAIT | MSG_NOSIGNAL;
  if (flags == 0) [[likely]]
    return result;
  if (flags & kPeek) result |= MSG_PEEK;
  if (flags & kOutOfBand) result |= MSG_OOB;
  if (flags & kDontRoute) result |= MSG_DONTROUTE;
  return result;
}

inline msghdr message_of(const Piece* pieces, size_t count) {
  msghdr message{};
  message.msg_iov = reinterpret_cast<iovec*>(const_cast<Piece*>(pieces));
  message.msg_iovlen = count;
  return message;
}

}  // namespace inlet::provider::sys
