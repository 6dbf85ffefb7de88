#include "engine/shard.h"

#include <array>
#include <utility>

#include "base/clock.h"
#include "engine/crew.h"
#include "engine/thread_probe.h"
#include "engine/watchdog.h"

namespace inlet::engine {

namespace {
constinit thread_local Shard* driven_shard = nullptr;

constexpr size_t kFewEvents = 2;  // not worth a round of their own

// Of many clients none is in the cache when its turn comes. What will be touched is asked for while others are being served.
void fetch_ahead(const Task& task) {
  const char* const begin = reinterpret_cast<const char*>(&task);
  for (size_t line = 0; line < kTurnBytes; line += 64) __builtin_prefetch(begin + line, 1);
}
}  // namespace

Shard::Shard(std::unique_ptr<poller::Poller> poller, Resolve resolve, Crew& crew, Watchdog& watchdog)
    : poller_(std::move(poller)), resolve_(resolve), crew_(crew), watchdog_(watchdog), timers_(now_ms()) {
  turn_ms_.store(now_ms(), std::memory_order_relaxed);
  start_listening();
}

Shard::~Shard() {
  stop_listening();
}

bool Shard::is_driven_here() const {
  return driven_shard == this;
}

ShardLease Shard::drive(ShardLease lease) {
  driven_shard = this;
  driver_id_.store(probe_id(), std::memory_order_relaxed);
  while (!stopping_.load(std::memory_order_acquire)) {
    wait_for_work();
    if (!run_callbacks(lease)) return {};
    release_buried();
  }
  driven_shard = nullptr;
  return lease;
}

void Shard::wait_for_work() {
  in_callbacks_.store(false, std::memory_order_relaxed);
  std::array<poller::Event, kEventsPerWait> events;
  std::array<Task*, kEventsPerWait> tasks;  // none of them is released before the turn is over
  const size_t count = fetch(events);
  const int64_t now = now_ms();
  turn_ms_.store(now, std::memory_order_relaxed);
  take_returned();
  take_mail();
  for (size_t i = 0; i < count; ++i)
    if ((tasks[i] = resolve_(events[i].token)) != nullptr && count > kFewEvents) fetch_ahead(*tasks[i]);
  for (size_t i = 0; i < count; ++i)
    if (tasks[i] != nullptr) {
      if (tasks[i]->away_) [[unlikely]]
        await(*tasks[i]);
      tasks[i]->on_ready(events[i].ready);
    }
  timers_.advance(now, [this, now](Timer& timer) {
    Task& task = static_cast<TaskRest&>(timer).task();
    if (task.away_) await(task);
    task.on_timer(now);
  });
}

// Sleeps only when there is nothing to do.
size_t Shard::fetch(std::span<poller::Event> events) {
  const bool waiting = !runs_.empty() || !metered_.empty() || !leaving_.empty();
  if (waiting && !starved_) return poller_->wait(events, Deadline::at_ms(0));
  return spin_.is_armed() && !starved_ ? look_on_then_sleep(events) : sleep(events);
}

size_t Shard::sleep(std::span<poller::Event> events) {
  asleep_.store(true, std::memory_order_seq_cst);  // before the last look, so that no call goes unseen
  const size_t count = poller_->wait(events, is_called() ? Deadline::at_ms(0) : timers_.next());
  asleep_.store(false, std::memory_order_relaxed);
  return count;
}

bool Shard::is_called() const {
  return !mailbox_.empty() || !returned_.empty() || stopping_.load(std::memory_order_acquire);
}

// While it looks on it is not asleep, so nobody has to wake it.
size_t Shard::look_on_then_sleep(std::span<poller::Event> events) {
  const int64_t from_us = now_us();
  size_t count = 0;
  const auto look = [&] {
    count = poller_->wait(events, Deadline::at_ms(0));
    return count != 0 || is_called();
  };
  const bool may_spin = crew_.may_spin() && !time_is_manual();
  if (!may_spin || !spin_.look_on(from_us, look, now_us)) count = sleep(events);
  spin_.work_came(now_us() - from_us);
  return count;
}

void Shard::take_returned() {
  if (returned_.empty()) return;
  returned_.drain([this](Task& task) {
    note_back(task);
    task.settle();
  });
}

void Shard::take_mail() {
  if (mailbox_.empty()) return;
  mailbox_.drain([this](Task& task, Signals signals) {
    if (task.away_) await(task);
    task.on_signals(signals);
  });
}

// What the task is told now it acts upon when it is settled. Either its thread sees this, or we see in is_called that it was quicker.
void Shard::await(Task& task) {
  if (std::exchange(task.rest().awaited_, true)) return;
  awaited_.store(awaited_.load(std::memory_order_relaxed) + 1, std::memory_order_seq_cst);
}

void Shard::note_back(Task& task) {
  task.away_ = false;
  if (!std::exchange(task.rest().awaited_, false)) return;
  awaited_.store(awaited_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
}

// Returns  false when no thread can be spared.
bool Shard::send_away(Task& task) {
  task.away_ = true;
  if (!task.may_settle_late()) await(task);
  if (crew_.dispatch(task)) return true;
  note_back(task);
  return false;
}

void Shard::admit_metered() {
  for (unsigned i = 0; i < kMeteredPerTurn; ++i)
    if (Task* task = metered_.pop_front()) {
      task->metered_ = true;
      runs_.push(*task);
    }
}

[[gnu::always_inline]] inline bool Shard::take_back(ShardLease& lease, uint64_t word) {
  const uint64_t closed = word + 1;  // an open word is odd: this is the next turn, not open
  if (!drive_.compare_exchange_strong(word, closed, std::memory_order_acq_rel, std::memory_order_relaxed)) return false;
  lease.shard_ = this;
  lease.turn_ = closed >> 1;
  return true;
}

// Runs one callback while the lease lies open.
// Returns  false when it was taken meanwhile: then it is gone, and the task belongs to the new driver.
[[gnu::always_inline]] inline bool Shard::run_here(ShardLease& lease, Task& task) {
  const uint64_t open_word = lease.turn_ << 1 | 1;
  lease.shard_ = nullptr;  // the right itself now lies in drive_
  Context context{&task, this, &crew_, open_word, true};
  current_context = &context;
  drive_.store(open_word, std::memory_order_release);

  task.perform();

  current_context = nullptr;
  if (context.attached && take_back(lease, open_word)) [[likely]] {
    if (task.quick_ < kProvenAfterRuns) ++task.quick_;
    return true;
  }
  note_lost(task, open_word);
  return false;
}

// Returns  false when the lease is gone.
bool Shard::run_callbacks(ShardLease& lease) {
  if (!metered_.empty()) admit_metered();
  if (runs_.empty() && leaving_.empty()) return true;
  in_callbacks_.store(true, std::memory_order_relaxed);  // published by the next line
  watchdog_.callbacks_start(turn_ms());
  const bool alert = crew_.is_alert(turn_ms());
  const unsigned most = runs_.runs_per_turn();
  const bool mixed = runs_.is_mixed();
  if (runs_.is_waiting(kSpinPriority)) spin_.arm();
  starved_ = false;
  for (unsigned i = 0; i < most && !runs_.empty(); ++i) {
    if (mixed && i != 0 && runs_.round_is_over()) break;
    if (!crew_.may_start_callback()) [[unlikely]]
      return starved_ = true;
    const auto [popped, next] = runs_.pop_and_look();
    Task& task = *popped;
    if (next != nullptr) fetch_ahead(*next);
    if (task.metered_ && run_metered(task)) continue;
    if (task.is_slow()) {
      leaving_.push_back(task);
      continue;
    }
    const bool suspect = alert && !task.is_proven() && crew_.may_suspect();
    if (suspect && send_away(task)) continue;
    if (!run_here(lease, task)) return false;
    task.settle();
  }
  return leaving_.empty() || send_off(lease);
}

// Those that are known to be slow go last in a turn: waking a thread costs as much as a callback that does not block.
// Returns  as run_callbacks
bool Shard::send_off(ShardLease& lease) {
  while (!leaving_.empty()) {
    if (!crew_.may_start_callback()) [[unlikely]]
      return starved_ = true;
    Task& task = *leaving_.pop_front();
    if (send_away(task)) continue;
    if (!run_here(lease, task)) return false;
    task.settle();
  }
  return true;
}

// What costs much is known to compute and not to wait. To the watchdog it would look like a callback that has got stuck, and the alarm
// over it would be false: threads change, the next run is taken for slow, and so on. So nobody watches it, unless one has
// taken longer than others should wait for.
//
// Returns  false when it has to be run, and watched, like any other
bool Shard::run_metered(Task& task) {
  task.metered_ = false;
  if (metered_watched_ != 0) return --metered_watched_, false;
  const int64_t start_us = now_us();
  task.perform();
  if (now_us() - start_us > kMeteredBrief_us) metered_watched_ = kMeteredWatched;
  task.settle();
  return true;
}

void Shard::note_lost(Task& task, uint64_t open_word) {
  driven_shard = nullptr;
  task.slow_ = kSlowAfterHandOff;
  task.quick_ = 0;
  task.computes_ = computing_word_.load(std::memory_order_relaxed) == open_word;
  crew_.end_detached();
  returned_.push(task);  // from here on it is the new driver's, who does not know that it was away
  wake_if_asleep();
}

ShardLease Shard::take(uint64_t word) {
  ShardLease lease;
  if (take_back(lease, word)) return lease;
  return {};
}

void Shard::post(Task& task, Signals signals) {
  if (mailbox_.put(task, signals)) wake_if_asleep();
}

void Shard::give_back(Task& task) {
  const bool may_be_late = task.has_ended_as_usual();
  returned_.push(task);
  if (!may_be_late || awaited_.load(std::memory_order_seq_cst) != 0) wake_if_asleep();
}

void Shard::wake_if_asleep() {
  if (asleep_.load(std::memory_order_seq_cst) && asleep_.exchange(false, std::memory_order_seq_cst)) wake();
}

void Shard::stop() {
  stopping_.store(true, std::memory_order_release);
  wake();
}

void Shard::bury(Task& task) {
  disarm(task);
  buried_.push_back(task);
}

void Shard::release_buried() {
  while (Task* task = buried_.pop_front()) task->release();
}

}  // namespace inlet::engine
