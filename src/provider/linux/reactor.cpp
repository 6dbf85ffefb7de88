#include "provider/linux/reactor.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/short_slices.h"
#include "base/thread.h"
#include "provider/linux/changes.h"
#include "provider/linux/events.h"
#include "provider/linux/extension.h"
#include "provider/linux/offers.h"
#include "provider/linux/overlapped.h"
#include "provider/linux/pending_queue.h"
#include "provider/linux/pending_receive.h"
#include "provider/linux/spill.h"
#include "provider/linux/sys_changes.h"

namespace inlet::provider {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kEventsPerWait = 64;
constexpr uint32_t kWatched = EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP | EPOLLET;
constexpr uint64_t kWakeToken = 0;  // no handles: generations begin at 1
constexpr uint64_t kChangesToken = 1;
constexpr uint64_t kOfferToken = uint64_t{1} << 31;  // with a descriptor in the bits below

struct Reactor {
  std::mutex mutex;  // guards what follows; the epoll set is the kernel's
  int epoll_fd = -1;
  int wake_fd = -1;
  int changes_fd = -1;  // what the system says about its addresses and routes
  std::thread thread;
  bool stopping = false;
  std::multimap<Clock::time_point, Handle> timers;
};

// Never destroyed: a process may end while the thread runs.
Reactor& reactor() {
  static Reactor* instance = new Reactor;
  return *instance;
}

unsigned edge_of(uint32_t events) {
  unsigned edge = 0;
  if (events & EPOLLIN) edge |= kEdgeReadable;
  if (events & EPOLLOUT) edge |= kEdgeWritable;
  if (events & EPOLLPRI) edge |= kEdgePriority;
  if (events & EPOLLRDHUP) edge |= kEdgePeerClosed;
  if (events & (EPOLLHUP | EPOLLERR)) edge |= kEdgeBroken;
  return edge;
}

// A listener's queue comes first, because it decides what the others find; unsent bytes come before operations and events,
// because room that they take is not there for anybody else.
void on_edge(Handle handle, unsigned edge) {
  SocketRef socket = SocketRef::internal(handle);
  if (!socket) return;
  if (Extension* parts = socket.extension(); parts == nullptr) return;
  spill_ready(socket, edge);
  if (!socket->has(kSpilling)) offers_drained(socket);
  if (socket.closing()) return;
  pending_ready(socket, edge);
  overlapped_ready(socket, edge);
  refuse_unwanted(socket);
  selection_ready(socket, edge);
}

// Milliseconds until the next timer, rounded up; -1 without one.
int wait_ms_locked(const Reactor& self) {
  if (self.timers.empty()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(self.timers.begin()->first - Clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, 60'000));
}

void fire_timers(Reactor& self) {
  while (true) {
    Handle handle = 0;
    {
      std::lock_guard lock(self.mutex);
      if (self.timers.empty() || self.timers.begin()->first > Clock::now()) return;
      handle = self.timers.begin()->second;
      self.timers.erase(self.timers.begin());
    }
    on_edge(handle, kEdgeTimer);
  }
}

int changes_fd_of(Reactor& self) {
  std::lock_guard lock(self.mutex);
  return self.changes_fd;
}

void run(Reactor& self, int epoll_fd, int wake_fd) {
  // This thread runs for microseconds and is late when it runs a millisecond later: clients are then told late that a queue is full.
  take_short_slices(true);
  std::array<epoll_event, kEventsPerWait> events;
  while (true) {
    int timeout_ms = 0;
    {
      std::lock_guard lock(self.mutex);
      if (self.stopping) return;
      timeout_ms = wait_ms_locked(self);
    }
    const int count = ::epoll_wait(epoll_fd, events.data(), kEventsPerWait, timeout_ms);
    for (int i = 0; i < count; ++i) {
      if (events[static_cast<size_t>(i)].data.u64 == kWakeToken) {
        sys::drain_wake(wake_fd);
        continue;
      }
      const epoll_event& event = events[static_cast<size_t>(i)];
      const uint64_t token = event.data.u64;
      if (token == kChangesToken)
        changes_ready(changes_fd_of(self));
      else if (token >> 31 == kOfferToken >> 31)
        offers_ready(static_cast<int>(token & ~kOfferToken));
      else
        on_edge(static_cast<Handle>(token), edge_of(event.events));
    }
    fire_timers(self);
  }
}

void close_locked(Reactor& self) {
  if (self.epoll_fd >= 0) sys::close(self.epoll_fd);
  if (self.wake_fd >= 0) sys::close(self.wake_fd);
  if (self.changes_fd >= 0) sys::close(self.changes_fd);
  self.epoll_fd = self.wake_fd = self.changes_fd = -1;
}

Result<void> open_locked(Reactor& self) {
  self.epoll_fd = ::epoll_create1(EPOLL_CLOEXEC);
  if (self.epoll_fd < 0) return error_of_errno(errno);
  self.wake_fd = sys::make_wake();
  if (self.wake_fd < 0) return error_of_errno(-self.wake_fd);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kWakeToken;
  if (::epoll_ctl(self.epoll_fd, EPOLL_CTL_ADD, self.wake_fd, &event) != 0) return error_of_errno(errno);
  try {
    self.thread = start_thread(
        "inlet-provider", [&self, epoll_fd = self.epoll_fd, wake_fd = self.wake_fd] { run(self, epoll_fd, wake_fd); });
  } catch (const std::system_error&) {
    return Error::no_buffers;
  }
  return {};
}

Result<void> start_locked(Reactor& self) {
  if (self.epoll_fd >= 0) return {};
  // The last WSPCleanup is over, or about to end the reactor.
  if (!is_started()) return Error::not_initialised;
  self.stopping = false;
  auto opened = open_locked(self);
  if (!opened) close_locked(self);
  return opened;
}

}  // namespace

Result<void> reactor_watch(SocketRef& socket) {
  Extension* parts = socket.make_extension();
  if (parts == nullptr) return Error::no_buffers;
  if (parts->watched.load(std::memory_order_acquire)) return {};
  Reactor& self = reactor();
  std::lock_guard lock(self.mutex);
  if (auto started = start_locked(self); !started) return started;
  epoll_event event{};
  event.events = kWatched;
  event.data.u64 = socket.handle();
  if (::epoll_ctl(self.epoll_fd, EPOLL_CTL_ADD, socket.fd(), &event) != 0 && errno != EEXIST)
    return error_of_errno(errno);
  parts->watched.store(true, std::memory_order_release);
  return {};
}

Result<void> reactor_watch_changes() {
  Reactor& self = reactor();
  std::lock_guard lock(self.mutex);
  if (auto started = start_locked(self); !started) return started;
  if (self.changes_fd >= 0) return {};
  const int fd = sys::open_changes();
  if (fd < 0) return error_of_errno(-fd);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kChangesToken;
  if (::epoll_ctl(self.epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
    const int error = errno;
    sys::close(fd);
    return error_of_errno(error);
  }
  self.changes_fd = fd;
  return {};
}

Result<void> reactor_watch_offer(int fd) {
  Reactor& self = reactor();
  std::lock_guard lock(self.mutex);
  if (auto started = start_locked(self); !started) return started;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.u64 = kOfferToken | static_cast<uint64_t>(fd);
  if (::epoll_ctl(self.epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) return error_of_errno(errno);
  return {};
}

void reactor_mute(SocketRef& socket, bool on) {
  Reactor& self = reactor();
  std::lock_guard lock(self.mutex);
  epoll_event event{};
  event.events = on ? uint32_t{EPOLLET} : kWatched;
  event.data.u64 = socket.handle();
  // Fails when the watch has ended meanwhile, and then there is nothing to leave alone.
  if (self.epoll_fd >= 0) ::epoll_ctl(self.epoll_fd, EPOLL_CTL_MOD, socket.fd(), &event);
}

Result<void> reactor_watch_again(SocketRef& socket) {
  Extension* parts = socket.extension();
  if (parts == nullptr || !parts->watched.exchange(false, std::memory_order_acq_rel)) return {};
  return reactor_watch(socket);
}

void reactor_forget(int fd) {
  Reactor& self = reactor();
  std::lock_guard lock(self.mutex);
  if (self.epoll_fd >= 0) ::epoll_ctl(self.epoll_fd, EPOLL_CTL_DEL, fd, nullptr);
}

Result<void> reactor_call_after(SocketRef& socket, int delay_ms) {
  if (socket.make_extension() == nullptr) return Error::no_buffers;
  Reactor& self = reactor();
  std::lock_guard lock(self.mutex);
  if (auto started = start_locked(self); !started) return started;
  try {
    const auto at = Clock::now() + std::chrono::milliseconds(delay_ms);
    auto timer = self.timers.emplace(at, socket.handle());
    if (timer == self.timers.begin()) sys::signal_wake(self.wake_fd);
  } catch (const std::bad_alloc&) {
    return Error::no_buffers;
  }
  return {};
}

Result<void> reactor_call(SocketRef& socket) {
  return reactor_call_after(socket, 0);
}

void reactor_stop() {
  Reactor& self = reactor();
  std::thread thread;
  {
    std::lock_guard lock(self.mutex);
    if (self.epoll_fd < 0) return;
    self.stopping = true;
    self.timers.clear();
    sys::signal_wake(self.wake_fd);
    thread = std::move(self.thread);
  }
  thread.join();
  std::lock_guard lock(self.mutex);
  close_locked(self);
}

}  // namespace inlet::provider
