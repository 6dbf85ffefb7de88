#include "provider/linux/changes.h"

#include <winsock2.h>

#include <algorithm>
#include <mutex>
#include <new>
#include <vector>

#include "provider/linux/events.h"
#include "provider/linux/extension.h"
#include "provider/linux/overlapped.h"
#include "provider/linux/reactor.h"
#include "provider/linux/sys_changes.h"
#include "provider/linux/wait.h"

namespace inlet::provider {
namespace {

struct Waiting {
  Handle socket;
  int event;
  bool overlapped;

  bool operator==(const Waiting&) const = default;
};

struct Changes {
  std::mutex mutex;  // guards everything here
  std::vector<Waiting> waiting;
  size_t prune_at = 64;
  uint64_t addresses = 0;  // how many changes there have been
  uint64_t routes = 0;
};

// Never destroyed: the reactor may run while the process exits.
Changes& changes() {
  static Changes* instance = new Changes;
  return *instance;
}

// Sockets that were closed meanwhile are forgotten when the list has doubled.
void prune_locked(Changes& all) {
  if (all.waiting.size() < all.prune_at) return;
  std::erase_if(all.waiting, [](const Waiting& one) { return !SocketRef::open(one.socket); });
  all.prune_at = std::max<size_t>(64, all.waiting.size() * 2);
}

void expect(SocketRef& socket, int event, bool overlapped) {
  if (event == kBacklogChange) return;
  Changes& all = changes();
  std::lock_guard lock(all.mutex);
  prune_locked(all);
  const Waiting wanted{socket.handle(), event, overlapped};
  if (std::ranges::find(all.waiting, wanted) == all.waiting.end()) all.waiting.push_back(wanted);
}

bool is_expected(const SocketRef& socket, int event) {
  if (event == kBacklogChange) return true;
  Changes& all = changes();
  std::lock_guard lock(all.mutex);
  return std::ranges::find(all.waiting, Waiting{socket.handle(), event, false}) != all.waiting.end();
}

uint64_t count_of(int event) {
  Changes& all = changes();
  std::lock_guard lock(all.mutex);
  if (event == kBacklogChange) return 0;
  return event == FD_ADDRESS_LIST_CHANGE ? all.addresses : all.routes;
}

std::vector<Waiting> take_waiting(int events) {
  Changes& all = changes();
  std::lock_guard lock(all.mutex);
  if ((events & FD_ADDRESS_LIST_CHANGE) != 0) ++all.addresses;
  if ((events & FD_ROUTING_INTERFACE_CHANGE) != 0) ++all.routes;
  auto first = std::ranges::partition(all.waiting, [&](const Waiting& one) { return (one.event & events) == 0; });
  std::vector<Waiting> taken(first.begin(), first.end());
  all.waiting.erase(first.begin(), first.end());
  return taken;
}

// Waits beside the lane's order, because each waits for something of its own. An operation that began before the change finds
// that the count has moved on, also when it was not yet listed.
class ChangeOperation : public Operation {
 public:
  ChangeOperation(const Completion& told, int event) : Operation(told), event_(event), count_(count_of(event)) {
    acceptor = static_cast<Handle>(event);
  }
  Step attempt(SocketRef&) override { return count_of(event_) == count_ ? Step::parked : Step::done; }

 private:
  const int event_;
  const uint64_t count_;
};

void tell_change(SocketRef& socket, const Waiting& one) {
  if (!one.overlapped) {
    selection_changed(socket, one.event);
    wake_sleepers(socket);
  } else if (Overlapped* part = find_overlapped(socket)) {
    part->lanes[kChangeLane].unpark(socket, static_cast<Handle>(one.event));
  }
}

// The best amount of unsent data never changes.
Result<void> watch_for(int event) {
  return event == kBacklogChange ? Result<void>() : reactor_watch_changes();
}

}  // namespace

Result<void> await_change(SocketRef& socket, int event) {
  Extension* parts = socket.make_extension();
  if (parts == nullptr || make_part(parts->selection) == nullptr) return Error::no_buffers;
  if (auto watched = watch_for(event); !watched) return watched;
  try {
    expect(socket, event, false);
  } catch (const std::bad_alloc&) {
    return Error::no_buffers;
  }
  if (socket->has(kNonblocking)) return Error::would_block;
  auto came = [&] { return !is_expected(socket, event); };
  while (!came())
    if (auto ready = wait_ready(socket, 0, 0, came); !ready) return ready;
  return {};
}

Result<bool> submit_change(SocketRef& socket, int event, const Completion& told) {
  if (auto watched = watch_for(event); !watched) return watched.error();
  try {
    auto operation = std::make_unique<ChangeOperation>(told, event);
    expect(socket, event, true);
    Outcome outcome;
    return submit(socket, kChangeLane, std::move(operation), &outcome);
  } catch (const std::bad_alloc&) {
    return Error::no_buffers;
  }
}

// Without memory the sockets stay in the list, and are told about the next change.
void changes_ready(int fd) {
  const unsigned changed = sys::read_changes(fd);
  const int events = ((changed & sys::kAddressesChanged) != 0 ? FD_ADDRESS_LIST_CHANGE : 0) |
                     ((changed & sys::kRoutesChanged) != 0 ? FD_ROUTING_INTERFACE_CHANGE : 0);
  try {
    for (const Waiting& one : take_waiting(events)) {
      SocketRef socket = SocketRef::open(one.socket);
      if (socket) tell_change(socket, one);
    }
  } catch (const std::bad_alloc&) {
  }
}

}  // namespace inlet::provider
