// Threads that others may wait for by their id, as OpenThread and WaitForSingleObject do.
//
// A thread that wants to be found puts a ThreadRegistration on its stack; only such threads are known here.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

namespace inlet {

// What is known of one thread. Outlives the thread as long as somebody holds it.
class ThreadRecord {
 public:
  explicit ThreadRecord(uint32_t id) : id_(id) {}

  uint32_t id() const { return id_; }

  // Waits for the end of the thread; without a timeout for ever. Returns whether it has ended.
  bool wait(std::optional<std::chrono::milliseconds> timeout);

 private:
  friend class ThreadRegistration;
  void end();

  const uint32_t id_;
  std::mutex mutex_;
  std::condition_variable ended_changed_;
  bool ended_ = false;
};

// The calling thread's id: the kernel's, unique among the threads that live.
uint32_t current_thread_id();

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

 private:
  std::shared_ptr<ThreadRecord> record_;
};

// nullptr when no registered thread has that id (any more).
std::shared_ptr<ThreadRecord> find_thread(uint32_t id);

}  // namespace inlet
