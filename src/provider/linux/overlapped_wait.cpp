#include "provider/linux/overlapped_wait.h"

#include <array>
#include <atomic>
#include <mutex>

#include "base/list.h"
#include "provider/linux/sys.h"
#include "provider/linux/thread_alert.h"
#include "provider/linux/wait.h"

namespace inlet::provider {
namespace {

// A thread that waits for the end of an operation. Lives on that thread's stack.
struct Waiter : Linked<Waiter> {
  Waiter(const WSAOVERLAPPED* for_overlapped, int fd) : overlapped(for_overlapped), wake_fd(fd) {}
  const WSAOVERLAPPED* overlapped;
  int wake_fd;
};

struct Waiters {
  std::mutex mutex;  // guards list
  List<Waiter, Waiter> list;
  // Lets a completion pass by without the mutex. With the status it makes the pair of which one side sees the other: the
  // waiter counts itself and then reads the status, the completion writes the status and then reads the count.
  std::atomic<uint32_t> count{0};
};

// Never destroyed: a process may end while a thread waits.
Waiters& waiters() {
  static Waiters* instance = new Waiters;
  return *instance;
}

class WaiterEntry {
 public:
  WaiterEntry(const WSAOVERLAPPED* overlapped, int wake_fd) : waiter_(overlapped, wake_fd) {
    Waiters& all = waiters();
    std::lock_guard lock(all.mutex);
    all.list.push_back(waiter_);
    all.count.fetch_add(1);
  }
  ~WaiterEntry() {
    Waiters& all = waiters();
    std::lock_guard lock(all.mutex);
    waiter_.unlink();
    all.count.fetch_sub(1);
  }
  WaiterEntry(const WaiterEntry&) = delete;
  WaiterEntry& operator=(const WaiterEntry&) = delete;

 private:
  Waiter waiter_;
};

std::atomic_ref<ULONG_PTR> status_word(const WSAOVERLAPPED* overlapped) {
  return std::atomic_ref<ULONG_PTR>(const_cast<WSAOVERLAPPED*>(overlapped)->Internal);
}

}  // namespace

void mark_pending(LPWSAOVERLAPPED overlapped) {
  status_word(overlapped).store(kStatusPending, std::memory_order_relaxed);
}

void finish_overlapped(LPWSAOVERLAPPED overlapped, uint32_t status) {
  status_word(overlapped).store(status);
  Waiters& all = waiters();
  if (all.count.load() == 0) return;
  std::lock_guard lock(all.mutex);
  all.list.for_each([&](Waiter& waiter) {
    if (waiter.overlapped == overlapped) sys::signal_wake(waiter.wake_fd);
  });
}

uint32_t overlapped_status(const WSAOVERLAPPED* overlapped) {
  return static_cast<uint32_t>(status_word(overlapped).load());
}

Result<void> wait_overlapped(const WSAOVERLAPPED* overlapped) {
  auto alert = ThreadAlert::current();
  if (alert == nullptr) return Error::no_buffers;
  BlockingCall call(*alert);
  WaiterEntry entry(overlapped, alert->fd());
  while (overlapped_status(overlapped) == kStatusPending) {
    if (auto looked = call.look_up(); !looked) return looked;
    // A procedure call may just have been what the program waited for.
    if (overlapped_status(overlapped) != kStatusPending) return {};
    const int ready = sys::wait(-1, 0, alert->fd(), call.sleep_ms(-1));
    if (ready < 0) return error_of_errno(-ready);
    if ((static_cast<unsigned>(ready) & sys::kWoken) != 0) alert->drain();
  }
  return {};
}

}  // namespace inlet::provider
