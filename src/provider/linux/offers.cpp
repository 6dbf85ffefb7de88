#include "provider/linux/offers.h"

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "provider/linux/extension.h"
#include "provider/linux/handle_count.h"
#include "provider/linux/passed_socket.h"
#include "provider/linux/reactor.h"

namespace inlet::provider {
namespace {

// Owner    The table, or the thread that has taken it out.
struct Offer {
  sys::PassName name{};
  Handle socket = 0;
  uint32_t process = 0;
  // Of an offer to another process, else -1: where it calls, its end, and the call that waits for an answer.
  int listener_fd = -1;
  int process_fd = -1;
  int call_fd = -1;
};

struct Offers {
  std::mutex mutex;
  std::vector<Offer> all;
};

// Never destroyed: the reactor may run while the process exits.
Offers& offers() {
  static Offers* instance = new Offers;
  return *instance;
}

void close_watched(int fd) {
  if (fd < 0) return;
  reactor_forget(fd);
  sys::close(fd);
}

void close_descriptors(const Offer& offer) {
  close_watched(offer.listener_fd);
  close_watched(offer.process_fd);
  if (offer.call_fd >= 0) sys::close(offer.call_fd);
}

// Nobody will open it.
void withdraw(const Offer& offer) {
  close_descriptors(offer);
  SocketRef socket = SocketRef::open(offer.socket);
  if (socket) close_counted(socket);
}

template <class Condition>
std::optional<Offer> take_if(Condition condition) {
  Offers& self = offers();
  std::lock_guard lock(self.mutex);
  const auto found = std::ranges::find_if(self.all, condition);
  if (found == self.all.end()) return std::nullopt;
  Offer offer = *found;
  self.all.erase(found);
  return offer;
}

// There is always room for it, see list.
void put_back(const Offer& offer) {
  Offers& self = offers();
  std::lock_guard lock(self.mutex);
  self.all.push_back(offer);
}

// Makes the descriptors of an offer to another process.
Result<void> open_to(Offer& offer) {
  offer.process_fd = sys::open_process(offer.process);
  if (offer.process_fd == -ESRCH) return Error::invalid;
  if (offer.process_fd < 0 && offer.process_fd != -ENOSYS) return error_of_errno(-offer.process_fd);
  if (offer.process_fd < 0) offer.process_fd = -1;
  offer.listener_fd = sys::listen_for_calls(offer.name);
  return offer.listener_fd < 0 ? error_of_errno(-offer.listener_fd) : Result<void>();
}

Result<void> watch(const Offer& offer) {
  if (offer.listener_fd < 0) return {};
  if (auto watched = reactor_watch_offer(offer.listener_fd); !watched) return watched;
  return offer.process_fd < 0 ? Result<void>() : reactor_watch_offer(offer.process_fd);
}

Result<void> list(const Offer& offer) {
  Offers& self = offers();
  std::lock_guard lock(self.mutex);
  if (self.all.size() >= kOffersMax) return Error::too_many_files;
  try {
    self.all.reserve(kOffersMax + 1);  // and one that the reactor has taken out, so that it can be put back
    self.all.push_back(offer);
  } catch (const std::bad_alloc&) {
    return Error::no_buffers;
  }
  return {};
}

// Takes a call, unless another process than the right one makes it.
void take_calls(Offer& offer) {
  while (true) {
    uint32_t caller = 0;
    const int fd = sys::accept_call(offer.listener_fd, &caller);
    if (fd < 0) return;
    const int unwanted = caller == offer.process ? std::exchange(offer.call_fd, fd) : fd;
    if (unwanted >= 0) sys::close(unwanted);
  }
}

// Answers the call. False when there is nobody to answer, or not yet: bytes that this process has still to send must leave it
// before the other one sends any.
bool answer(Offer& offer) {
  if (offer.call_fd < 0) return false;
  SocketRef socket = SocketRef::open(offer.socket);
  if (socket && socket->has(kSpilling)) return false;
  if (socket && pass_socket(socket, offer.call_fd)) return true;
  sys::close(std::exchange(offer.call_fd, -1));
  return !socket;
}

void serve(Offer offer) {
  const bool over = offer.process_fd >= 0 && sys::has_ended(offer.process_fd);
  if (!over) take_calls(offer);
  if (over || answer(offer)) return withdraw(offer);
  put_back(offer);
}

}  // namespace

Result<sys::PassName> make_offer(SocketRef& socket, uint32_t process) {
  Offer offer;
  offer.socket = socket.handle();
  offer.process = process;
  if (int result = sys::make_pass_name(&offer.name); result != 0) return error_of_errno(-result);
  auto made = process == sys::own_process() ? Result<void>() : open_to(offer);
  if (made) made = count_handle(socket);
  if (!made) {
    offer.socket = 0;  // it is not counted
    withdraw(offer);
    return made.error();
  }
  made = list(offer);
  const bool listed = made.ok();
  if (made) made = watch(offer);
  if (made && !is_started()) made = Error::not_initialised;
  if (made) return offer.name;
  if (!listed || take_if([&](const Offer& one) { return one.name == offer.name; })) withdraw(offer);
  return made.error();
}

std::optional<SocketRef> take_offer(const sys::PassName& name) {
  auto offer =
      take_if([&, own = sys::own_process()](const Offer& one) { return one.name == name && one.process == own; });
  if (!offer) return std::nullopt;
  SocketRef socket = SocketRef::open(offer->socket);
  if (!socket) return std::nullopt;
  return socket;
}

// Only the reactor takes out offers to other processes, so what it has taken is missed by nobody.
void offers_ready(int fd) {
  auto offer = take_if([&](const Offer& one) { return one.listener_fd == fd || one.process_fd == fd; });
  if (offer) serve(*offer);
}

void offers_drained(SocketRef& socket) {
  if (Extension* parts = socket.extension(); parts->handle_count.load(std::memory_order_acquire) == nullptr) return;
  const Handle handle = socket.handle();
  // A send of another thread may leave bytes again at any moment; then the rest waits for the next time.
  while (!socket->has(kSpilling)) {
    auto offer = take_if([&](const Offer& one) { return one.socket == handle && one.call_fd >= 0; });
    if (!offer) return;
    serve(*offer);
  }
}

void withdraw_offers() {
  while (auto offer = take_if([](const Offer&) { return true; })) withdraw(*offer);
}

}  // namespace inlet::provider
