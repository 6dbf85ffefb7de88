#include "base/thread_registry.h"

#include <unistd.h>

#include <unordered_map>

#include "base/assert.h"

namespace inlet {
namespace {

struct Registry {
  std::mutex mutex;
  std::unordered_map<uint32_t, std::shared_ptr<ThreadRecord>> threads;
};

// Never destroyed: threads may end after the static objects of the process.
Registry& registry() {
  static Registry* instance = new Registry;
  return *instance;
}

}  // namespace

bool ThreadRecord::wait(std::optional<std::chrono::milliseconds> timeout) {
  std::unique_lock lock(mutex_);
  auto ended = [&] { return ended_; };
  if (timeout) return ended_changed_.wait_for(lock, *timeout, ended);
  ended_changed_.wait(lock, ended);
  return true;
}

std::shared_ptr<ThreadEndListener> ThreadRecord::attach(std::shared_ptr<ThreadEndListener> candidate) {
  std::lock_guard lock(mutex_);
  if (ended_) return nullptr;
  if (listener_ == nullptr) listener_ = std::move(candidate);
  return listener_;
}

void ThreadRecord::end() {
  std::shared_ptr<ThreadEndListener> listener;
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
    listener.swap(listener_);
    ended_changed_.notify_all();
  }
  if (listener != nullptr) listener->thread_ended();
}

constinit thread_local uint32_t known_thread_id = 0;

uint32_t learn_thread_id() {
  return known_thread_id = static_cast<uint32_t>(::gettid());
}

ThreadRegistration::ThreadRegistration() : record_(std::make_shared<ThreadRecord>(current_thread_id())) {
  std::lock_guard lock(registry().mutex);
  const bool is_new = registry().threads.emplace(record_->id(), record_).second;
  INLET_ASSERT(is_new);
}

ThreadRegistration::~ThreadRegistration() {
  {
    // Forgotten first: whoever is woken must not find the thread again.
    std::lock_guard lock(registry().mutex);
    registry().threads.erase(record_->id());
  }
  record_->end();
}

std::shared_ptr<ThreadRecord> find_thread(uint32_t id) {
  std::lock_guard lock(registry().mutex);
  auto found = registry().threads.find(id);
  return found == registry().threads.end() ? nullptr : found->second;
}

}  // namespace inlet
