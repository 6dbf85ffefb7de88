// Which provider a socket belongs to: handle -> table of entries, found without a lock and without allocation.
//
// Handles of two kinds live here. Those of IFS providers are the providers' own; the low 32 bits choose the place, and a
// stale handle is for the provider to recognise. Those made for non-IFS providers have the top bit set and are
// context_handles' business.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include <ws2spi.h>

namespace inlet::winsock {

using ProcTable = const WSPPROC_TABLE*;

// A copy of the table that lives as long as the process: a call may run into the provider while the last WSACleanup ends
// it. Equal tables get the same copy, so starting and ending again and again costs nothing.
//
// Returns  nullptr when there is no memory.
ProcTable keep_table(const WSPPROC_TABLE& table);

// Names the table for an entry of the catalog, which providers name themselves by when they publish a handle.
void set_entry_table(DWORD catalog_entry_id, ProcTable table);
// nullptr when the entry has none.
ProcTable find_entry_table(DWORD catalog_entry_id);

// Notes whose socket s is, from now on. False when there is no place or no memory.
bool map_socket(SOCKET s, ProcTable table);

inline constexpr int kMapChunkBits = 10;
inline constexpr uint32_t kMapChunkSlots = 1u << kMapChunkBits;
inline constexpr uint32_t kMapChunks = 1u << 14;  // 16 million sockets

using MapSlot = std::atomic<ProcTable>;
// Chunks are made when they are needed first and never freed, so a look into one needs no lock.
extern std::array<std::atomic<MapSlot*>, kMapChunks> socket_map_chunks;

// The same for a handle made by WPUCreateSocketHandle; see context_handles.h.
ProcTable find_context_table(SOCKET s);
bool set_context_table(SOCKET s, ProcTable table);

inline bool is_context_handle(SOCKET s) {
  return (static_cast<uint64_t>(s) >> 63) != 0;
}

// nullptr for what was never a socket. A closed one may still be found: its provider will refuse it.
inline ProcTable find_table(SOCKET s) {
  if (is_context_handle(s)) return find_context_table(s);
  const uint32_t place = static_cast<uint32_t>(s);
  const uint32_t chunk = place >> kMapChunkBits;
  if (chunk >= kMapChunks) return nullptr;
  const MapSlot* slots = socket_map_chunks[chunk].load(std::memory_order_acquire);
  return slots == nullptr ? nullptr : slots[place & (kMapChunkSlots - 1)].load(std::memory_order_acquire);
}

}  // namespace inlet::winsock
