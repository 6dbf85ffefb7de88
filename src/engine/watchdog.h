// Notices callbacks that block where Inlet cannot see it, and hands their shards off.
//
// It compares each shard's drive word with the last one it saw: the same open word twice means that one callback has been running all
// the time. If its thread is asleep, the shard is handed off. If it is awake, it must have computed for a while too; else the system
// has put it aside for others, and one more thread would help nobody (unless that lasts kWatchdogPatience looks).
//
// How often it looks is what it costs, because each look takes a busy driver's processor away twice (docs/decisions/connections.md).
// So while all is calm it sleeps until an alarm, and the drivers, as long as they get on, put that off to kWatchdogCalm_us from
// now: it rings when no shard has begun a turn for so long, or when one has been in its turn for so long. For kWary_ms after a
// callback has blocked it looks every kWatchdogWary_us, and a callback that is met asleep, or in a turn that lasts already, is looked
// at again after kWatchdogAlert_us. That is also the period while callbacks have blocked lately: then there are more of them. While
// no callbacks run nothing rings.
#pragma once

#include <atomic>
#include <thread>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "engine/alarm.h"
#include "engine/crew.h"

namespace inlet::engine {

class Watchdog {
 public:
  explicit Watchdog(Crew& crew) : crew_(crew) {}
  ~Watchdog();

  // Errors   Error::too_many_files, Error::no_buffers, Error::out_of_memory  (no thread)
  Result<void> start(std::vector<Shard*> shards);
  void stop();

  // Units    turn_ms: the driver's clock, as it was read at the beginning of the turn
  // Thread   A driver, before the callbacks of a turn and after it has set in_callbacks. The watchdog does not fall asleep before
  //          the turn is over, however long it takes. A driver that finds the activity of an earlier turn still noted need not order
  //          anything: before the watchdog sleeps it takes that note and then finds no callbacks running for kWatchdogIdle_us.
  void callbacks_start(int64_t turn_ms) {
    if (!activity_.load(std::memory_order_relaxed)) activity_.store(true, std::memory_order_seq_cst);
    if (asleep_.load(std::memory_order_seq_cst))
      wake();
    else if (turn_ms >= put_off_due_ms_.load(std::memory_order_relaxed))
      put_off(turn_ms);
  }

 private:
  void run();
  bool sleeps_well(int64_t idle_us);
  int64_t period_us();
  void look();
  bool any_in_callbacks() const;
  bool stands_still(size_t shard, uint64_t word);
  bool is_worth_a_second_look(const Shard& shard) const;
  void wake();
  void put_off(int64_t now_ms);

  static constexpr int64_t kNotYet = -1;

  // What the watchdog knows of one shard.
  struct Seen {
    uint64_t word = 0;
    unsigned looks = 0;        // how often it was this word
    int64_t cpu_us = kNotYet;  // processor time of the driver when it was first suspected
  };

  Crew& crew_;
  std::vector<Shard*> shards_;
  std::vector<Seen> seen_;   // the watchdog thread's
  bool alert_ = false;       // the watchdog thread's: callbacks have blocked lately
  bool suspicious_ = false;  // the watchdog thread's: some callback may have stopped
  std::thread thread_;
  Alarm alarm_;
  std::atomic<int64_t> pace_us_{kWatchdogCalm_us};  // the watchdog's: its period; only the calm one is put off
  std::atomic<int64_t> put_off_due_ms_{INT64_MIN};  // any driver's: not again before
  std::atomic<bool> activity_{false};               // callbacks ran since the last look
  std::atomic<bool> asleep_{false};                 // nothing will ring; a driver that starts callbacks sets the alarm
  std::atomic<bool> stopping_{false};
};

}  // namespace inlet::engine
