// CreateThread and _beginthread: how threads begin and end.
//
// A thread registers itself before CreateThread returns, so its id can be opened at once. Its registration is the first of its
// thread_locals and so the last to go: when the thread counts as ended, none of its other destructors runs any more.
#include <dlfcn.h>
#include <process.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>

#include "winsock/fail.h"
#include "winsock/threads.h"

namespace inlet::winsock {
namespace {

// In a file of its own, so that no other thread_local is made before it.
thread_local std::optional<ThreadRegistration> registration;
// Of a thread that _beginthread made: closed when it ends.
thread_local HANDLE own_handle = nullptr;

// What a new thread and its maker share. Owned by both.
struct Start {
  enum State : int { starting, running, failed };

  LPTHREAD_START_ROUTINE routine = nullptr;
  void (*simple_routine)(void*) = nullptr;  // instead of routine, for _beginthread
  void* argument = nullptr;
  bool suspended = false;
  HANDLE handle = nullptr;  // this and id are the new thread's to set, before it runs
  DWORD id = 0;
  std::atomic<int> state{starting};

  void answer(State value) {
    state.store(value);
    state.notify_one();
  }
};

// Makes the calling, new thread known. nullptr without memory.
std::shared_ptr<ThreadObject> register_thread(Start& start) {
  try {
    start.id = registration.emplace().id();
    auto object = calling_thread();
    if (start.suspended) object->suspend();
    start.handle = insert_handle(object);
    return start.handle == nullptr ? nullptr : object;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

// The first function of every thread. The stack is unwound through it when the thread ends itself.
void* run_thread(void* given) {
  auto start = std::move(*std::unique_ptr<std::shared_ptr<Start>>(static_cast<std::shared_ptr<Start>*>(given)));
  auto object = register_thread(*start);
  if (object == nullptr) {
    start->answer(Start::failed);
    return nullptr;
  }
  if (start->simple_routine != nullptr) own_handle = start->handle;
  start->answer(Start::running);
  object->wait_for_resume();
  if (start->simple_routine != nullptr) {
    start->simple_routine(start->argument);
    remove_handle(own_handle);
  } else {
    registration->record()->set_exit_code(start->routine(start->argument));
  }
  return nullptr;
}

// What Linux takes out of a thread's stack before the thread runs: its thread_locals, above all. The C library has a function that
// knows, made for those who ask in this way.
size_t stack_overhead() {
  using GetMinstack = size_t (*)(const pthread_attr_t*);
  static const auto get_minstack = reinterpret_cast<GetMinstack>(dlsym(RTLD_DEFAULT, "__pthread_get_minstack"));
  constexpr size_t kUsual = 64 * 1024;
  if (get_minstack == nullptr) return kUsual;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  const size_t bytes = get_minstack(&attributes);
  pthread_attr_destroy(&attributes);
  return std::max(bytes, kUsual);
}

// The stack that a thread gets. Windows' small numbers say how much is committed at once, which means nothing here.
size_t stack_bytes(size_t usual, size_t asked, bool is_reservation) {
  constexpr size_t kPage = 4096;
  const size_t wanted = (asked + stack_overhead() + kPage - 1) / kPage * kPage;
  if (asked == 0 || wanted < asked) return usual;
  return is_reservation ? wanted : std::max(wanted, usual);
}

class Attributes {
 public:
  explicit Attributes(size_t stack, bool is_reservation) {
    pthread_attr_init(&value_);
    pthread_attr_setdetachstate(&value_, PTHREAD_CREATE_DETACHED);
    size_t usual = 0;
    pthread_attr_getstacksize(&value_, &usual);
    pthread_attr_setstacksize(&value_, stack_bytes(usual, stack, is_reservation));
  }
  ~Attributes() { pthread_attr_destroy(&value_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;

  const pthread_attr_t* get() const { return &value_; }

 private:
  pthread_attr_t value_;
};

// Starts the thread and waits until it has a handle. False when there are no more threads, or no more handles. Throws
// std::bad_alloc.
bool start_thread(const std::shared_ptr<Start>& start, size_t stack, bool is_reservation) {
  const Attributes attributes(stack, is_reservation);
  auto given = std::make_unique<std::shared_ptr<Start>>(start);
  pthread_t thread;
  if (pthread_create(&thread, attributes.get(), run_thread, given.get()) != 0) return false;
  given.release();
  start->state.wait(Start::starting);
  return start->state.load() == Start::running;
}

constexpr DWORD kFlags = CREATE_SUSPENDED | STACK_SIZE_PARAM_IS_A_RESERVATION;

uintptr_t refuse(uintptr_t result, int number) {
  errno = number;
  return result;
}

}  // namespace
}  // namespace inlet::winsock

using namespace inlet::winsock;

HANDLE WINAPI CreateThread(LPSECURITY_ATTRIBUTES, SIZE_T dwStackSize, LPTHREAD_START_ROUTINE lpStartAddress,
                           LPVOID lpParameter, DWORD dwCreationFlags, LPDWORD lpThreadId) {
  return guarded(HANDLE{nullptr}, [&]() -> HANDLE {
    if (lpStartAddress == nullptr || (dwCreationFlags & ~kFlags) != 0) return fail(nullptr, ERROR_INVALID_PARAMETER);
    auto start = std::make_shared<Start>();
    start->routine = lpStartAddress;
    start->argument = lpParameter;
    start->suspended = (dwCreationFlags & CREATE_SUSPENDED) != 0;
    const bool is_reservation = (dwCreationFlags & STACK_SIZE_PARAM_IS_A_RESERVATION) != 0;
    if (!start_thread(start, dwStackSize, is_reservation)) return fail(nullptr, ERROR_NOT_ENOUGH_MEMORY);
    if (lpThreadId != nullptr) *lpThreadId = start->id;
    return start->handle;
  });
}

DWORD WINAPI ResumeThread(HANDLE hThread) {
  constexpr DWORD kFailed = ~DWORD{0};
  return guarded(kFailed, [&]() -> DWORD {
    auto thread = find_thread_object(hThread);
    return thread == nullptr ? fail(kFailed, ERROR_INVALID_HANDLE) : thread->resume();
  });
}

void WINAPI ExitThread(DWORD dwExitCode) {
  if (auto record = inlet::find_thread(inlet::current_thread_id())) record->set_exit_code(dwExitCode);
  pthread_exit(nullptr);
}

uintptr_t _beginthreadex(void*, unsigned stack_size, unsigned (*start_address)(void*), void* arglist, unsigned initflag,
                         unsigned* thrdaddr) {
  const int before = last_error();
  HANDLE thread = CreateThread(nullptr, stack_size, start_address, arglist, initflag, thrdaddr);
  if (thread == nullptr) return refuse(0, last_error() == ERROR_INVALID_PARAMETER ? EINVAL : EAGAIN);
  set_last_error(before);
  return reinterpret_cast<uintptr_t>(thread);
}

void _endthreadex(unsigned retval) {
  ExitThread(retval);
}

uintptr_t _beginthread(void (*start_address)(void*), unsigned stack_size, void* arglist) {
  constexpr uintptr_t kFailed = ~uintptr_t{0};
  if (start_address == nullptr) return refuse(kFailed, EINVAL);
  try {
    auto start = std::make_shared<Start>();
    start->simple_routine = start_address;
    start->argument = arglist;
    if (!start_thread(start, stack_size, false)) return refuse(kFailed, EAGAIN);
    return reinterpret_cast<uintptr_t>(start->handle);
  } catch (const std::bad_alloc&) {
    return refuse(kFailed, EAGAIN);
  }
}

void _endthread(void) {
  if (own_handle != nullptr) remove_handle(own_handle);
  ExitThread(0);
}

BOOL WINAPI SwitchToThread(void) {
  sched_yield();
  return TRUE;
}
