// The table of HANDLEs: what a program may wait for, post to and close. Sockets are not in it.
//
// A handle is four times a slot number (20 bits) and a count of how often the slot was used (10 bits). Free slots are taken in
// the order in which they became free, and only when there are many, so it takes a million closes before a number comes again.
#pragma once

#include <memory>

#include <windows.h>

namespace inlet::winsock {

enum class ObjectKind { event, mutex, semaphore, thread, completion_port };

// Something that a HANDLE can stand for. Owned by its handles and by the calls that use it at the moment.
class HandleObject {
 public:
  explicit HandleObject(ObjectKind kind) : kind_(kind) {}
  virtual ~HandleObject() = default;
  HandleObject(const HandleObject&) = delete;
  HandleObject& operator=(const HandleObject&) = delete;

  ObjectKind kind() const { return kind_; }
  // Called once, by the thread that closes the last handle; no lock is held.
  virtual void last_handle_closed() {}

 private:
  friend class HandleTable;
  const ObjectKind kind_;
  unsigned handles_ = 0;  // guarded by the table's mutex
};

// Another handle for an object. nullptr when the table is full. Throws std::bad_alloc.
HANDLE insert_handle(std::shared_ptr<HandleObject> object);
// nullptr when the handle is not open. Thread: any.
std::shared_ptr<HandleObject> find_handle(HANDLE handle);
bool remove_handle(HANDLE handle);

// nullptr when the handle is not open or stands for something else.
template <class Object>
std::shared_ptr<Object> find_object(HANDLE handle) {
  std::shared_ptr<HandleObject> object = find_handle(handle);
  if (object == nullptr || object->kind() != Object::kKind) return nullptr;
  return std::static_pointer_cast<Object>(std::move(object));
}

// A SOCKET has a generation in its upper half, handles have nothing there, and pseudo handles are small negative numbers.
inline bool may_be_socket(HANDLE handle) {
  constexpr intptr_t kLastPseudo = -16;
  const auto value = reinterpret_cast<intptr_t>(handle);
  return static_cast<uintptr_t>(value) >> 32 != 0 && (value > 0 || value < kLastPseudo);
}

}  // namespace inlet::winsock
