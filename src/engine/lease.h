// The right to drive a shard: exactly one exists for each shard, on one thread or waiting for one.
#pragma once

#include <cstdint>
#include <utility>

#include "base/assert.h"

namespace inlet::engine {

class Shard;

// Move-only. Whoever holds it is the shard's driver. It is given away in three ways: to Crew::offer (hand-off), into the open
// while a callback runs (Shard::open), or back at the end of the engine.
class ShardLease {
 public:
  ShardLease() = default;
  ShardLease(ShardLease&& other) noexcept : shard_(std::exchange(other.shard_, nullptr)), turn_(other.turn_) {}
  ShardLease& operator=(ShardLease&& other) noexcept {
    INLET_ASSERT(!shard_);
    shard_ = std::exchange(other.shard_, nullptr);
    turn_ = other.turn_;
    return *this;
  }
  ~ShardLease() { INLET_ASSERT(!shard_); }  // a lease that is lost is a shard that nobody ever drives again

  explicit operator bool() const { return shard_ != nullptr; }
  Shard& shard() const { return *shard_; }

 private:
  friend class Shard;
  ShardLease(Shard* shard, uint64_t turn) : shard_(shard), turn_(turn) {}
  Shard* shard_ = nullptr;
  uint64_t turn_ = 0;  // changes with every callback and every hand-off
};

}  // namespace inlet::engine
