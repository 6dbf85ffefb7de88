// The connections that wait at a listener until WSPAccept takes them: at most as many as the backlog says, and whoever comes
// then is refused.
//
// Linux alone would drop the SYN of a client that finds the queue full, and let it try again for minutes. What it has instead
// of a refusal is a side effect: after shutdown(SHUT_RD) a listener answers every SYN with a reset, keeps its port (if that
// was bound by number, see WSPBind), and listens on after the next listen(). That resets whoever waits in the kernel's queue,
// so the waiting ones are taken out of it first, into a queue of ours:
//
//   open    the kernel lets in backlog - fifo at most. The program takes from the fifo first, then from the kernel.
//   paused  the fifo is full, the program wants no connections (SO_PAUSE_ACCEPT), or another listener of the same address has the
//           turn (bound_addresses.h); the kernel refuses, or gives them to that one.
//           --a connection is taken, the backlog is raised, the turn comes--> open
//
// A listener whose owner accepts promptly must not pay for this. While it does, nobody watches: the reactor looks every
// kAcceptingLook_ms, and less often after a while, whether the owner has stopped. Only then it watches every arrival, and begins to
// take connections out of the kernel when nearly all places are taken; then it looks out for the next arrival without sleeping, for
// some microseconds, to pause before the next client comes.
//
// What cannot be exact: clients whose handshakes overlap at the last place (see docs/winsock.md).
//
// Thread   Any; one mutex for each listener, held across system calls that never wait.
#pragma once

#include <deque>
#include <mutex>
#include <span>

#include "base/op_lock.h"
#include "provider/linux/sockets.h"

namespace inlet::provider {

// A connection taken from the queue. Holds its place until it is accepted, given back or rejected.
struct Pending {
  int fd;
  sys::Address peer;
};

class PendingQueue {
 public:
  PendingQueue(int fd, bool v6) : fd_(fd), v6_(v6) {}
  ~PendingQueue();
  PendingQueue(const PendingQueue&) = delete;
  PendingQueue& operator=(const PendingQueue&) = delete;

  // Begins to listen, or changes the backlog: raises it at once, or resets the youngest that are too many.
  //
  // Errors   too_many_files  a smaller one, and no descriptors to take the surplus from the kernel: nothing has changed
  Result<void> listen(int backlog);

  // Takes the oldest connection; it keeps its place until settle() or put_back().
  //
  // Errors   would_block     none waits
  //          too_many_files  one waits, and there is no descriptor for it; it goes on waiting
  Result<Pending> take();
  // The same for who wants it in any case, and at once: its place is free. count: ask anew who waits in the kernel.
  struct Taken {
    Pending pending;
    bool more;      // others wait of whom it knows
    bool reopened;  // the kernel lets in clients again
  };
  Result<Taken> take_for_good(bool count);
  // What was taken is accepted, or closed: its place is free. Returns whether the kernel lets in clients again.
  bool settle();
  // What was taken goes back to the head of the queue: the program wants to decide later.
  void put_back(const Pending& pending);

  // Whether a connection waits, and how many do.
  bool has_any();
  size_t count();
  // Whether one waits that the kernel does not know any more.
  bool has_taken_over();
  // Whether the oldest was put back and nobody has taken it since.
  bool is_deferred();
  // What a waiting accept may ask the kernel about: nothing while it refuses.
  bool is_paused();

  // Errors   too_many_files  no descriptors to keep those who wait: nothing has changed
  Result<void> pause_admission(bool on);
  bool is_admission_paused();

  // A listener that is not the first of its address keeps still until its turn comes. Only before the first listen().
  void await_turn();
  void take_turn();

  // A descriptor on which an edge comes when a connection was put into the fifo: whoever watches the listener's own, outside
  // the provider, does not see those. Made when first asked for; belongs to the queue.
  Result<int> ready_descriptor();
  void tell_ready();

  // Somebody waits for arrivals without a thread: from now on the reactor watches every one.
  void watch_arrivals(SocketRef& listener);

  // Another process gets the listener too. From now on its clients wait in the kernel, where both find them, and the kernel
  // alone decides how many.
  void share();
  // The oldest of those that wait here, for the other process; inherit takes them back when that did not get them.
  size_t surrender(std::span<Pending> room);
  // The first of those that wait; of a listener that came from another process. Without memory they are reset.
  void inherit(std::span<const Pending> pending);

  // The reactor's part; true when something was put into the fifo.
  bool on_edge(SocketRef& listener, unsigned edge);
  // Resets all.
  void close();

 private:
  size_t places_left() const;
  bool may_open() const;
  Result<void> begin(int backlog);
  Result<void> open_kernel(size_t places);
  void adjust();
  void pause();
  void go_deaf();
  void hear_again();
  Result<Pending> accept_next();
  bool kernel_is_empty();
  void forget_count();
  Result<Pending> take_locked();
  bool settle_locked();
  bool take_over_one();
  bool take_over_last();
  bool take_over_all();
  Result<void> empty_kernel();
  bool is_nearly_full() const;
  void trim(size_t kept);
  bool fill_until_quiet();
  bool look_after_accepts(SocketRef& listener);

  const int fd_;
  const bool v6_;
  OpLock mutex_;              // guards everything below
  int backlog_ = 0;           // 0: does not listen yet
  size_t kernel_places_ = 0;  // what the kernel was told last
  std::deque<Pending> fifo_;
  int surely_queued_ = 0;    // in the kernel; more may have come since it was asked
  unsigned found_some_ = 0;  // how often in a row it was asked and somebody waited
  size_t maybe_deaf_ = 0;    // of the kernel's queue, from its head: see hear_again
  size_t taken_ = 0;         // handed out and not settled yet
  bool paused_ = false;      // the kernel refuses
  bool admission_paused_ = false;
  bool waits_turn_ = false;
  bool shares_ = false;    // the program asked to share the address, so the kernel's option for that stays on
  bool deferred_ = false;  // the head was put back
  bool closed_ = false;
  bool shared_ = false;  // another process accepts from the kernel's queue as well
  int ready_fd_ = -1;
  bool watching_ = true;  // every arrival is reported
  uint64_t accepts_ = 0;  // connections handed out ever
  uint64_t seen_accepts_ = 0;
  unsigned looks_accepting_ = 0;  // in a row that met the owner accepting
};

// The listener's queue, made when it is first asked for; nullptr without memory.
PendingQueue* pending_queue(SocketRef& listener);

// For the provider's other parts: never wait.
bool pending_has(SocketRef& listener);
size_t pending_count(SocketRef& listener);
// Whether the kernel's readiness of the descriptor means anything; wake_sleepers tells when this has changed.
bool pending_pollable(SocketRef& listener);
bool pending_deferred(SocketRef& listener);
// A connection has come into the fifo: wakes whoever waits for one.
void announce_pending(SocketRef& listener);
// SO_PAUSE_ACCEPT.
Result<void> pending_pause(SocketRef& listener, bool on);
bool pending_is_paused(SocketRef& listener);
// An AcceptEx waits: see PendingQueue::watch_arrivals.
void watch_pending(SocketRef& listener);
// A connection for an AcceptEx; settles it at once. Errors as PendingQueue::take.
Result<int> take_pending(SocketRef& listener, sys::Address* peer);

// The reactor saw an edge or a timer of the socket.
void pending_ready(SocketRef& socket, unsigned edge);
void pending_closing(SocketRef& socket);

}  // namespace inlet::provider
