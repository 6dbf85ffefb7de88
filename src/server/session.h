// One client of a server: its stream, what is due for it, and its callbacks one after the other.
//
//   arriving --watched--> idle <--settle-- queued (one callback chosen; waiting for its turn, or running somewhere)
//                          |                  ^
//                          +----- consider ---+          after DISCONNECT: lingering, until the peer has closed too, then over
//
// At a server with implicit TLS it begins with a handshake: idle and queued as above, but what runs is a step of the handshake and not
// a callback, and the program hears nothing before it is done. A client that fails, or is late, is never heard of.
//
// Owner    The server's HandleTable; its shard's driver holds the owner's reference until release.
// Thread   Everything here belongs to the shard's driver, except perform and deliver (the thread that runs the callback),
//          request_close and the data pointer (any thread that holds a pin), and the stream (any).
#pragma once

#include <atomic>
#include <bit>
#include <memory>

#include "cswsock10.h"
#include "engine/task.h"
#include "server/address.h"
#include "server/admission.h"
#include "server/stream.h"
#include "server/task_kinds.h"

namespace inlet::server {

class Handshake;
class Server;

class Session final : public engine::Task {
 public:
  // Throws bad_alloc, and then the socket is still the caller's.
  Session(SOCKET handle, Server& server, provider::Provider& provider, SOCKET socket, const Endpoint& peer,
          Counted counted, engine::Shard& shard);
  ~Session();

  SOCKET handle() const { return handle_; }
  Server& server() const { return membership_.server; }
  Stream& stream() { return stream_; }
  Endpoint peer() const { return {peer_address_, peer_port_}; }
  uint32_t id() const { return id_; }  // in the server's directory
  // The thread that runs its callback, or ran the last one; 0 before the first.
  DWORD thread_id() const { return thread_id_.load(std::memory_order_relaxed); }
  int64_t idle_ms() const { return now_ms() - stream_.last_activity_ms(); }

  // Whether the program knows it: not while its handshake runs.
  bool is_announced() const { return announced_.load(std::memory_order_acquire); }

  // ---- any thread that holds a pin, or the session's own callback

  // Posts the new session to its shard; or, on the shard's driver, begins at once. Call one of them once.
  void start();
  void start_here();

  // Asks for the end of the session.
  // Returns  false when it is ending already.
  bool request_close(Stream::Close how);

  unsigned wanted_priority() const { return wanted_priority_.load(std::memory_order_relaxed); }
  // Changes its priority, from its next turn on. Returns the old one.
  unsigned request_priority(unsigned priority);

  // Ends the calls that wait on its stream. CANCEL follows if there were any.
  void request_cancel();

  // A limit for its address is new.
  void recount(Admission& admission) { admission.recount(peer_address_, counted_); }

  // Tells the program that its stream moves on: at once when the caller runs its callback, else between two callbacks.
  // Returns  false when the program threw: the session is going to end.
  bool tell_progress();

  // The server stops: ends the session without waiting for its peer.
  void request_stop();

  // The stream has input that no edge will tell of.
  void look_again();

  // A broadcast has left something for its client in the outbox.
  void look_at_outbox();

  // The gate has a place for its handshake.
  void handshake_may_begin();

  // ---- engine::Task

  void on_ready(poller::Ready ready) override;
  void on_timer(int64_t now_ms) override;
  void on_signals(engine::Signals signals) override;
  void perform() override;
  void settle() override;
  bool may_settle_late() const override;
  bool has_ended_as_usual() const override;
  void release() override;

 private:
  enum class State : uint8_t { arriving, idle, queued, lingering, over };
  // What is known about unread input.
  enum class Input : uint8_t {
    none,       // drained; the next edge tells
    certain,    // a fresh edge, and nobody has read since
    uncertain,  // there may be some: look before READ is called
    unread,     // the program was told and left it; wait for the next edge
  };
  // Callbacks that are due besides those of arriving, input and the end.
  enum Due : uint8_t {
    kDueWrite = 1,
    kDueIdle = 2,    // the client has been quiet for the timeout
    kDueRanOut = 4,  // a call has run out of time
    kDueError = 8,
    kDueCancel = 16,    // InetCancel has ended a call
    kDueProgress = 32,  // another thread moves a stream
  };
  static constexpr engine::Signals kArrive = engine::kFirstFreeSignal;
  static constexpr engine::Signals kClose = engine::kFirstFreeSignal << 1;
  static constexpr engine::Signals kPriority = engine::kFirstFreeSignal << 2;
  static constexpr engine::Signals kLook = engine::kFirstFreeSignal << 3;
  static constexpr engine::Signals kGate = engine::kFirstFreeSignal << 4;
  // Stands for an event while a step of the handshake is queued.
  static constexpr uint16_t kHandshakeStep = 0x8000;
  // INET_EVENT_TIMEOUT because a call has run out of time, and not because the client is idle.
  static constexpr uint16_t kRanOutEvent = 0x4000 | INET_EVENT_TIMEOUT;
  static constexpr engine::Signals kCancel = engine::kFirstFreeSignal << 5;
  static constexpr engine::Signals kProgress = engine::kFirstFreeSignal << 6;
  static constexpr engine::Signals kOutbox = engine::kFirstFreeSignal << 7;

  Session(SOCKET handle, uint32_t id, Server& server, provider::Provider& provider, SOCKET socket, const Endpoint& peer,
          Counted counted, engine::Shard& shard);
  static constexpr uint8_t due_bits_of(UINT event);
  void consider_ready(poller::Ready ready);
  void arrive();
  void begin_handshake();
  void settle_handshake();
  void announce();
  void note_room();
  void flush_outbox();
  void consider();
  void queue();
  void queue_next();
  UINT choose();
  UINT choose_last();
  Error reason_of_close() const;
  bool input_is_ready();
  bool settle_beginning();
  void settle_others();
  void settle_callback(Facts facts);
  void settle_input(Facts facts);
  void perform_other();
  void begin_end(Error reason);
  void end();
  void finish();
  Result<void> watch();
  void want_room();
  void arm_idle_timer();
  void deliver(UINT event, Error error);
  void leave();

  // A server counts the sessions that exist, and stays until there are none: so this is destroyed last.
  struct Membership {
    explicit Membership(Server& the_server);
    ~Membership();
    Server& server;
  };
  Handshake* handshake() const { return situation_.handshaking ? phase_.handshake : nullptr; }
  void end_handshake();

  // What the driver knows, in as few bytes as can be looked at at once.
  struct Situation {
    State state = State::arriving;
    Input input = Input::none;
    uint8_t due = 0;                 // bits of Due
    bool fresh : 1 = true;           // CONNECT has not come back yet
    bool ending : 1 = false;         // only ERROR and DISCONNECT are left
    bool peer_closed : 1 = false;    // no further input will come
    bool writable_edge : 1 = false;  // the send buffer got room while a callback was queued
    bool was_full : 1 = false;       // the send buffer was full, and WRITE has not been called since
    bool handshaking : 1 = false;    // it has a handshake
    bool repriced : 1 = false;       // another priority was asked for meanwhile
    bool unused : 1 = false;

    // Everything is in order with the client: input is all that can happen, and that is what it is here for.
    static constexpr Situation calm(State state) {
      Situation calm;
      calm.state = state;
      calm.fresh = false;
      return calm;
    }
    bool operator==(const Situation& other) const {
      return std::bit_cast<uint32_t>(*this) == std::bit_cast<uint32_t>(other);
    }
  };

  // What a plain request touches lies in the first 96 bytes of a slot of the handle table, the slot's own word and the task before it
  // included: two cache lines, which are fetched ahead. What it does not touch comes behind, the stream's part of that first. All
  // lies in memory without gaps: each byte here is one for each idle client. session.cpp holds it to that.

  // perform's while the session is queued, else the driver's
  bool connected_ : 1 = false;  // CONNECT has been delivered
  bool thrown_ : 1 = false;     // the callback threw

  uint16_t event_ = 0;  // the driver's: chosen for the next callback
  const SOCKET handle_;
  const Membership membership_;
  std::atomic<DWORD> thread_id_{0};
  Situation situation_;
  [[no_unique_address]] Stream stream_;

  std::atomic<bool> stopping_{false};
  std::atomic<Counted> counted_;  // against the limits
  std::atomic<bool> announced_{false};
  std::atomic<uint8_t> wanted_priority_;
  bool watches_room_ = false;  // the driver's: the poller tells when the send buffer has room
  uint16_t reason_ = 0;        // the driver's: an Error, for DISCONNECT
  const uint32_t id_;          // found by it from here on, once the handle lives
  const uint16_t peer_port_;
  const INTERNET_ADDRESS peer_address_;

 public:
  std::atomic<void*> data{nullptr};  // the program's

 private:
  // The driver's. Time counts from the end of the handshake, so one place is enough for both.
  union {
    int64_t quiet_since_ms = 0;  // start of the current idle period
    Handshake* handshake;        // owned; its step is perform's while the session is queued
  } phase_;
  engine::TaskRest rest_;
  struct Layout;
};

// The session whose callback runs on this thread, or nullptr.
inline Session* session_here() {
  return task_here<Session>(kSessionTask);
}

}  // namespace inlet::server
