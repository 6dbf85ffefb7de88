#include "provider/linux/sys_pass.h"

#include <poll.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>

#include "provider/linux/sys_kernel.h"

namespace inlet::provider::sys {
namespace {

constexpr int kPassType = SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC;
constexpr int kCallsWaiting = 8;
constexpr size_t kPassedMax = 253;  // SCM_MAX_FD

struct UnixName {
  sockaddr_un address{};
  socklen_t size;

  // An abstract name begins with a zero and ends where its size says.
  explicit UnixName(const PassName& name) {
    address.sun_family = AF_UNIX;
    const int length = std::snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "inlet-socket-%08x%08x%08x",
                                     name[0], name[1], name[2]);
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + static_cast<size_t>(length));
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};

union ControlRoom {
  cmsghdr header;
  char bytes[CMSG_SPACE(kPassedMax * sizeof(int))];
};

int close_with(int fd, int error) {
  ::close(fd);
  return -error;
}

// Whether it exists, as far as signals can tell.
int probe_process(pid_t process) {
  return ::kill(process, 0) == 0 || errno == EPERM ? -ENOSYS : -ESRCH;
}

size_t take_descriptors(msghdr& message, int* passed, size_t room) {
  size_t taken = 0;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
      if (taken < room)
        passed[taken++] = fd;
      else
        ::close(fd);
    }
  }
  return taken;
}

}  // namespace

int make_pass_name(PassName* name) {
  const auto got = retried([&] { return ::getrandom(name->data(), sizeof(*name), 0); });
  return got < 0 ? static_cast<int>(got) : 0;
}

uint32_t own_process() {
  return static_cast<uint32_t>(::getpid());
}

int open_process(uint32_t process) {
  const auto id = static_cast<pid_t>(process);
  if (id <= 0) return -ESRCH;
#ifdef SYS_pidfd_open
  const auto fd = ::syscall(SYS_pidfd_open, id, 0);
  if (fd >= 0) return static_cast<int>(fd);
  // A thread of some process, or nothing.
  if (errno == EINVAL || errno == ESRCH) return -ESRCH;
  if (errno != ENOSYS && errno != EPERM) return -errno;
#endif
  return probe_process(id);
}

bool has_ended(int process_fd) {
  pollfd watched{process_fd, POLLIN, 0};
  return ::poll(&watched, 1, 0) == 1;
}

int listen_for_calls(const PassName& name) {
  const UnixName address(name);
  const int fd = ::socket(AF_UNIX, kPassType, 0);
  if (fd < 0) return -errno;
  if (::bind(fd, address.get(), address.size) != 0 || ::listen(fd, kCallsWaiting) != 0) return close_with(fd, errno);
  return fd;
}

int accept_call(int listener, uint32_t* caller) {
  const int fd = retried([&] { return ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); });
  if (fd < 0) return fd;
  ucred who{};
  socklen_t size = sizeof(who);
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return close_with(fd, errno);
  *caller = static_cast<uint32_t>(who.pid);
  return fd;
}

int call(const PassName& name) {
  const UnixName address(name);
  const int fd = ::socket(AF_UNIX, kPassType, 0);
  if (fd < 0) return -errno;
  const int result = retried([&] { return ::connect(fd, address.get(), address.size); });
  return result < 0 ? close_with(fd, -result) : fd;
}

int pass(int fd, const Piece* pieces, size_t count, const int* passed, size_t passed_count) {
  if (passed_count > kPassedMax) return -EINVAL;
  ControlRoom room{};
  msghdr message = message_of(pieces, count);
  message.msg_control = room.bytes;
  message.msg_controllen = CMSG_SPACE(passed_count * sizeof(int));
  cmsghdr* part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(passed_count * sizeof(int));
  std::memcpy(CMSG_DATA(part), passed, passed_count * sizeof(int));
  const auto sent = retried([&] { return ::sendmsg(fd, &message, MSG_NOSIGNAL); });
  return sent < 0 ? static_cast<int>(sent) : 0;
}

ptrdiff_t receive_passed(int fd, const Piece* pieces, size_t count, int* passed, size_t* passed_count) {
  ControlRoom room{};
  msghdr message = message_of(pieces, count);
  message.msg_control = room.bytes;
  message.msg_controllen = sizeof(room.bytes);
  const auto got = retried([&] { return ::recvmsg(fd, &message, MSG_CMSG_CLOEXEC); });
  // A call that nobody has taken when the listener goes is reset.
  if (got == -ECONNRESET) {
    *passed_count = 0;
    return 0;
  }
  *passed_count = got < 0 ? 0 : take_descriptors(message, passed, *passed_count);
  // The kernel leaves out those for which there is no room in the process.
  if (got > 0 && *passed_count == 0) return -EMFILE;
  return got;
}

}  // namespace inlet::provider::sys
