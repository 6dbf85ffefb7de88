// The ioctl codes of the base provider.
#include <ws2tcpip.h>

#include <algorithm>
#include <optional>

#include "provider/linux/calls.h"
#include "provider/linux/changes.h"
#include "provider/linux/events.h"
#include "provider/linux/extensions.h"
#include "provider/linux/groups.h"
#include "provider/linux/interface_ioctls.h"
#include "provider/linux/ioctl_request.h"
#include "provider/linux/option_value.h"
#include "provider/linux/overlapped.h"
#include "provider/linux/pending_queue.h"
#include "provider/linux/protocol_options.h"
#include "provider/linux/reactor.h"
#include "provider/linux/socket_address.h"
#include "provider/linux/spill.h"
#include "provider/linux/wait.h"

namespace inlet::provider {
namespace {

Result<void> set_nonblocking(SocketRef& socket, const IoctlRequest& request) {
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

Result<void> count_readable(SocketRef& socket, const IoctlRequest& request) {
  // Linux refuses the question for a listener, whose answer is 0.
  if (socket->has(kListening)) return write_out<u_long>(request, 0);
  const int bytes = sys::readable_bytes(socket.fd());
  if (bytes < 0) return error_of_errno(-bytes);
  return write_out<u_long>(request, static_cast<u_long>(bytes));
}

// TRUE when no urgent data is waiting. Linux' own says whether the next byte stands at the mark, which is another question.
Result<void> ask_mark(SocketRef& socket, const IoctlRequest& request) {
  if (socket->has(kDatagram)) return Error::invalid;
  return write_out<BOOL>(request, sys::has_urgent(socket.fd()) ? FALSE : TRUE);
}

Result<void> ask_ready_descriptor(SocketRef& socket, const IoctlRequest& request) {
  if (!socket->has(kListening)) return Error::invalid;
  PendingQueue* queue = pending_queue(socket);
  if (queue == nullptr) return Error::no_buffers;
  auto descriptor = queue->ready_descriptor();
  if (!descriptor) return descriptor.error();
  return write_out<DWORD>(request, static_cast<DWORD>(*descriptor));
}

bool is_connected(const SocketRef& socket) {
  return (socket->flags() & (kConnected | kFailed)) == kConnected;
}

// --- streams

Result<void> set_keep_alive(SocketRef& socket, const IoctlRequest& request) {
  auto values = read_in<tcp_keepalive>(request);
  if (!values) return values.error();
  if (socket->has(kDatagram)) return Error::not_supported;
  if (socket->has(kFailed)) return Error::not_connected;
  const bool on = values->onoff != 0;
  if (on)
    if (auto set = set_keep_alive_times(socket, values->keepalivetime, values->keepaliveinterval); !set) return set;
  return write_kernel(socket, sys::Option::keep_alive, on);
}

// The first connect of a socket: how often it is tried again. Linux has no time before the first of these, and tries at least
// once more.
Result<void> set_connect_retries(SocketRef& socket, const IoctlRequest& request) {
  constexpr int kDefault = 6;
  constexpr int kMax = 127;
  auto values = read_in<TCP_INITIAL_RTO_PARAMETERS>(request);
  if (!values) return values.error();
  if (socket->has(kDatagram)) return Error::not_supported;
  if (socket->has(kConnected | kConnecting)) return Error::invalid;
  const UCHAR wanted = values->MaxSynRetransmissions;
  if (wanted == TCP_INITIAL_RTO_UNSPECIFIED_MAX_SYN_RETRANSMISSIONS) return {};
  const int retries = wanted == TCP_INITIAL_RTO_DEFAULT_MAX_SYN_RETRANSMISSIONS ? kDefault
                      : wanted == TCP_INITIAL_RTO_NO_SYN_RETRANSMISSIONS        ? 1
                                                                                : std::min<int>(wanted, kMax);
  return write_kernel(socket, sys::Option::syn_retries, retries);
}

// How much a program should leave unsent at most, to keep the connection busy. Linux measures for itself.
Result<void> check_backlog(const SocketRef& socket) {
  if (socket->has(kDatagram)) return Error::not_supported;
  return is_connected(socket) ? Result<void>() : Result<void>(Error::not_connected);
}
Result<void> ask_ideal_backlog(SocketRef& socket, const IoctlRequest& request) {
  constexpr ULONG kIdealBytes = 0x10000;
  if (request.out == nullptr || request.out_bytes < sizeof(ULONG)) return Error::fault;
  if (auto checked = check_backlog(socket); !checked) return checked;
  return write_out<ULONG>(request, kIdealBytes);
}

// What the kernel has is on its way; what it has not yet taken is forgotten.
Result<void> flush(SocketRef& socket) {
  if (socket->has(kDatagram)) return {};
  if (!is_connected(socket)) return Error::not_connected;
  if (!socket->has(kSpilling)) return {};
  spill_drop(socket);
  // The end of the stream was to follow; behind overlapped sends it still does.
  if (socket->has(kSendShut) && !socket->has(kSendsWait)) sys::shutdown_send(socket.fd());
  wake_sleepers(socket);
  return reactor_call(socket);
}

// --- datagrams

Result<void> set_loopback(SocketRef& socket, const IoctlRequest& request) {
  auto on = read_in<BOOL>(request);
  if (!on) return on.error();
  if (!socket->has(kDatagram)) return Error::not_supported;
  return set_receives(socket, sys::kLoopedMulticast, *on != FALSE);
}

Result<void> set_scope(SocketRef& socket, const IoctlRequest& request) {
  auto hops = read_in<INT>(request);
  if (!hops) return hops.error();
  return socket->has(kDatagram) ? set_multicast_scope(socket, *hops) : Result<void>(Error::not_supported);
}

// Linux drops the newest datagram when the queue is full, and cannot be told otherwise.
Result<void> prefer_newest(const SocketRef& socket) {
  return socket->has(kDatagram) ? Result<void>() : Result<void>(Error::no_such_option);
}

// Whether receives report this kind of ICMP answer. Without any of them the kernel need not keep them.
Result<void> report_icmp(SocketRef& socket, const IoctlRequest& request, uint32_t ignored) {
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

// --- all

// Only a raw socket sees what is meant for others.
Result<void> receive_all(const IoctlRequest& request) {
  auto mode = read_in<ULONG>(request);
  return mode ? Error::not_supported : mode.error();
}

// The processor on which the socket's packets come in, for sockets that share a port.
Result<void> set_processor(SocketRef& socket, const IoctlRequest& request) {
  auto processor = read_in<USHORT>(request);
  if (!processor) return processor.error();
  if (socket->has(kBound)) return Error::invalid;
  return write_kernel(socket, sys::Option::arrives_on_processor, *processor);
}

Result<void> give_function(const IoctlRequest& request) {
  auto guid = read_in<GUID>(request);
  if (!guid || request.out == nullptr || request.out_bytes < sizeof(void*)) return Error::fault;
  auto function = find_extension_function(*guid);
  return function ? write_out<void*>(request, *function) : function.error();
}

Result<void> run(SocketRef& socket, SOCKET s, const IoctlRequest& request) {
  switch (request.code) {
    case FIONBIO: return set_nonblocking(socket, request);
    case FIONREAD: return count_readable(socket, request);
    case SIOCATMARK: return ask_mark(socket, request);
    case SIO_ADDRESS_LIST_QUERY: return list_own_addresses(socket, request);
    case SIO_GET_INTERFACE_LIST: return list_interfaces(socket, request);
    case SIO_ROUTING_INTERFACE_QUERY: return find_route(socket, request);
    case SIO_GET_BROADCAST_ADDRESS: return give_broadcast_address(socket, request);
    case SIO_KEEPALIVE_VALS: return set_keep_alive(socket, request);
    case SIO_TCP_INITIAL_RTO: return set_connect_retries(socket, request);
    case SIO_IDEAL_SEND_BACKLOG_QUERY: return ask_ideal_backlog(socket, request);
    case SIO_FLUSH: return flush(socket);
    case SIO_MULTIPOINT_LOOPBACK: return set_loopback(socket, request);
    case SIO_MULTICAST_SCOPE: return set_scope(socket, request);
    case SIO_ENABLE_CIRCULAR_QUEUEING: return prefer_newest(socket);
    case SIO_RCVALL: return receive_all(request);
    case SIO_CPU_AFFINITY: return set_processor(socket, request);
    case SIO_GET_QOS:
    case SIO_SET_QOS:
    case SIO_GET_GROUP_QOS:
    case SIO_SET_GROUP_QOS: return Error::no_such_option;
    case SIO_BASE_HANDLE:
    case SIO_BSP_HANDLE:
    case SIO_BSP_HANDLE_SELECT:
    case SIO_BSP_HANDLE_POLL: return write_out<SOCKET>(request, s);
    case SIO_INLET_READY_DESCRIPTOR: return ask_ready_descriptor(socket, request);
    case SIO_LOOPBACK_FAST_PATH: return {};
    case SIO_UDP_CONNRESET: return report_icmp(socket, request, kIgnoreUnreachable);
    case SIO_UDP_NETRESET: return report_icmp(socket, request, kIgnoreExpired);
    case SIO_GET_EXTENSION_FUNCTION_POINTER: return give_function(request);
    default: return Error::not_supported;
  }
}

// The change that a code waits for; none for the codes that take no time.
//
// Errors   fault                          the destination is cut
//          address_family_not_supported   it is not one of the socket's family
//          not_supported, not_connected   about SIO_IDEAL_SEND_BACKLOG_CHANGE
Result<std::optional<int>> change_of(SocketRef& socket, const IoctlRequest& request) {
  const uint32_t flags = socket->flags();
  switch (request.code) {
    case SIO_ADDRESS_LIST_CHANGE: return std::optional(FD_ADDRESS_LIST_CHANGE);
    case SIO_ROUTING_INTERFACE_CHANGE:
      if (request.in == nullptr || request.in_bytes < static_cast<DWORD>(address_bytes(flags))) return Error::fault;
      if (!fits_family(static_cast<const sockaddr*>(request.in), flags)) return Error::address_family_not_supported;
      return std::optional(FD_ROUTING_INTERFACE_CHANGE);
    case SIO_IDEAL_SEND_BACKLOG_CHANGE:
      if (auto checked = check_backlog(socket); !checked) return checked.error();
      return std::optional(kBacklogChange);
    default: return std::optional<int>();
  }
}

Result<void> pend(SocketRef& socket, int change, const Completion& completion) {
  auto ended = submit_change(socket, change, completion);
  if (!ended) return ended.error();
  return *ended ? Result<void>() : Result<void>(Error::io_pending);
}

// The other codes take no time. A code that nobody knows is found out late all the same, as on Windows.
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
  const Completion completion{lpOverlapped, lpCompletionRoutine, lpThreadId};
  if (lpcbBytesReturned == nullptr && lpOverlapped == nullptr) return failed(lpErrno, Error::fault);
  DWORD returned = 0;
  const IoctlRequest request{dwIoControlCode, lpvInBuffer, cbInBuffer, lpvOutBuffer, cbOutBuffer, &returned};
  auto change = change_of(socket, request);
  if (!change) return failed(lpErrno, change.error());
  if (change->has_value())
    return finished(lpErrno, overlapped ? pend(socket, **change, completion) : await_change(socket, **change));
  Result<void> result = run(socket, s, request);
  if (lpcbBytesReturned != nullptr) *lpcbBytesReturned = returned;
  if (overlapped) result = tell(socket, result, returned, completion);
  return finished(lpErrno, result);
}

}  // namespace inlet::provider
