// One overlapped operation: what it does in steps that never wait, and who is told when it has ended.
#pragma once

#include <ws2spi.h>

#include <memory>
#include <optional>

#include "base/list.h"
#include "base/result.h"
#include "provider/linux/overlapped_status.h"
#include "provider/linux/sockets.h"

namespace inlet::provider {

class CompletionPort;  // provider/completion_port.h
class Issuer;          // issuer.h

// An hEvent for an operation of our own: no event, and no packet at the port of the socket.
inline const WSAEVENT kNoEventNoPacket = reinterpret_cast<WSAEVENT>(ULONG_PTR{1});

// How an operation ended.
struct Outcome {
  uint32_t status = kStatusSuccess;
  size_t bytes = 0;
  DWORD flags = 0;
};

inline Outcome failure(Error error, size_t bytes = 0) {
  return {status_of(error), bytes, 0};
}

// The port of a socket, and the key with which its packets come.
struct PortLink {
  std::shared_ptr<CompletionPort> port;
  ULONG_PTR key;
};

// What the caller gave to learn about the end, copied because only the OVERLAPPED itself has to live on.
struct Completion {
  LPWSAOVERLAPPED overlapped = nullptr;
  LPWSAOVERLAPPED_COMPLETION_ROUTINE routine = nullptr;
  LPWSATHREADID thread = nullptr;
  // Something that has to live until the end has been told; may be nullptr.
  std::shared_ptr<void> keeps{};
};

struct WaitingTag {};
struct IssuedTag {};

// Owner    The lane (overlapped.h) from the first attempt that has to wait, until it is completed; before that the call that
//          starts it. The program's buffers and the OVERLAPPED belong to it as long.
// Thread   Steps run one after the other, on the issuing thread or the reactor's.
class Operation : public Linked<WaitingTag>, public Linked<IssuedTag> {
 public:
  explicit Operation(const Completion& request);
  virtual ~Operation();

  // What a step found.
  enum class Step {
    done,    // outcome is set
    waits,   // not ready; what stands behind it in the lane waits as well
    parked,  // not ready, for a reason of its own: it leaves the lane's order until Lane::unpark
  };
  virtual Step attempt(SocketRef& socket) = 0;
  // Runs once after the last step, before anybody is told, also when it was cancelled.
  virtual void ended(SocketRef&) {}
  // How it ends when the socket is closed under it.
  virtual uint32_t closed_status(const PortLink*) const { return kStatusCancelled; }

  // Marks the OVERLAPPED as running and resets its event.
  //
  // Errors   invalid               a routine although the socket has a port
  //          fault                 a routine without the thread that is to run it
  //          invalid_event_handle  hEvent is no event
  //          no_buffers            no memory
  Result<void> begin(const PortLink* port);
  // begin has succeeded, but the operation could not be started: nobody will be told.
  void abandon();
  // Writes the end down and tells whoever is to be told. Not to be touched afterwards: the program may use the OVERLAPPED again.
  void complete(const PortLink* port);

  LPWSAOVERLAPPED overlapped() const { return overlapped_; }
  bool answers_later() const { return answers_later_; }

  // Set by the step that is done, by cancel, or by close.
  Outcome outcome;
  // The socket that a program would name to cancel it.
  Handle handle = 0;
  // AcceptEx: the socket that becomes the connection. A change notification: which change (changes.cpp).
  Handle acceptor = 0;
  // Guarded by the lane's mutex: whoever runs the step has to end the operation when the step would wait.
  std::optional<uint32_t> cancelled;
  // The thread that started it; set when the operation has to wait.
  std::shared_ptr<Issuer> issuer;

 protected:
  // Whether the flags of the outcome are written to the OVERLAPPED, where WSAGetOverlappedResult finds them.
  bool tells_flags_ = true;
  // Whether the caller is told that it goes on even when it has ended at once, well or not, as Windows does with some.
  bool answers_later_ = false;

 private:
  void indicate(const PortLink* port);

  const LPWSAOVERLAPPED overlapped_;
  const LPWSAOVERLAPPED_COMPLETION_ROUTINE routine_;
  const bool thread_given_;
  const WSATHREADID thread_;
  const std::shared_ptr<void> keeps_;
  WSAEVENT event_ = nullptr;
  bool wants_packet_ = true;
  uint64_t routine_id_ = 0;  // completion_routines.h
};

}  // namespace inlet::provider
