// The network events of a socket: what WSPEventSelect and WSPAsyncSelect have asked for, and what has happened.
//
// An event is recorded when something new happens, whether it is selected or not, and the target - an event object or a
// window - is told when a recorded event is selected. WSPEnumNetworkEvents takes the selected ones from the record; a message
// takes its event along. When an event is recorded again is the table of the sheet, 5.9:
//     FD_READ     each arrival; and after a receive that leaves data
//     FD_OOB      each urgent byte
//     FD_ACCEPT   each arrival (as a message: only when an accept came between); and after an accept while more wait
//     FD_WRITE    once when data can first be sent, then each time after a send was refused for lack of room
//     FD_CONNECT  once for each connect
//     FD_CLOSE    once for each connection, also while data is unread
// What is no longer true is taken from the record: the data has been received, the connection accepted.
//
// From the first selection on, the reactor watches the socket and its transfers tell what they did (kSelecting), so nothing
// that happens while nothing is selected is forgotten.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "base/result.h"
#include "provider/linux/sockets.h"

namespace inlet::provider {

class Selection {
 public:
  // Who is told. These are a WSAEVENT and an HWND, whose names this header must not see.
  struct Target {
    int mask = 0;
    void* event = nullptr;
    void* window = nullptr;  // with message, instead of event
    unsigned message = 0;
    Handle socket = 0;  // what a message names: the handle by which the events were selected
  };
  static constexpr int kEvents = 10;
  struct Taken {
    int events = 0;
    std::array<int, kEvents> errors{};
  };

  Selection() = default;
  ~Selection();
  Selection(const Selection&) = delete;
  Selection& operator=(const Selection&) = delete;

  // Replaces the target, and tells the new one what is recorded already. When it returns, the old one is told no more.
  //
  // Errors   not_socket  the socket is being closed
  Result<void> select(SocketRef& socket, const Target& target);
  Target target() const;

  // Takes what is recorded and selected.
  Taken take();

  // Looks at the socket, records what is new, and tells the target. Those of again are recorded when they are true, new or not.
  //
  // Thread   Any; of several looks at the same time the last one to begin counts.
  void look(SocketRef& socket, int again);

  void on_refused_send(SocketRef& socket);
  void on_accept(SocketRef& listener);
  void on_connect();
  // The system's tables have changed, not the socket.
  void on_change(SocketRef& socket, int event);

  // Tells nobody any more. Waits for another thread that is just telling.
  void close();

 private:
  struct Sight;
  using Lock = std::unique_lock<std::mutex>;

  int arrivals_locked(const Sight& sight, int again);
  int milestones_locked(const Sight& sight);
  void tell(Lock& lock, SocketRef& socket, int events);
  void settle(Lock& lock);

  mutable std::mutex mutex_;  // a leaf; guards everything here
  std::condition_variable told_;
  Target target_;
  bool closed_ = false;
  int telling_ = 0;  // threads that have left the lock to tell the target

  int recorded_ = 0;
  std::array<int, kEvents> errors_{};
  uint32_t turn_ = 0;  // counts looks
  int again_ = 0;      // what the looks that have begun since the last one that counted are to record again

  uint64_t waiting_ = 0;        // arrivals_waiting at the last look
  bool urgent_ = false;         // an urgent byte was there at the last look
  bool accept_posted_ = false;  // a message has told about connections, and no accept has come since
  bool write_due_ = true;       // these three: not told yet
  bool connect_due_ = true;
  bool close_due_ = true;
};

// The reactor saw an edge, or another part changed what is ready (a pending queue took a connection, ...).
//
// Thread   The reactor's, or any.
void selection_ready(SocketRef& socket, unsigned edge);

// The socket is being closed: nothing is signalled from now on.
void selection_closing(SocketRef& socket);

// Selects; the first time it makes the selection and begins the watch. target.event is held (event_objects.h), and is the
// selection's from then on when this succeeds.
//
// Errors   no_buffers, too_many_files   the system has no room for another watch
//          not_socket                   the socket is being closed
Result<void> selection_begin(SocketRef& socket, const Selection::Target& target);

// Whether events are selected, which forbids the blocking mode.
bool selection_active(const SocketRef& socket);

// What calls that began with kSelecting set report at their end; harmless without a selection.
//
// Thread   Any; no lock is held.
void note_receive(SocketRef& socket, Error outcome);
void note_send(SocketRef& socket, Error outcome);
void note_accept(SocketRef& listener, Error outcome);
// A connect begins.
void note_connect(SocketRef& socket);

// The system's addresses or routes have changed, and the socket wanted to know (changes.h).
void selection_changed(SocketRef& socket, int event);

// A socket that has been accepted selects the same events as its listener, into the same object or window.
void selection_inherit(SocketRef& listener, SocketRef& accepted);

}  // namespace inlet::provider
