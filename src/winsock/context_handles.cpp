#include "winsock/context_handles.h"

#include <mutex>
#include <new>
#include <vector>

namespace inlet::winsock {
namespace {

struct Place {
  std::atomic<uint32_t> word{0};
  std::atomic<DWORD_PTR> context{0};
  std::atomic<ProcTable> table{nullptr};
};

constexpr uint32_t kOpen = 1;
constexpr uint32_t kGenerationMax = 0x7fffffff;
constexpr int kChunkBits = 10;
constexpr uint32_t kChunkPlaces = 1u << kChunkBits;
constexpr uint32_t kChunks = 1u << 14;

// Never destroyed: other threads may still call while the process ends.
struct Handles {
  std::array<std::atomic<Place*>, kChunks> chunks{};
  std::mutex mutex;
  std::vector<uint32_t> free;  // GUARDED_BY(mutex)
  uint32_t used = 0;           // GUARDED_BY(mutex): places 0 to used - 1 have been handed out
};

Handles& handles() {
  static Handles* instance = new Handles;
  return *instance;
}

Place* find_place(uint32_t index) {
  const uint32_t chunk = index >> kChunkBits;
  if (chunk >= kChunks) return nullptr;
  Place* places = handles().chunks[chunk].load(std::memory_order_acquire);
  return places == nullptr ? nullptr : places + (index & (kChunkPlaces - 1));
}

Place* find_place(SOCKET s) {
  return is_context_handle(s) ? find_place(static_cast<uint32_t>(s)) : nullptr;
}

uint32_t word_of(SOCKET s) {
  return static_cast<uint32_t>(static_cast<uint64_t>(s) >> 32) << 1 | kOpen;
}

// Runs read between two looks at the word; nothing when the handle is not open during both.
template <class Value>
bool read_open(SOCKET s, std::atomic<Value> Place::*member, Value* value) {
  const Place* place = find_place(s);
  if (place == nullptr || place->word.load(std::memory_order_acquire) != word_of(s)) return false;
  *value = (place->*member).load(std::memory_order_acquire);
  return place->word.load(std::memory_order_relaxed) == word_of(s);
}

// A place that nobody uses; its chunk is there. kChunks * kChunkPlaces when there is none.
uint32_t take_place_locked(Handles& self) {
  constexpr uint32_t kNone = kChunks * kChunkPlaces;
  if (!self.free.empty()) {
    const uint32_t index = self.free.back();
    self.free.pop_back();
    return index;
  }
  if (self.used == kNone) return kNone;
  if (self.used % kChunkPlaces == 0) {
    // Room to give every place back: closing must not fail.
    self.free.reserve(self.used + kChunkPlaces);
    Place* places = new (std::nothrow) Place[kChunkPlaces];
    if (places == nullptr) return kNone;
    self.chunks[self.used >> kChunkBits].store(places, std::memory_order_release);
  }
  return self.used++;
}

uint32_t next_word(uint32_t word) {
  const uint32_t generation = word >> 1;
  return (generation >= kGenerationMax ? 1 : generation + 1) << 1 | kOpen;
}

}  // namespace

Result<SOCKET> make_context_handle(ProcTable table, DWORD_PTR context) {
  Handles& self = handles();
  try {
    std::lock_guard lock(self.mutex);
    const uint32_t index = take_place_locked(self);
    Place* place = find_place(index);
    if (place == nullptr) return Error::no_buffers;
    place->context.store(context, std::memory_order_release);
    place->table.store(table, std::memory_order_release);
    const uint32_t word = next_word(place->word.load(std::memory_order_relaxed));
    place->word.store(word, std::memory_order_release);
    return static_cast<SOCKET>(uint64_t{1} << 63 | uint64_t{word >> 1} << 32 | index);
  } catch (const std::bad_alloc&) {
    return Error::no_buffers;
  }
}

Result<DWORD_PTR> context_of(SOCKET s) {
  DWORD_PTR context = 0;
  if (!read_open(s, &Place::context, &context)) return Error::not_socket;
  return context;
}

bool close_context_handle(SOCKET s) {
  Place* place = find_place(s);
  if (place == nullptr) return false;
  Handles& self = handles();
  std::lock_guard lock(self.mutex);
  uint32_t word = word_of(s);
  if (!place->word.compare_exchange_strong(word, word & ~kOpen, std::memory_order_acq_rel)) return false;
  self.free.push_back(static_cast<uint32_t>(s));
  return true;
}

bool set_context_table(SOCKET s, ProcTable table) {
  Place* place = find_place(s);
  if (place == nullptr) return false;
  // Under the lock, so that the handle is not closed and its place given away between the look and the store.
  std::lock_guard lock(handles().mutex);
  if (place->word.load(std::memory_order_relaxed) != word_of(s)) return false;
  place->table.store(table, std::memory_order_release);
  return true;
}

ProcTable find_context_table(SOCKET s) {
  ProcTable table = nullptr;
  return read_open(s, &Place::table, &table) ? table : nullptr;
}

}  // namespace inlet::winsock
