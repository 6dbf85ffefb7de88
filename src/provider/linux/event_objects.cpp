#include "provider/linux/event_objects.h"

#include <map>
#include <mutex>
#include <new>

#include "provider/linux/upcalls.h"

namespace inlet::provider {
namespace {

struct Held {
  std::mutex mutex;
  std::map<void*, size_t> counts;  // guarded by mutex
};

// Never destroyed: sockets that a program leaves open are closed after everything.
Held& held() {
  static Held* instance = new Held;
  return *instance;
}

bool is_held(void* event) {
  std::lock_guard lock(held().mutex);
  return held().counts.contains(event);
}

// How many had it before.
size_t add(void* event) {
  std::lock_guard lock(held().mutex);
  return held().counts[event]++;
}

}  // namespace

Result<void> hold_event(void* event) {
  if (!has_events()) return Error::not_supported;
  const bool asked = !is_held(event);
  if (asked && !reset_event(event)) return Error::invalid;
  try {
    // Another thread was faster, and its socket may have signalled the event before it was reset here.
    if (add(event) != 0 && asked) set_event(event);
  } catch (const std::bad_alloc&) {
    return Error::no_buffers;
  }
  return {};
}

void drop_event(void* event) {
  if (event == nullptr) return;
  std::lock_guard lock(held().mutex);
  auto found = held().counts.find(event);
  if (found != held().counts.end() && --found->second == 0) held().counts.erase(found);
}

}  // namespace inlet::provider
