// WSPSelect: three sets of sockets that become the sets of those that are ready.
#include <algorithm>
#include <array>
#include <bit>
#include <stdexcept>

#include "provider/linux/calls.h"
#include "provider/linux/lookout.h"

namespace inlet::provider {
namespace {

// Enough for 64 sockets in each of three sets, waiting included; more sockets take memory from the heap.
constexpr size_t kArenaBytes = 20 * 1024;

struct Use {
  fd_set* set;
  unsigned wanted;
};
using Uses = std::array<Use, 3>;

std::span<SOCKET> members(const Use& use) {
  // A program may have room for more than the type says.
  SOCKET* first = use.set == nullptr ? nullptr : use.set->fd_array;
  return {first, first == nullptr ? size_t{0} : use.set->fd_count};
}

size_t count_members(const Uses& uses) {
  size_t count = 0;
  for (const Use& use : uses) count += members(use).size();
  return count;
}

// Finds the item of a socket that stands in several sets, or several times in one.
class Index {
 public:
  Index(size_t count, std::pmr::memory_resource* arena)
      : slots_(std::bit_ceil(count * 2), nullptr, arena), shift_(64 - std::countr_zero(slots_.size())) {}

  // The item, or where its address belongs.
  Lookout::Item*& slot_of(SOCKET s) {
    constexpr uint64_t kSpread = 0x9e3779b97f4a7c15;
    size_t i = static_cast<size_t>(uint64_t{s} * kSpread >> shift_);
    while (slots_[i] != nullptr && slots_[i]->socket.name() != s) i = (i + 1) & (slots_.size() - 1);
    return slots_[i];
  }

 private:
  std::pmr::vector<Lookout::Item*> slots_;
  const int shift_;
};

// False when a member is not a socket.
bool gather(const Uses& uses, Lookout& lookout, Index& index) {
  for (const Use& use : uses) {
    for (SOCKET s : members(use)) {
      Lookout::Item*& item = index.slot_of(s);
      if (item != nullptr) {
        item->wanted |= use.wanted;
        continue;
      }
      SocketRef socket(s);
      if (!socket) return false;
      item = &lookout.add(std::move(socket), use.wanted);
    }
  }
  return true;
}

// A socket that is closed meanwhile is ready to be read, because a receive would not wait; for the other two sets it is no
// socket any more. False in that case.
bool settle_closed(std::span<Lookout::Item> items) {
  for (Lookout::Item& item : items) {
    if ((item.found & kGone) == 0) continue;
    if ((item.wanted & kCanReceive) == 0) return false;
    item.found = kCanReceive;
  }
  return true;
}

// Leaves in the set what was found for one of its uses, each socket once. Counts a socket for each use.
int compact(fd_set* set, unsigned uses, Index& index) {
  const std::span<SOCKET> before = members({set, uses});
  u_int kept = 0;
  int count = 0;
  for (SOCKET s : before) {
    Lookout::Item& item = *index.slot_of(s);
    const unsigned fresh = item.found & uses & ~item.taken;
    if (fresh == 0) continue;
    item.taken |= fresh;
    count +=
        ((fresh & kCanReceive) != 0) + ((fresh & kCanSend) != 0) + ((fresh & (kHasUrgent | kFailedToConnect)) != 0);
    before[kept++] = s;
  }
  set->fd_count = kept;
  return count;
}

// The same set may have been passed more than once; then it gets the union.
int write_results(const Uses& uses, Index& index) {
  int count = 0;
  for (size_t i = 0; i < uses.size(); ++i) {
    if (uses[i].set == nullptr) continue;
    unsigned wanted = 0;
    bool done = false;
    for (size_t k = 0; k < uses.size(); ++k) {
      if (uses[k].set != uses[i].set) continue;
      wanted |= uses[k].wanted;
      done |= k < i;
    }
    if (!done) count += compact(uses[i].set, wanted, index);
  }
  return count;
}

// So long that nobody sees its end, and short enough to be added to the clock.
constexpr int64_t kSeconds_max = 1'000'000'000;

Result<Lookout::Timeout> timeout_of(const timeval* timeout) {
  if (timeout == nullptr) return Lookout::Timeout();
  if (timeout->tv_sec < 0 || timeout->tv_usec < 0) return Error::invalid;
  if (timeout->tv_sec > kSeconds_max) return Lookout::Timeout();
  const int64_t microseconds = std::min<int64_t>(timeout->tv_usec, kSeconds_max * 1000);
  return Lookout::Timeout(std::chrono::seconds(timeout->tv_sec) + std::chrono::microseconds(microseconds));
}

Result<int> select_from(const Uses& uses, size_t count, Lookout::Timeout timeout) {
  std::array<std::byte, kArenaBytes> room;
  std::pmr::monotonic_buffer_resource arena(room.data(), room.size());
  Index index(count, &arena);
  Lookout lookout(count, &arena);
  if (!gather(uses, lookout, index)) return Error::not_socket;
  auto found = lookout.wait(timeout);
  if (!found) return found.error();
  if (!settle_closed(lookout.items())) return Error::not_socket;
  return write_results(uses, index);
}

Result<int> select_sets(const Uses& uses, const timeval* timeout) {
  const size_t count = count_members(uses);
  if (count == 0) return Error::invalid;
  auto wait = timeout_of(timeout);
  if (!wait) return wait.error();
  try {
    return select_from(uses, count, *wait);
  } catch (const std::bad_alloc&) {
    return Error::no_buffers;
  } catch (const std::length_error&) {  // a count that no set can have
    return Error::no_buffers;
  }
}

}  // namespace

int WSPAPI WSPSelect(int, fd_set* readfds, fd_set* writefds, fd_set* exceptfds, const timeval* timeout, LPINT lpErrno) {
  const Uses uses{{{readfds, kCanReceive}, {writefds, kCanSend}, {exceptfds, kHasUrgent | kFailedToConnect}}};
  auto ready = select_sets(uses, timeout);
  return ready ? *ready : failed(lpErrno, ready.error());
}

}  // namespace inlet::provider
