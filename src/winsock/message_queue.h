// The messages of one thread, for all the windows that it has made.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include <windows.h>

namespace inlet::winsock {

// Which messages somebody wants.
struct MessageFilter {
  HWND window = nullptr;  // nullptr: of all windows
  UINT first = 0;         // both 0: all numbers
  UINT last = 0;

  bool fits(const MSG& message) const;
};

// Owned by its windows, and by its thread as long as that lives.
class MessageQueue {
 public:
  // The calling thread's. nullptr when there is no descriptor; throws std::bad_alloc.
  static std::shared_ptr<MessageQueue> current();
  // The one that a window belongs to; nullptr when there is no such window.
  static std::shared_ptr<MessageQueue> of(HWND window);

  ~MessageQueue();
  MessageQueue(const MessageQueue&) = delete;
  MessageQueue& operator=(const MessageQueue&) = delete;

  // Readable while there is a message.
  int fd() const { return fd_; }

  // False when it is full. Throws std::bad_alloc. Thread: any.
  bool post(HWND window, UINT message, WPARAM w, LPARAM l);
  // WM_QUIT, once nothing else is there.
  void quit(int exit_code);

  // The first message that fits. Thread: any; never waits.
  std::optional<MSG> look(const MessageFilter& filter, bool remove);
  // Takes it, and waits for it. Nothing when the window of the filter was destroyed.
  std::optional<MSG> wait(const MessageFilter& filter);

  // A new window of this queue. Throws std::bad_alloc.
  HWND make_window();
  // Takes it away with its messages. False when there is no such window.
  static bool destroy(HWND window);

 private:
  explicit MessageQueue(int fd) : fd_(fd) {}
  std::optional<MSG> look_locked(const MessageFilter& filter, bool remove);
  void forget(HWND window);
  void show_locked();

  const int fd_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<MSG> messages_;  // guarded by mutex_, like the rest
  std::optional<int> quit_;   // the exit code
  bool shown_ = false;        // fd_ is readable
};

}  // namespace inlet::winsock
