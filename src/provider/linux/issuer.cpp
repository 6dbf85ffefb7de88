#include "provider/linux/issuer.h"

#include <atomic>
#include <new>
#include <vector>

#include "provider/linux/completion_routines.h"
#include "provider/linux/overlapped.h"

namespace inlet::provider {
namespace {

std::atomic<uint64_t> last_number{0};

struct Slot {
  std::shared_ptr<Issuer> issuer;
  bool ended = false;

  ~Slot() {
    ended = true;
    if (issuer != nullptr) issuer->end();
  }
};

thread_local Slot slot;

}  // namespace

std::shared_ptr<Issuer> Issuer::current() {
  if (slot.issuer != nullptr || slot.ended) return slot.issuer;
  try {
    slot.issuer = std::make_shared<Issuer>(last_number.fetch_add(1) + 1);
  } catch (const std::bad_alloc&) {
  }
  return slot.issuer;
}

void Issuer::add(Operation& operation) {
  std::lock_guard lock(mutex_);
  waiting_.push_back(operation);
}

void Issuer::remove(Operation& operation) {
  std::lock_guard lock(mutex_);
  static_cast<Linked<IssuedTag>&>(operation).unlink();
}

void Issuer::end() {
  std::vector<Handle> sockets;
  try {
    std::lock_guard lock(mutex_);
    waiting_.for_each([&](Operation& operation) { sockets.push_back(operation.handle); });
  } catch (const std::bad_alloc&) {
    // What is not in the list goes on; its socket can still be closed.
  }
  for (Handle handle : sockets) {
    SocketRef socket = SocketRef::internal(handle);
    if (socket) cancel_issued_by(socket, *this);
  }
  drop_routines(number_);
}

}  // namespace inlet::provider
