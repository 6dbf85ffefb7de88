// The ioctl codes of the base provider.
#include <cstring>

#include "provider/linux/calls.h"
#include "provider/linux/changes.h"
#include "provider/linux/events.h"
#include "provider/linux/extensions.h"
#include "provider/linux/overlapped.h"
#include "provider/linux/pending_queue.h"

namespace inlet::provider {
namespace {

struct Request {
  DWORD code;
  const void* in;
  DWORD in_bytes;
  void* out;
  DWORD out_bytes;
  DWORD* returned;
};

template <class T>
Result<T> read_in(const Request& request) {
  if (request.in == nullptr || request.in_bytes < sizeof(T)) return Error::fault;
  T value{};
  std::memcpy(&value, request.in, sizeof(value));
  return value;
}

template <class T>
Result<void> write_out(const Request& request, T value) {
  if (request.out == nullptr || request.out_bytes < sizeof(T)) return Error::fault;
  std::memcpy(request.out, &value, sizeof(value));
  *request.returned = sizeof(T);
  return {};
}

Result<void> set_nonblocking(SocketRef& socket, const Request& request) {
  auto on = read_in<u_long>(request);
  if (!on) return on.error();
  if (*on != 0) {
    socket->set(kNonblocking);
    return {};
  }
  if (selection_active(socket)) return Error::invalid;
  socket->clear(kNonblocking);
  return {};
}

Result<void> count_readable(SocketRef& socket, const Request& request) {
  // Linux refuses the question for a listener, whose answer is 0.
  if (socket->has(kListening)) return write_out<u_long>(request, 0);
  const int bytes = sys::readable_bytes(socket.fd());
  if (bytes < 0) return error_of_errno(-bytes);
  return write_out<u_long>(request, static_cast<u_long>(bytes));
}

// TRUE when no urgent data is waiting. Linux can tell only whether the next byte stands at the mark, which is FALSE for
// a fresh stream; with nothing urgent about there is nothing to wait for either way.
Result<void> ask_mark(SocketRef& socket, const Request& request) {
  if (socket->has(kDatagram)) return Error::invalid;
  const bool at_mark = sys::at_mark(socket.fd()) == 1;
  const bool urgent = !at_mark && sys::has_urgent(socket.fd());
  return write_out<BOOL>(request, urgent ? FALSE : TRUE);
}

Result<void> ask_ready_descriptor(SocketRef& socket, const Request& request) {
  if (!socket->has(kListening)) return Error::invalid;
  PendingQueue* queue = pending_queue(socket);
  if (queue == nullptr) return Error::no_buffers;
  auto descriptor = queue->ready_descriptor();
  if (!descriptor) return descriptor.error();
  return write_out<DWORD>(request, static_cast<DWORD>(*descriptor));
}

// The destination is an address of the socket's family.
Result<void> await_route_change(SocketRef& socket, const Request& request) {
  if (request.in == nullptr || request.in_bytes < static_cast<DWORD>(address_bytes(socket->flags())))
    return Error::fault;
  return await_change(socket, FD_ROUTING_INTERFACE_CHANGE);
}

// Whether receives report this kind of ICMP answer. Without any of them the kernel need not keep them.
Result<void> report_icmp(SocketRef& socket, const Request& request, uint32_t ignored) {
  auto on = read_in<BOOL>(request);
  if (!on) return on.error();
  if (!socket->has(kDatagram)) return Error::not_supported;
  if (*on != FALSE)
    socket->clear(ignored);
  else
    socket->set(ignored);
  constexpr uint32_t kBoth = kIgnoreUnreachable | kIgnoreExpired;
  sys::queue_icmp(socket.fd(), socket->has(kV6), (socket->flags() & kBoth) != kBoth);
  socket->set(kIcmpQueued);
  return {};
}

Result<void> give_function(const Request& request) {
  auto guid = read_in<GUID>(request);
  if (!guid || request.out == nullptr || request.out_bytes < sizeof(void*)) return Error::fault;
  auto function = find_extension_function(*guid);
  return function ? write_out<void*>(request, *function) : function.error();
}

Result<void> run(SocketRef& socket, SOCKET s, const Request& request) {
  switch (request.code) {
    case FIONBIO: return set_nonblocking(socket, request);
    case FIONREAD: return count_readable(socket, request);
    case SIOCATMARK: return ask_mark(socket, request);
    case SIO_ADDRESS_LIST_CHANGE: return await_change(socket, FD_ADDRESS_LIST_CHANGE);
    case SIO_ROUTING_INTERFACE_CHANGE: return await_route_change(socket, request);
    case SIO_BASE_HANDLE: return write_out<SOCKET>(request, s);
    case SIO_INLET_READY_DESCRIPTOR: return ask_ready_descriptor(socket, request);
    case SIO_LOOPBACK_FAST_PATH: return {};
    case SIO_UDP_CONNRESET: return report_icmp(socket, request, kIgnoreUnreachable);
    case SIO_UDP_NETRESET: return report_icmp(socket, request, kIgnoreExpired);
    case SIO_GET_EXTENSION_FUNCTION_POINTER: return give_function(request);
    default: return Error::not_supported;
  }
}

// None of the codes takes time. A code that nobody knows is found out late all the same, as on Windows.
Result<void> tell(SocketRef& socket, Result<void> result, DWORD returned, const Completion& completion) {
  if (!result && result.error() != Error::not_supported) return result;
  if (auto told = complete_at_once(socket, completion, {status_of(result.error()), returned, 0}); !told) return told;
  return result ? result : Result<void>(Error::io_pending);
}

}  // namespace

int WSPAPI WSPIoctl(SOCKET s, DWORD dwIoControlCode, LPVOID lpvInBuffer, DWORD cbInBuffer, LPVOID lpvOutBuffer,
                    DWORD cbOutBuffer, LPDWORD lpcbBytesReturned, LPWSAOVERLAPPED lpOverlapped,
                    LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine, LPWSATHREADID lpThreadId, LPINT lpErrno) {
  SocketRef socket(s);
  if (!socket) return failed(lpErrno, Error::not_socket);
  const bool overlapped = lpOverlapped != nullptr && (socket.flags() & kOverlapped) != 0;
  if (lpcbBytesReturned == nullptr && lpOverlapped == nullptr) return failed(lpErrno, Error::fault);
  DWORD returned = 0;
  Result<void> result =
      run(socket, s, {dwIoControlCode, lpvInBuffer, cbInBuffer, lpvOutBuffer, cbOutBuffer, &returned});
  if (lpcbBytesReturned != nullptr) *lpcbBytesReturned = returned;
  if (overlapped) result = tell(socket, result, returned, {lpOverlapped, lpCompletionRoutine, lpThreadId});
  return finished(lpErrno, result);
}

}  // namespace inlet::provider
