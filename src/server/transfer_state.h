// What is known of the whole streams that are moved over one socket: which directions are taken, and how far the last one is.
//
// Owner    The stream, from the first transfer on.
// Thread   Any.
#pragma once

#include <cstdint>
#include <mutex>

#include "base/error.h"
#include "cswsock10.h"

namespace inlet::server {

class TransferState {
 public:
  enum class Direction : uint8_t { read, write };

  // Takes a direction. size is 0 when it is not known.
  // Returns  false when another transfer has it.
  bool begin(Direction direction, uint64_t size);
  void set_copied(uint64_t copied);
  void end(Direction direction, Error error);

  // From now on the transfers that run are to end.
  // Returns  whether there are any.
  bool cancel();
  // Whether a transfer of this thread is to end.
  bool is_canceled(uint32_t thread) const;

  INETSTREAMINFO info() const;

 private:
  mutable std::mutex mutex_;  // guards what follows; a leaf
  struct Running {
    bool taken = false;
    bool canceled = false;
    uint32_t thread = 0;
  };
  Running running_of_[2];  // by direction
  bool running_ = false;   // the one that info tells of
  Direction direction_ = Direction::read;
  Error error_ = Error::none;
  uint32_t thread_ = 0;
  uint64_t size_ = 0;
  uint64_t copied_ = 0;
  int64_t begun_ms_ = -1;  // -1: there was none
  int64_t ended_ms_ = 0;
};

}  // namespace inlet::server
