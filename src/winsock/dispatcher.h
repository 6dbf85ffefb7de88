// What can be waited for through a HANDLE, and the waits themselves.
//
// One mutex guards the state of all objects and the lists of who waits for what, so a wait for several objects is one step. It is
// held for a few instructions only, never while a thread sleeps or runs a procedure call. Whoever signals an object also takes
// it on behalf of the waits that this satisfies, oldest first, and then wakes their threads: a woken thread finds its
// result ready and cannot lose the object to somebody faster.
//
//   a wait:  registered at its objects --satisfied by a signaller--> done
//                                      --time over, procedure call--> taken back by its own thread
#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <span>

#include "provider/linux/thread_alert.h"
#include "winsock/handles.h"

namespace inlet::winsock {

class Mutex;
class Wait;
class WaitObject;

// The mutexes that one thread holds, to be abandoned when it ends. Guarded by the dispatcher's mutex.
struct HeldMutexes {
  Mutex* first = nullptr;
};

// The calling thread's. It is what a mutex knows its owner by.
HeldMutexes& held_mutexes();

// Holds the dispatcher's mutex, and wakes the threads whose waits are done after giving it back.
class Dispatch {
 public:
  Dispatch();
  ~Dispatch();
  Dispatch(const Dispatch&) = delete;
  Dispatch& operator=(const Dispatch&) = delete;

  // Finishes the waits that can be satisfied now that the object is signaled.
  void signal(WaitObject& object);

 private:
  friend class Wait;
  void wake_later(std::shared_ptr<provider::ThreadAlert> alert);

  std::array<std::shared_ptr<provider::ThreadAlert>, 4> woken_;  // beyond that they are woken under the lock
  size_t count_ = 0;
};

// The place of one wait in the list of one object.
struct WaitLink {
  Wait* wait = nullptr;
  WaitLink* previous = nullptr;
  WaitLink* next = nullptr;
};

// An object that is signaled or not. The functions are called with the dispatcher's mutex held.
class WaitObject : public HandleObject {
 public:
  using HandleObject::HandleObject;

  // Whether a wait of the thread that holds these would get it now.
  virtual bool available_locked(const HeldMutexes& thread) const = 0;
  // Gives it to that thread. Returns whether it was abandoned.
  virtual bool take_locked(HeldMutexes& thread) = 0;

 private:
  friend class Dispatch;
  friend class Wait;
  WaitLink* first_ = nullptr;  // waits, oldest first
  WaitLink* last_ = nullptr;
};

using WaitObjects = std::span<const std::shared_ptr<WaitObject>>;

// Waits for one or all of 1 to 64 objects.
//
// Shape    All objects must differ when it is a wait for all.
// Thread   Sleeps; no lock is held. Runs procedure calls if alertable.
// Returns  a WAIT_* value; WAIT_FAILED with the last error set when there is nothing to sleep on.
DWORD wait_for(WaitObjects objects, bool all, DWORD timeout_ms, bool alertable);

// Sleeps without an object. Returns 0 or WAIT_IO_COMPLETION.
DWORD sleep_alertably(DWORD timeout_ms);

}  // namespace inlet::winsock
