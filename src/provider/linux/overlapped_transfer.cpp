#include "provider/linux/overlapped_transfer.h"

#include <new>
#include <vector>

#include "provider/linux/calls.h"
#include "provider/linux/overlapped.h"
#include "provider/linux/pending_receive.h"
#include "provider/linux/wait.h"

namespace inlet::provider {
namespace {

// The array of buffers belongs to the program again when the call returns; the memory that they point to does not.
using Captured = std::vector<WSABUF>;

class ReceiveOperation : public Operation {
 public:
  ReceiveOperation(const Completion& told, const Incoming& request)
      : Operation(told), buffers_(request.buffers, request.buffers + request.count), request_(request) {
    request_.buffers = buffers_.data();
    request_.at = Cursor(buffers_.data(), request.count);
  }

  Step attempt(SocketRef& socket) override {
    Step step = request_.left == 0 && !socket->has(kDatagram) ? look(socket) : fill(socket);
    if (step == Step::waits && !pending_) pending_.emplace(socket);
    return step;
  }

  void ended(SocketRef&) override {
    if (request_.message_flags != nullptr && !is_failure(outcome.status)) *request_.message_flags = outcome.flags;
  }

  // A connection that the program closes under a receive is an aborted one to those who watch through a port.
  uint32_t closed_status(const PortLink* port) const override {
    return port != nullptr && stream_ ? kStatusConnectionAborted : kStatusCancelled;
  }

 private:
  bool wants_more() const {
    return (request_.flags & MSG_WAITALL) != 0 && (request_.flags & MSG_OOB) == 0 && request_.left > 0;
  }

  // No room: waits for something that could be received, and leaves it there.
  Step look(SocketRef& socket) {
    auto found = try_readable(socket, request_.flags);
    if (!found && found.error() == Error::would_block) return Step::waits;
    if (!found) outcome = failure(found.error());
    return Step::done;
  }

  Step fill(SocketRef& socket) {
    stream_ = !socket->has(kDatagram);
    while (true) {
      auto received = try_receive(socket, request_);
      if (!received && received.error() == Error::would_block) return Step::waits;
      if (!received) {
        // What came before the failure is not lost; the next receive learns of the failure.
        if (outcome.bytes == 0) outcome = failure(received.error());
        return Step::done;
      }
      outcome.bytes += received->bytes;
      outcome.flags = received->flags;
      if (received->cut) outcome.status = kStatusBufferOverflow;
      if (received->bytes == 0 || !wants_more()) return Step::done;
    }
  }

  Captured buffers_;
  Incoming request_;
  std::optional<PendingReceive> pending_;
  bool stream_ = false;
};

class SendOperation : public Operation {
 public:
  SendOperation(const Completion& told, const Outgoing& request)
      : Operation(told), buffers_(request.buffers, request.buffers + request.count), request_(request) {
    request_.buffers = buffers_.data();
    request_.at = Cursor(buffers_.data(), request.count);
  }

  Step attempt(SocketRef& socket) override {
    if (request_.left == 0 && !socket->has(kDatagram)) return Step::done;
    do {
      auto sent = try_send(socket, request_);
      if (!sent && sent.error() == Error::would_block) return Step::waits;
      if (!sent) {
        outcome = failure(sent.error(), outcome.bytes);
        return Step::done;
      }
      outcome.bytes += *sent;
    } while (request_.left > 0);
    return Step::done;
  }

 private:
  Captured buffers_;
  Outgoing request_;
};

template <class Transfer, class Asked>
std::unique_ptr<Operation> make_operation(const Completion& told, const Asked& request) {
  try {
    return std::make_unique<Transfer>(told, request);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

// On a socket that knows no overlapped operations.
int run_blocking(SocketRef& socket, Operation& operation, unsigned events, uint32_t timeout_ms) {
  while (operation.attempt(socket) != Operation::Step::done)
    if (auto ready = wait_ready(socket, events, timeout_ms); !ready) return wsa_code(ready.error());
  return wsa_error_of(operation.outcome.status);
}

int answer(int code, LPINT lpErrno) {
  if (code != 0 && lpErrno != nullptr) *lpErrno = code;
  return code == 0 ? 0 : SOCKET_ERROR;
}

int code_of(Result<bool> started) {
  if (!started) return wsa_code(started.error());
  return *started ? 0 : WSA_IO_PENDING;
}

}  // namespace

int receive_overlapped(SocketRef& socket, Incoming request, const Completion& told, LPDWORD received, LPDWORD flags,
                       LPINT lpErrno) {
  if (flags == nullptr) return failed(lpErrno, Error::fault);
  request.flags = *flags;
  if (Error error = check_receive(socket, request); error != Error::none) return failed(lpErrno, error);
  if ((request.flags & MSG_PEEK) != 0) return failed(lpErrno, Error::not_supported);
  auto operation = make_operation<ReceiveOperation>(told, request);
  if (operation == nullptr) return failed(lpErrno, Error::no_buffers);
  Outcome outcome;
  int code = 0;
  const bool urgent = (request.flags & MSG_OOB) != 0;
  if ((socket.flags() & kOverlapped) != 0) {
    code = code_of(submit(socket, urgent ? kUrgentLane : kReceiveLane, std::move(operation), &outcome));
  } else {
    const uint32_t timeout_ms = socket->receive_timeout_ms.load(std::memory_order_relaxed);
    code = run_blocking(socket, *operation, urgent ? sys::kPriority : sys::kReadable, timeout_ms);
    outcome = operation->outcome;
  }
  if (received != nullptr) *received = static_cast<DWORD>(outcome.bytes);
  if (code == 0 || code == WSAEMSGSIZE) *flags = outcome.flags;
  return answer(code, lpErrno);
}

int send_overlapped(SocketRef& socket, Outgoing request, const Completion& told, LPDWORD sent, LPINT lpErrno) {
  if (Error error = check_send(socket, request); error != Error::none) return failed(lpErrno, error);
  auto operation = make_operation<SendOperation>(told, request);
  if (operation == nullptr) return failed(lpErrno, Error::no_buffers);
  Outcome outcome;
  int code = 0;
  if ((socket.flags() & kOverlapped) != 0) {
    code = code_of(submit(socket, kSendLane, std::move(operation), &outcome));
  } else {
    const uint32_t timeout_ms = socket->send_timeout_ms.load(std::memory_order_relaxed);
    code = run_blocking(socket, *operation, sys::kWritable, timeout_ms);
    outcome = operation->outcome;
  }
  if (sent != nullptr) *sent = static_cast<DWORD>(outcome.bytes);
  return answer(code, lpErrno);
}

}  // namespace inlet::provider
