#include "winsock/socket_map.h"

#include <cstring>
#include <forward_list>
#include <mutex>
#include <new>

namespace inlet::winsock {

std::array<std::atomic<MapSlot*>, kMapChunks> socket_map_chunks;

namespace {

struct Entry {
  std::atomic<DWORD> id{0};  // 0: free; set last
  std::atomic<ProcTable> table{nullptr};
};

constexpr size_t kEntries = 256;  // a catalog has a handful

// Never destroyed: other threads may still call while the process ends.
struct Tables {
  std::mutex mutex;
  std::forward_list<WSPPROC_TABLE> kept;  // GUARDED_BY(mutex)
  std::array<Entry, kEntries> entries;    // written under the mutex, read without
};

Tables& tables() {
  static Tables* instance = new Tables;
  return *instance;
}

// Returns nullptr when there is no memory.
MapSlot* make_chunk(uint32_t chunk) {
  std::lock_guard lock(tables().mutex);
  MapSlot* slots = socket_map_chunks[chunk].load(std::memory_order_relaxed);
  if (slots != nullptr) return slots;
  slots = new (std::nothrow) MapSlot[kMapChunkSlots]{};
  if (slots != nullptr) socket_map_chunks[chunk].store(slots, std::memory_order_release);
  return slots;
}

}  // namespace

ProcTable keep_table(const WSPPROC_TABLE& table) {
  Tables& self = tables();
  std::lock_guard lock(self.mutex);
  for (const WSPPROC_TABLE& kept : self.kept)
    if (std::memcmp(&kept, &table, sizeof(table)) == 0) return &kept;
  try {
    return &self.kept.emplace_front(table);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void set_entry_table(DWORD catalog_entry_id, ProcTable table) {
  Tables& self = tables();
  std::lock_guard lock(self.mutex);
  for (Entry& entry : self.entries) {
    const DWORD id = entry.id.load(std::memory_order_relaxed);
    if (id != 0 && id != catalog_entry_id) continue;
    entry.table.store(table, std::memory_order_release);
    entry.id.store(catalog_entry_id, std::memory_order_release);
    return;
  }
}

ProcTable find_entry_table(DWORD catalog_entry_id) {
  if (catalog_entry_id == 0) return nullptr;
  for (const Entry& entry : tables().entries) {
    const DWORD id = entry.id.load(std::memory_order_acquire);
    if (id == catalog_entry_id) return entry.table.load(std::memory_order_acquire);
    if (id == 0) return nullptr;
  }
  return nullptr;
}

bool map_socket(SOCKET s, ProcTable table) {
  if (is_context_handle(s)) return set_context_table(s, table);
  const uint32_t place = static_cast<uint32_t>(s);
  const uint32_t chunk = place >> kMapChunkBits;
  if (chunk >= kMapChunks) return false;
  MapSlot* slots = socket_map_chunks[chunk].load(std::memory_order_acquire);
  if (slots == nullptr) slots = make_chunk(chunk);
  if (slots == nullptr) return false;
  MapSlot& slot = slots[place & (kMapChunkSlots - 1)];
  // Most often it is there already, from the last socket of this place: then no cache line changes hands.
  if (slot.load(std::memory_order_relaxed) != table) slot.store(table, std::memory_order_release);
  return true;
}

}  // namespace inlet::winsock
