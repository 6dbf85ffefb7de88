// One thread of the close race, and what it found.
#ifndef INLET_STRESS_RACE_WORKER_H
#define INLET_STRESS_RACE_WORKER_H

#include <winsock2.h>

#include <array>
#include <cstdint>
#include <deque>
#include <random>

#include "race_slot.h"

namespace inlet::stress {

// What an operation of the provider must never do.
enum class Wrong : uint8_t {
  byte,      // a receive brought a byte of another connection
  accepted,  // an accept brought a connection of another listener
  quiet,     // a socket to which nobody sends was readable
  answered,  // a closed socket answered something else than WSAENOTSOCK
  refused,   // an open socket answered WSAENOTSOCK
  failed,    // a close, or the making of a socket, failed
};
constexpr size_t kWrongs = 6;
const char* text_of(Wrong wrong);

struct Findings {
  std::array<uint64_t, kWrongs> wrong{};
  std::array<uint64_t, 3> by_age{};  // operations, by what the socket was before them
  uint64_t operations = 0;
  uint64_t sent_bytes = 0;
  uint64_t received_bytes = 0;
  uint64_t accepted = 0;
  uint64_t selects = 0;
  uint64_t replaced = 0;
  uint64_t misused = 0;
};

// Owner    The thread that calls run.
class RaceWorker {
 public:
  // With misuse, some operations are made as if the provider did not look at the generation of a handle: on the socket that has
  // the descriptor now.
  RaceWorker(Slots& slots, uint64_t seed, bool misuse);
  ~RaceWorker();
  RaceWorker(const RaceWorker&) = delete;
  RaceWorker& operator=(const RaceWorker&) = delete;

  // Opens a slot that nobody uses yet.
  void open(Slot& slot);
  void close(Slot& slot);
  void run(uint64_t operations);
  const Findings& findings() const { return findings_; }

 private:
  struct View {
    const Slot& slot;
    Snapshot snapshot;  // a copy: the same slot may be looked at again in one operation
    Age before;
    SOCKET s;
  };

  uint32_t random(uint32_t below) { return static_cast<uint32_t>(generator_() % below); }
  View view(SlotKind kind);
  SOCKET misused(SOCKET s, Age age);
  void count(Wrong wrong) { ++findings_.wrong[static_cast<size_t>(wrong)]; }
  void judge(const View& view, bool not_socket);

  void operate();
  void send_some();
  void receive_some();
  void accept_one();
  void select_some();
  void knock();
  void replace();

  SOCKET make_socket(int type);
  SOCKET through_duplicate(SOCKET s);
  bool make_pair(std::array<SOCKET, 2>& ends);
  SOCKET make_listener(uint32_t* port);
  void close_socket(SOCKET s);
  void open_claimed(Slot& slot);

  Slots& slots_;
  const bool misuse_;
  std::mt19937_64 generator_;
  std::array<Snapshot, kPairs + kListeners + kQuiet> snapshots_;
  SOCKET pair_listener_ = INVALID_SOCKET;  // of this thread alone: makes pairs
  sockaddr_in pair_address_{};
  std::deque<SOCKET> knockers_;
  Findings findings_;
};

}  // namespace inlet::stress

#endif
