// Notices callbacks that block where Inlet cannot see it, and hands their shards off.
//
// Every kWatchdogCalm_us it compares each shard's drive word with the last one it saw: the same open word twice means that one
// callback has been running for at least that long. If its thread is asleep, the shard is handed off. If it is awake, it must have
// computed for a while too; else the system has put it aside for others, and one more thread would help nobody (unless that lasts
// kWatchdogPatience looks). While callbacks have blocked lately, or one is suspected, it looks every kWatchdogAlert_us. While no
// callbacks run it sleeps until one starts.
//
// The two periods are a measured choice: looking every 300 us cost 5 to 8 % of a core that is busy with short callbacks.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/crew.h"

namespace inlet::engine {

class Watchdog {
 public:
  explicit Watchdog(Crew& crew) : crew_(crew) {}
  ~Watchdog();

  void start(std::vector<Shard*> shards);
  void stop();

  // Thread   A driver, before the callbacks of a turn and after it has set in_callbacks. The watchdog does not fall asleep before
  //          the turn is over, however long it takes.
  void callbacks_start() {
    activity_.store(true, std::memory_order_seq_cst);
    if (asleep_.load(std::memory_order_seq_cst)) wake();
  }

 private:
  void run();
  void look();
  bool any_in_callbacks() const;
  bool stands_still(size_t shard, uint64_t word);
  void wake();

  // What the watchdog knows of one shard.
  struct Seen {
    uint64_t word = 0;
    unsigned looks = 0;  // how often it was this word
    int64_t cpu_us = 0;  // processor time of the driver at the second look
  };

  Crew& crew_;
  std::vector<Shard*> shards_;
  std::vector<Seen> seen_;   // the watchdog thread's
  bool suspicious_ = false;  // the watchdog thread's: some thread was awake in an old callback
  std::thread thread_;
  std::atomic<bool> activity_{false};  // callbacks ran since the last look
  std::atomic<bool> asleep_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;  // GUARDED_BY(mutex_)
};

}  // namespace inlet::engine
