#include "provider/linux/wait.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <mutex>

#include "provider/linux/thread_alert.h"
#include "provider/linux/upcalls.h"

namespace inlet::provider {
namespace {

struct Stripe {
  std::mutex mutex;
  SleeperEntry* first = nullptr;
  std::atomic<uint32_t> count{0};  // for looks without the mutex
};

constexpr uint32_t kStripes = 64;
std::array<Stripe, kStripes> stripes;

Stripe& stripe_of(int fd) {
  return stripes[static_cast<uint32_t>(fd) % kStripes];
}

// Milliseconds left, rounded up so that a wait never ends early; 0 when the time is over.
int remaining_ms(std::chrono::steady_clock::time_point deadline) {
  const auto left = deadline - std::chrono::steady_clock::now();
  if (left <= left.zero()) return 0;
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return ms > INT32_MAX ? INT32_MAX : static_cast<int>(ms);
}

constexpr int kHookPause_ms = 1;  // between two calls of a blocking hook, which usually does nothing

thread_local BlockingCall* innermost = nullptr;

}  // namespace

SleeperEntry::SleeperEntry(int fd, int wake_fd) : fd_(fd), wake_fd_(wake_fd) {
  Stripe& stripe = stripe_of(fd_);
  stripe.count.fetch_add(1);
  std::lock_guard lock(stripe.mutex);
  next_ = stripe.first;
  link_ = &stripe.first;
  if (next_ != nullptr) next_->link_ = &next_;
  stripe.first = this;
}

SleeperEntry::~SleeperEntry() {
  Stripe& stripe = stripe_of(fd_);
  stripe.count.fetch_sub(1, std::memory_order_relaxed);
  std::lock_guard lock(stripe.mutex);
  *link_ = next_;
  if (next_ != nullptr) next_->link_ = link_;
}

BlockingCall::BlockingCall(const ThreadAlert& alert) : outer_(innermost), alert_(alert) {
  innermost = this;
}

BlockingCall::~BlockingCall() {
  innermost = outer_;
}

Result<void> BlockingCall::look_up() {
  if (auto alert = ThreadAlert::current(); alert != nullptr && alert->has_apcs()) alert->run_apcs();
  DWORD_PTR context = 0;
  // A hook that waits itself is not called again from inside.
  LPBLOCKINGCALLBACK hook = outer_ == nullptr ? blocking_hook(&context) : nullptr;
  hooked_ = hook != nullptr;
  if (hook != nullptr && hook(context) == FALSE) canceled_ = true;
  return canceled_ ? Result<void>(Error::canceled) : Result<void>();
}

int BlockingCall::sleep_ms(int wanted_ms) const {
  const int longest_ms = alert_.sleep_ms(wanted_ms);
  if (!hooked_) return longest_ms;
  return longest_ms < 0 ? kHookPause_ms : std::min(longest_ms, kHookPause_ms);
}

bool cancel_wait() {
  if (innermost == nullptr) return false;
  innermost->canceled_ = true;
  return true;
}

bool has_sleepers(int fd) {
  return stripe_of(fd).count.load() != 0;
}

void wake_sleepers(const SocketRef& socket) {
  Stripe& stripe = stripe_of(socket.fd());
  std::lock_guard lock(stripe.mutex);
  for (SleeperEntry* sleeper = stripe.first; sleeper != nullptr; sleeper = sleeper->next_)
    if (sleeper->fd_ == socket.fd()) sys::signal_wake(sleeper->wake_fd_);
}

Result<void> wait_ready(const SocketRef& socket, unsigned events, uint32_t timeout_ms,
                        const std::function<bool()>& look) {
  auto alert = ThreadAlert::current();
  if (alert == nullptr) return Error::no_buffers;
  std::chrono::steady_clock::time_point deadline{};  // not looked at without a timeout
  if (timeout_ms != 0) deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  BlockingCall call(*alert);
  SleeperEntry entry(socket.fd(), alert->fd());
  while (true) {
    // The closer marks the record before it looks for sleepers, so one of the two sees the other.
    if (socket.closing()) return Error::canceled;
    if (auto looked = call.look_up(); !looked) return looked;
    if (look && look()) return {};
    const int left_ms = timeout_ms == 0 ? -1 : remaining_ms(deadline);
    const int ready = sys::wait(events == 0 ? -1 : socket.fd(), events, alert->fd(), call.sleep_ms(left_ms));
    if (ready < 0) return error_of_errno(-ready);
    if ((static_cast<unsigned>(ready) & sys::kWoken) != 0) {
      alert->drain();
      if (!alert->has_apcs()) return socket.closing() ? Result<void>(Error::canceled) : Result<void>();
      continue;
    }
    if (ready != 0) return {};
    if (timeout_ms != 0 && remaining_ms(deadline) == 0) return Error::timed_out;
    // A wake may have come that nobody could deliver. The caller of a wait with a timeout would begin it anew.
    if (timeout_ms == 0 && alert->is_blind()) return {};
  }
}

}  // namespace inlet::provider
