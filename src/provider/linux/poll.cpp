// WSPPoll: Winsock's WSAPoll, which has no entry in the table and is reached as an extension function.
#include <array>

#include "provider/linux/calls.h"
#include "provider/linux/lookout.h"

namespace inlet::provider {
namespace {

constexpr size_t kArenaBytes = 8 * 1024;  // 64 sockets
constexpr SHORT kMayBeAskedFor = POLLRDNORM | POLLRDBAND | POLLWRNORM;

unsigned wanted_by(SHORT events) {
  unsigned wanted = kPeerFinished | kBroken | kFailedToConnect;
  if (events & POLLRDNORM) wanted |= kHasData | kHasConnection;
  if (events & POLLRDBAND) wanted |= kHasUrgent;
  if (events & POLLWRNORM) wanted |= kCanSend;
  return wanted;
}

SHORT revents_of(unsigned found, SHORT events) {
  if ((found & kGone) != 0) return POLLNVAL;
  const bool dead = (found & (kBroken | kFailedToConnect)) != 0;
  int revents = 0;
  if (found & (kHasData | kHasConnection)) revents |= POLLRDNORM;
  if (found & kHasUrgent) revents |= POLLRDBAND;
  if (dead || (found & kPeerFinished) != 0) revents |= POLLHUP;
  if (dead) revents |= POLLERR | (events & POLLWRNORM);
  if (found & kCanSend) revents |= POLLWRNORM;
  return static_cast<SHORT>(revents);
}

// Watches the entries that are sockets and marks the others; false when there is none of the first kind.
bool gather(std::span<WSAPOLLFD> entries, Lookout& lookout) {
  bool any = false;
  for (WSAPOLLFD& entry : entries) {
    SocketRef socket(entry.fd);
    entry.revents = socket ? SHORT{0} : SHORT{POLLNVAL};
    if (!socket) continue;
    any = true;
    lookout.add(std::move(socket), wanted_by(entry.events));
  }
  return any;
}

void write_results(std::span<WSAPOLLFD> entries, std::span<const Lookout::Item> items) {
  size_t next = 0;
  for (WSAPOLLFD& entry : entries)
    if (entry.revents == 0) entry.revents = revents_of(items[next++].found, entry.events);
}

Result<int> poll_entries(std::span<WSAPOLLFD> entries, INT timeout_ms) {
  for (const WSAPOLLFD& entry : entries)
    if ((entry.events & ~kMayBeAskedFor) != 0) return Error::invalid;
  std::array<std::byte, kArenaBytes> room;
  std::pmr::monotonic_buffer_resource arena(room.data(), room.size());
  Lookout lookout(entries.size(), &arena);
  if (!gather(entries, lookout)) return Error::not_socket;
  Lookout::Timeout timeout;
  if (timeout_ms >= 0) timeout = std::chrono::milliseconds(timeout_ms);
  auto found = lookout.wait(timeout);
  if (!found) return found.error();
  write_results(entries, lookout.items());
  return static_cast<int>(*found);
}

}  // namespace

int WSPAPI WSPPoll(LPWSAPOLLFD fds, ULONG count, INT timeout_ms, LPINT lpErrno) {
  if (count == 0) return failed(lpErrno, Error::invalid);
  if (fds == nullptr) return failed(lpErrno, Error::fault);
  try {
    auto ready = poll_entries({fds, count}, timeout_ms);
    return ready ? *ready : failed(lpErrno, ready.error());
  } catch (const std::bad_alloc&) {
    return failed(lpErrno, Error::no_buffers);
  }
}

}  // namespace inlet::provider
