#include "tls/wire.h"

#include <algorithm>
#include <cstring>

namespace inlet::tls {

const BIO_METHOD* Wire::method() {
  static BIO_METHOD* const made = [] {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "inlet session");
    if (method == nullptr) return method;
    BIO_meth_set_read_ex(method, on_read);
    BIO_meth_set_write_ex(method, on_write);
    BIO_meth_set_ctrl(method, on_control);
    return method;
  }();
  return made;
}

BIO* Wire::make_bio() {
  BIO* bio = method() != nullptr ? BIO_new(method()) : nullptr;
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  return bio;
}

bool Wire::offer(std::span<const std::byte> bytes) {
  if (!keep()) return false;
  offered_ = bytes;
  return true;
}

bool Wire::keep() {
  if (offered_.empty()) return true;
  if (unread() > kTlsUnreadMax || !kept_.append(offered_)) return false;
  offered_ = {};
  return true;
}

size_t Wire::move_front(std::span<std::byte> into) {
  const bool from_kept = !kept_.empty();
  const std::span<const std::byte> source = from_kept ? kept_.front() : offered_;
  const size_t part = std::min(into.size(), source.size());
  if (part == 0) return 0;
  std::memcpy(into.data(), source.data(), part);
  if (from_kept)
    kept_.drop(part);
  else
    offered_ = offered_.subspan(part);
  return part;
}

size_t Wire::look(std::span<std::byte> into) const {
  const size_t from_kept = kept_.empty() ? 0 : kept_.copy(into);
  const size_t part = std::min(into.size() - from_kept, offered_.size());
  if (part != 0) std::memcpy(into.data() + from_kept, offered_.data(), part);
  return from_kept + part;
}

std::span<const std::byte> Wire::view(size_t count, std::span<std::byte> room) const {
  const std::span<const std::byte> front = kept_.empty() ? offered_ : kept_.front();
  if (front.size() >= count) return front.first(count);
  look(room.first(count));
  return room.first(count);
}

void Wire::drop_unread(size_t count) {
  const size_t from_kept = std::min(count, kept_.size());
  if (from_kept != 0) kept_.drop(from_kept);
  offered_ = offered_.subspan(count - from_kept);
}

size_t Wire::take_unread(std::span<std::byte> into) {
  size_t total = 0;
  while (total < into.size()) {
    const size_t part = move_front(into.subspan(total));
    if (part == 0) break;
    total += part;
  }
  return total;
}

size_t Wire::read(std::span<std::byte> into) {
  if (allowed_ < into.size()) into = into.first(allowed_);
  const size_t got = take_unread(into);
  if (allowed_ != UINT64_MAX) allowed_ -= got;
  return got;
}

int Wire::on_read(BIO* bio, char* into, size_t size, size_t* got) {
  Wire& wire = *static_cast<Wire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (wire.exhausted()) wire.cut();
  *got = wire.is_cut() ? 0 : wire.read({reinterpret_cast<std::byte*>(into), size});
  if (*got != 0) return 1;
  if (!wire.is_cut() && !wire.ended_) BIO_set_retry_read(bio);
  return 0;
}

int Wire::on_write(BIO* bio, const char* from, size_t size, size_t* taken) {
  Wire& wire = *static_cast<Wire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  *taken = 0;
  if (wire.is_cut()) return 0;
  if (wire.output_.size() >= wire.output_max_) {
    BIO_set_retry_write(bio);
    return 0;
  }
  if (!wire.output_.append({reinterpret_cast<const std::byte*>(from), size})) {
    wire.out_of_memory_ = true;
    return 0;
  }
  *taken = size;
  return 1;
}

long Wire::on_control(BIO* bio, int command, long, void*) {
  const Wire& wire = *static_cast<const Wire*>(BIO_get_data(bio));
  switch (command) {
    case BIO_CTRL_FLUSH: return 1;
    case BIO_CTRL_EOF: return wire.ended_ && wire.unread() == 0;
    case BIO_CTRL_PENDING: return static_cast<long>(wire.unread());
    case BIO_CTRL_WPENDING: return static_cast<long>(wire.output_.size());
    default: return 0;
  }
}

}  // namespace inlet::tls
