// Objects behind public handles: slots that never move, each with a generation, a reference count and the object itself.
//
// A handle is [63] 1, so that it never equals a provider's SOCKET; [62:32] generation; [31:30] kind; [29:0] slot. A dead handle
// is never found again, because the generation of its slot has moved on. Looking up takes no lock.
//
// Life of an object: insert (the owner holds one reference) - pin and unpin by anyone - retire (no new pins) - the owner's
// unpin; the last unpin destroys it, on the thread that does it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"
#include "inlet/wintypes.h"

namespace inlet::server {

enum class HandleKind : unsigned { listener = 0, server = 1, session = 2, client = 3 };

constexpr HandleKind kind_of(SOCKET handle) {
  return static_cast<HandleKind>((handle >> 30) & 3);
}

template <class T, HandleKind kKind>
class HandleTable {
  // What of a session is touched in its turn lies at the beginning, in kSlotAlign * 3 bytes (session.h): so two cache lines hold it.
  static constexpr size_t kSlotAlign = 32;
  struct alignas(kSlotAlign) Slot {
    // [62:32] generation, [31] alive, [30:0] references; of a free slot [29:0] the next free one, as first_free_ has it
    std::atomic<uint64_t> word{0};
    alignas(T) std::byte object[sizeof(T)];
    T* get() { return std::launder(reinterpret_cast<T*>(object)); }
  };
  static constexpr size_t kChunk = 256;
  struct Chunk {
    std::array<Slot, kChunk> slots;
  };
  static constexpr uint64_t kAlive = uint64_t{1} << 31;
  static constexpr uint64_t kOwned = uint64_t{1} << 30;  // the owner's reference is one of them
  static constexpr uint64_t kReferences = kOwned - 1;
  static constexpr uint64_t kGenerationMask = 0x7fffffff;
  static constexpr uint64_t kSlotMask = kReferences;
  static_assert(kSlotsMax < kSlotMask, "a free slot names the next one where a used one counts references");

 public:
  // A reference to a live object; empty when the handle is dead.
  class Pin {
   public:
    Pin() = default;
    Pin(Pin&& other) noexcept
        : table_(other.table_), slot_(std::exchange(other.slot_, nullptr)), index_(other.index_) {}
    Pin& operator=(Pin&& other) noexcept {
      INLET_ASSERT(!slot_);
      table_ = other.table_;
      slot_ = std::exchange(other.slot_, nullptr);
      index_ = other.index_;
      return *this;
    }
    ~Pin() {
      if (slot_) table_->unpin_slot(*slot_, index_);
    }
    explicit operator bool() const { return slot_ != nullptr; }
    T* get() const { return slot_ ? slot_->get() : nullptr; }
    T* operator->() const { return slot_->get(); }
    T& operator*() const { return *slot_->get(); }

   private:
    friend class HandleTable;
    Pin(HandleTable* table, Slot* slot, uint32_t index) : table_(table), slot_(slot), index_(index) {}
    HandleTable* table_ = nullptr;
    Slot* slot_ = nullptr;
    uint32_t index_ = 0;
  };

  // Constructs T(handle, arguments...). Returns INVALID_SOCKET when all slots are taken. May throw bad_alloc.
  template <class... Arguments>
  std::pair<SOCKET, T*> insert(Arguments&&... arguments) {
    uint32_t index;
    if (!take_free_slot(index)) return {INVALID_SOCKET, nullptr};
    Slot& slot = slot_at(index);
    const uint64_t generation = ((slot.word.load(std::memory_order_relaxed) >> 32) + 1) & kGenerationMask;
    const SOCKET handle = uint64_t{1} << 63 | generation << 32 | static_cast<uint64_t>(kKind) << 30 | index;
    FreeUnlessBuilt free_again{*this, slot, index};
    T* object = new (slot.object) T(handle, std::forward<Arguments>(arguments)...);
    free_again.built = true;
    slot.word.store(generation << 32 | kAlive | kOwned | 1, std::memory_order_release);
    return {handle, object};
  }

  Pin pin(SOCKET handle) {
    Slot* slot = find(handle);
    if (!slot) return {};
    uint64_t word = slot->word.load(std::memory_order_acquire);
    do {
      if (!is_live(word, handle)) return {};
    } while (!slot->word.compare_exchange_weak(word, word + 1, std::memory_order_acq_rel, std::memory_order_acquire));
    return Pin(this, slot, index_of(handle));
  }

  // For the owner, who knows that the object cannot go away meanwhile. Finds it also after retire, but no more after unpin_owner:
  // then others may hold it still, and let it go at any moment.
  T* peek(SOCKET handle) {
    Slot* slot = find(handle);
    if (!slot) return nullptr;
    const uint64_t word = slot->word.load(std::memory_order_acquire);
    const bool exists = (word >> 32) == ((handle >> 32) & kGenerationMask) && (word & kOwned) != 0;
    return exists ? slot->get() : nullptr;
  }

  // Makes the handle dead. Returns false when it was already.
  bool retire(SOCKET handle) {
    Slot* slot = find(handle);
    if (!slot) return false;
    uint64_t word = slot->word.load(std::memory_order_acquire);
    do {
      if (!is_live(word, handle)) return false;
    } while (
        !slot->word.compare_exchange_weak(word, word & ~kAlive, std::memory_order_acq_rel, std::memory_order_acquire));
    return true;
  }

  // How many references there are, the owner's among them; for the owner, after retire.
  uint64_t references(SOCKET handle) {
    return slot_at(index_of(handle)).word.load(std::memory_order_acquire) & kReferences;
  }

  // Gives the owner's reference back, after retire.
  void unpin_owner(SOCKET handle) { unpin_slot(slot_at(index_of(handle)), index_of(handle), kOwned | 1); }

  // Calls visit(handle) for each live object. A snapshot: each may die at once.
  template <class Visit>
  void for_each_handle(Visit visit) {
    const uint32_t used = used_.load(std::memory_order_acquire);
    for (uint32_t index = 0; index < used; ++index) {
      const uint64_t word = slot_at(index).word.load(std::memory_order_acquire);
      if (word & kAlive) visit(uint64_t{1} << 63 | (word >> 32) << 32 | static_cast<uint64_t>(kKind) << 30 | index);
    }
  }

 private:
  static uint32_t index_of(SOCKET handle) { return static_cast<uint32_t>(handle & 0x3fffffff); }
  static bool is_live(uint64_t word, SOCKET handle) {
    return (word & kAlive) && (word >> 32) == ((handle >> 32) & kGenerationMask);
  }

  Slot* find(SOCKET handle) {
    if (!(handle >> 63) || kind_of(handle) != kKind) return nullptr;
    const uint32_t index = index_of(handle);
    if (index >= kSlotsMax) return nullptr;
    Chunk* chunk = chunks_[index / kChunk].load(std::memory_order_acquire);
    return chunk ? &chunk->slots[index % kChunk] : nullptr;
  }
  Slot& slot_at(uint32_t index) {
    return chunks_[index / kChunk].load(std::memory_order_acquire)->slots[index % kChunk];
  }

  // For an object whose constructor throws.
  struct FreeUnlessBuilt {
    HandleTable& table;
    Slot& slot;
    uint32_t index;
    bool built = false;
    ~FreeUnlessBuilt() {
      if (!built) table.put_free_slot(slot, index);
    }
  };

  // The head counts up with every change, so that one which has gone and come back in between is not taken for the same.
  bool pop_free_slot(uint32_t& index) {
    uint64_t head = first_free_.load(std::memory_order_acquire);
    while ((head & kSlotMask) != 0) {
      index = static_cast<uint32_t>(head & kSlotMask) - 1;
      const uint64_t next =
          slot_at(index).word.load(std::memory_order_relaxed) & kReferences;  // anything, if it is taken
      const uint64_t changed = ((head >> 32) + 1) << 32 | (next & kSlotMask);
      if (first_free_.compare_exchange_weak(head, changed, std::memory_order_acquire, std::memory_order_acquire))
        return true;
    }
    return false;
  }

  void put_free_slot(Slot& slot, uint32_t index) {
    const uint64_t generation = slot.word.load(std::memory_order_relaxed) >> 32;
    uint64_t head = first_free_.load(std::memory_order_relaxed);
    do {
      slot.word.store(generation << 32 | (head & kSlotMask), std::memory_order_relaxed);
    } while (!first_free_.compare_exchange_weak(head, ((head >> 32) + 1) << 32 | (index + 1), std::memory_order_release,
                                                std::memory_order_relaxed));
  }

  bool take_free_slot(uint32_t& index) {
    if (pop_free_slot(index)) return true;
    std::lock_guard lock(mutex_);
    if (pop_free_slot(index)) return true;  // no table grows while it has room
    index = used_.load(std::memory_order_relaxed);
    if (index >= kSlotsMax) return false;
    if (index % kChunk == 0) chunks_[index / kChunk].store(new Chunk, std::memory_order_release);
    used_.store(index + 1, std::memory_order_release);
    return true;
  }

  void unpin_slot(Slot& slot, uint32_t index, uint64_t given_back = 1) {
    const uint64_t before = slot.word.fetch_sub(given_back, std::memory_order_acq_rel);
    INLET_ASSERT((before & kReferences) != 0);
    if ((before & kReferences) != 1) return;
    INLET_ASSERT(!(before & kAlive));
    slot.get()->~T();
    put_free_slot(slot, index);
  }

  std::array<std::atomic<Chunk*>, kSlotsMax / kChunk>
      chunks_{};  // chunks are never freed: a stale handle may look at any time
  std::atomic<uint32_t> used_{0};
  std::mutex mutex_;  // growing
  std::atomic<uint64_t> first_free_{
      0};  // [63:32] counts changes, [31:0] index + 1; 0: none, so that an unused table is all zero
};

}  // namespace inlet::server
