// Which sockets are ready; nothing else.
//
// A Poller serves one loop and many sockets, a Waiter one thread and one socket. Both stand beside the provider's table: they
// never move a byte. Contract of every implementation:
//   watch   reports a socket's readiness as edges: once when it is watched and ready, then each time something new happened. An
//           edge is never lost, also not between two waits; it may be reported although the state has gone again.
//   forget  no event of that socket is returned by a later wait. Closing a socket forgets it too, but only once nobody uses it any
//           more; who relies on that must stand events whose token is dead.
//   wait    fills events and returns how many; 0 when only wake, a signal or the deadline ended it.
//   wake    makes the running or the next wait return. Many wakes may become one.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/clock.h"
#include "base/result.h"
#include "inlet/wintypes.h"

namespace inlet::poller {

using Ready = uint8_t;
constexpr Ready kReadable = 1;  // data, or the end of the stream
constexpr Ready kWritable = 2;
constexpr Ready kPeerClosed = 4;  // the peer sends no more; data may still be waiting
constexpr Ready kBroken = 8;      // error or both directions closed

struct Event {
  uint64_t token;
  Ready ready;
};

class Poller {
 public:
  // Errors   Error::too_many_files, Error::no_buffers
  static Result<std::unique_ptr<Poller>> create();
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // Thread   watch and forget: any. The token comes back with each event; it should carry a generation.
  // Errors   Error::no_buffers, Error::too_many_files  the system watches no more
  Result<void> watch(SOCKET socket, uint64_t token);
  // The same without kWritable. A new connection always has room, and to be told so would cost a turn of the loop for nothing.
  Result<void> watch_input(SOCKET socket, uint64_t token);
  // Adds kWritable for a socket of watch_input; what it is ready for now is reported again.
  // Errors   none for a socket that is watched
  Result<void> watch_output(SOCKET socket, uint64_t token);
  void forget(SOCKET socket);

  // Thread   One at a time.
  size_t wait(std::span<Event> events, Deadline deadline);

  // Thread   Any.
  void wake();

 private:
  Poller(int queue, int wake_up) : queue_(queue), wake_up_(wake_up) {}
  Result<void> control(int operation, SOCKET socket, uint64_t token, unsigned wanted);
  int queue_;
  int wake_up_;
};

// Waits for one socket, outside any loop. Borrowed from a pool for one wait: see Waiter::borrow.
class Waiter {
 public:
  struct Return {
    void operator()(Waiter* waiter) const;
  };
  using Lease = std::unique_ptr<Waiter, Return>;

  // Works without a descriptor to spare too; then a wake is noticed within kWakeLook_ms.
  static Lease borrow();

  // Closes the descriptors that the pool keeps.
  static void trim();

  // Returns  The readiness that came (kPeerClosed is not asked for), once.
  // Errors   Error::timed_out
  //          Error::canceled   wake was called, or a test moved the clock: look again at what you wait for
  Result<Ready> wait(SOCKET socket, Ready what, Deadline deadline);

  // Thread   Any, while the lease lives. Ends the running or the next wait.
  void wake();

  ~Waiter();
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

 private:
  explicit Waiter(int wake_up) : wake_up_(wake_up) {}
  void clear();
  const int wake_up_;  // -1: there was no descriptor left
  std::atomic<bool> woken_{false};
};

}  // namespace inlet::poller
