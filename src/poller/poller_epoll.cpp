// Linux: epoll, edge-triggered; poll for a single socket. The descriptor is the low half of a base provider's SOCKET.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <vector>

#include "base/assert.h"
#include "base/limits.h"
#include "poller/poller.h"

namespace inlet::poller {
namespace {

constexpr uint64_t kWakeToken = ~uint64_t{0};
constexpr unsigned kInput = EPOLLIN | EPOLLRDHUP | EPOLLET;
constexpr unsigned kInputAndOutput = kInput | EPOLLOUT;

int descriptor_of(SOCKET socket) {
  return static_cast<int>(socket & 0xffffffffu);
}

// A driver is no thread that anybody cancels, and libc makes each wait a cancellation point, which costs two atomic operations.
// Sanitizers want to see libc's call.
int wait_now(int queue, epoll_event* events, int room, int timeout_ms) {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  return epoll_wait(queue, events, room, timeout_ms);
#else
  return static_cast<int>(syscall(SYS_epoll_pwait, queue, events, room, timeout_ms, nullptr, size_t{8}));
#endif
}

Ready ready_of(uint32_t events) {
  if (events == EPOLLIN) [[likely]]
    return kReadable;
  Ready ready = 0;
  if (events & EPOLLIN) ready |= kReadable;
  if (events & EPOLLOUT) ready |= kWritable;
  if (events & EPOLLRDHUP) ready |= kPeerClosed;
  if (events & (EPOLLHUP | EPOLLERR)) ready |= kBroken;
  return ready;
}

Ready ready_of_poll(short events) {
  Ready ready = 0;
  if (events & POLLIN) ready |= kReadable;
  if (events & POLLOUT) ready |= kWritable;
  if (events & (POLLHUP | POLLERR | POLLNVAL)) ready |= kBroken;
  return ready;
}

void raise(int wake_up) {
  const uint64_t one = 1;
  // The counter can only be full, and then the wake-up is already pending.
  [[maybe_unused]] ssize_t written = write(wake_up, &one, sizeof one);
}

}  // namespace

Result<std::unique_ptr<Poller>> Poller::create() {
  const int queue = epoll_create1(EPOLL_CLOEXEC);
  if (queue < 0) return error_of_errno(errno);
  const int wake_up = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_up < 0) {
    const Error error = error_of_errno(errno);
    close(queue);
    return error;
  }
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;  // each raise is an edge of its own, so the counter need not be read
  event.data.u64 = kWakeToken;
  if (epoll_ctl(queue, EPOLL_CTL_ADD, wake_up, &event) != 0) {
    const Error error = error_of_errno(errno);
    close(queue);
    close(wake_up);
    return error;
  }
  return std::unique_ptr<Poller>(new Poller(queue, wake_up));
}

Poller::~Poller() {
  close(queue_);
  close(wake_up_);
}

Result<void> Poller::control(int operation, SOCKET socket, uint64_t token, unsigned wanted) {
  INLET_ASSERT(token != kWakeToken);
  epoll_event event{};
  event.events = wanted;
  event.data.u64 = token;
  if (epoll_ctl(queue_, operation, descriptor_of(socket), &event) == 0) return {};
  return errno == ENOSPC ? Error::no_buffers : error_of_errno(errno);
}

Result<void> Poller::watch(SOCKET socket, uint64_t token) {
  return control(EPOLL_CTL_ADD, socket, token, kInputAndOutput);
}

Result<void> Poller::watch_input(SOCKET socket, uint64_t token) {
  return control(EPOLL_CTL_ADD, socket, token, kInput);
}

Result<void> Poller::watch_output(SOCKET socket, uint64_t token) {
  return control(EPOLL_CTL_MOD, socket, token, kInputAndOutput);
}

void Poller::forget(SOCKET socket) {
  epoll_ctl(queue_, EPOLL_CTL_DEL, descriptor_of(socket), nullptr);
}

size_t Poller::wait(std::span<Event> events, Deadline deadline) {
  epoll_event raw[kEventsPerWait];
  const int room = static_cast<int>(std::min(events.size(), kEventsPerWait));
  const int count = wait_now(queue_, raw, room, deadline.poll_timeout_ms());
  INLET_ASSERT(count >= 0 || errno == EINTR);
  size_t used = 0;
  for (int i = 0; i < count; ++i)
    if (raw[i].data.u64 != kWakeToken) events[used++] = {raw[i].data.u64, ready_of(raw[i].events)};
  return used;
}

void Poller::wake() {
  raise(wake_up_);
}

// ---- Waiter

namespace {

struct Pool {
  std::mutex mutex;
  std::vector<Waiter*> idle;
};

Pool& pool() {
  static Pool* pool = new Pool;  // never destroyed: threads may still wait while the process exits
  return *pool;
}

}  // namespace

Waiter::Lease Waiter::borrow() {
  {
    std::lock_guard lock(pool().mutex);
    if (!pool().idle.empty()) {
      Lease lease(pool().idle.back());
      pool().idle.pop_back();
      return lease;
    }
  }
  return Lease(new Waiter(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)));
}

void Waiter::Return::operator()(Waiter* waiter) const {
  waiter->clear();
  if (waiter->wake_up_ >= 0) {
    std::lock_guard lock(pool().mutex);
    if (pool().idle.size() < kWaitersKept) {
      pool().idle.push_back(waiter);
      return;
    }
  }
  delete waiter;
}

void Waiter::trim() {
  std::vector<Waiter*> idle;
  {
    std::lock_guard lock(pool().mutex);
    idle.swap(pool().idle);
  }
  for (Waiter* each : idle) delete each;
}

Waiter::~Waiter() {
  if (wake_up_ >= 0) close(wake_up_);
}

void Waiter::wake() {
  woken_.store(true, std::memory_order_release);
  if (wake_up_ >= 0) raise(wake_up_);
}

// A wake that nobody waited for must not end the next borrower's wait.
void Waiter::clear() {
  woken_.store(false, std::memory_order_relaxed);
  if (wake_up_ < 0) return;
  uint64_t count;
  [[maybe_unused]] ssize_t got = read(wake_up_, &count, sizeof count);
}

Result<Ready> Waiter::wait(SOCKET socket, Ready what, Deadline deadline) {
  // Setting a manual clock has to end the poll, so that the caller looks at its deadline again.
  struct Relook : TimeListener {
    explicit Relook(Waiter& waiter) : waiter_(waiter) { start_listening(); }
    ~Relook() { stop_listening(); }
    void time_changed() override { waiter_.wake(); }
    Waiter& waiter_;
  };
  std::unique_ptr<Relook> relook;
  if (time_is_manual()) relook = std::make_unique<Relook>(*this);

  pollfd polled[2] = {{descriptor_of(socket), 0, 0}, {wake_up_, POLLIN, 0}};  // poll ignores -1
  if (what & kReadable) polled[0].events |= POLLIN;
  if (what & kWritable) polled[0].events |= POLLOUT;
  for (;;) {
    int timeout_ms = deadline.poll_timeout_ms();
    if (wake_up_ < 0 && (timeout_ms < 0 || timeout_ms > kWakeLook_ms)) timeout_ms = kWakeLook_ms;
    const int count = poll(polled, 2, timeout_ms);
    if (count < 0 && errno != EINTR) return error_of_errno(errno);
    if (woken_.load(std::memory_order_acquire)) {
      clear();
      return Error::canceled;
    }
    if (count > 0 && polled[0].revents) return ready_of_poll(polled[0].revents);
    if (deadline.expired()) return Error::timed_out;
  }
}

}  // namespace inlet::poller
