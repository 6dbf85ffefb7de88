#include "provider/linux/completion_routines.h"

#include <mutex>
#include <new>
#include <unordered_map>

#include "provider/linux/issuer.h"
#include "provider/linux/upcalls.h"

namespace inlet::provider {
namespace {

struct Room {
  uint64_t issuer;
  RoutineCall call;
};

struct Rooms {
  std::mutex mutex;  // guards what follows
  std::unordered_map<uint64_t, Room> queued;
  uint64_t last = 0;
};

// Never destroyed: a process may end while routines are queued.
Rooms& rooms() {
  static Rooms* instance = new Rooms;
  return *instance;
}

// What is queued to the thread. The number is unknown when the operation's thread has ended, or after the last WSPCleanup.
void CALLBACK run_routine(DWORD_PTR number) {
  Rooms& all = rooms();
  RoutineCall call{};
  {
    std::lock_guard lock(all.mutex);
    auto room = all.queued.find(number);
    if (room == all.queued.end()) return;
    call = room->second.call;
    all.queued.erase(room);
  }
  call.routine(call.error, call.bytes, call.overlapped, call.flags);
}

}  // namespace

uint64_t reserve_routine() {
  auto issuer = Issuer::current();
  if (issuer == nullptr) return 0;
  Rooms& all = rooms();
  std::lock_guard lock(all.mutex);
  try {
    all.queued.emplace(all.last + 1, Room{issuer->number(), {}});
  } catch (const std::bad_alloc&) {
    return 0;
  }
  return ++all.last;
}

void forget_routine(uint64_t number) {
  Rooms& all = rooms();
  std::lock_guard lock(all.mutex);
  all.queued.erase(number);
}

void queue_routine(uint64_t number, WSATHREADID thread, const RoutineCall& call) {
  Rooms& all = rooms();
  {
    std::lock_guard lock(all.mutex);
    auto room = all.queued.find(number);
    if (room == all.queued.end()) return;
    room->second.call = call;
  }
  if (!queue_apc(thread, run_routine, static_cast<DWORD_PTR>(number))) forget_routine(number);
}

void drop_routines(uint64_t issuer) {
  Rooms& all = rooms();
  std::lock_guard lock(all.mutex);
  std::erase_if(all.queued, [&](const auto& entry) { return issuer == 0 || entry.second.issuer == issuer; });
}

}  // namespace inlet::provider
