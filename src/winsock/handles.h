// The table of HANDLEs: what a program may wait for and close. Sockets are not in it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include <windows.h>

namespace inlet::winsock {

// Something that can be waited for through a HANDLE.
class Waitable {
 public:
  virtual ~Waitable() = default;
  // Without a timeout for ever. Returns whether what is waited for has come.
  virtual bool wait(std::optional<std::chrono::milliseconds> timeout) = 0;
};

// Handles are never used again, so a closed one stays invalid. Thread: any.
HANDLE insert_handle(std::shared_ptr<Waitable> object);
// nullptr when the handle is not open.
std::shared_ptr<Waitable> find_handle(HANDLE handle);
bool remove_handle(HANDLE handle);

// An event object: set until it is reset.
class Event : public Waitable {
 public:
  bool wait(std::optional<std::chrono::milliseconds> timeout) override;
  void set();
  void reset();

 private:
  std::mutex mutex_;
  std::condition_variable set_changed_;
  bool set_ = false;
};

}  // namespace inlet::winsock
