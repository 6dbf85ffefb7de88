#include "provider/held_listener.h"

#include "provider/linux/calls.h"
#include "provider/linux/extension.h"
#include "provider/linux/pending_queue.h"
#include "provider/linux/wait.h"

namespace inlet::provider {
namespace {

// What sends an accept to the table, where all of Winsock's rules are.
constexpr uint32_t kAcceptMask = kListening | kNonblocking | kSelecting;
constexpr uint32_t kAcceptState = kListening | kNonblocking;

bool is_own_provider(const Provider& provider) {
  const WSPPROC_TABLE& table = provider.table();
  return table.lpWSPAccept == WSPAccept && table.lpWSPCloseSocket == WSPCloseSocket;
}

}  // namespace

HeldListener::HeldListener(const Provider& provider, SOCKET listener) {
  if (!is_own_provider(provider)) return;
  SocketRef socket(listener);
  if (!socket || pending_queue(socket) == nullptr) return;
  record_ = hold_record(listener);
  parts_ = socket.extension();
  fd_ = socket.fd();
}

HeldListener::~HeldListener() {
  if (record_ != nullptr) release_record(*record_, fd_);
}

// One on which somebody has ever waited by AcceptEx has more rules.
Result<SOCKET> HeldListener::accept(Provider& provider, SOCKET listener, sockaddr* peer, int* length, bool* more) {
  const uint32_t flags = record_->flags();
  const bool plain = !is_closing(*record_) && (flags & kAcceptMask) == kAcceptState &&
                     parts_->overlapped.load(std::memory_order_acquire) == nullptr && *length >= address_bytes(flags);
  *more = true;
  if (!plain) return provider.accept(listener, peer, length);
  auto taken = parts_->pending.load(std::memory_order_acquire)->take_for_good(!counted_);
  counted_ = true;
  if (!taken) return taken.error();
  *more = taken->more;
  if (taken->reopened) wake_sleepers(SocketRef(listener));
  auto handle = adopt_connection(*record_, flags, taken->pending);
  if (handle) write_address(taken->pending.peer, peer, length);
  return handle;
}

}  // namespace inlet::provider
