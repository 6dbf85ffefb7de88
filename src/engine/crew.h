// The threads of an engine: drivers of shards, threads that are blocked in callbacks, and spares.
//
// A worker does one job after the other: drive a shard until it loses it, or run a slow task's callback off its shard. With
// nothing blocked there is one worker for each shard. A hand-off wakes the spare that became idle last, or starts one. Idle
// spares end after kSpareRetire_ms.
//
// Reserve: a callback may start only while enough threads are left to drive every shard even if the callback of each of them
// blocks next. So at the limit callbacks wait for a thread, and the shards go on collecting readiness, timers and mail.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

#include "base/limits.h"
#include "engine/lease.h"
#include "engine/task.h"

namespace inlet::engine {

class Crew {
 public:
  struct Options {
    unsigned threads_max = kCrewThreadsMax;
    int64_t retire_ms = kSpareRetire_ms;
    unsigned cores = 0;  // that this process may use; 0: the engine asks the system
  };

  Crew(Options options, unsigned shards);
  ~Crew();  // after stop

  // Gives a shard to a spare. detached: the thread that had it goes on with its callback (and calls end_detached later).
  // Thread   Any; holds no lock.
  void offer(ShardLease lease, bool detached);

  // Runs a task's callback off its shard.
  // Returns  false when no thread can be spared; the caller then runs it itself.
  bool dispatch(Task& task);

  // See Reserve above.
  bool may_start_callback() {
    return detached_.load(std::memory_order_relaxed) <= detached_max_.load(std::memory_order_relaxed) || !has_starved();
  }

  // Whether a driver may keep its processor while it has nothing to do: there is one for each other driver and each callback off its
  // shard, which may want it any moment.
  bool may_spin() const { return detached_.load(std::memory_order_relaxed) + shard_count_ <= options_.cores; }

  // Callbacks have blocked unseen lately: sessions that have not proven to be quick start off their shard, because finding them
  // out one after the other would hold up the rest for the sum of it.
  void raise_alert(int64_t now_ms) { alert_until_ms_.store(now_ms + kAlert_ms, std::memory_order_relaxed); }
  bool is_alert(int64_t now_ms) const { return now_ms < alert_until_ms_.load(std::memory_order_relaxed); }

  // While there is an alert: whether one more session that is not known to be quick may start off its shard. The number is small
  // at first and grows with the callbacks that really turn out to be blocked, so that a false alarm costs only a few threads.
  bool may_suspect() const {
    return detached_.load(std::memory_order_relaxed) < suspects_max_.load(std::memory_order_relaxed);
  }

  // Counts callbacks that have been blocked since the last look; starts threads for jobs that wait because a thread has ended that
  // could not take them.
  // Thread   The watchdog's, once a look: a thread that had to step back would hand its low priority on.
  void look();

  // Whether there are such jobs.
  bool is_understaffed() const { return understaffed_.load(std::memory_order_relaxed); }

  // A callback that had lost its shard has ended.
  void end_detached();

  // Ends all threads. Every shard has been stopped and no callback runs.
  // Thread   Not one of the crew.
  void stop();

  // Called with each shard once, when callbacks may start again.
  void set_shards(std::vector<Shard*> shards) { shards_ = std::move(shards); }

  unsigned threads() const;
  uint64_t hand_offs() const { return hand_offs_.load(std::memory_order_relaxed); }

 private:
  struct Job {
    ShardLease lease;
    Task* task = nullptr;
    explicit operator bool() const { return lease || task; }
  };
  struct Worker {
    std::thread thread;
    std::condition_variable wake;
    Job job;
    bool idle = false;
  };

  void note_detached() {
    detached_ever_.fetch_add(1, std::memory_order_relaxed);
    detached_.fetch_add(1, std::memory_order_relaxed);
  }
  bool has_starved();
  void give(Job job);
  [[nodiscard]] Worker* assign_locked(Job job);
  bool start_worker_locked(Job& job);
  void work(std::list<Worker>::iterator self);
  Job next_job(Worker& self, std::unique_lock<std::mutex>& lock);
  bool run(Job job);
  bool run_off_shard(Task& task);
  void retire_locked(std::list<Worker>::iterator self);

  const Options options_;
  const unsigned shard_count_;
  std::vector<Shard*> shards_;

  mutable std::mutex mutex_;
  std::list<Worker> workers_;  // GUARDED_BY(mutex_)
  std::vector<Worker*> idle_;  // GUARDED_BY(mutex_); last in, first out
  std::deque<Job> waiting_;    // GUARDED_BY(mutex_); jobs that found no thread, shards first
  std::list<Worker> retired_;  // GUARDED_BY(mutex_); ended or about to, to be joined
  // GUARDED_BY(mutex_); joined, for the next threads. Not freed before the crew is: somebody may be about to wake one whose time has
  // just run out.
  std::list<Worker> unused_;
  bool stopping_ = false;   // GUARDED_BY(mutex_)
  unsigned threads_limit_;  // GUARDED_BY(mutex_); lowered when the system gives no more

  std::atomic<unsigned> detached_{0};  // callbacks that run without a shard
  std::atomic<unsigned> detached_max_;
  std::atomic<unsigned> suspects_max_{kSuspects};
  std::atomic<uint64_t> detached_ever_{0};
  uint64_t detached_before_ = 0;           // the watchdog's: detached_ever_ at the last look
  std::atomic<bool> understaffed_{false};  // jobs wait although the limit is not reached
  std::atomic<bool> starved_{false};       // some shard waits for detached_ to fall
  std::atomic<uint64_t> hand_offs_{0};
  std::atomic<int64_t> alert_until_ms_{INT64_MIN};
};

}  // namespace inlet::engine
