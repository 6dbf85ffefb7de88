#include "provider/linux/lookout.h"

#include <algorithm>

#include "provider/linux/thread_alert.h"

namespace inlet::provider {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

// A descriptor may show what nobody wants - an urgent byte that is read inline, a connect that is just beginning - and would
// then end every sleep at once. After a few such looks it is left out of the next sleep, which is short instead.
constexpr uint8_t kMissesMax = 3;
constexpr nanoseconds kMissPause = std::chrono::milliseconds(2);

int64_t sleep_ns(const BlockingCall& call, Lookout::Timeout left, bool missing) {
  nanoseconds sleep = left.value_or(nanoseconds(-1));
  if (missing && (!left || *left > kMissPause)) sleep = kMissPause;
  const int hook_ms = call.sleep_ms(-1);
  const nanoseconds hook = std::chrono::milliseconds(hook_ms);
  if (hook_ms >= 0 && (sleep.count() < 0 || sleep > hook)) sleep = hook;
  return sleep.count();
}

}  // namespace

Lookout::Lookout(size_t count_max, std::pmr::memory_resource* arena)
    : items_(arena), watches_(arena), sleepers_(arena) {
  items_.reserve(count_max);
  watches_.reserve(count_max + 1);
}

Lookout::Item& Lookout::add(SocketRef socket, unsigned wanted) {
  watches_.push_back({-1, 0, 0});
  return items_.emplace_back(Item{std::move(socket), wanted | kGone});
}

// Decides what the kernel is asked. True when some descriptor is left out although it shows something.
bool Lookout::aim() {
  bool missing = false;
  for (size_t i = 0; i < items_.size(); ++i) {
    Item& item = items_[i];
    const bool missed = item.misses >= kMissesMax;
    missing |= missed && !item.over;
    const int16_t asked = missed || item.over ? int16_t{0} : kernel_interest(item.socket, item.wanted);
    watches_[i] = {asked == 0 ? -1 : item.socket.fd(), asked, 0};
  }
  return missing;
}

size_t Lookout::examine() {
  size_t count = 0;
  for (size_t i = 0; i < items_.size(); ++i) {
    items_[i].found = conditions_of(items_[i].socket, watches_[i].seen, items_[i].wanted);
    count += items_[i].found != 0;
  }
  return count;
}

// Nothing was found: remembers which descriptors would end the next sleep as well.
void Lookout::count_misses() {
  for (size_t i = 0; i < items_.size(); ++i) {
    Item& item = items_[i];
    const int16_t seen = watches_[i].seen;
    item.misses = seen == 0 ? uint8_t{0} : static_cast<uint8_t>(item.misses + 1);
    // A connection that is over in both directions stays so. One that never began looks the same to the kernel.
    item.over |= (seen & sys::kLookHungUp) != 0 && item.socket->has(kConnected);
  }
}

Result<size_t> Lookout::look(int64_t timeout_ns) {
  if (const int result = sys::poll(watches_.data(), watches_.size(), timeout_ns); result < 0)
    return error_of_errno(-result);
  const size_t count = examine();
  if (count == 0) count_misses();
  return count;
}

// Everybody who changes a socket's state changes it first and wakes its sleepers then; so what the state says is looked at once
// more after the thread has become a sleeper.
Result<size_t> Lookout::sleep(BlockingCall& call, int wake_fd, Timeout timeout) {
  const auto deadline = Clock::now() + timeout.value_or(nanoseconds(0));
  watches_.push_back({wake_fd, sys::kLookReadable, 0});
  while (true) {
    if (auto looked = call.look_up(); !looked) return looked.error();
    const bool missing = aim();
    if (size_t count = examine(); count > 0) return count;
    Timeout left;
    if (timeout) left = std::max(nanoseconds(deadline - Clock::now()), nanoseconds(0));
    auto found = look(sleep_ns(call, left, missing));
    if (!found || *found > 0 || left == nanoseconds(0)) return found;
    if (watches_.back().seen != 0) {
      sys::drain_wake(wake_fd);
      watches_.back().seen = 0;
    }
  }
}

Result<size_t> Lookout::wait(Timeout timeout) {
  aim();
  auto found = look(0);
  if (!found || *found > 0 || timeout == nanoseconds(0)) return found;
  auto alert = ThreadAlert::current();
  if (alert == nullptr) return Error::no_buffers;
  BlockingCall call(*alert);
  for (Item& item : items_) sleepers_.emplace_back(item.socket.fd(), alert->fd());
  return sleep(call, alert->fd(), timeout);
}

}  // namespace inlet::provider
