// Sockets from their making to their closing, and their names; listening and accepting are in listen.cpp.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "provider/catalog.h"
#include "provider/linux/bind.h"
#include "provider/linux/calls.h"
#include "provider/linux/datagrams.h"
#include "provider/linux/duplicate.h"
#include "provider/linux/events.h"
#include "provider/linux/extension.h"
#include "provider/linux/handle_count.h"
#include "provider/linux/overlapped.h"
#include "provider/linux/socket_address.h"
#include "provider/linux/spill.h"
#include "provider/linux/wait.h"

namespace inlet::provider {
namespace {

// --- socket
// -------------------------------------------------------------------------------------------------------------

// One entry stands for all protocols of raw sockets, so which one is wanted is not the entry's business.
int raw_protocol(int wanted, const WSAPROTOCOL_INFOW* info) {
  if (wanted != 0 && wanted != FROM_PROTOCOL_INFO) return wanted;
  return info != nullptr ? info->iProtocol : 0;
}

int open_kernel_socket(const WSAPROTOCOL_INFOW& entry, int raw_protocol) {
  const bool v6 = entry.iAddressFamily == AF_INET6;
  if (entry.iSocketType == SOCK_RAW) return sys::open_raw_socket(v6, raw_protocol);
  return sys::open_socket(v6, entry.iSocketType == SOCK_DGRAM);
}

uint32_t kind_of(int type) {
  if (type == SOCK_RAW) return kDatagram | kRaw;
  return type == SOCK_DGRAM ? uint32_t{kDatagram} : 0u;
}

// --- connect
// ------------------------------------------------------------------------------------------------------------

// Takes the right to connect, so that two threads cannot connect one socket at the same time.
Error claim_connect(SocketRef& socket) {
  finish_connect(socket);
  uint32_t flags = socket->flags();
  while (true) {
    if ((flags & kListening) != 0) return Error::invalid;
    if ((flags & kConnected) != 0) return Error::is_connected;
    if ((flags & kConnecting) != 0) return Error::already;
    const uint32_t claimed = (flags | kConnecting) & ~uint32_t{kConnectFailed};
    if (socket->state.compare_exchange_weak(flags, claimed, std::memory_order_acq_rel)) return Error::none;
  }
}

void bind_automatically(SocketRef& socket) {
  if (!socket->has(kBound)) socket->set(kBound | kAutoBound);
}

// Makes the socket usable again. Linux would answer ECONNABORTED to the next connect and refuse to listen, unless it is
// told that the failed connection is done with. It gives an automatic port back; one that the program chose stays.
void connect_failed(SocketRef& socket) {
  sys::dissolve(socket.fd());
  allow_remains(socket, false);
  if (socket->has(kAutoBound)) socket->clear(kBound | kAutoBound);
  socket->set(kConnectFailed);
  socket->clear(kConnecting);
}

void connect_succeeded(SocketRef& socket) {
  socket->error.store(0, std::memory_order_relaxed);
  socket.note_connected();
  socket->set(kConnected | kConnector);
  socket->clear(kConnecting);
}

Result<void> wait_connected(SocketRef& socket) {
  // On the loopback it stands already, and nobody needs to sleep.
  if (sys::has_peer(socket.fd())) {
    connect_succeeded(socket);
    return {};
  }
  while (true) {
    if (auto ready = wait_ready(socket, sys::kWritable, 0); !ready) return ready;
    int number = 0;
    sys::get_option(socket.fd(), sys::Option::error, &number);
    if (number != 0) {
      connect_failed(socket);
      return error_of_errno(number);
    }
    // Another thread may have looked first; then it knows how the connect ended.
    if (socket->has(kConnected)) return {};
    if (!socket->has(kConnecting)) return static_cast<Error>(socket->error.load(std::memory_order_relaxed));
    if (sys::tcp_state(socket.fd()) == sys::TcpState::connecting) continue;
    connect_succeeded(socket);
    return {};
  }
}

Result<void> connect_stream(SocketRef& socket, const sys::Address& address) {
  auto begun = begin_connect(socket, address);
  if (begun || begun.error() != Error::would_block || socket->has(kNonblocking)) return begun;
  return wait_connected(socket);
}

Result<void> connect_socket(SocketRef& socket, const sockaddr* name, int length) {
  const uint32_t flags = socket->flags();
  const bool datagram = (flags & kDatagram) != 0;
  if (name == nullptr || length < static_cast<int>(sizeof(ADDRESS_FAMILY))) return Error::fault;
  if (datagram && family_of(name) == AF_UNSPEC) return connect_datagram(socket, nullptr);
  if (length < address_bytes(flags)) return Error::fault;
  if (!datagram && (lacks_context(socket) || is_accepting(socket))) return Error::invalid;
  if (!datagram) {
    // The state is judged before the address; claim_connect looks again.
    if ((flags & kListening) != 0) return Error::invalid;
    if ((flags & kConnected) != 0) return Error::is_connected;
  }
  if (!fits_family(name, flags)) return Error::address_family_not_supported;
  const sys::Address address = read_address(name, flags);
  if (!datagram) return connect_stream(socket, address);
  return connect_datagram(socket, is_wildcard(address) ? nullptr : &address);
}

// --- multipoint
// ---------------------------------------------------------------------------------------------------------

// Multicast of IP has no roots: every socket is a leaf in both planes, or none at all.
constexpr DWORD kLeafFlags = WSA_FLAG_MULTIPOINT_C_LEAF | WSA_FLAG_MULTIPOINT_D_LEAF;

Result<Handle> as_leaf(Result<Handle> made) {
  if (!made) return made;
  SocketRef socket(*made);
  if (!socket) return Error::not_initialised;
  Extension* parts = socket.make_extension();
  if (parts == nullptr) {
    begin_close(socket);
    return Error::no_buffers;
  }
  parts->multipoint.store(true, std::memory_order_release);
  return made;
}

// --- close
// --------------------------------------------------------------------------------------------------------------

int64_t unsent_bytes(const SocketRef& socket) {
  const int kernel = sys::unsent_bytes(socket.fd());
  return std::max(kernel, 0) + static_cast<int64_t>(spill_bytes(socket));
}

constexpr auto kLingerPollMin = std::chrono::milliseconds(1);
constexpr auto kLingerPollMax = std::chrono::milliseconds(16);

// Waits until the peer has acknowledged everything. The kernel has no event for that, so it is asked again and again;
// its own lingering close cannot be used, because that one goes on sending when the time is over.
bool drained_within(const SocketRef& socket, std::chrono::seconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (auto pause = kLingerPollMin; unsent_bytes(socket) > 0; pause = std::min(pause * 2, kLingerPollMax)) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(pause);
  }
  return true;
}

Result<void> close_socket(SocketRef& socket) {
  const uint32_t linger = socket->linger.load(std::memory_order_relaxed);
  const uint32_t flags = socket->flags();
  // Through other handles, or in another process, the connection goes on.
  const bool ends = is_last_handle(socket) && !is_elsewhere(socket);
  const bool lingers = ends && (linger >> 16) != 0 && (linger & 0xffff) != 0 && (flags & kConnected) != 0;
  if (lingers && (flags & kNonblocking) != 0 && unsent_bytes(socket) > 0) return Error::would_block;
  if (!begin_close(socket)) return Error::not_socket;
  if (lingers && (flags & kNonblocking) == 0 && !drained_within(socket, std::chrono::seconds(linger & 0xffff))) {
    sys::reset_on_close(socket.fd(), true);
    spill_drop(socket);
  }
  return {};
}

}  // namespace

Result<void> begin_connect(SocketRef& socket, const sys::Address& address) {
  if (is_wildcard(address) || port_of(address) == 0) return Error::address_not_available;
  if (is_broadcast(address)) return Error::access_denied;
  if (Error error = claim_connect(socket); error != Error::none) return error;
  socket->set_peer(address);
  if (socket->has(kSelecting)) note_connect(socket);
  allow_remains(socket, true);
  const int result = sys::connect(socket.fd(), &address);
  const Error error = result == 0 ? Error::none : error_of_errno(-result);
  wake_sleepers(socket);  // a select that passed over an unconnected socket
  if (error == Error::none || error == Error::would_block) bind_automatically(socket);
  if (error == Error::none) {
    connect_succeeded(socket);
    return {};
  }
  if (error != Error::would_block) connect_failed(socket);
  return error;
}

void write_address(const sys::Address& address, sockaddr* name, LPINT length) {
  std::memcpy(name, address.bytes, static_cast<size_t>(address.size));
  *length = address.size;
}

void take_error(SocketRef& socket) {
  int number = 0;
  if (sys::get_option(socket.fd(), sys::Option::error, &number) != 0 || number == 0) return;
  const Error error = error_of_errno(number);
  socket->error.store(wsa_code(error), std::memory_order_relaxed);
  const uint32_t flags = socket->flags();
  if ((flags & kDatagram) != 0) {
    socket->set(kIcmpQueued);
  } else if ((flags & kConnecting) != 0) {
    connect_failed(socket);
  } else if ((flags & kConnected) != 0) {
    socket->fail(error);
  }
}

void finish_connect(SocketRef& socket) {
  if (!socket->has(kConnecting)) return;
  take_error(socket);
  // Closed without an error means that another thread is about to call connect, or has just taken the error.
  if (socket->has(kConnecting) && sys::tcp_state(socket.fd()) == sys::TcpState::open) connect_succeeded(socket);
}

SOCKET WSPAPI WSPSocket(int af, int type, int protocol, LPWSAPROTOCOL_INFOW lpProtocolInfo, GROUP g, DWORD dwFlags,
                        LPINT lpErrno) {
  constexpr DWORD kKnownFlags = WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT | kLeafFlags;
  const DWORD leaf = dwFlags & kLeafFlags;
  auto refuse = [&](Error error) {
    failed(lpErrno, error);
    return INVALID_SOCKET;
  };
  if (!is_started()) return refuse(Error::not_initialised);
  if ((dwFlags & ~kKnownFlags) != 0 || g > SG_CONSTRAINED_GROUP) return refuse(Error::invalid);
  if (is_duplicate(lpProtocolInfo)) {
    auto opened = open_duplicate(*lpProtocolInfo, dwFlags & WSA_FLAG_OVERLAPPED ? kOverlapped : 0u);
    return opened ? *opened : refuse(opened.error());
  }
  auto entry = choose_catalog_entry(af, type, protocol, lpProtocolInfo);
  if (!entry) return refuse(entry.error());
  const bool v6 = (*entry)->iAddressFamily == AF_INET6;
  if (leaf != 0 && (leaf != kLeafFlags || (*entry)->iSocketType != SOCK_DGRAM)) return refuse(Error::invalid);
  const int fd = open_kernel_socket(**entry, raw_protocol(protocol, lpProtocolInfo));
  if (fd < 0) return refuse(error_of_errno(-fd));
  const uint32_t state =
      (v6 ? kV6 : 0u) | kind_of((*entry)->iSocketType) | (dwFlags & WSA_FLAG_OVERLAPPED ? kOverlapped : 0u);
  auto made = adopt_socket(fd, state, nullptr, nullptr);
  if (leaf != 0) made = as_leaf(made);
  auto handle = publish_handle(made, state);
  return handle ? *handle : refuse(handle.error());
}

int WSPAPI WSPBind(SOCKET s, const sockaddr* name, int namelen, LPINT lpErrno) {
  SocketRef socket(s);
  if (!socket) return failed(lpErrno, Error::not_socket);
  const uint32_t flags = socket->flags();
  if (name == nullptr || namelen < address_bytes(flags)) return failed(lpErrno, Error::fault);
  if ((flags & (kBound | kConnected | kConnecting)) != 0) return failed(lpErrno, Error::invalid);
  if (!fits_family(name, flags)) return failed(lpErrno, Error::address_family_not_supported);
  return finished(lpErrno, bind_socket(socket, read_address(name, flags)));
}

int WSPAPI WSPConnect(SOCKET s, const sockaddr* name, int namelen, LPWSABUF lpCallerData, LPWSABUF lpCalleeData,
                      LPQOS lpSQOS, LPQOS lpGQOS, LPINT lpErrno) {
  SocketRef socket(s);
  if (!socket) return failed(lpErrno, Error::not_socket);
  if (lpSQOS != nullptr || lpGQOS != nullptr) return failed(lpErrno, Error::not_supported);
  if (lpCallerData != nullptr && lpCallerData->len != 0) return failed(lpErrno, Error::protocol_not_supported);
  if (lpCalleeData != nullptr) lpCalleeData->len = 0;
  return finished(lpErrno, connect_socket(socket, name, namelen));
}

int WSPAPI WSPCloseSocket(SOCKET s, LPINT lpErrno) {
  SocketRef socket(s);
  if (!socket) return failed(lpErrno, Error::not_socket);
  return finished(lpErrno, close_socket(socket));
}

int WSPAPI WSPGetSockName(SOCKET s, sockaddr* name, LPINT namelen, LPINT lpErrno) {
  SocketRef socket(s);
  if (!socket) return failed(lpErrno, Error::not_socket);
  const uint32_t flags = socket->flags();
  if (name == nullptr || namelen == nullptr || *namelen < address_bytes(flags)) return failed(lpErrno, Error::fault);
  if ((flags & kBound) == 0) return failed(lpErrno, Error::invalid);
  sys::Address address;
  if (int result = sys::local_name(socket.fd(), &address); result != 0) return failed(lpErrno, error_of_errno(-result));
  if ((flags & kRaw) != 0) clear_port(address);
  write_address(address, name, namelen);
  return 0;
}

// The peer's name is remembered from connect or accept, because Linux forgets it when the connection ends.
int WSPAPI WSPGetPeerName(SOCKET s, sockaddr* name, LPINT namelen, LPINT lpErrno) {
  SocketRef socket(s);
  if (!socket) return failed(lpErrno, Error::not_socket);
  const uint32_t before = socket->flags();
  if (name == nullptr || namelen == nullptr || *namelen < address_bytes(before)) return failed(lpErrno, Error::fault);
  finish_connect(socket);
  if (!socket->has(kConnected | kConnecting) || lacks_context(socket)) return failed(lpErrno, Error::not_connected);
  write_address(socket->peer_address(), name, namelen);
  return 0;
}

}  // namespace inlet::provider
