#include "winsock/handles.h"

#include <mutex>
#include <unordered_map>

namespace inlet::winsock {
namespace {

struct Table {
  std::mutex mutex;
  std::unordered_map<uintptr_t, std::shared_ptr<Waitable>> objects;
  uintptr_t last = 0x100;
};

// Never destroyed: other threads may still hold handles while the process ends.
Table& table() {
  static Table* instance = new Table;
  return *instance;
}

constexpr uintptr_t kStep = 4;  // as on Windows, where the two lowest bits of a handle are free

}  // namespace

HANDLE insert_handle(std::shared_ptr<Waitable> object) {
  std::lock_guard lock(table().mutex);
  table().last += kStep;
  table().objects.emplace(table().last, std::move(object));
  return reinterpret_cast<HANDLE>(table().last);
}

std::shared_ptr<Waitable> find_handle(HANDLE handle) {
  std::lock_guard lock(table().mutex);
  auto found = table().objects.find(reinterpret_cast<uintptr_t>(handle));
  return found == table().objects.end() ? nullptr : found->second;
}

bool remove_handle(HANDLE handle) {
  std::lock_guard lock(table().mutex);
  return table().objects.erase(reinterpret_cast<uintptr_t>(handle)) == 1;
}

bool Event::wait(std::optional<std::chrono::milliseconds> timeout) {
  std::unique_lock lock(mutex_);
  auto is_set = [&] { return set_; };
  if (timeout) return set_changed_.wait_for(lock, *timeout, is_set);
  set_changed_.wait(lock, is_set);
  return true;
}

void Event::set() {
  std::lock_guard lock(mutex_);
  set_ = true;
  set_changed_.notify_all();
}

void Event::reset() {
  std::lock_guard lock(mutex_);
  set_ = false;
}

}  // namespace inlet::winsock
