#include "engine/crew.h"

#include <time.h>

#include <chrono>
#include <optional>
#include <system_error>

#include "base/clock.h"
#include "base/log.h"
#include "base/short_slices.h"
#include "base/thread.h"
#include "engine/context.h"
#include "engine/shard.h"
#include "engine/thread_probe.h"

namespace inlet::engine {

namespace {

int64_t own_cpu_us() {
  timespec used;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return int64_t{used.tv_sec} * 1'000'000 + used.tv_nsec / 1000;
}

// Of limit threads, shards drive; and each driver's own callback may be the next to block.
unsigned detached_limit(unsigned limit, unsigned shards) {
  return limit > 2 * shards ? limit - 2 * shards : 0;
}

}  // namespace

Crew::Crew(Options options, unsigned shards)
    : options_(options),
      shard_count_(shards),
      threads_limit_(options.threads_max),
      detached_max_(detached_limit(options.threads_max, shards)) {
  INLET_ASSERT(options.threads_max >= 2 * shards);
}

Crew::~Crew() {
  INLET_ASSERT(workers_.empty() && retired_.empty());
}

unsigned Crew::threads() const {
  std::lock_guard lock(mutex_);
  return static_cast<unsigned>(workers_.size());
}

void Crew::offer(ShardLease lease, bool detached) {
  if (detached) {
    note_detached();
    hand_offs_.fetch_add(1, std::memory_order_relaxed);
  }
  Job job;
  job.lease = std::move(lease);
  give(std::move(job));
}

bool Crew::dispatch(Task& task) {
  if (detached_.load(std::memory_order_relaxed) >= detached_max_.load(std::memory_order_relaxed)) return false;
  note_detached();
  take_short_slices(true);  // a shard does not wait for all of those that it sends away to wake up together
  Job job;
  job.task = &task;
  give(std::move(job));
  return true;
}

// The thread is woken when the lock is free again: it may well take the processor at once, and the lock is the first thing it wants.
void Crew::give(Job job) {
  Worker* woken;
  {
    std::lock_guard lock(mutex_);
    woken = assign_locked(std::move(job));
  }
  if (woken != nullptr) woken->wake.notify_one();
}

// Finds a thread for a job: the spare that is still warm, else a new one, else the next that becomes free.
// Returns  the one to be woken for it, if any
Crew::Worker* Crew::assign_locked(Job job) {
  if (!idle_.empty()) {
    Worker* worker = idle_.back();
    idle_.pop_back();
    worker->idle = false;
    worker->job = std::move(job);
    return worker;
  }
  if (!stopping_ && workers_.size() < threads_limit_ && start_worker_locked(job)) return nullptr;
  if (job.lease)
    waiting_.push_front(std::move(job));
  else
    waiting_.push_back(std::move(job));
  return nullptr;
}

bool Crew::start_worker_locked(Job& job) {
  if (unused_.empty()) unused_.emplace_back();
  workers_.splice(workers_.end(), unused_, unused_.begin());
  const auto self = std::prev(workers_.end());
  self->job = std::move(job);
  try {
    self->thread = start_thread("inlet-worker", [this, self] { work(self); });
    return true;
  } catch (const std::system_error&) {
    job = std::move(self->job);
    unused_.splice(unused_.end(), workers_, self);
  }
  // Believe the system: with the limit lowered the reserve holds again for those that we have.
  threads_limit_ = std::max<unsigned>(static_cast<unsigned>(workers_.size()), 1);
  detached_max_.store(detached_limit(threads_limit_, shard_count_), std::memory_order_relaxed);
  log_line("the system starts no more threads; callbacks that block will have to wait for each other");
  return false;
}

bool Crew::has_starved() {
  // end_detached looks at starved_ after it has counted down, so one of us sees the other.
  starved_.store(true, std::memory_order_seq_cst);
  return detached_.load(std::memory_order_seq_cst) > detached_max_.load(std::memory_order_relaxed);
}

void Crew::end_detached() {
  detached_.fetch_sub(1, std::memory_order_seq_cst);
  if (starved_.load(std::memory_order_seq_cst) && starved_.exchange(false, std::memory_order_seq_cst))
    for (Shard* shard : shards_) shard->wake();
}

void Crew::work(std::list<Worker>::iterator self) {
  std::unique_lock lock(mutex_);
  for (;;) {
    Job job = next_job(*self, lock);
    if (!job) break;
    lock.unlock();
    const bool reusable = run(std::move(job));
    lock.lock();
    if (!reusable) break;
  }
  retire_locked(self);
}

// Returns  nothing when the worker shall end.
Crew::Job Crew::next_job(Worker& self, std::unique_lock<std::mutex>& lock) {
  if (self.job) return std::exchange(self.job, Job{});
  if (!waiting_.empty()) {
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    return job;
  }
  if (stopping_) return {};
  const auto retire_at = std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.retire_ms);
  self.idle = true;
  idle_.push_back(&self);
  while (self.idle && !stopping_)
    if (self.wake.wait_until(lock, retire_at) == std::cv_status::timeout) break;
  if (self.idle) {
    self.idle = false;
    std::erase(idle_, &self);
  }
  return std::exchange(self.job, Job{});
}

bool Crew::run(Job job) {
  if (job.task) {
    take_short_slices(false);
    return run_off_shard(*job.task);
  }
  // What comes back is a shard whose engine has stopped: the right to drive it ends here.
  Shard& shard = job.lease.shard();
  ShardLease last = shard.drive(std::move(job.lease));
  if (last) shard.end(std::move(last));
  return true;
}

// Returns  whether the thread may do other work.
bool Crew::run_off_shard(Task& task) {
  Context context{&task, nullptr, this, 0, false};
  current_context = &context;
  const int steps = kPriorityNice[task.priority()] + (task.computes_ ? kComputeNice : 0);
  std::optional<Niceness> nice;
  if (steps != 0) nice.emplace(steps);
  const int64_t start_us = now_us();
  const int64_t start_cpu_us = own_cpu_us();
  task.perform();
  current_context = nullptr;
  task.computes_ = own_cpu_us() - start_cpu_us > kComputes_us;
  if (now_us() - start_us > kSlowRun_us) {
    task.slow_ = kSlowAfterHandOff;
    task.quick_ = 0;
  } else {
    if (task.slow_ > 0) --task.slow_;
    if (task.quick_ < kProvenAfterRuns) ++task.quick_;
  }
  const bool reusable = !nice || nice->restore();
  end_detached();
  task.shard()->give_back(task);
  return reusable;
}

// A thread cannot join itself, so the next one to retire, or stop, does.
void Crew::retire_locked(std::list<Worker>::iterator self) {
  if (stopping_) return;  // stop joins those in workers_
  for (Worker& each : retired_) each.thread.join();
  unused_.splice(unused_.end(), retired_);
  retired_.splice(retired_.end(), workers_, self);
  if (!waiting_.empty()) understaffed_.store(true, std::memory_order_relaxed);
}

void Crew::look() {
  const uint64_t ever = detached_ever_.load(std::memory_order_relaxed);
  const uint64_t ended = ever - detached_.load(std::memory_order_relaxed);
  const uint64_t blocked = detached_before_ > ended ? detached_before_ - ended : 0;
  suspects_max_.store(kSuspects + 2 * static_cast<unsigned>(blocked), std::memory_order_relaxed);
  detached_before_ = ever;
  if (!understaffed_.exchange(false, std::memory_order_relaxed)) return;
  std::lock_guard lock(mutex_);
  while (!waiting_.empty() && !stopping_ && workers_.size() < threads_limit_) {
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    if (start_worker_locked(job)) continue;
    waiting_.push_front(std::move(job));
    return;
  }
}

void Crew::stop() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  for (Worker* worker : idle_) worker->wake.notify_one();
  lock.unlock();
  for (Worker& each : workers_) each.thread.join();  // nobody changes the lists any more
  for (Worker& each : retired_) each.thread.join();
  lock.lock();
  for (Job& job : waiting_) {  // the system gave no thread for them, not even one
    INLET_ASSERT(job.lease);
    Shard& shard = job.lease.shard();
    shard.end(std::move(job.lease));
  }
  waiting_.clear();
  workers_.clear();
  retired_.clear();
  idle_.clear();
}

}  // namespace inlet::engine
