// Semaphore objects: a count of how many waits may still pass.
#include "winsock/dispatcher.h"
#include "winsock/fail.h"
#include "winsock/named_objects.h"

namespace inlet::winsock {
namespace {

class Semaphore : public WaitObject {
 public:
  static constexpr ObjectKind kKind = ObjectKind::semaphore;
  Semaphore(LONG count, LONG maximum) : WaitObject(kKind), maximum_(maximum), count_(count) {}

  // False when the count would become too high; then nothing has changed.
  bool release(LONG by, LONG* previous) {
    Dispatch dispatch;
    if (by > maximum_ - count_) return false;
    *previous = count_;
    count_ += by;
    dispatch.signal(*this);
    return true;
  }

  bool available_locked(const HeldMutexes&) const override { return count_ > 0; }
  bool take_locked(HeldMutexes&) override {
    --count_;
    return false;
  }

 private:
  const LONG maximum_;
  LONG count_;  // guarded by the dispatcher
};

template <class Name>
HANDLE create_semaphore(Name name, LONG count, LONG maximum) {
  if (maximum < 1 || count < 0 || count > maximum) return fail(HANDLE{nullptr}, ERROR_INVALID_PARAMETER);
  return guarded(HANDLE{nullptr}, [&] {
    auto make = [&]() -> std::shared_ptr<HandleObject> { return std::make_shared<Semaphore>(count, maximum); };
    return open_or_make(ObjectName(name), ObjectKind::semaphore, make);
  });
}

}  // namespace
}  // namespace inlet::winsock

using namespace inlet::winsock;

HANDLE WINAPI CreateSemaphoreA(LPSECURITY_ATTRIBUTES, LONG lInitialCount, LONG lMaximumCount, LPCSTR lpName) {
  return create_semaphore(lpName, lInitialCount, lMaximumCount);
}
HANDLE WINAPI CreateSemaphoreW(LPSECURITY_ATTRIBUTES, LONG lInitialCount, LONG lMaximumCount, LPCWSTR lpName) {
  return create_semaphore(lpName, lInitialCount, lMaximumCount);
}

BOOL WINAPI ReleaseSemaphore(HANDLE hSemaphore, LONG lReleaseCount, LPLONG lpPreviousCount) {
  auto semaphore = find_object<Semaphore>(hSemaphore);
  if (semaphore == nullptr) return fail(FALSE, ERROR_INVALID_HANDLE);
  if (lReleaseCount < 1) return fail(FALSE, ERROR_INVALID_PARAMETER);
  LONG previous = 0;
  if (!semaphore->release(lReleaseCount, &previous)) return fail(FALSE, ERROR_TOO_MANY_POSTS);
  if (lpPreviousCount != nullptr) *lpPreviousCount = previous;
  return TRUE;
}
