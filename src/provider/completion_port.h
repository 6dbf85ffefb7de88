// A queue of packets that tell of finished operations, and the threads that wait for them.
//
// Packets come out in the order in which they went in. Of the threads that wait the last one is woken first, as on Windows: its
// memory is the warmest, and the others may go on sleeping. A woken thread does not own a packet yet; one that was running anyway
// may take it, and then the woken one goes on waiting.
#pragma once

#include <winsock2.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>

namespace inlet::provider {

class ThreadAlert;

class CompletionPort {
 public:
  struct Packet {
    DWORD bytes = 0;
    ULONG_PTR key = 0;
    LPOVERLAPPED overlapped = nullptr;
    uint32_t status = 0;  // an NTSTATUS; 0 for success
  };

  enum class Outcome {
    taken,      // at least one packet
    timed_out,  // none came in time
    closed,     // the port is closed, its packets are gone
    alerted,    // procedure calls ran instead
    no_alert,   // the thread cannot be woken for procedure calls: no descriptor or memory
  };

  CompletionPort() = default;
  CompletionPort(const CompletionPort&) = delete;
  CompletionPort& operator=(const CompletionPort&) = delete;

  // Puts a packet in. A closed port drops it.
  //
  // Thread   Any; never waits.
  // Returns  false without memory; the packet is lost.
  bool post(const Packet& packet);

  // Takes what is there, at most room.size() packets, and waits for the first; *taken says how many.
  //
  // Units    timeout_ms: 0 only looks, INFINITE never gives up.
  // Thread   Any; sleeps without a lock. Runs the thread's procedure calls if alertable, but only when there is no packet.
  Outcome get(std::span<Packet> room, size_t* taken, DWORD timeout_ms, bool alertable);

  // Drops the packets and ends all waits, those to come included.
  void close();

 private:
  // A thread that waits. Lives on its stack, and is in the list from the time it lies down until it is woken or gives up.
  struct Waiter {
    std::condition_variable woken;  // for a plain wait
    ThreadAlert* alert = nullptr;   // for an alertable one
    bool listed = false;
    Waiter* below = nullptr;
    Waiter* above = nullptr;
  };
  class Wait;

  bool take_locked(std::span<Packet> room, size_t* taken);
  void list_locked(Waiter& waiter);
  void unlist_locked(Waiter& waiter);
  void wake_locked();

  std::mutex mutex_;
  std::deque<Packet> packets_;  // guarded by mutex_, like the rest
  Waiter* last_ = nullptr;      // who lay down last
  bool closed_ = false;
};

}  // namespace inlet::provider
