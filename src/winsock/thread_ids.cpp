#include "winsock/thread_ids.h"

#include <new>

#include "winsock/threads.h"

namespace inlet::winsock {
namespace {

struct OwnThreadId {
  WSATHREADID id{};
  ~OwnThreadId() {
    if (id.ThreadHandle != nullptr) remove_handle(id.ThreadHandle);
  }
};

thread_local OwnThreadId own;

}  // namespace

LPWSATHREADID calling_thread_id() {
  if (own.id.ThreadHandle != nullptr) return &own.id;
  try {
    auto thread = calling_thread();
    if (thread->accepts_apcs()) own.id.ThreadHandle = insert_handle(std::move(thread));
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
  return own.id.ThreadHandle != nullptr ? &own.id : nullptr;
}

}  // namespace inlet::winsock
