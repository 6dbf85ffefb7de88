// ConnectEx and DisconnectEx.
#include <mswsock.h>

#include "provider/linux/calls.h"
#include "provider/linux/extension_call.h"
#include "provider/linux/extensions.h"
#include "provider/linux/fresh_socket.h"
#include "provider/linux/overlapped_wait.h"
#include "provider/linux/socket_address.h"

namespace inlet::provider {
namespace {

// Connects, and sends the first data when there are any.
class ConnectOperation : public Operation {
 public:
  ConnectOperation(const Completion& told, const sys::Address& address, const char* data, size_t size)
      : Operation(told), address_(address), data_(data), size_(size) {
    answers_later_ = true;
  }

  Step attempt(SocketRef& socket) override {
    if (!connected_) {
      const Error error = begun_ ? look(socket) : begin(socket);
      if (error == Error::would_block) return Step::waits;
      if (error != Error::none) return end(error);
      connected_ = true;
    }
    return send(socket);
  }

  // A socket that did not become connected is as it was before.
  void ended(SocketRef& socket) override {
    Overlapped* part = find_overlapped(socket);
    if (!connected_ && part != nullptr) part->without_context.store(false, std::memory_order_release);
  }

 private:
  Step end(Error error) {
    outcome.status = status_of(error);
    return Step::done;
  }

  Error begin(SocketRef& socket) {
    begun_ = true;
    auto begun = begin_connect(socket, address_);
    return begun ? Error::none : begun.error();
  }

  // Whoever asks the kernel first learns how a connect ended, and keeps it in the record.
  Error look(SocketRef& socket) {
    finish_connect(socket);
    if (socket->has(kConnected)) return Error::none;
    if (socket->has(kConnecting)) return Error::would_block;
    const int code = socket->error.load(std::memory_order_relaxed);
    return code != 0 ? static_cast<Error>(code) : Error::conn_refused;
  }

  Step send(SocketRef& socket) {
    while (outcome.bytes < size_) {
      const ptrdiff_t sent = sys::send(socket.fd(), data_ + outcome.bytes, size_ - outcome.bytes, 0);
      const Error error = sent < 0 ? error_of_errno(static_cast<int>(-sent)) : Error::none;
      if (error == Error::would_block) return Step::waits;
      if (error != Error::none) return end(error);
      outcome.bytes += static_cast<size_t>(sent);
    }
    return Step::done;
  }

  const sys::Address address_;
  const char* const data_;
  const size_t size_;
  bool begun_ = false;
  bool connected_ = false;
};

class DisconnectOperation : public Operation {
 public:
  DisconnectOperation(const Completion& told, bool reuse) : Operation(told), reuse_(reuse) { answers_later_ = true; }

  Step attempt(SocketRef& socket) override {
    if (socket->has(kSpilling)) return Step::waits;
    if (Error error = disconnect(socket, reuse_); error != Error::none) outcome.status = status_of(error);
    return Step::done;
  }

 private:
  const bool reuse_;
};

Error check_connectable(SocketRef& socket) {
  finish_connect(socket);
  const uint32_t flags = socket->flags();
  if ((flags & kDatagram) != 0) return Error::not_supported;
  if ((flags & kConnected) != 0) return Error::is_connected;
  if ((flags & (kListening | kConnecting)) != 0 || (flags & kBound) == 0) return Error::invalid;
  return is_accepting(socket) ? Error::invalid : Error::none;
}

Result<bool> connect_with(SocketRef& socket, const sys::Address& address, PVOID data, DWORD size,
                          LPOVERLAPPED overlapped) {
  Overlapped* part = make_overlapped(socket);
  if (part == nullptr) return Error::no_buffers;
  auto operation = std::unique_ptr<Operation>(new (std::nothrow) ConnectOperation(
      {.overlapped = overlapped}, address, static_cast<const char*>(data), data == nullptr ? 0 : size));
  // Before anybody can see the connection.
  part->without_context.store(true, std::memory_order_release);
  Outcome outcome;
  auto started = submit(socket, kConnectLane, std::move(operation), &outcome);
  if (!started && !socket->has(kConnected)) part->without_context.store(false, std::memory_order_release);
  return started;
}

}  // namespace

Result<void> wait_in_send_lane(SocketRef& socket, LPWSAOVERLAPPED own, Result<bool> started) {
  if (!started) return started.error();
  Result<void> waited = wait_overlapped(own);
  if (!waited) {
    // The structure is on this stack: nothing may be left that writes to it.
    find_overlapped(socket)->lanes[kSendLane].cancel(socket, {.overlapped = own});
    while (!wait_overlapped(own)) continue;
    return waited;
  }
  const int code = wsa_error_of(overlapped_status(own));
  return code == 0 ? Result<void>() : Result<void>(static_cast<Error>(code));
}

Error disconnect(SocketRef& socket, bool reuse) {
  if (reuse) {
    auto fresh = become_fresh(socket);
    return fresh ? Error::none : fresh.error();
  }
  socket->set(kSendShut);
  finish_sending(socket);
  return Error::none;
}

BOOL WSPAPI extension_connect_ex(SOCKET s, const sockaddr* name, int namelen, PVOID lpSendBuffer,
                                 DWORD dwSendDataLength, LPDWORD lpdwBytesSent, LPOVERLAPPED lpOverlapped) {
  SocketRef socket(s);
  if (!socket) return extension_failed(Error::not_socket);
  if (lpOverlapped == nullptr) return extension_failed(WSA_INVALID_PARAMETER);
  if (name == nullptr || namelen < address_bytes(socket->flags())) return extension_failed(Error::fault);
  if (Error error = check_connectable(socket); error != Error::none) return extension_failed(error);
  if (!fits_family(name, socket->flags())) return extension_failed(Error::address_family_not_supported);
  if (lpdwBytesSent != nullptr) *lpdwBytesSent = 0;
  return extension_answer(
      connect_with(socket, read_address(name, socket->flags()), lpSendBuffer, dwSendDataLength, lpOverlapped));
}

BOOL WSPAPI extension_disconnect_ex(SOCKET s, LPOVERLAPPED lpOverlapped, DWORD dwFlags, DWORD dwReserved) {
  SocketRef socket(s);
  if (!socket) return extension_failed(Error::not_socket);
  if ((dwFlags & ~static_cast<DWORD>(TF_REUSE_SOCKET)) != 0 || dwReserved != 0) return extension_failed(Error::invalid);
  finish_connect(socket);
  if (socket->has(kDatagram) || !socket->has(kConnected)) return extension_failed(Error::not_connected);
  return run_in_send_lane(socket, lpOverlapped, [&](const Completion& told) {
    return new (std::nothrow) DisconnectOperation(told, (dwFlags & TF_REUSE_SOCKET) != 0);
  });
}

}  // namespace inlet::provider
