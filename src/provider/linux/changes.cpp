#include "provider/linux/changes.h"

#include <winsock2.h>

#include <algorithm>
#include <mutex>
#include <new>
#include <vector>

#include "provider/linux/events.h"
#include "provider/linux/extension.h"
#include "provider/linux/reactor.h"
#include "provider/linux/sys_changes.h"
#include "provider/linux/wait.h"

namespace inlet::provider {
namespace {

struct Waiting {
  Handle socket;
  int event;
};

struct Changes {
  std::mutex mutex;  // guards everything here
  std::vector<Waiting> waiting;
  size_t prune_at = 64;
};

// Never destroyed: the reactor may run while the process exits.
Changes& changes() {
  static Changes* instance = new Changes;
  return *instance;
}

// Sockets that were closed meanwhile are forgotten when the list has doubled.
void prune_locked(Changes& all) {
  if (all.waiting.size() < all.prune_at) return;
  std::erase_if(all.waiting, [](const Waiting& one) { return !SocketRef(one.socket); });
  all.prune_at = std::max<size_t>(64, all.waiting.size() * 2);
}

void expect(SocketRef& socket, int event) {
  Changes& all = changes();
  std::lock_guard lock(all.mutex);
  prune_locked(all);
  auto same = [&, handle = socket.handle()](const Waiting& one) { return one.socket == handle && one.event == event; };
  if (std::ranges::none_of(all.waiting, same)) all.waiting.push_back({socket.handle(), event});
}

bool is_expected(const SocketRef& socket, int event) {
  Changes& all = changes();
  std::lock_guard lock(all.mutex);
  return std::ranges::any_of(all.waiting, [&, handle = socket.handle()](const Waiting& one) {
    return one.socket == handle && one.event == event;
  });
}

std::vector<Waiting> take_waiting(int events) {
  Changes& all = changes();
  std::lock_guard lock(all.mutex);
  auto first = std::ranges::partition(all.waiting, [&](const Waiting& one) { return (one.event & events) == 0; });
  std::vector<Waiting> taken(first.begin(), first.end());
  all.waiting.erase(first.begin(), first.end());
  return taken;
}

}  // namespace

Result<void> await_change(SocketRef& socket, int event) {
  Extension* parts = socket.make_extension();
  if (parts == nullptr || make_part(parts->selection) == nullptr) return Error::no_buffers;
  if (auto watched = reactor_watch_changes(); !watched) return watched;
  try {
    expect(socket, event);
  } catch (const std::bad_alloc&) {
    return Error::no_buffers;
  }
  if (socket->has(kNonblocking)) return Error::would_block;
  auto came = [&] { return !is_expected(socket, event); };
  while (!came())
    if (auto ready = wait_ready(socket, 0, 0, came); !ready) return ready;
  return {};
}

// Without memory the sockets stay in the list, and are told about the next change.
void changes_ready(int fd) {
  const unsigned changed = sys::read_changes(fd);
  const int events = ((changed & sys::kAddressesChanged) != 0 ? FD_ADDRESS_LIST_CHANGE : 0) |
                     ((changed & sys::kRoutesChanged) != 0 ? FD_ROUTING_INTERFACE_CHANGE : 0);
  try {
    for (const Waiting& one : take_waiting(events)) {
      SocketRef socket = SocketRef::open(one.socket);
      if (!socket) continue;
      selection_changed(socket, one.event);
      wake_sleepers(socket);
    }
  } catch (const std::bad_alloc&) {
  }
}

}  // namespace inlet::provider
