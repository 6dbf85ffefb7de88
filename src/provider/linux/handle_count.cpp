#include "provider/linux/handle_count.h"

#include <algorithm>
#include <new>

#include "provider/linux/extension.h"

namespace inlet::provider {
namespace {

HandleCount* find_count(const SocketRef& socket) {
  Extension* parts = socket.extension();
  return parts == nullptr ? nullptr : parts->handle_count.load(std::memory_order_acquire);
}

HandleCount* make_count(SocketRef& socket) {
  Extension* parts = socket.make_extension();
  return parts == nullptr ? nullptr : make_part(parts->handle_count);
}

}  // namespace

// Room for the alias is made here, so that nothing can fail for lack of memory once there is a descriptor for it.
Result<void> HandleCount::count(SocketRef& socket) {
  std::lock_guard lock(mutex_);
  if (!mark_shared(socket) || handles_ == 0) return Error::not_socket;
  try {
    alias_fds_.reserve(handles_ + 1);
  } catch (const std::bad_alloc&) {
    return Error::no_buffers;
  }
  ++handles_;
  return {};
}

bool HandleCount::uncount() {
  std::lock_guard lock(mutex_);
  return --handles_ == 0;
}

bool HandleCount::is_last() {
  std::lock_guard lock(mutex_);
  return handles_ == 1;
}

// Never more than there are handles, so there is room.
void HandleCount::list(int alias_fd) {
  std::lock_guard lock(mutex_);
  alias_fds_.push_back(alias_fd);
}

void HandleCount::unlist(int alias_fd) {
  std::lock_guard lock(mutex_);
  std::erase(alias_fds_, alias_fd);
}

void HandleCount::follow(int fd) {
  std::lock_guard lock(mutex_);
  for (int alias_fd : alias_fds_) sys::duplicate_to(fd, alias_fd);
}

void HandleCount::note_elsewhere() {
  std::lock_guard lock(mutex_);
  elsewhere_ = true;
}

bool HandleCount::is_elsewhere() {
  std::lock_guard lock(mutex_);
  return elsewhere_;
}

Result<void> count_handle(SocketRef& socket) {
  HandleCount* count = make_count(socket);
  return count == nullptr ? Error::no_buffers : count->count(socket);
}

bool uncount_handle(SocketRef& socket) {
  return find_count(socket)->uncount();
}

void list_alias(SocketRef& socket, int alias_fd) {
  find_count(socket)->list(alias_fd);
}

void unlist_alias(SocketRef& socket, int alias_fd) {
  find_count(socket)->unlist(alias_fd);
}

bool is_last_handle(const SocketRef& socket) {
  HandleCount* count = find_count(socket);
  return count == nullptr || count->is_last();
}

void aliases_follow(const SocketRef& socket) {
  if (HandleCount* count = find_count(socket)) count->follow(socket.fd());
}

bool note_elsewhere(SocketRef& socket) {
  HandleCount* count = make_count(socket);
  if (count != nullptr) count->note_elsewhere();
  return count != nullptr;
}

bool is_elsewhere(const SocketRef& socket) {
  HandleCount* count = find_count(socket);
  return count != nullptr && count->is_elsewhere();
}

}  // namespace inlet::provider
