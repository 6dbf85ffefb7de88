// Blocks of memory with a size and a count of locks, known by their address: what an HGLOBAL stands for. Layer 2 has the functions
// of Windows over them, and layer 3 hands streams out in them.
//
// Owner    Whoever holds the address; the table only remembers that the block exists, so that a stale one is found out.
// Thread   Any.
#pragma once

#include <cstddef>
#include <optional>

namespace inlet::global_memory {

// A block of so many bytes, with two zeros behind it, so that text in either form ends. nullptr without memory.
void* allocate(size_t size, bool zeroed);

// nullptr when the block is locked or unknown, or without memory; the old one is then as it was.
void* resize(void* block, size_t size, bool zeroed);

// false when there is no such block.
bool release(void* block);

std::optional<size_t> size_of(const void* block);

bool lock(void* block);
// How many locks are left. Nothing when there was none, or no such block.
std::optional<unsigned> unlock(void* block);

}  // namespace inlet::global_memory
