#include "provider/linux/pending_receive.h"

#include <array>
#include <mutex>

namespace inlet::provider {
namespace {

struct Stripe {
  std::mutex mutex;
  PendingReceive* first = nullptr;  // guarded by mutex, like the links
};

constexpr uint32_t kStripes = 64;
std::array<Stripe, kStripes> stripes;

Stripe& stripe_of(const SocketRef& socket) {
  return stripes[static_cast<uint32_t>(socket.fd()) % kStripes];
}

}  // namespace

PendingReceive::PendingReceive(const SocketRef& socket) : socket_(socket.another()) {
  Stripe& stripe = stripe_of(socket_);
  std::lock_guard lock(stripe.mutex);
  next_ = stripe.first;
  link_ = &stripe.first;
  if (next_ != nullptr) next_->link_ = &next_;
  stripe.first = this;
}

PendingReceive::~PendingReceive() {
  {
    std::lock_guard lock(stripe_of(socket_).mutex);
    *link_ = next_;
    if (next_ != nullptr) next_->link_ = link_;
  }
  refuse_unwanted(socket_);
}

bool has_pending_receive(const SocketRef& socket) {
  Stripe& stripe = stripe_of(socket);
  std::lock_guard lock(stripe.mutex);
  for (const PendingReceive* each = stripe.first; each != nullptr; each = each->next_)
    if (each->socket_.fd() == socket.fd()) return true;
  return false;
}

void refuse_unwanted(SocketRef& socket) {
  const uint32_t flags = socket->flags();
  constexpr uint32_t kLooked = kDatagram | kConnected | kReceiveShut | kFailed;
  if ((flags & kLooked) != (kConnected | kReceiveShut) || socket.closing()) return;
  if (sys::readable_bytes(socket.fd()) <= 0 || has_pending_receive(socket)) return;
  // From now on sends say so, and what they have left behind is dropped when it is next tried.
  socket->fail(Error::conn_aborted);
  sys::dissolve(socket.fd());
}

}  // namespace inlet::provider
