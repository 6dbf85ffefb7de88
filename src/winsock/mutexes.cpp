#include "winsock/mutexes.h"

#include <utility>

#include "winsock/fail.h"
#include "winsock/named_objects.h"

namespace inlet::winsock {
namespace {

thread_local HeldMutexes held;

struct AbandonAtEnd {
  ~AbandonAtEnd() { Mutex::abandon_all(held); }
  void arm() const {}  // using it once is what makes the destructor run
};
thread_local AbandonAtEnd abandon_at_end;

}  // namespace

HeldMutexes& held_mutexes() {
  abandon_at_end.arm();
  return held;
}

Mutex::Mutex(bool held_by_caller) : WaitObject(kKind) {
  if (!held_by_caller) return;
  HeldMutexes& thread = held_mutexes();
  Dispatch dispatch;
  take_locked(thread);
}

Mutex::~Mutex() {
  Dispatch dispatch;
  if (owner_ != nullptr) let_go_locked();
}

bool Mutex::take_locked(HeldMutexes& thread) {
  if (count_++ == 0) {
    owner_ = &thread;
    next_ = thread.first;
    if (next_ != nullptr) next_->previous_ = this;
    thread.first = this;
  }
  return std::exchange(abandoned_, false);
}

void Mutex::let_go_locked() {
  (previous_ != nullptr ? previous_->next_ : owner_->first) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
  previous_ = next_ = nullptr;
  owner_ = nullptr;
  count_ = 0;
}

bool Mutex::release() {
  HeldMutexes& thread = held_mutexes();
  Dispatch dispatch;
  if (owner_ != &thread) return false;
  if (--count_ != 0) return true;
  let_go_locked();
  dispatch.signal(*this);
  return true;
}

void Mutex::abandon_all(HeldMutexes& thread) {
  Dispatch dispatch;
  while (thread.first != nullptr) {
    Mutex& mutex = *thread.first;
    mutex.let_go_locked();
    mutex.abandoned_ = true;
    dispatch.signal(mutex);
  }
}

namespace {

template <class Name>
HANDLE create_mutex(Name name, bool held_by_caller) {
  return guarded(HANDLE{nullptr}, [&] {
    auto make = [&]() -> std::shared_ptr<HandleObject> { return std::make_shared<Mutex>(held_by_caller); };
    return open_or_make(ObjectName(name), ObjectKind::mutex, make);
  });
}

}  // namespace
}  // namespace inlet::winsock

using namespace inlet::winsock;

HANDLE WINAPI CreateMutexA(LPSECURITY_ATTRIBUTES, BOOL bInitialOwner, LPCSTR lpName) {
  return create_mutex(lpName, bInitialOwner != FALSE);
}
HANDLE WINAPI CreateMutexW(LPSECURITY_ATTRIBUTES, BOOL bInitialOwner, LPCWSTR lpName) {
  return create_mutex(lpName, bInitialOwner != FALSE);
}

BOOL WINAPI ReleaseMutex(HANDLE hMutex) {
  auto mutex = find_object<Mutex>(hMutex);
  if (mutex == nullptr) return fail(FALSE, ERROR_INVALID_HANDLE);
  return mutex->release() ? TRUE : fail(FALSE, ERROR_NOT_OWNER);
}
