// Sockets that threads share while they are closed and opened anew all the time.
#ifndef INLET_STRESS_RACE_SLOT_H
#define INLET_STRESS_RACE_SLOT_H

#include <winsock2.h>

#include <array>
#include <atomic>
#include <cstdint>

namespace inlet::stress {

enum class SlotKind : uint8_t {
  pair,      // both ends of a connection
  listener,  // in sockets[0]
  quiet,     // a datagram socket in sockets[0] to which nobody sends
};

// What a thread knows of a slot; it may be old.
struct Snapshot {
  uint32_t version = 0;  // even; 0: nothing was ever there
  std::array<SOCKET, 2> sockets{INVALID_SOCKET, INVALID_SOCKET};
  uint32_t identity = 0;  // of a pair: the value of every byte that is ever sent on it; of a listener: its port
};

// How a snapshot relates to the slot: what an operation with its sockets may answer.
enum class Age : uint8_t {
  current,  // nobody has begun to close them
  racing,   // they are being closed, or may be
  closed,   // the close has returned: every operation has to answer WSAENOTSOCK
};

// The version is odd while the sockets are replaced: they are closed after it became odd, and the next ones stand before it
// becomes even again.
//
// Owner    Whoever has claimed it may replace the sockets; everybody may look.
class Slot {
 public:
  void set_kind(SlotKind kind, uint32_t number) {
    kind_ = kind;
    number_ = number;
  }
  SlotKind kind() const { return kind_; }

  // Takes a look, unless the sockets are just being replaced: then the snapshot stays what it was.
  void look(Snapshot& snapshot) const {
    Snapshot fresh;
    fresh.version = version_.load();
    for (size_t i = 0; i < 2; ++i) fresh.sockets[i] = sockets_[i].load();
    fresh.identity = identity_.load();
    if (fresh.version % 2 == 0 && version_.load() == fresh.version) snapshot = fresh;
  }

  Age age_of(const Snapshot& snapshot) const {
    const uint32_t now = version_.load();
    if (now == snapshot.version) return Age::current;
    return now == snapshot.version + 1 ? Age::racing : Age::closed;
  }

  bool claim() { return !claimed_.exchange(true); }
  void release() { claimed_.store(false); }

  // For who has claimed it. The sockets that begin_replace answers are to be closed before end_replace.
  std::array<SOCKET, 2> begin_replace() {
    version_.fetch_add(1);
    return {sockets_[0].load(), sockets_[1].load()};
  }
  void end_replace(const std::array<SOCKET, 2>& sockets, uint32_t identity) {
    for (size_t i = 0; i < 2; ++i) sockets_[i].store(sockets[i]);
    identity_.store(identity);
    version_.fetch_add(1);
  }

  // A byte that no other slot uses, and this one not again before it was opened ten times.
  uint32_t next_byte() const { return 1 + number_ * kBytesOfSlot + version_.load() / 2 % kBytesOfSlot; }
  static constexpr uint32_t kBytesOfSlot = 10;

 private:
  SlotKind kind_ = SlotKind::pair;
  uint32_t number_ = 0;
  std::atomic<bool> claimed_{false};
  std::atomic<uint32_t> version_{0};
  std::array<std::atomic<SOCKET>, 2> sockets_{INVALID_SOCKET, INVALID_SOCKET};
  std::atomic<uint32_t> identity_{0};
};

constexpr size_t kPairs = 24;
constexpr size_t kListeners = 6;
constexpr size_t kQuiet = 6;
static_assert(kPairs * Slot::kBytesOfSlot < 255, "each pair has bytes of its own");

struct Slots {
  Slots() {
    uint32_t number = 0;
    for (Slot& slot : all) {
      slot.set_kind(number < kPairs                ? SlotKind::pair
                    : number < kPairs + kListeners ? SlotKind::listener
                                                   : SlotKind::quiet,
                    number);
      ++number;
    }
  }
  std::array<Slot, kPairs + kListeners + kQuiet> all;

  // The last shared socket at each descriptor number, for the self-test.
  static constexpr size_t kNumbers = 4096;
  std::array<std::atomic<SOCKET>, kNumbers> latest{};
  void note(SOCKET s) {
    if (s != INVALID_SOCKET) latest[static_cast<uint32_t>(s) % kNumbers].store(s);
  }
  SOCKET latest_at(SOCKET s) const { return latest[static_cast<uint32_t>(s) % kNumbers].load(); }
};

}  // namespace inlet::stress

#endif
