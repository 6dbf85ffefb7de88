#include "winsock/handles.h"

#include <mutex>
#include <vector>

#include <winsock2.h>

#include "winsock/fail.h"
#include "winsock/threads.h"

namespace inlet::winsock {

class HandleTable {
 public:
  HANDLE insert(std::shared_ptr<HandleObject> object);
  std::shared_ptr<HandleObject> find(HANDLE handle);
  bool remove(HANDLE handle);

 private:
  struct Slot {
    std::shared_ptr<HandleObject> object;
    uint32_t use = 0;
    uint32_t next_free = 0;
  };
  static constexpr uint32_t kSlotBits = 20;
  static constexpr uint32_t kSlots = 1u << kSlotBits;
  static constexpr uint32_t kUses = 1u << 10;
  static constexpr uint32_t kFirst = 64;     // so that small numbers are never handles
  static constexpr size_t kFreeKept = 1024;  // slots that stay free, to be used again as late as possible

  static HANDLE handle_of(uint32_t slot, uint32_t use) {
    // The two lowest bits of a handle are free, as on Windows.
    return reinterpret_cast<HANDLE>(uintptr_t{(use << kSlotBits | slot) << 2});
  }
  Slot* find_locked(HANDLE handle);
  bool take_slot_locked(uint32_t* index);
  void free_slot_locked(uint32_t index);

  std::mutex mutex_;
  std::vector<Slot> slots_{kFirst};  // guarded by mutex_, like the rest
  uint32_t free_ = 0;                // how many are in the list, oldest first
  uint32_t first_free_ = 0;
  uint32_t last_free_ = 0;
};

bool HandleTable::take_slot_locked(uint32_t* index) {
  if (slots_.size() < kSlots && free_ <= kFreeKept) {
    *index = static_cast<uint32_t>(slots_.size());
    slots_.emplace_back();
    return true;
  }
  if (free_ == 0) return false;
  *index = first_free_;
  first_free_ = slots_[first_free_].next_free;
  --free_;
  return true;
}

// Needs no memory, so that closing never fails.
void HandleTable::free_slot_locked(uint32_t index) {
  (free_++ == 0 ? first_free_ : slots_[last_free_].next_free) = index;
  last_free_ = index;
}

HANDLE HandleTable::insert(std::shared_ptr<HandleObject> object) {
  std::lock_guard lock(mutex_);
  uint32_t index = 0;
  if (!take_slot_locked(&index)) return nullptr;
  ++object->handles_;
  slots_[index].object = std::move(object);
  return handle_of(index, slots_[index].use);
}

HandleTable::Slot* HandleTable::find_locked(HANDLE handle) {
  const auto value = reinterpret_cast<uintptr_t>(handle);
  const uint32_t index = static_cast<uint32_t>(value >> 2) & (kSlots - 1);
  if (value >> 32 != 0 || index >= slots_.size()) return nullptr;
  Slot& slot = slots_[index];
  // Programs may use the two lowest bits as they like.
  if (slot.object == nullptr || slot.use != static_cast<uint32_t>(value) >> (kSlotBits + 2)) return nullptr;
  return &slot;
}

std::shared_ptr<HandleObject> HandleTable::find(HANDLE handle) {
  std::lock_guard lock(mutex_);
  Slot* slot = find_locked(handle);
  return slot == nullptr ? nullptr : slot->object;
}

bool HandleTable::remove(HANDLE handle) {
  std::shared_ptr<HandleObject> object;  // may be the last reference, so it outlives the lock
  bool last = false;
  {
    std::lock_guard lock(mutex_);
    Slot* slot = find_locked(handle);
    if (slot == nullptr) return false;
    object = std::move(slot->object);
    slot->use = (slot->use + 1) % kUses;
    free_slot_locked(static_cast<uint32_t>(slot - slots_.data()));
    last = --object->handles_ == 0;
  }
  if (last) object->last_handle_closed();
  return true;
}

namespace {

// Never destroyed: other threads may still hold handles while the process ends.
HandleTable& table() {
  static HandleTable* instance = new HandleTable;
  return *instance;
}

bool is_pseudo(HANDLE handle) {
  return handle == GetCurrentProcess() || handle == GetCurrentThread();
}

// The two handles that mean "this one" become what they mean; the process cannot be waited for or duplicated.
std::shared_ptr<HandleObject> resolve(HANDLE handle) {
  return handle == GetCurrentThread() ? calling_thread() : find_handle(handle);
}

BOOL close_socket(SOCKET s) {
  if (closesocket(s) == 0) return TRUE;
  const int code = WSAGetLastError();
  return fail(FALSE, code == WSAENOTSOCK || code == WSANOTINITIALISED ? ERROR_INVALID_HANDLE : code);
}

}  // namespace

HANDLE insert_handle(std::shared_ptr<HandleObject> object) {
  return table().insert(std::move(object));
}
std::shared_ptr<HandleObject> find_handle(HANDLE handle) {
  return table().find(handle);
}
bool remove_handle(HANDLE handle) {
  return table().remove(handle);
}

}  // namespace inlet::winsock

using namespace inlet::winsock;

BOOL WINAPI CloseHandle(HANDLE hObject) {
  if (may_be_socket(hObject)) return close_socket(reinterpret_cast<SOCKET>(hObject));
  if (is_pseudo(hObject) || remove_handle(hObject)) return TRUE;
  return fail(FALSE, ERROR_INVALID_HANDLE);
}

BOOL WINAPI DuplicateHandle(HANDLE hSourceProcessHandle, HANDLE hSourceHandle, HANDLE hTargetProcessHandle,
                            LPHANDLE lpTargetHandle, DWORD, BOOL, DWORD dwOptions) {
  return guarded(FALSE, [&]() -> BOOL {
    if (hSourceProcessHandle != GetCurrentProcess()) return fail(FALSE, ERROR_INVALID_HANDLE);
    auto object = resolve(hSourceHandle);
    if (object == nullptr) return fail(FALSE, ERROR_INVALID_HANDLE);
    const bool here = hTargetProcessHandle == GetCurrentProcess();
    HANDLE copy = here ? insert_handle(object) : nullptr;
    // The source is closed even if there is no copy.
    if ((dwOptions & DUPLICATE_CLOSE_SOURCE) != 0) remove_handle(hSourceHandle);
    if (!here) return fail(FALSE, ERROR_INVALID_HANDLE);
    if (copy == nullptr) return fail(FALSE, ERROR_NOT_ENOUGH_MEMORY);
    if (lpTargetHandle != nullptr)
      *lpTargetHandle = copy;
    else
      remove_handle(copy);
    return TRUE;
  });
}
