// Linux: epoll, edge-triggered; poll for a single socket. The descriptor is the low half of a base provider's SOCKET.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
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

int descriptor_of(SOCKET socket) {
  return static_cast<int>(socket & 0xffffffffu);
}

Ready ready_of(uint32_t events) {
  Ready ready = 0;
  if (events & EPOLLIN) ready |= kReadable;
  if (events & EPOLLOUT) ready |= kWritable;
  if (events & EPOLLRDHUP) ready |= kPeerClosed;
  if (events & (EPOLLHUP | EPOLLERR)) ready |= kBroken;
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

Result<void> Poller::watch(SOCKET socket, uint64_t token) {
  INLET_ASSERT(token != kWakeToken);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = token;
  if (epoll_ctl(queue_, EPOLL_CTL_ADD, descriptor_of(socket), &event) == 0) return {};
  return errno == ENOSPC ? Error::no_buffers : error_of_errno(errno);
}

void Poller::forget(SOCKET socket) {
  epoll_ctl(queue_, EPOLL_CTL_DEL, descriptor_of(socket), nullptr);
}

size_t Poller::wait(std::span<Event> events, Deadline deadline) {
  epoll_event raw[kEventsPerWait];
  const int room = static_cast<int>(std::min(events.size(), kEventsPerWait));
  const int count = epoll_wait(queue_, raw, room, deadline.poll_timeout_ms());
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

Result<Waiter::Lease> Waiter::borrow() {
  {
    std::lock_guard lock(pool().mutex);
    if (!pool().idle.empty()) {
      Lease lease(pool().idle.back());
      pool().idle.pop_back();
      return lease;
    }
  }
  const int wake_up = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_up < 0) return error_of_errno(errno);
  return Lease(new Waiter(wake_up));
}

void Waiter::Return::operator()(Waiter* waiter) const {
  waiter->clear();
  {
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
  close(wake_up_);
}

void Waiter::wake() {
  raise(wake_up_);
}

// A wake that nobody waited for must not end the next borrower's wait.
void Waiter::clear() {
  uint64_t count;
  [[maybe_unused]] ssize_t got = read(wake_up_, &count, sizeof count);
}

Result<Ready> Waiter::wait(SOCKET socket, Ready what, Deadline deadline) {
  // Setting a manual clock has to end the poll, so that the caller looks at its deadline again.
  struct Relook : TimeListener {
    explicit Relook(Waiter& waiter) : waiter_(waiter) {}
    ~Relook() { stop_listening(); }
    void time_changed() override { waiter_.wake(); }
    Waiter& waiter_;
  };
  std::unique_ptr<Relook> relook;
  if (time_is_manual()) relook = std::make_unique<Relook>(*this);
  if (deadline.expired()) return Error::timed_out;

  pollfd polled[2] = {{descriptor_of(socket), 0, 0}, {wake_up_, POLLIN, 0}};
  if (what & kReadable) polled[0].events |= POLLIN;
  if (what & kWritable) polled[0].events |= POLLOUT;
  for (;;) {
    const int count = poll(polled, 2, deadline.poll_timeout_ms());
    if (count < 0) {
      if (errno == EINTR) continue;
      return error_of_errno(errno);
    }
    if (polled[1].revents) {
      clear();
      return Error::canceled;
    }
    if (polled[0].revents) {
      Ready ready = 0;
      if (polled[0].revents & POLLIN) ready |= kReadable;
      if (polled[0].revents & POLLOUT) ready |= kWritable;
      if (polled[0].revents & (POLLHUP | POLLERR | POLLNVAL)) ready |= kBroken;
      return ready;
    }
    if (deadline.expired()) return Error::timed_out;
  }
}

}  // namespace inlet::poller
