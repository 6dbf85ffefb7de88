#include "winsock/message_queue.h"

#include <algorithm>
#include <unordered_map>

#include "provider/linux/sys.h"
#include "winsock/fail.h"

namespace inlet::winsock {
namespace {

namespace sys = provider::sys;

constexpr size_t kMessagesMax = 10'000;  // Windows' limit: who never looks must not use up the memory

struct Windows {
  std::mutex mutex;
  std::unordered_map<HWND, std::shared_ptr<MessageQueue>> queues;  // guarded by mutex, like the rest
  uintptr_t last = 0x10000;
};

// Never destroyed: other threads may still post while the process ends.
Windows& windows() {
  static Windows* instance = new Windows;
  return *instance;
}

thread_local std::shared_ptr<MessageQueue> own;

}  // namespace

bool MessageFilter::fits(const MSG& message) const {
  if (window != nullptr && message.hwnd != window) return false;
  return (first == 0 && last == 0) || (message.message >= first && message.message <= last);
}

std::shared_ptr<MessageQueue> MessageQueue::current() {
  if (own != nullptr) return own;
  const int fd = sys::make_wake();
  if (fd < 0) return nullptr;
  try {
    own.reset(new MessageQueue(fd));
  } catch (const std::bad_alloc&) {
    sys::close(fd);
    throw;
  }
  return own;
}

std::shared_ptr<MessageQueue> MessageQueue::of(HWND window) {
  std::lock_guard lock(windows().mutex);
  auto found = windows().queues.find(window);
  return found == windows().queues.end() ? nullptr : found->second;
}

MessageQueue::~MessageQueue() {
  sys::close(fd_);
}

bool MessageQueue::post(HWND window, UINT message, WPARAM w, LPARAM l) {
  std::lock_guard lock(mutex_);
  if (messages_.size() >= kMessagesMax) return false;
  messages_.push_back({window, message, w, l, GetTickCount(), {0, 0}});
  show_locked();
  changed_.notify_all();
  return true;
}

void MessageQueue::quit(int exit_code) {
  std::lock_guard lock(mutex_);
  quit_ = exit_code;
  show_locked();
  changed_.notify_all();
}

std::optional<MSG> MessageQueue::look(const MessageFilter& filter, bool remove) {
  std::lock_guard lock(mutex_);
  return look_locked(filter, remove);
}

std::optional<MSG> MessageQueue::look_locked(const MessageFilter& filter, bool remove) {
  std::optional<MSG> found;
  auto fits = [&](const MSG& message) { return filter.fits(message); };
  if (auto it = std::ranges::find_if(messages_, fits); it != messages_.end()) {
    found = *it;
    if (remove) messages_.erase(it);
  } else if (quit_) {
    found = MSG{nullptr, WM_QUIT, static_cast<WPARAM>(*quit_), 0, GetTickCount(), {0, 0}};
    if (remove) quit_.reset();
  }
  show_locked();
  return found;
}

std::optional<MSG> MessageQueue::wait(const MessageFilter& filter) {
  std::unique_lock lock(mutex_);
  while (true) {
    if (auto message = look_locked(filter, true)) return message;
    // Whoever destroys the window takes it out of the table before it wakes us.
    if (filter.window != nullptr && of(filter.window) == nullptr) return std::nullopt;
    changed_.wait(lock);
  }
}

HWND MessageQueue::make_window() {
  auto self = own;  // only the owner makes windows
  std::lock_guard lock(windows().mutex);
  windows().last += 2;
  const HWND window = reinterpret_cast<HWND>(windows().last);
  windows().queues.emplace(window, std::move(self));
  return window;
}

bool MessageQueue::destroy(HWND window) {
  std::shared_ptr<MessageQueue> queue;
  {
    std::lock_guard lock(windows().mutex);
    auto found = windows().queues.find(window);
    if (found == windows().queues.end()) return false;
    queue = std::move(found->second);
    windows().queues.erase(found);
  }
  queue->forget(window);
  return true;
}

void MessageQueue::forget(HWND window) {
  std::lock_guard lock(mutex_);
  std::erase_if(messages_, [&](const MSG& message) { return message.hwnd == window; });
  show_locked();
  changed_.notify_all();
}

// Makes the descriptor tell what is so.
void MessageQueue::show_locked() {
  const bool has_messages = !messages_.empty() || quit_.has_value();
  if (has_messages == shown_) return;
  shown_ = has_messages;
  if (has_messages) {
    sys::signal_wake(fd_);
  } else {
    sys::drain_wake(fd_);
  }
}

namespace {

// The queue that a call means: that of its window, or the calling thread's. nullptr with the last error set.
std::shared_ptr<MessageQueue> queue_for(HWND window) {
  if (window == nullptr) {
    auto queue = MessageQueue::current();
    return queue != nullptr ? queue : fail(queue, ERROR_NOT_ENOUGH_MEMORY);
  }
  auto queue = MessageQueue::of(window);
  return queue != nullptr ? queue : fail(queue, ERROR_INVALID_WINDOW_HANDLE);
}

BOOL post(HWND window, UINT message, WPARAM w, LPARAM l) {
  return guarded(FALSE, [&]() -> BOOL {
    auto queue = queue_for(window);
    if (queue == nullptr) return FALSE;
    return queue->post(window, message, w, l) ? TRUE : fail(FALSE, ERROR_NOT_ENOUGH_QUOTA);
  });
}

BOOL peek(LPMSG message, const MessageFilter& filter, bool remove) {
  return guarded(FALSE, [&]() -> BOOL {
    auto queue = queue_for(filter.window);
    if (queue == nullptr) return FALSE;
    if (message == nullptr) return fail(FALSE, ERROR_INVALID_PARAMETER);
    auto found = queue->look(filter, remove);
    if (!found) return FALSE;
    *message = *found;
    return TRUE;
  });
}

BOOL get(LPMSG message, const MessageFilter& filter) {
  constexpr BOOL kFailed = -1;
  return guarded(kFailed, [&]() -> BOOL {
    auto queue = queue_for(filter.window);
    if (queue == nullptr) return kFailed;
    if (message == nullptr) return fail(kFailed, ERROR_INVALID_PARAMETER);
    auto found = queue->wait(filter);
    if (!found) return fail(kFailed, ERROR_INVALID_WINDOW_HANDLE);
    *message = *found;
    return found->message == WM_QUIT ? FALSE : TRUE;
  });
}

}  // namespace
}  // namespace inlet::winsock

using namespace inlet::winsock;

HWND InletCreateMessageQueue(void) {
  return guarded(HWND{nullptr}, [&]() -> HWND {
    auto queue = queue_for(nullptr);
    return queue == nullptr ? nullptr : queue->make_window();
  });
}

int InletGetMessageQueueDescriptor(HWND hWnd) {
  auto queue = MessageQueue::of(hWnd);
  return queue != nullptr ? queue->fd() : fail(-1, ERROR_INVALID_WINDOW_HANDLE);
}

BOOL WINAPI DestroyWindow(HWND hWnd) {
  return MessageQueue::destroy(hWnd) ? TRUE : fail(FALSE, ERROR_INVALID_WINDOW_HANDLE);
}
BOOL WINAPI IsWindow(HWND hWnd) {
  return MessageQueue::of(hWnd) != nullptr ? TRUE : FALSE;
}

// Messages carry no text, so both forms are one.
BOOL WINAPI PostMessageA(HWND hWnd, UINT Msg, WPARAM wParam, LPARAM lParam) {
  return post(hWnd, Msg, wParam, lParam);
}
BOOL WINAPI PostMessageW(HWND hWnd, UINT Msg, WPARAM wParam, LPARAM lParam) {
  return post(hWnd, Msg, wParam, lParam);
}

void WINAPI PostQuitMessage(int nExitCode) {
  guarded(0, [&] {
    if (auto queue = MessageQueue::current()) queue->quit(nExitCode);
    return 0;
  });
}

BOOL WINAPI PeekMessageA(LPMSG lpMsg, HWND hWnd, UINT wMsgFilterMin, UINT wMsgFilterMax, UINT wRemoveMsg) {
  return peek(lpMsg, {hWnd, wMsgFilterMin, wMsgFilterMax}, (wRemoveMsg & PM_REMOVE) != 0);
}
BOOL WINAPI PeekMessageW(LPMSG lpMsg, HWND hWnd, UINT wMsgFilterMin, UINT wMsgFilterMax, UINT wRemoveMsg) {
  return peek(lpMsg, {hWnd, wMsgFilterMin, wMsgFilterMax}, (wRemoveMsg & PM_REMOVE) != 0);
}

BOOL WINAPI GetMessageA(LPMSG lpMsg, HWND hWnd, UINT wMsgFilterMin, UINT wMsgFilterMax) {
  return get(lpMsg, {hWnd, wMsgFilterMin, wMsgFilterMax});
}
BOOL WINAPI GetMessageW(LPMSG lpMsg, HWND hWnd, UINT wMsgFilterMin, UINT wMsgFilterMax) {
  return get(lpMsg, {hWnd, wMsgFilterMin, wMsgFilterMax});
}
