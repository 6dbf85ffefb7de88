#include "provider/linux/sys.h"

#include <fcntl.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "provider/linux/sys_kernel.h"
#include "provider/linux/sys_transfer.h"

namespace inlet::provider::sys {
namespace {

static_assert(sizeof(Piece) == sizeof(iovec) && offsetof(Piece, data) == offsetof(iovec, iov_base) &&
              offsetof(Piece, size) == offsetof(iovec, iov_len));
static_assert(kWithoutWaiting == (MSG_DONTWAIT | MSG_NOSIGNAL) && kLeaveThere == MSG_PEEK);
static_assert(sizeof(sockaddr_in) == kSizeV4 && sizeof(sockaddr_in6) == kSizeV6);

// As in sys_transfer.h, for the other calls that every connection makes.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
ssize_t recv_now(int fd, void* data, size_t size, int flags) {
  return ::recv(fd, data, size, flags);
}
ssize_t send_now(int fd, const void* data, size_t size, int flags) {
  return ::send(fd, data, size, flags);
}
int accept_now(int fd, void* name, socklen_t* size) {
  return ::accept4(fd, static_cast<sockaddr*>(name), size, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
int close_now(int fd) {
  return ::close(fd);
}
#else
ssize_t recv_now(int fd, void* data, size_t size, int flags) {
  return ::syscall(SYS_recvfrom, fd, data, size, flags, nullptr, nullptr);
}
ssize_t send_now(int fd, const void* data, size_t size, int flags) {
  return ::syscall(SYS_sendto, fd, data, size, flags, nullptr, 0);
}
int accept_now(int fd, void* name, socklen_t* size) {
  return static_cast<int>(::syscall(SYS_accept4, fd, name, size, SOCK_NONBLOCK | SOCK_CLOEXEC));
}
int close_now(int fd) {
  return static_cast<int>(::syscall(SYS_close, fd));
}
#endif

// The kernel's tcp_info goes on where the C library's ends; its own header cannot be included beside <netinet/tcp.h>.
struct tcp_progress {
  tcp_info known;
  uint64_t pacing_rate;
  uint64_t max_pacing_rate;
  uint64_t bytes_acked;
  uint64_t bytes_received;
};
static_assert(sizeof(tcp_info) == 104, "what follows has its place behind the first version of the structure");

struct OptionName {
  int level;
  int name;
};

OptionName name_of(Option option) {
  switch (option) {
    case Option::type: return {SOL_SOCKET, SO_TYPE};
    case Option::error: return {SOL_SOCKET, SO_ERROR};
    case Option::reuse_address: return {SOL_SOCKET, SO_REUSEADDR};
    case Option::reuse_port: return {SOL_SOCKET, SO_REUSEPORT};
    case Option::no_port_at_bind: return {IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT};
    case Option::keep_alive: return {SOL_SOCKET, SO_KEEPALIVE};
    case Option::dont_route: return {SOL_SOCKET, SO_DONTROUTE};
    case Option::broadcast: return {SOL_SOCKET, SO_BROADCAST};
    case Option::out_of_band_inline: return {SOL_SOCKET, SO_OOBINLINE};
    case Option::send_buffer_bytes: return {SOL_SOCKET, SO_SNDBUF};
    case Option::receive_buffer_bytes: return {SOL_SOCKET, SO_RCVBUF};
    case Option::no_delay: return {IPPROTO_TCP, TCP_NODELAY};
    case Option::keep_idle_s: return {IPPROTO_TCP, TCP_KEEPIDLE};
    case Option::keep_interval_s: return {IPPROTO_TCP, TCP_KEEPINTVL};
    case Option::keep_count: return {IPPROTO_TCP, TCP_KEEPCNT};
    case Option::max_segment: return {IPPROTO_TCP, TCP_MAXSEG};
    case Option::time_to_live: return {IPPROTO_IP, IP_TTL};
    case Option::header_included: return {IPPROTO_IP, IP_HDRINCL};
    case Option::protocol: return {SOL_SOCKET, SO_PROTOCOL};
    case Option::type_of_service: return {IPPROTO_IP, IP_TOS};
    case Option::multicast_ttl: return {IPPROTO_IP, IP_MULTICAST_TTL};
    case Option::multicast_loop: return {IPPROTO_IP, IP_MULTICAST_LOOP};
    case Option::v6_only: return {IPPROTO_IPV6, IPV6_V6ONLY};
    case Option::v6_unicast_hops: return {IPPROTO_IPV6, IPV6_UNICAST_HOPS};
    case Option::v6_multicast_hops: return {IPPROTO_IPV6, IPV6_MULTICAST_HOPS};
    case Option::v6_multicast_loop: return {IPPROTO_IPV6, IPV6_MULTICAST_LOOP};
    case Option::user_timeout_ms: return {IPPROTO_TCP, TCP_USER_TIMEOUT};
    case Option::syn_retries: return {IPPROTO_TCP, TCP_SYNCNT};
    case Option::discover_path: return {IPPROTO_IP, IP_MTU_DISCOVER};
    case Option::tell_ttl: return {IPPROTO_IP, IP_RECVTTL};
    case Option::unicast_interface: return {IPPROTO_IP, IP_UNICAST_IF};
    case Option::v6_dont_fragment: return {IPPROTO_IPV6, IPV6_DONTFRAG};
    case Option::v6_tell_hops: return {IPPROTO_IPV6, IPV6_RECVHOPLIMIT};
    case Option::v6_multicast_interface: return {IPPROTO_IPV6, IPV6_MULTICAST_IF};
    case Option::v6_unicast_interface: return {IPPROTO_IPV6, IPV6_UNICAST_IF};
    case Option::no_checksum: return {SOL_SOCKET, SO_NO_CHECK};
    case Option::arrives_on_processor: return {SOL_SOCKET, SO_INCOMING_CPU};
  }
  return {-1, -1};
}

// What the file of a system setting says.
int system_number(const char* path, int otherwise) {
  FILE* file = std::fopen(path, "re");
  if (file == nullptr) return otherwise;
  int value = 0;
  const int read = std::fscanf(file, "%d", &value);
  std::fclose(file);
  return read == 1 ? value : otherwise;
}

static_assert(kDiscoverNever == IP_PMTUDISC_DONT && kDiscoverAlways == IP_PMTUDISC_DO);

}  // namespace

int open_socket(bool v6, bool datagram) {
  const int type = (datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const int fd = retried([&] { return ::socket(v6 ? AF_INET6 : AF_INET, type, 0); });
  if (fd >= 0 && v6) set_option(fd, Option::v6_only, 1);
  if (fd >= 0 && datagram) queue_icmp(fd, v6, true);
  return fd;
}

// Linux has no raw socket of protocol 0, and expects whole packets from one of protocol 255; Winsock does so only when the
// program says that it sends them.
int open_raw_socket(bool v6, int protocol) {
  const int type = SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const int number = protocol == 0 ? IPPROTO_RAW : protocol;
  const int fd = retried([&] { return ::socket(v6 ? AF_INET6 : AF_INET, type, number); });
  if (fd >= 0 && !v6 && number == IPPROTO_RAW) set_option(fd, Option::header_included, 0);
  return fd;
}

// Linux frees the descriptor even when close() is interrupted, so this one is not tried again.
int close(int fd) {
  return close_now(fd) == 0 || errno == EINTR ? 0 : -errno;
}

bool interface_exists(uint32_t index) {
  char name[IF_NAMESIZE];
  return ::if_indextoname(index, name) != nullptr;
}

uint32_t user() {
  return ::geteuid();
}

int bind(int fd, const Address& address) {
  const KernelAddress name(address);
  return retried([&] { return ::bind(fd, name.get(), name.size); });
}

int listen(int fd, int backlog) {
  return retried([&] { return ::listen(fd, backlog); });
}

int accept(int fd, Address* peer) {
  *peer = {};
  const int accepted = retried([&] {
    socklen_t size = sizeof(peer->bytes);
    return accept_now(fd, peer->bytes, &size);
  });
  if (accepted >= 0) name_as_windows_does(peer);
  // The two that no table has a row for mean the same here: the client has given up.
  if (accepted == -EPROTO || accepted == -ENONET) return -ECONNABORTED;
  return accepted;
}

int backlog_max() {
  constexpr int kDefault = 4096;
  const int value = system_number("/proc/sys/net/core/somaxconn", kDefault);
  return value > 0 ? value : kDefault;
}

int queued_connections(int fd) {
  tcp_info info;
  socklen_t size = offsetof(tcp_info, tcpi_unacked) + sizeof(info.tcpi_unacked);  // the rest says nothing of a listener
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return -errno;
  return info.tcpi_state == TCP_LISTEN ? static_cast<int>(info.tcpi_unacked) : -EINVAL;
}

bool arrived_here(int fd) {
  int cpu = -1;
  socklen_t size = sizeof(cpu);
  return ::getsockopt(fd, SOL_SOCKET, SO_INCOMING_CPU, &cpu, &size) == 0 && cpu == ::sched_getcpu();
}

int shutdown_receive(int fd) {
  return retried([&] { return ::shutdown(fd, SHUT_RD); });
}

void deafen(int fd, bool v6, bool on) {
  // No packet travels with a larger hop count, and none from a usual sender with this one.
  const int hops_min = on ? 255 : 0;
  ::setsockopt(fd, IPPROTO_IP, IP_MINTTL, &hops_min, sizeof(hops_min));
  if (v6) ::setsockopt(fd, IPPROTO_IPV6, IPV6_MINHOPCOUNT, &hops_min, sizeof(hops_min));
}

int connect(int fd, const Address* address) {
  const KernelAddress name(*address);
  return retried([&] { return ::connect(fd, name.get(), name.size); });
}

// Not through the C library: the thread sanitizer takes its connect for the birth of the descriptor, and would call every use
// by another thread a race.
int dissolve(int fd) {
  sockaddr nobody{};
  nobody.sa_family = AF_UNSPEC;
  return retried([&] { return static_cast<int>(::syscall(SYS_connect, fd, &nobody, sizeof(nobody))); });
}

bool has_peer(int fd) {
  sockaddr_storage name;
  socklen_t size = sizeof(name);
  return ::getpeername(fd, reinterpret_cast<sockaddr*>(&name), &size) == 0;
}

int shutdown_send(int fd) {
  return retried([&] { return ::shutdown(fd, SHUT_WR); });
}

int local_name(int fd, Address* address) {
  KernelAddress name;
  const int result = retried([&] { return ::getsockname(fd, name.get(), &name.size); });
  if (result == 0) name.copy_to(address);
  return result;
}

int replace(int fd, int other) {
  const int result = retried([&] { return ::dup3(other, fd, O_CLOEXEC); });
  ::close(other);
  return result < 0 ? result : 0;
}

int duplicate(int fd) {
  return retried([&] { return ::fcntl(fd, F_DUPFD_CLOEXEC, 0); });
}

int duplicate_to(int fd, int other) {
  return retried([&] { return ::dup3(fd, other, O_CLOEXEC); });
}

namespace {

// There is no MSG_NOSIGNAL for sendfile and splice, so the signal is kept away from the thread and, if it came, taken out of the way.
template <class Call>
ptrdiff_t without_signal(Call call) {
  sigset_t pipe;
  sigset_t before;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe, &before);
  const ptrdiff_t sent = retried(call);
  const timespec now{};
  if (sent == -EPIPE && sigismember(&before, SIGPIPE) == 0)
    retried([&] { return ::sigtimedwait(&pipe, nullptr, &now); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return sent;
}

}  // namespace

ptrdiff_t send_file(int fd, int file, uint64_t offset, size_t size) {
  auto at = static_cast<off_t>(offset);
  return without_signal([&] { return ::sendfile(fd, file, &at, size); });
}

int open_pipe(int* in, int* out, size_t room) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return -errno;
  const int granted = ::fcntl(ends[1], F_SETPIPE_SZ, static_cast<int>(room));
  if (granted < static_cast<int>(room)) {
    const int number = granted < 0 ? errno : ENOSPC;
    ::close(ends[0]);
    ::close(ends[1]);
    return -number;
  }
  *out = ends[0];
  *in = ends[1];
  return 0;
}

ptrdiff_t fill_pipe(int in, int file, uint64_t offset, size_t size) {
  auto at = static_cast<loff_t>(offset);
  return retried([&] { return ::splice(file, &at, in, nullptr, size, SPLICE_F_MOVE); });
}

ptrdiff_t send_from_pipe(int fd, int out, size_t size, bool more) {
  const unsigned flags = more ? SPLICE_F_MOVE | SPLICE_F_MORE : SPLICE_F_MOVE;
  return without_signal([&] { return ::splice(out, nullptr, fd, nullptr, size, flags); });
}

int64_t file_position(int file) {
  return retried([&] { return ::lseek(file, 0, SEEK_CUR); });
}

int set_file_position(int file, uint64_t position) {
  const off_t at = retried([&] { return ::lseek(file, static_cast<off_t>(position), SEEK_SET); });
  return at < 0 ? static_cast<int>(at) : 0;
}

int64_t file_bytes(int file) {
  struct stat status {};
  const int result = retried([&] { return ::fstat(file, &status); });
  return result < 0 ? result : status.st_size;
}

ptrdiff_t receive(int fd, void* data, size_t size, unsigned flags) {
  return retried([&] { return recv_now(fd, data, size, kernel_flags(flags)); });
}

ptrdiff_t receive_pieces(int fd, const Piece* pieces, size_t count, unsigned flags) {
  msghdr message = message_of(pieces, count);
  return retried([&] { return ::recvmsg(fd, &message, kernel_flags(flags)); });
}

ptrdiff_t send(int fd, const void* data, size_t size, unsigned flags) {
  return retried([&] { return send_now(fd, data, size, kernel_flags(flags)); });
}

ptrdiff_t send_pieces(int fd, const Piece* pieces, size_t count, unsigned flags) {
  const msghdr message = message_of(pieces, count);
  return retried([&] { return ::sendmsg(fd, &message, kernel_flags(flags)); });
}

int get_option(int fd, Option option, int* value) {
  const OptionName name = name_of(option);
  int number = 0;
  socklen_t size = sizeof(number);
  const int result = retried([&] { return ::getsockopt(fd, name.level, name.name, &number, &size); });
  if (result < 0) return result;
  *value = number;
  return 0;
}

int set_option(int fd, Option option, int value) {
  const OptionName name = name_of(option);
  return retried([&] { return ::setsockopt(fd, name.level, name.name, &value, sizeof(value)); });
}

int header_options(int fd, char* bytes, int size) {
  auto length = static_cast<socklen_t>(size);
  const int result = retried([&] { return ::getsockopt(fd, IPPROTO_IP, IP_OPTIONS, bytes, &length); });
  return result < 0 ? result : static_cast<int>(length);
}

int set_header_options(int fd, const char* bytes, int size) {
  return retried([&] { return ::setsockopt(fd, IPPROTO_IP, IP_OPTIONS, bytes, static_cast<socklen_t>(size)); });
}

bool uses_timestamps(int fd) {
  tcp_info info{};
  socklen_t size = sizeof(info);
  const bool asked = ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0;
  if (asked && info.tcpi_state != TCP_CLOSE && info.tcpi_state != TCP_LISTEN && info.tcpi_state != TCP_SYN_SENT)
    return (info.tcpi_options & TCPI_OPT_TIMESTAMPS) != 0;
  return system_number("/proc/sys/net/ipv4/tcp_timestamps", 1) != 0;
}

int reset_on_close(int fd, bool on) {
  const linger value{on ? 1 : 0, 0};
  return retried([&] { return ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &value, sizeof(value)); });
}

TcpState tcp_state(int fd) {
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return TcpState::closed;
  switch (info.tcpi_state) {
    case TCP_CLOSE: return TcpState::closed;
    case TCP_SYN_SENT:
    case TCP_SYN_RECV: return TcpState::connecting;
    case TCP_LISTEN: return TcpState::listening;
    default: return TcpState::open;
  }
}

int readable_bytes(int fd) {
  int bytes = 0;
  const int result = retried([&] { return ::ioctl(fd, FIONREAD, &bytes); });
  return result < 0 ? result : bytes;
}

int not_yet_sent_bytes(int fd) {
  int bytes = 0;
  const int result = retried([&] { return ::ioctl(fd, SIOCOUTQNSD, &bytes); });
  return result < 0 ? result : bytes;
}

int unsent_bytes(int fd) {
  int bytes = 0;
  const int result = retried([&] { return ::ioctl(fd, SIOCOUTQ, &bytes); });
  return result < 0 ? result : bytes;
}

int at_mark(int fd) {
  int mark = 0;
  const int result = retried([&] { return ::ioctl(fd, SIOCATMARK, &mark); });
  return result < 0 ? result : mark;
}

bool has_urgent(int fd) {
  pollfd watched{fd, POLLPRI, 0};
  return ::poll(&watched, 1, 0) == 1 && (watched.revents & POLLPRI) != 0;
}

int wait(int fd, unsigned events, int wake_fd, int timeout_ms) {
  short asked = 0;
  if (events & kReadable) asked |= POLLIN;
  if (events & kWritable) asked |= POLLOUT;
  if (events & kPriority) asked |= POLLPRI;
  if (events & kPeerClosed) asked |= POLLRDHUP;
  pollfd watched[2] = {{fd, asked, 0}, {wake_fd, POLLIN, 0}};
  // A signal only ends the wait early; the caller counts the time and comes back.
  const int ready = ::poll(watched, 2, timeout_ms);
  if (ready < 0) return errno == EINTR ? 0 : -errno;
  unsigned result = 0;
  if (watched[0].revents & POLLIN) result |= kReadable;
  if (watched[0].revents & POLLOUT) result |= kWritable;
  if (watched[0].revents & POLLPRI) result |= kPriority;
  if (watched[0].revents & POLLRDHUP) result |= kPeerClosed;
  if (watched[0].revents & (POLLERR | POLLHUP | POLLNVAL)) result |= events;
  if (watched[1].revents != 0) result |= kWoken;
  return static_cast<int>(result);
}

int poll(Watch* watches, size_t count, int64_t timeout_ns) {
  static_assert(sizeof(Watch) == sizeof(pollfd) && offsetof(Watch, asked) == offsetof(pollfd, events) &&
                offsetof(Watch, seen) == offsetof(pollfd, revents));
  static_assert(kLookReadable == POLLIN && kLookPriority == POLLPRI && kLookWritable == POLLOUT &&
                kLookError == POLLERR && kLookHungUp == POLLHUP && kLookFinished == POLLRDHUP);
  constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;
  const timespec timeout{timeout_ns / kNanosecondsPerSecond, timeout_ns % kNanosecondsPerSecond};
  const int ready = ::ppoll(reinterpret_cast<pollfd*>(watches), count, timeout_ns < 0 ? nullptr : &timeout, nullptr);
  if (ready >= 0) return ready;
  if (errno != EINTR) return -errno;
  for (size_t i = 0; i < count; ++i) watches[i].seen = 0;
  return 0;
}

int64_t received_bytes(int fd) {
  tcp_progress info{};
  socklen_t size = sizeof(info);
  const int result = retried([&] { return ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size); });
  return result < 0 ? result : static_cast<int64_t>(info.bytes_received);
}

int64_t queued_memory(int fd) {
  uint32_t memory[SK_MEMINFO_VARS] = {};
  socklen_t size = sizeof(memory);
  const int result = retried([&] { return ::getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &size); });
  return result < 0 ? result : int64_t{memory[SK_MEMINFO_RMEM_ALLOC]};
}

int make_wake() {
  const int fd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  return fd >= 0 ? fd : -errno;
}

void signal_wake(int wake_fd) {
  const uint64_t one = 1;
  // It fails only when the counter is full, and then the sleeper is woken already.
  [[maybe_unused]] ssize_t written = ::write(wake_fd, &one, sizeof(one));
}

void drain_wake(int wake_fd) {
  uint64_t count = 0;
  [[maybe_unused]] ssize_t got = ::read(wake_fd, &count, sizeof(count));
}

}  // namespace inlet::provider::sys
