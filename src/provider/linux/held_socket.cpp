#include "provider/held_socket.h"

#include "base/limits.h"
#include "provider/linux/calls.h"
#include "provider/linux/sockets.h"
#include "provider/linux/spill.h"
#include "provider/linux/streams.h"
#include "provider/linux/sys_transfer.h"

namespace inlet::provider {
namespace {

// What sends a transfer to the table, where all of Winsock's rules are.
constexpr uint32_t kReceiveMask =
    kConnected | kNonblocking | kDatagram | kReceiveShut | kFailed | kSelecting | kReceivesWait;
constexpr uint32_t kReceiveState = kConnected | kNonblocking;
constexpr uint32_t kSendMask =
    kConnected | kNonblocking | kPartialSend | kDatagram | kSendShut | kFailed | kSelecting | kSpilling | kSendsWait;
constexpr uint32_t kSendState = kConnected | kNonblocking | kPartialSend;

// A layer has functions of its own in the table, and sees every transfer by that.
bool is_own_provider(const Provider& provider) {
  const WSPPROC_TABLE& table = provider.table();
  return table.lpWSPRecv == WSPRecv && table.lpWSPSend == WSPSend && table.lpWSPCloseSocket == WSPCloseSocket;
}

bool is_plain(const Record& record, uint32_t mask, uint32_t state) {
  return !is_closing(record) && (record.flags() & mask) == state;
}

// What the kernel's refusal means depends on what the socket has gone through.
[[gnu::noinline]] Result<size_t> received_nothing(Record& record, SOCKET socket, ptrdiff_t got) {
  // How most clients end that do not end in order; nothing of what they went through makes a difference.
  if (got == -ECONNRESET && !is_closing(record) && !record.has(kFailed)) {
    record.fail(Error::conn_reset);
    return static_cast<Error>(record.failure.load(std::memory_order_acquire));
  }
  SocketRef borrowed(socket);
  if (!borrowed) return Error::not_socket;
  const Error error = got == 0 ? end_of_stream(borrowed) : receive_failure(borrowed, static_cast<int>(-got));
  if (error == Error::none) return size_t{0};
  return error;
}

[[gnu::noinline]] Result<size_t> sent_nothing(SOCKET socket, ptrdiff_t sent) {
  SocketRef borrowed(socket);
  if (!borrowed) return Error::not_socket;
  return send_failure(borrowed, static_cast<int>(-sent));
}

}  // namespace

HeldSocket::HeldSocket(const Provider& provider, SOCKET socket) : socket_(socket) {
  if (is_own_provider(provider)) record_ = hold_record(socket);
}

inline int HeldSocket::fd() const {
  return static_cast<int>(static_cast<uint32_t>(socket_));
}

void HeldSocket::release() {
  release_record(*record_, fd());
}

size_t HeldSocket::recv_at_once(void* data, size_t size) const {
  if (!is_plain(*record_, kReceiveMask, kReceiveState)) [[unlikely]]
    return 0;
  const ptrdiff_t got = sys::receive_once(fd(), data, size);
  return got > 0 ? static_cast<size_t>(got) : 0;
}

size_t HeldSocket::send_at_once(const void* data, size_t size) const {
  if (!is_plain(*record_, kSendMask, kSendState) || size >= kSpillBytesMax) [[unlikely]]
    return 0;
  const ptrdiff_t sent = sys::send_once(fd(), data, size);
  return sent > 0 ? static_cast<size_t>(sent) : 0;
}

Result<size_t> HeldSocket::recv(Provider& provider, void* data, size_t size) const {
  const bool plain = is_plain(*record_, kReceiveMask, kReceiveState);
  if (!plain || size - 1 >= INT32_MAX) return provider.recv(socket_, data, size, 0);
  const ptrdiff_t got = sys::receive_now(fd(), data, size);
  if (got > 0) [[likely]]
    return static_cast<size_t>(got);
  return received_nothing(*record_, socket_, got);
}

Result<size_t> HeldSocket::peek(Provider& provider, void* data, size_t size) const {
  const bool plain = is_plain(*record_, kReceiveMask, kReceiveState);
  if (!plain || size - 1 >= INT32_MAX) return provider.recv(socket_, data, size, MSG_PEEK);
  const ptrdiff_t got = sys::peek_now(fd(), data, size);
  if (got > 0) return static_cast<size_t>(got);
  return received_nothing(*record_, socket_, got);
}

void HeldSocket::close(Provider& provider) const {
  if (!close_record(*record_, fd())) provider.dispose(socket_);
}

Error HeldSocket::death() const {
  return record_->has(kFailed) ? static_cast<Error>(record_->failure.load(std::memory_order_acquire)) : Error::none;
}

Result<size_t> HeldSocket::send(Provider& provider, const void* data, size_t size) const {
  const bool plain = is_plain(*record_, kSendMask, kSendState);
  if (!plain || size - 1 >= kSpillBytesMax) return provider.send(socket_, data, size, 0);
  const ptrdiff_t sent = sys::send_now(fd(), data, size);
  if (sent > 0) [[likely]]
    return static_cast<size_t>(sent);
  return sent_nothing(socket_, sent);
}

}  // namespace inlet::provider
