// The events of one plain socket: what is due for it, and the program's callbacks one after the other.
//
//   arriving --> idle <--settle-- queued (a connect, or one callback, chosen; waiting for its turn or running somewhere) --> over
//
// An event is due until it has been told, whoever wants it: a callback that is named later, or let go on, gets it then. READ and
// ACCEPT are due while there is input that was not told of since the program last took some, or found that there was none.
//
// Owner    Its socket, which lives at least until release.
// Thread   Everything belongs to the shard's driver, except the group "any thread" and perform, which runs the callback.
#pragma once

#include <array>
#include <condition_variable>

#include "cswsock10.h"
#include "engine/task.h"
#include "server/event_engine.h"
#include "server/plain_socket.h"
#include "server/task_kinds.h"

namespace inlet::server {

class SocketEvents final : public engine::SimpleTask {
 public:
  SocketEvents(PlainSocket& socket, EventEngine& engine);

  // ---- any thread

  // Posts it to its shard. Call once.
  void start();

  // One event that this type of socket has.
  static bool is_event_of(SocketType type, UINT event);
  void set_handler(UINT event, INETEVENTPROC program, DWORD_PTR parameter);
  // Makes the socket asynchronous, and posts events to the window, if there is one.
  void enable(HWND window, UINT message);
  // Waits for a callback that runs on another thread.
  // Errors   timed_out  it has not returned in kStopDeadline_ms; no other one begins
  Result<void> disable();
  void freeze(bool frozen);

  // A call has left facts with the socket.
  void note_use();
  // A blocked call was cancelled.
  void note_cancel();
  // The socket is closed. No callback begins from here on.
  void end();
  // Before a socket is given away: nobody watches it from here on.
  void unwatch();

  // ---- engine::Task

  void on_ready(poller::Ready ready) override;
  void on_timer(int64_t) override {}
  void on_signals(engine::Signals signals) override;
  void perform() override;
  void settle() override;
  void release() override;

 private:
  enum class State : uint8_t { arriving, idle, queued, over };
  static constexpr engine::Signals kArrive = engine::kFirstFreeSignal;
  static constexpr engine::Signals kUsed = engine::kFirstFreeSignal << 1;
  static constexpr engine::Signals kChanged = engine::kFirstFreeSignal << 2;
  static constexpr engine::Signals kClosed = engine::kFirstFreeSignal << 3;
  static constexpr engine::Signals kCanceled = engine::kFirstFreeSignal << 4;
  static constexpr UINT kConnectJob = 0x8000;  // beside the events: not a callback
  struct Handler {
    INETEVENTPROC program = nullptr;
    DWORD_PTR parameter = 0;
  };

  bool is_listener() const { return socket_.type() == SocketType::listener; }
  UINT input_event() const { return is_listener() ? INET_EVENT_ACCEPT : INET_EVENT_READ; }
  static UINT events_of(SocketType type);
  void update_wanted_locked();
  void change(engine::Signals signals);
  void arrive();
  void established();
  void collect_facts();
  void consider();
  UINT choose();
  UINT choose_input(UINT wanted);
  Error error_of(UINT event) const;
  bool deliver(UINT event, Error error);
  void call(const Handler& handler, UINT event, Error error);
  void note_told();
  void finish();

  PlainSocket& socket_;
  EventEngine& engine_;

  // The driver's
  State state_ = State::arriving;
  bool connect_due_ = false;       // the connection is still to be made
  bool connect_told_due_ = false;  // and the program to be told of it
  bool connected_ = false;
  bool may_have_input_ = false;  // look before saying so
  bool told_input_ = false;      // and the program has not touched it since
  bool due_write_ = false;
  bool was_full_ = false;  // the send buffer was, and WRITE has not been due since
  bool due_timeout_ = false;
  bool due_cancel_ = false;
  bool peer_closed_ = false;
  bool end_told_ = false;
  Error end_error_ = Error::none;

  // The driver's, but perform's while it is queued
  UINT event_ = 0;
  bool delivered_ = false;
  Error connect_error_ = Error::none;

  std::atomic<UINT> wanted_{0};  // written under the mutex
  std::atomic<bool> ending_{false};

  std::mutex mutex_;  // a leaf; guards what follows
  std::condition_variable returned_;
  std::array<Handler, 7> handlers_;  // by the number of the event's bit
  HWND window_ = nullptr;
  UINT message_ = 0;
  bool asynchronous_ = false;
  bool disabled_ = false;
  bool frozen_ = false;
  bool watched_ = false;
  bool unwatched_ = false;  // for good
  DWORD runner_ = 0;        // the thread that runs a callback
};

}  // namespace inlet::server
