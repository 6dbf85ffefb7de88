#include "engine/watchdog.h"

#include <algorithm>
#include <system_error>

#include "base/assert.h"
#include "base/clock.h"
#include "base/thread.h"
#include "engine/shard.h"
#include "engine/thread_probe.h"

namespace inlet::engine {

Watchdog::~Watchdog() {
  INLET_ASSERT(!thread_.joinable());
}

Result<void> Watchdog::start(std::vector<Shard*> shards) {
  shards_ = std::move(shards);
  seen_.assign(shards_.size(), Seen{});
  if (auto created = alarm_.create(); !created) return created;
  alarm_.set(kWatchdogCalm_us);
  try {
    thread_ = start_thread("inlet-watchdog", [this] { run(); });
  } catch (const std::system_error&) {
    return Error::out_of_memory;
  }
  return {};
}

// A driver may put the alarm off once more, to kWatchdogCalm_us from now.
void Watchdog::stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true, std::memory_order_relaxed);
  alarm_.set(0);
  thread_.join();
}

void Watchdog::wake() {
  if (asleep_.exchange(false, std::memory_order_seq_cst)) alarm_.set(pace_us_.load(std::memory_order_relaxed));
}

// For all shards: the alarm is one, and the driver of a shard that stands still cannot speak for itself. When the watchdog has just
// chosen a shorter period, this comes too late and makes it a calm one, once.
void Watchdog::put_off(int64_t now_ms) {
  put_off_due_ms_.store(now_ms + kPutOff_ms, std::memory_order_relaxed);
  if (pace_us_.load(std::memory_order_relaxed) != kWatchdogCalm_us || crew_.is_understaffed()) return;
  int64_t since_ms = now_ms;
  for (const Shard* shard : shards_)
    if (shard->in_callbacks()) since_ms = std::min(since_ms, shard->turn_ms());
  alarm_.set(kWatchdogCalm_us - (now_ms - since_ms) * 1000);
}

void Watchdog::run() {
  int64_t idle_us = 0;
  for (;;) {
    alarm_.wait();
    if (stopping_.load(std::memory_order_relaxed)) return;
    look();
    const int64_t period = period_us();
    pace_us_.store(period, std::memory_order_relaxed);
    const bool active = activity_.exchange(false, std::memory_order_seq_cst) || any_in_callbacks();
    idle_us = active ? 0 : idle_us + period;
    if (sleeps_well(idle_us))
      idle_us = 0;
    else
      alarm_.set(period);
  }
}

// Returns  true when whoever starts callbacks next sets the alarm.
bool Watchdog::sleeps_well(int64_t idle_us) {
  if (idle_us < kWatchdogIdle_us || crew_.is_understaffed()) return false;
  asleep_.store(true, std::memory_order_seq_cst);  // callbacks_start stores activity_ first and looks at asleep_ second
  if (!activity_.load(std::memory_order_seq_cst) && !any_in_callbacks()) return true;
  return !asleep_.exchange(false, std::memory_order_seq_cst);
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
