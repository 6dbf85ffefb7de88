// What of a server's broadcasts a client's socket had no room for.
//
// A message is copied once, when the first client has no room for it, and all clients refer to that copy. What waits for one client
// is bounded by kBroadcastWaitingMax. While something waits, the outbox holds the stream's sending direction, as a writer in the
// middle of a call would: so what the program writes next comes behind it, and pays nothing for that while nothing waits.
//
// Owner    The stream.
// Thread   Any, but next and sent are the driver's of the session's shard. No lock is held while something is sent.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace inlet::server {

// One message of a broadcast.
//
// Thread   The one that broadcasts; copies of what shared returns: any.
class Broadcast {
 public:
  Broadcast(const char* data, size_t size) : data_(data), size_(size) {}
  const char* data() const { return data_; }
  size_t size() const { return size_; }
  // The copy that outlives the call. May throw bad_alloc.
  const std::shared_ptr<const std::string>& shared() {
    if (!shared_) shared_ = std::make_shared<const std::string>(data_, size_);
    return shared_;
  }

 private:
  const char* const data_;
  const size_t size_;
  std::shared_ptr<const std::string> shared_;
};

// How far one stream is with a message that cannot be left to its outbox.
struct Telling {
  size_t from = 0;     // what has been sent
  bool holds = false;  // the sending direction, so that nothing comes between two parts
};

class Outbox {
 public:
  struct Part {
    std::shared_ptr<const std::string> message;
    size_t from = 0;
    size_t left() const { return message->size() - from; }
  };

  // Keeps the rest of a message, for a caller that holds the sending direction and leaves it to the outbox if that succeeds.
  // Returns  false when it is too much, or there is no memory.
  bool begin(Broadcast& message, size_t from);
  // Keeps a message behind those that wait.
  // Returns  false when none waits, or when it would be too much.
  bool append(Broadcast& message);

  // Whether anything waits.
  bool holds() const {
    std::lock_guard lock(mutex_);
    return holds_;
  }
  // The first part that waits, if any. It has to be told by sent.
  std::optional<Part> next();
  // So much of it is with the system; whether to go on at all. Returns whether the sending direction is to be given back.
  [[nodiscard]] bool sent(size_t bytes, bool failed);
  // The stream is being closed: nothing waits any more. Returns whether the sending direction is to be given back.
  [[nodiscard]] bool close();

 private:
  bool keep_locked(Broadcast& message, size_t from);
  bool give_back_locked();

  mutable std::mutex mutex_;  // a leaf; guards what follows
  std::deque<Part> parts_;
  size_t waiting_ = 0;    // bytes, each part counting kBroadcastPartMin at least
  bool holds_ = false;    // the sending direction
  bool sending_ = false;  // the driver has a part in hand
  bool closed_ = false;
};

}  // namespace inlet::server
