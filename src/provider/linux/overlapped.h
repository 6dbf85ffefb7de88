// Overlapped operations of a socket, in the order in which they were issued, and how each of them is completed.
//
// Operations of one kind stand in a lane. The first attempt is made on the thread that issues the operation, if nothing of that
// kind waits; what cannot be done at once stands in line, and whoever learns that the socket is ready - the reactor, mostly -
// goes on with the first of them. One thread at a time serves a lane; others who come only leave word that it has to look again.
// So steps and completions run without a lock, in order, and every operation is completed exactly once: by the thread that took
// it out of its lane.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>

#include "provider/linux/operation.h"
#include "provider/linux/sockets.h"

namespace inlet::provider {

class Lane {
 public:
  // state is the bit of the record that tells other calls that somebody waits here; 0 for none.
  explicit Lane(uint32_t state = 0) : state_(state) {}
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  // Asks for the right to make the first attempt. True: nothing waits, and the caller has to end its attempt with leave or
  // wait. False: something waits, so the operation has to be enqueued behind it.
  //
  // Errors   not_socket   the socket has been closed
  Result<bool> claim();
  // The first attempt is over, and the operation with it.
  void leave(SocketRef& socket);
  // The first attempt has to be made again: the operation goes to the head of the line.
  //
  // Errors   not_socket   the socket has been closed; the operation stays with the caller
  Result<void> wait(SocketRef& socket, std::unique_ptr<Operation>& operation, Operation::Step step);
  // The operation goes to the end of the line.
  //
  // Errors   as wait
  Result<void> enqueue(SocketRef& socket, std::unique_ptr<Operation>& operation);

  // Goes on with what waits.
  void serve(SocketRef& socket);
  // Puts the parked operations that concern the acceptor (or the change) back to the head of the line, and serves.
  void unpark(SocketRef& socket, Handle acceptor);

  // Which operations are meant: those for which everything that is set here fits.
  struct Choice {
    LPWSAOVERLAPPED overlapped = nullptr;
    const Issuer* issuer = nullptr;
    Handle acceptor = 0;

    bool fits(const Operation& operation) const;
  };
  // Ends the chosen ones as cancelled. Returns how many there were.
  size_t cancel(SocketRef& socket, const Choice& choice);
  // Ends all, each as it wishes to end, and nothing can wait here any more.
  void close(SocketRef& socket);

 private:
  using Waiting = List<Operation, WaitingTag>;

  friend bool accepts_wait(const SocketRef& listener);

  void serve_locked(SocketRef& socket, std::unique_lock<std::mutex>& lock);
  bool settled_locked(SocketRef& socket, Operation& operation, Operation::Step step);
  void note_waiting_locked(SocketRef& socket);
  size_t take_locked(SocketRef& socket, const Choice& choice, bool closing, Waiting& taken);

  const uint32_t state_;
  std::mutex mutex_;                   // guards what follows; a leaf
  Waiting waiting_;                    // owns its operations
  Waiting parked_;                     // owns its operations
  std::atomic<bool> occupied_{false};  // whether waiting_ has any, for a look without the mutex
  bool serving_ = false;               // a thread makes attempts
  Operation* current_ = nullptr;       // the one it attempts, while that one stands in waiting_
  bool again_ = false;                 // readiness came meanwhile
  bool closed_ = false;
};

enum LaneKind { kReceiveLane, kUrgentLane, kSendLane, kAcceptLane, kConnectLane, kChangeLane, kLanes };

class Overlapped {
 public:
  Overlapped() = default;
  ~Overlapped() { delete port.load(std::memory_order_relaxed); }

  std::array<Lane, kLanes> lanes{Lane(kReceivesWait), Lane(), Lane(kSendsWait), Lane(), Lane(), Lane()};
  // Set once.
  std::atomic<PortLink*> port{nullptr};
  // The listener whose AcceptEx has this socket as its acceptor; 0 for none.
  std::atomic<Handle> listener{0};
  std::atomic<bool> without_context{false};
};

// Whether AcceptEx or ConnectEx has connected the socket, or is about to, and the program has not yet said SO_UPDATE_ACCEPT_CONTEXT
// or SO_UPDATE_CONNECT_CONTEXT: until then the connection has no names and cannot be shut down.
bool lacks_context(const SocketRef& socket);
// Whether an AcceptEx waits that will make this socket its connection.
bool is_accepting(const SocketRef& socket);

// Whether an AcceptEx waits for a connection.
bool accepts_wait(const SocketRef& listener);

// When overlapped sends wait, the end of the stream has to wait behind them. False when none does.
bool shutdown_after_sends(SocketRef& socket);

// The part of the socket; nullptr when it has none, or, from make, without memory.
Overlapped* find_overlapped(const SocketRef& socket);
Overlapped* make_overlapped(const SocketRef& socket);

// Starts an operation whose arguments and state have been checked.
//
// Returns  true when it has ended at once, and well: whoever is to be told has been told; outcome is how it ended. False
//          when it goes on: it will be completed.
// Errors   its own, when it has failed at once; or those of Operation::begin and reactor_watch. Nobody is told.
Result<bool> submit(SocketRef& socket, LaneKind lane, std::unique_ptr<Operation> operation, Outcome* outcome);

// For an operation that has ended before anybody could wait for it: tells whoever is to be told.
//
// Errors   those of Operation::begin; nobody is told
Result<void> complete_at_once(SocketRef& socket, const Completion& completion, const Outcome& outcome);

// The reactor saw an edge: goes on with what waits.
void overlapped_ready(SocketRef& socket, unsigned edge);

// The socket is being closed: everything that waits is completed as aborted.
void overlapped_closing(SocketRef& socket);

// From now on the socket's operations leave a packet at the port when they end, those that wait already included.
//
// Errors   not_socket  s is no socket
//          invalid     it has a port already
//          no_buffers  no memory
Result<void> associate_port(SOCKET s, std::shared_ptr<CompletionPort> port, ULONG_PTR key);

// Cancels operations that wait on the socket: this one, or all with nullptr; of the calling thread, or of every thread. Each is
// completed with WSA_OPERATION_ABORTED, unless it is just ending in another way.
//
// Returns  how many were found.
// Errors   not_socket  s is no socket
Result<size_t> cancel_io(SOCKET s, LPOVERLAPPED overlapped, bool this_thread_only);

// The thread ends: cancels what it started, unless the socket has a port.
void cancel_issued_by(SocketRef& socket, const Issuer& issuer);

}  // namespace inlet::provider
