// Threads that others may wait for by their id, as OpenThread and WaitForSingleObject do.
//
// A thread that wants to be found puts a ThreadRegistration on its stack; only such threads are known here.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

namespace inlet {

// Somebody who is told when a thread has ended.
class ThreadEndListener {
 public:
  virtual ~ThreadEndListener() = default;
  // Thread   The one that ends. No lock is held.
  virtual void thread_ended() = 0;
};

// What is known of one thread. Outlives the thread as long as somebody holds it.
class ThreadRecord {
 public:
  explicit ThreadRecord(uint32_t id) : id_(id) {}

  uint32_t id() const { return id_; }

  // What the thread ended with; 0 unless it said something else.
  void set_exit_code(uint32_t code) { exit_code_.store(code, std::memory_order_relaxed); }
  uint32_t exit_code() const { return exit_code_.load(std::memory_order_relaxed); }

  // The one listener of the thread: candidate, if there is none yet. The record keeps it until the end, which it is told.
  //
  // Returns  nullptr when the thread has ended already.
  std::shared_ptr<ThreadEndListener> attach(std::shared_ptr<ThreadEndListener> candidate);

  // Waits for the end of the thread; without a timeout for ever. Returns whether it has ended.
  bool wait(std::optional<std::chrono::milliseconds> timeout);

 private:
  friend class ThreadRegistration;
  void end();

  const uint32_t id_;
  std::atomic<uint32_t> exit_code_{0};
  std::mutex mutex_;
  std::condition_variable ended_changed_;
  bool ended_ = false;                           // guarded by mutex_
  std::shared_ptr<ThreadEndListener> listener_;  // guarded by mutex_
};

// The calling thread's id: the kernel's, unique among the threads that live.
[[gnu::tls_model("initial-exec")]] extern constinit thread_local uint32_t known_thread_id;  // 0: not asked for yet
uint32_t learn_thread_id();
inline uint32_t current_thread_id() {
  return known_thread_id != 0 ? known_thread_id : learn_thread_id();
}

// Makes the calling thread known for as long as this object lives; its end counts as the thread's end.
//
// Thread   Made and destroyed by the thread that it stands for, at most one at a time.
class ThreadRegistration {
 public:
  ThreadRegistration();
  ~ThreadRegistration();
  ThreadRegistration(const ThreadRegistration&) = delete;
  ThreadRegistration& operator=(const ThreadRegistration&) = delete;

  uint32_t id() const { return record_->id(); }
  const std::shared_ptr<ThreadRecord>& record() const { return record_; }

 private:
  std::shared_ptr<ThreadRecord> record_;
};

// nullptr when no registered thread has that id (any more).
std::shared_ptr<ThreadRecord> find_thread(uint32_t id);

}  // namespace inlet
