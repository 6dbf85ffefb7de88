// An event loop with its tasks, timers and run queue. Not a thread: whoever holds its lease drives it.
//
// A turn: wait for the poller - take what was given back, and the mail - note what is ready - fire timers - run callbacks - send off
// those that are known to be slow - release what was buried.
// Readiness is noted for all before the first callback runs, and it lives in the tasks and in the run queue. So a callback may
// take as long as it likes: when its shard is handed off in the middle of a turn, the next driver simply goes on.
//
// Hand-off: drive_ is (turn << 1) | open. Before a callback the driver stores the open form; then the lease lies where the
// watchdog or the callback itself can take it with one compare-and-swap to turn + 1. After the callback the driver takes it
// back the same way, or finds that it has lost it.
#pragma once

#include <atomic>
#include <memory>
#include <span>

#include "base/limits.h"
#include "base/shared_stack.h"
#include "engine/context.h"
#include "engine/lease.h"
#include "engine/mailbox.h"
#include "engine/run_queue.h"
#include "engine/spin.h"
#include "engine/task.h"
#include "engine/timer_wheel.h"
#include "poller/poller.h"

namespace inlet::engine {

class Watchdog;

class Shard final : private TimeListener {
 public:
  // Finds the task behind a poller token, or nullptr when it is gone.
  using Resolve = Task* (*)(uint64_t token);

  Shard(std::unique_ptr<poller::Poller> poller, Resolve resolve, Crew& crew, Watchdog& watchdog);
  ~Shard();

  // The first lease. Call once.
  ShardLease first_lease() { return ShardLease(this, 0); }

  // Drives the shard until stop is called (the lease comes back) or until a hand-off takes the lease away (nothing comes back).
  // Thread   One of the crew.
  ShardLease drive(ShardLease lease);

  // Takes the last lease back, after stop.
  void end(ShardLease lease) { lease.shard_ = nullptr; }

  // ---- for the driver

  // Asks for a run of task.perform. The task must be in no run queue.
  void schedule(Task& task) { runs_.push(task); }
  // The same for a task that has just been settled, and whose next run is its last for now: it comes before others of its priority.
  void schedule_next(Task& task) { runs_.push_next(task); }
  // The same for a run that costs much and never waits: only a few of them begin in a turn, however many ask.
  void schedule_metered(Task& task) { metered_.push_back(task); }
  Result<void> watch(SOCKET socket, uint64_t token) { return poller_->watch(socket, token); }
  Result<void> watch_input(SOCKET socket, uint64_t token) { return poller_->watch_input(socket, token); }
  Result<void> watch_output(SOCKET socket, uint64_t token) { return poller_->watch_output(socket, token); }
  void forget(SOCKET socket) { poller_->forget(socket); }
  void arm(Task& task, int64_t due_ms) { timers_.arm(task.rest(), due_ms); }
  void disarm(Task& task) { timers_.disarm(task.rest()); }
  // Has it released at the end of the turn. The task must be in no run queue.
  void bury(Task& task);
  bool is_driven_here() const;

  // ---- for any thread

  void post(Task& task, Signals signals);
  // The task's run has ended on a thread that does not drive the shard; from here on the task is the driver's.
  // Thread   perform's
  void give_back(Task& task);
  void wake() { poller_->wake(); }
  void stop();

  // The time of the current turn; stale by at most the length of a callback.
  int64_t turn_ms() const { return turn_ms_.load(std::memory_order_relaxed); }

  // Tasks that live here, for placing new ones.
  std::atomic<uint32_t> population{0};

  // ---- for hand-offs

  // Takes a lease that lies open and has not moved since word was read.
  ShardLease take(uint64_t word);
  uint64_t drive_word() const { return drive_.load(std::memory_order_acquire); }
  static bool is_open(uint64_t word) { return word & 1; }

  // The driver is between the first and the last callback of a turn, or has lost the lease in one of them.
  bool in_callbacks() const { return in_callbacks_.load(std::memory_order_relaxed); }

  // Notes, before take, that the callback of word computes rather than waits.
  void note_computing(uint64_t word) { computing_word_.store(word, std::memory_order_relaxed); }

  // The thread that drives, or last drove, the shard, for thread_probe.h.
  uint32_t driver_id() const { return driver_id_.load(std::memory_order_relaxed); }

 private:
  void time_changed() override { wake(); }
  void wait_for_work();
  size_t fetch(std::span<poller::Event> events);
  size_t sleep(std::span<poller::Event> events);
  size_t look_on_then_sleep(std::span<poller::Event> events);
  void take_returned();
  void take_mail();
  void await(Task& task);
  bool send_away(Task& task);
  void note_back(Task& task);
  bool is_called() const;
  void wake_if_asleep();
  void admit_metered();
  bool run_callbacks(ShardLease& lease);
  bool send_off(ShardLease& lease);
  bool run_here(ShardLease& lease, Task& task);
  bool take_back(ShardLease& lease, uint64_t word);
  void note_lost(Task& task, uint64_t open_word);
  bool run_metered(Task& task);
  void release_buried();

  // Guarded by the lease
  std::unique_ptr<poller::Poller> poller_;  // wake and watch: any thread
  const Resolve resolve_;
  Crew& crew_;
  Watchdog& watchdog_;
  RunQueue runs_;
  Queue<Task, RunTag> metered_;
  Queue<Task, RunTag> leaving_;   // known to be slow, for the end of the turn
  unsigned metered_watched_ = 0;  // so many more of them may lose the shard, because one took long
  TimerWheel timers_;
  Queue<Task, RunTag> buried_;
  Spin spin_;
  bool starved_ = false;  // no thread to spare: callbacks wait, readiness is still collected

  // Any thread
  alignas(64) std::atomic<uint64_t> drive_{0};
  std::atomic<int64_t> turn_ms_{0};
  std::atomic<uint32_t> driver_id_{0};
  std::atomic<bool> in_callbacks_{false};
  std::atomic<uint64_t> computing_word_{0};
  Mailbox mailbox_;
  SharedStack<Task, RunTag> returned_;
  // The driver's: tasks that must not come back unseen. While there is one, it is woken for all that come back.
  std::atomic<unsigned> awaited_{0};
  std::atomic<bool> asleep_{false};
  std::atomic<bool> stopping_{false};
};

}  // namespace inlet::engine
