#include "base/global_memory.h"

#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <unordered_map>

namespace inlet::global_memory {
namespace {

constexpr size_t kTerminator = 2;

struct Block {
  size_t size = 0;
  unsigned locks = 0;
};

struct Table {
  std::mutex mutex;
  std::unordered_map<const void*, Block> blocks;
};

Table& table() {
  static Table* table = new Table;  // never destroyed: a program may free its blocks while it exits
  return *table;
}

bool remember(void* memory, size_t size) {
  try {
    std::lock_guard lock(table().mutex);
    table().blocks[memory] = {size, 0};
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

}  // namespace

void* allocate(size_t size, bool zeroed) {
  if (size > SIZE_MAX - kTerminator) return nullptr;
  void* memory = zeroed ? std::calloc(1, size + kTerminator) : std::malloc(size + kTerminator);
  if (!memory) return nullptr;
  std::memset(static_cast<char*>(memory) + size, 0, kTerminator);
  if (remember(memory, size)) return memory;
  std::free(memory);
  return nullptr;
}

// The table stays locked meanwhile: the old address may become another thread's block, which can enter only afterwards.
void* resize(void* block, size_t size, bool zeroed) {
  std::lock_guard lock(table().mutex);
  const auto found = table().blocks.find(block);
  if (found == table().blocks.end() || size > SIZE_MAX - kTerminator) return nullptr;
  const Block old = found->second;
  if (old.locks != 0 && size > old.size) return nullptr;
  if (old.locks != 0) {
    found->second.size = size;
    return block;
  }
  auto node = table().blocks.extract(found);
  void* memory = std::realloc(block, size + kTerminator);
  if (memory) {
    if (zeroed && size > old.size) std::memset(static_cast<char*>(memory) + old.size, 0, size - old.size);
    std::memset(static_cast<char*>(memory) + size, 0, kTerminator);
    node.key() = memory;
    node.mapped().size = size;
  }
  table().blocks.insert(std::move(node));
  return memory;
}

bool release(void* block) {
  {
    std::lock_guard lock(table().mutex);
    if (table().blocks.erase(block) == 0) return false;
  }
  std::free(block);
  return true;
}

std::optional<size_t> size_of(const void* block) {
  std::lock_guard lock(table().mutex);
  const auto found = table().blocks.find(block);
  if (found == table().blocks.end()) return std::nullopt;
  return found->second.size;
}

bool lock(void* block) {
  std::lock_guard lock(table().mutex);
  const auto found = table().blocks.find(block);
  if (found == table().blocks.end()) return false;
  ++found->second.locks;
  return true;
}

std::optional<unsigned> unlock(void* block) {
  std::lock_guard lock(table().mutex);
  const auto found = table().blocks.find(block);
  if (found == table().blocks.end() || found->second.locks == 0) return std::nullopt;
  return --found->second.locks;
}

}  // namespace inlet::global_memory
