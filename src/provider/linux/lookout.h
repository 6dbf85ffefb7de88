// Many sockets watched by one thread: what select and poll have in common.
#pragma once

#include <chrono>
#include <list>
#include <memory_resource>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "provider/linux/readiness.h"
#include "provider/linux/wait.h"

namespace inlet::provider {

// Holds a reference to each of its sockets, looks at all of them with one system call, and sleeps until one of them shows what
// it is watched for. Closing a socket in another thread ends the sleep.
//
// Owner    The stack of one call. Memory comes from the caller's arena.
// Thread   One.
class Lookout {
 public:
  struct Item {
    SocketRef socket;
    unsigned wanted;  // Conditions
    unsigned found = 0;
    unsigned taken = 0;  // for the caller
    uint8_t misses = 0;  // looks in a row in which the kernel showed only what nobody wants
    bool over = false;   // the kernel will never show anything else
  };
  using Timeout = std::optional<std::chrono::nanoseconds>;  // none: for ever

  // May throw bad_alloc, like add and wait.
  Lookout(size_t count_max, std::pmr::memory_resource* arena);
  Lookout(const Lookout&) = delete;
  Lookout& operator=(const Lookout&) = delete;

  // At most count_max times.
  Item& add(SocketRef socket, unsigned wanted);
  std::span<Item> items() { return items_; }

  // Looks, and waits when there is nothing to see and time left. kGone is always wanted.
  //
  // Returns  how many items have found something; 0 when the time is over.
  // Errors   canceled    the call was cancelled (WSPCancelBlockingCall, blocking hook)
  //          no_buffers  the thread cannot sleep
  Result<size_t> wait(Timeout timeout);

 private:
  bool aim();
  size_t examine();
  void count_misses();
  Result<size_t> look(int64_t timeout_ns);
  Result<size_t> sleep(BlockingCall& call, int wake_fd, Timeout timeout);

  std::pmr::vector<Item> items_;
  std::pmr::vector<sys::Watch> watches_;  // one for each item, and the thread's wake descriptor at the end
  std::pmr::list<SleeperEntry> sleepers_;
};

}  // namespace inlet::provider
