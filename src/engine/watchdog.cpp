#include "engine/watchdog.h"

#include <chrono>

#include "base/assert.h"
#include "base/thread.h"
#include "engine/shard.h"
#include "engine/thread_probe.h"

namespace inlet::engine {

Watchdog::~Watchdog() {
  INLET_ASSERT(!thread_.joinable());
}

void Watchdog::start(std::vector<Shard*> shards) {
  shards_ = std::move(shards);
  seen_.assign(shards_.size(), Seen{});
  thread_ = start_thread("inlet-watchdog", [this] { run(); });
}

void Watchdog::stop() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Watchdog::wake() {
  { std::lock_guard lock(mutex_); }
  changed_.notify_one();
}

void Watchdog::run() {
  int64_t idle_us = 0;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const int64_t period = period_us();
    changed_.wait_for(lock, std::chrono::microseconds(period));
    lock.unlock();
    look();
    lock.lock();
    const bool active = activity_.exchange(false, std::memory_order_seq_cst) || any_in_callbacks();
    idle_us = active ? 0 : idle_us + period;
    if (idle_us < kWatchdogIdle_us) continue;
    asleep_.store(true,
                  std::memory_order_seq_cst);  // callbacks_start stores activity_ first and looks at asleep_ second
    changed_.wait(lock,
                  [this] { return stopping_ || activity_.load(std::memory_order_seq_cst) || any_in_callbacks(); });
    asleep_.store(false, std::memory_order_seq_cst);
    idle_us = 0;
  }
}

int64_t Watchdog::period_us() {
  const int64_t now = now_ms();
  alert_ = crew_.is_alert(now);
  if (alert_ || suspicious_) return kWatchdogAlert_us;
  return crew_.is_alert(now - kWary_ms) ? kWatchdogWary_us : kWatchdogCalm_us;
}

bool Watchdog::any_in_callbacks() const {
  for (const Shard* shard : shards_)
    if (shard->in_callbacks()) return true;
  return false;
}

void Watchdog::look() {
  suspicious_ = false;
  crew_.look();
  for (size_t i = 0; i < shards_.size(); ++i) {
    const uint64_t word = shards_[i]->drive_word();
    if (word != seen_[i].word) seen_[i] = {word, 0, kNotYet};
    if (!Shard::is_open(word)) continue;
    if (!stands_still(i, word)) continue;
    ShardLease lease = shards_[i]->take(word);
    if (!lease) continue;
    crew_.raise_alert(now_ms());
    crew_.offer(std::move(lease), true);
  }
}

// A callback that is met for the first time has hardly ever stopped: most are over in microseconds.
bool Watchdog::is_worth_a_second_look(const Shard& shard) const {
  if (alert_) return false;  // there is one soon anyway
  return now_ms() - shard.turn_ms() >= kLongTurn_ms || thread_is_asleep(shard.driver_id());
}

bool Watchdog::stands_still(size_t shard, uint64_t word) {
  Seen& seen = seen_[shard];
  ++seen.looks;
  if (seen.looks == 1 && !is_worth_a_second_look(*shards_[shard])) return false;
  const uint32_t driver = shards_[shard]->driver_id();
  if (shards_[shard]->drive_word() != word)
    return false;  // it has moved on, so driver may be another callback's thread
  suspicious_ = true;
  if (seen.looks > 1 && thread_is_asleep(driver)) return true;
  const int64_t cpu_us = thread_cpu_us(driver);
  if (seen.cpu_us == kNotYet) seen.cpu_us = cpu_us;
  // One callback that computes for a moment is none of our business; while there are more that hold their shards up, it is.
  const int64_t enough_us = alert_ ? kWatchdogAlert_us / 2 : kWatchdogWary_us;
  if (cpu_us - seen.cpu_us < enough_us) return seen.looks > kWatchdogPatience;
  shards_[shard]->note_computing(word);
  return true;
}

}  // namespace inlet::engine
