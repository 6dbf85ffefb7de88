// What a shard runs: one session, serially.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/limits.h"
#include "base/list.h"
#include "poller/poller.h"

namespace inlet::engine {

class Shard;
class Mailbox;
class Crew;

struct RunTag;    // in a run queue, given back, or to be released at the end of the turn
struct TimerTag;  // in a timer wheel

// A point in time at which its shard calls on_timer. Armed and touched by the shard's driver only.
struct Timer : Linked<TimerTag> {
  int64_t due_ms = 0;
};

// Bits that other threads post to a task through its shard's mailbox; the user of the engine defines the rest.
using Signals = uint32_t;
constexpr Signals kMailClosed = 1;
constexpr Signals kFirstFreeSignal = 2;

class Task;

// What a task needs only between its turns: its timer and its mail. Of many thousand tasks those that have a turn are fetched into the
// cache each time, so a task may put this part behind all that it touches in one.
class TaskRest : public Timer {
 public:
  explicit TaskRest(const Task& task);
  Task& task() { return *reinterpret_cast<Task*>(reinterpret_cast<char*>(this) - from_task_); }

 private:
  friend class Task;
  friend class Mailbox;
  friend class Shard;
  Task* mail_next_ = nullptr;        // the mailbox's
  std::atomic<Signals> signals_{0};  // posted and not yet taken; not 0 exactly while the task is in the mailbox
  const uint16_t from_task_;         // bytes
  bool awaited_ = false;             // the driver's: it is away, and must not come back without waking the driver
};

// Owner    The user of the engine; the engine keeps pointers from schedule or post until the matching call below, and from
//          Shard::bury until release.
// Thread   perform runs on the thread that picked the task up and may block; everything else runs on the shard's driver.
//          Between perform and settle only perform's thread may change what perform changes.
class Task : public Queued<RunTag> {
 public:
  // What the user of the engine has more than one kind of; the engine never asks.
  using Kind = uint8_t;
  // Shape    rest is a part of the same object, as it is of SimpleTask.
  Task(Kind kind, const TaskRest& rest) : kind_(kind), rest_at_(distance_to(rest)) {}
  Kind kind() const { return kind_; }
  TaskRest& rest() { return *reinterpret_cast<TaskRest*>(reinterpret_cast<char*>(this) + rest_at_ * kRestUnit); }

  // The poller saw something. Must not run user code: ask for a run with Shard::schedule.
  virtual void on_ready(poller::Ready ready) = 0;

  // The timer came due; it is no longer armed.
  virtual void on_timer(int64_t now_ms) = 0;

  // Signals that were posted since the last call, or-ed together.
  virtual void on_signals(Signals signals) = 0;

  // Runs one callback of the program. Must not throw.
  virtual void perform() = 0;

  // The callback has ended; decide what comes next.
  virtual void settle() = 0;

  // Whether settle may come late, at the driver's next turn whenever that is, if the run that is about to begin ends as usual and
  // nothing is told to the task meanwhile: because then there is nothing to decide but to wait for more. What the task was told
  // since it was scheduled counts too. Asked for runs off the shard, after which the driver would otherwise be woken.
  virtual bool may_settle_late() const { return false; }

  // Whether the run has ended as usual.
  // Thread   perform's
  virtual bool has_ended_as_usual() const { return false; }

  // Called once, at the end of the turn in which Shard::bury was called; the task may delete itself.
  virtual void release() = 0;

  Shard* shard() const { return shard_; }
  void set_shard(Shard* shard) { shard_ = shard; }

  unsigned priority() const { return priority_; }
  void set_priority(unsigned priority) { priority_ = priority & 0x7f; }

  // Known to be slow: the next runs happen off the shard.
  bool is_slow() const { return slow_ != 0; }

  // Its runs so far say nothing of those to come.
  // Thread   The driver.
  void forget_slowness() { slow_ = quick_ = 0; }

  // Has run quickly a few times in a row.
  bool is_proven() const { return quick_ >= kProvenAfterRuns; }

  // From now on posts are ignored. Before a task is buried this must have succeeded, else the mailbox would keep a dead pointer.
  // Thread   The driver.
  // Returns  false while the task is in the mailbox: try again in on_signals.
  bool close_mail() {
    Signals none = 0;
    return rest().signals_.compare_exchange_strong(none, kMailClosed, std::memory_order_acq_rel);
  }

 protected:
  ~Task() = default;

 private:
  friend class Shard;
  friend class Mailbox;
  friend class Crew;

  static constexpr size_t kRestUnit = alignof(TaskRest);
  uint8_t distance_to(const TaskRest& rest) const {
    const auto bytes = reinterpret_cast<uintptr_t>(&rest) - reinterpret_cast<uintptr_t>(this);
    INLET_ASSERT(bytes % kRestUnit == 0 && bytes / kRestUnit <= UINT8_MAX);
    return static_cast<uint8_t>(bytes / kRestUnit);
  }

  Shard* shard_ = nullptr;     // set once, before the first post
  uint8_t priority_ : 7 = 0;   // the driver's; while it is away nobody changes it
  uint8_t away_ : 1 = false;   // the same: its run was sent off the shard, and it has not been given back
  uint8_t : 0;                 // what follows is written while the driver reads what is above
  uint8_t slow_ : 4 = 0;       // perform's thread, then settle's: quick runs still missing
  uint8_t quick_ : 4 = 0;      // the same: quick runs in a row, up to kProvenAfterRuns
  bool computes_ : 1 = false;  // the same: its last run used much processor time
  bool metered_ : 1 =
      false;  // the driver's, before perform: this run was scheduled as one that costs much and never waits
  const Kind kind_;
  const uint8_t rest_at_;
};

inline TaskRest::TaskRest(const Task& task)
    : from_task_(static_cast<uint16_t>(reinterpret_cast<uintptr_t>(this) - reinterpret_cast<uintptr_t>(&task))) {}

// One of which there are few: with all its parts in a row.
class SimpleTask : public Task, public TaskRest {
 protected:
  explicit SimpleTask(Kind kind = 0)
      : Task(kind, static_cast<TaskRest&>(*this)), TaskRest(static_cast<const Task&>(*this)) {}
  ~SimpleTask() = default;
};

static_assert(kSlowAfterHandOff < 16 && kProvenAfterRuns < 16, "they fit into their bits");

}  // namespace inlet::engine
