// AcceptEx: a connection goes into a socket that the program made before, together with the first data if it likes.
//
// The operation stands in the listener's lane, also while it waits for data: then it is parked there, and the acceptor, which has
// the connection by now, wakes it. So closing or cancelling on the listener reaches it in either phase, and its packet goes to
// the listener's port.
#include <cstring>

#include "provider/linux/calls.h"
#include "provider/linux/extension_call.h"
#include "provider/linux/extensions.h"
#include "provider/linux/fresh_socket.h"
#include "provider/linux/overlapped_wait.h"
#include "provider/linux/pending_queue.h"
#include "provider/linux/reactor.h"

namespace inlet::provider {
namespace {

// An address in the output buffer: its size in the first bytes of a header, then the structure.
constexpr DWORD kAddressHeader = 16;
constexpr int kRetryWithoutDescriptors_ms = 100;

struct AcceptBuffer {
  char* data;
  DWORD receive_bytes;
  DWORD local_bytes;
  DWORD remote_bytes;

  char* local() const { return data + receive_bytes; }
  char* remote() const { return local() + local_bytes; }
  // No room for the local address means that it is not wanted.
  bool has_room(int address_size) const {
    const DWORD needed = static_cast<DWORD>(address_size) + kAddressHeader;
    return (local_bytes == 0 || local_bytes >= needed) && remote_bytes >= needed;
  }
};

void put_address(char* at, const sys::Address& address) {
  const int32_t size = address.size;
  std::memcpy(at, &size, sizeof(size));
  std::memcpy(at + kAddressHeader, address.bytes, static_cast<size_t>(size));
}

void find_address(char* at, DWORD bytes, sockaddr** address, LPINT size) {
  int32_t length = 0;
  if (bytes > kAddressHeader) std::memcpy(&length, at, sizeof(length));
  const bool there = length > 0 && static_cast<DWORD>(length) <= bytes - kAddressHeader;
  if (address != nullptr) *address = there ? reinterpret_cast<sockaddr*>(at + kAddressHeader) : nullptr;
  if (size != nullptr) *size = there ? length : 0;
}

class AcceptOperation : public Operation {
 public:
  AcceptOperation(const Completion& told, Handle into, const AcceptBuffer& buffer) : Operation(told), buffer_(buffer) {
    acceptor = into;
    answers_later_ = true;
  }

  Step attempt(SocketRef& listener) override {
    SocketRef socket = SocketRef::open(acceptor);
    // The acceptor is being closed, so nobody is left to have the connection.
    if (!socket) return end(kStatusCancelled);
    if (!attached_) {
      if (!pending_has(listener)) return Step::waits;
      if (!buffer_.has_room(address_bytes(listener->flags()))) return end(kStatusBufferTooSmall);
      auto taken = take(listener, socket);
      if (!taken && taken.error() == Error::would_block) return Step::waits;
      if (!taken) return end(status_of(taken.error()));
    }
    return receive(socket);
  }

  void ended(SocketRef&) override { release(); }

  // The acceptor may be used otherwise again.
  void release() {
    SocketRef socket = SocketRef::internal(acceptor);
    Overlapped* part = socket ? find_overlapped(socket) : nullptr;
    if (part != nullptr) part->listener.store(0, std::memory_order_release);
  }

 private:
  Step end(uint32_t status) {
    outcome.status = status;
    return Step::done;
  }

  Result<void> take(SocketRef& listener, SocketRef& socket) {
    auto fd = take_pending(listener, &peer_);
    if (!fd && (fd.error() == Error::too_many_files || fd.error() == Error::no_buffers)) {
      // It goes on waiting, and is served when descriptors are to be had again.
      (void)reactor_call_after(listener, kRetryWithoutDescriptors_ms);
      return Error::would_block;
    }
    if (!fd) return fd.error();
    attached_ = true;
    make_overlapped(socket)->without_context.store(true, std::memory_order_release);
    if (auto placed = become_connection(socket, *fd, peer_); !placed) return placed;
    return buffer_.receive_bytes == 0 ? Result<void>() : reactor_watch(socket);
  }

  Step receive(SocketRef& socket) {
    if (buffer_.receive_bytes != 0) {
      const ptrdiff_t received = sys::receive(socket.fd(), buffer_.data, buffer_.receive_bytes, 0);
      const Error error = received < 0 ? error_of_errno(static_cast<int>(-received)) : Error::none;
      if (error == Error::would_block) return Step::parked;
      if (error != Error::none) return end(status_of(error));
      outcome.bytes = static_cast<size_t>(received);
    }
    put_addresses(socket);
    socket->set(kConnected);
    return end(kStatusSuccess);
  }

  void put_addresses(SocketRef& socket) {
    sys::Address local;
    if (buffer_.local_bytes != 0 && sys::local_name(socket.fd(), &local) == 0) put_address(buffer_.local(), local);
    put_address(buffer_.remote(), peer_);
  }

  const AcceptBuffer buffer_;
  bool attached_ = false;
  sys::Address peer_;
};

Error check_states(SocketRef& listener, SocketRef& socket) {
  constexpr uint32_t kUsed = kDatagram | kBound | kConnected | kConnecting | kListening;
  if (!listener->has(kListening)) return Error::invalid;
  if (socket->has(kUsed) || listener->has(kV6) != socket->has(kV6)) return Error::invalid;
  return Error::none;
}

Result<bool> accept_into(SocketRef& listener, SocketRef& socket, const AcceptBuffer& buffer, LPOVERLAPPED overlapped) {
  if (Error error = check_states(listener, socket); error != Error::none) return error;
  Overlapped* part = make_overlapped(socket);
  if (part == nullptr) return Error::no_buffers;
  Handle none = 0;
  if (!part->listener.compare_exchange_strong(none, listener.handle())) return Error::invalid;
  auto operation = std::unique_ptr<Operation>(new (std::nothrow)
                                                  AcceptOperation({.overlapped = overlapped}, socket.handle(), buffer));
  Outcome outcome;
  auto started = submit(listener, kAcceptLane, std::move(operation), &outcome);
  if (!started) part->listener.store(0, std::memory_order_release);
  if (started && !*started) watch_pending(listener);
  // Whoever closes the acceptor may have looked before the operation stood in its lane.
  if (started && !*started && SocketRef::internal(socket.handle()).closing()) overlapped_closing(socket);
  return started;
}

}  // namespace

BOOL WSPAPI extension_accept_ex(SOCKET sListenSocket, SOCKET sAcceptSocket, PVOID lpOutputBuffer,
                                DWORD dwReceiveDataLength, DWORD dwLocalAddressLength, DWORD dwRemoteAddressLength,
                                LPDWORD lpdwBytesReceived, LPOVERLAPPED lpOverlapped) {
  // Windows leaves this mark also when the call fails.
  if (lpOverlapped != nullptr) mark_pending(lpOverlapped);
  SocketRef listener(sListenSocket);
  SocketRef socket(sAcceptSocket);
  if (!listener || !socket) return extension_failed(Error::not_socket);
  if (lpOverlapped == nullptr) return extension_failed(WSA_INVALID_PARAMETER);
  if (lpOutputBuffer == nullptr || dwRemoteAddressLength == 0) return extension_failed(Error::fault);
  const AcceptBuffer buffer{static_cast<char*>(lpOutputBuffer), dwReceiveDataLength, dwLocalAddressLength,
                            dwRemoteAddressLength};
  if (lpdwBytesReceived != nullptr) *lpdwBytesReceived = 0;
  return extension_answer(accept_into(listener, socket, buffer, lpOverlapped));
}

VOID WSPAPI extension_get_accept_ex_sockaddrs(PVOID lpOutputBuffer, DWORD dwReceiveDataLength,
                                              DWORD dwLocalAddressLength, DWORD dwRemoteAddressLength,
                                              sockaddr** LocalSockaddr, LPINT LocalSockaddrLength,
                                              sockaddr** RemoteSockaddr, LPINT RemoteSockaddrLength) {
  if (lpOutputBuffer == nullptr) return;
  const AcceptBuffer buffer{static_cast<char*>(lpOutputBuffer), dwReceiveDataLength, dwLocalAddressLength,
                            dwRemoteAddressLength};
  find_address(buffer.local(), dwLocalAddressLength, LocalSockaddr, LocalSockaddrLength);
  find_address(buffer.remote(), dwRemoteAddressLength, RemoteSockaddr, RemoteSockaddrLength);
}

}  // namespace inlet::provider
