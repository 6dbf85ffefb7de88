// Completion ports, and the calls of windows.h about overlapped operations of sockets. The contracts are in <ioapiset.h>.
#include "provider/completion_port.h"

#include <array>

#include "provider/linux/overlapped.h"
#include "provider/linux/overlapped_status.h"
#include "winsock/fail.h"
#include "winsock/forward.h"
#include "winsock/handles.h"

namespace inlet::winsock {
namespace {

using provider::CompletionPort;

// What a HANDLE stands for. The port itself is shared with the sockets that are associated with it, and with those who wait.
class PortObject : public HandleObject {
 public:
  static constexpr ObjectKind kKind = ObjectKind::completion_port;
  PortObject() : HandleObject(kKind) {}

  void last_handle_closed() override { port->close(); }

  const std::shared_ptr<CompletionPort> port = std::make_shared<CompletionPort>();
};

std::shared_ptr<CompletionPort> find_port(HANDLE handle) {
  auto object = find_object<PortObject>(handle);
  return object != nullptr ? object->port : nullptr;
}

int associate_error(Error error) {
  switch (error) {
    case Error::not_socket: return ERROR_INVALID_HANDLE;
    case Error::invalid: return ERROR_INVALID_PARAMETER;
    default: return ERROR_NOT_ENOUGH_MEMORY;
  }
}

// Returns  0, or the code of what went wrong.
int associate(HANDLE socket, const std::shared_ptr<CompletionPort>& port, ULONG_PTR key) {
  if (!may_be_socket(socket)) return ERROR_INVALID_HANDLE;
  const Result<void> done = provider::associate_port(reinterpret_cast<SOCKET>(socket), port, key);
  return done ? 0 : associate_error(done.error());
}

HANDLE make_port(HANDLE socket, ULONG_PTR key) {
  auto object = std::make_shared<PortObject>();
  if (socket != INVALID_HANDLE_VALUE)
    if (int code = associate(socket, object->port, key); code != 0) return fail(HANDLE{nullptr}, code);
  HANDLE handle = insert_handle(std::move(object));
  return handle != nullptr ? handle : fail(HANDLE{nullptr}, ERROR_NOT_ENOUGH_MEMORY);
}

HANDLE join_port(HANDLE socket, HANDLE existing, ULONG_PTR key) {
  if (socket == INVALID_HANDLE_VALUE) return fail(HANDLE{nullptr}, ERROR_INVALID_PARAMETER);
  auto port = find_port(existing);
  const int code = port != nullptr ? associate(socket, port, key) : ERROR_INVALID_HANDLE;
  return code == 0 ? existing : fail(HANDLE{nullptr}, code);
}

// The code of an outcome without a packet.
int code_of(CompletionPort::Outcome outcome) {
  switch (outcome) {
    case CompletionPort::Outcome::timed_out: return WAIT_TIMEOUT;
    case CompletionPort::Outcome::closed: return ERROR_ABANDONED_WAIT_0;
    case CompletionPort::Outcome::alerted: return WAIT_IO_COMPLETION;
    default: return ERROR_NOT_ENOUGH_MEMORY;
  }
}

OVERLAPPED_ENTRY entry_of(const CompletionPort::Packet& packet) {
  return {packet.key, packet.overlapped, packet.status, packet.bytes};
}

BOOL take_entries(CompletionPort& port, LPOVERLAPPED_ENTRY entries, ULONG count, PULONG removed, DWORD timeout_ms,
                  bool alertable) {
  constexpr size_t kMost = 64;
  std::array<CompletionPort::Packet, kMost> packets;
  size_t taken = 0;
  const auto outcome = port.get({packets.data(), std::min<size_t>(count, kMost)}, &taken, timeout_ms, alertable);
  if (outcome != CompletionPort::Outcome::taken) return fail(FALSE, code_of(outcome));
  std::transform(packets.begin(), packets.begin() + static_cast<ptrdiff_t>(taken), entries, entry_of);
  *removed = static_cast<ULONG>(taken);
  return TRUE;
}

BOOL cancel(HANDLE socket, LPOVERLAPPED overlapped, bool this_thread_only) {
  if (!may_be_socket(socket)) return fail(FALSE, ERROR_INVALID_HANDLE);
  return guarded(FALSE, [&]() -> BOOL {
    auto found = provider::cancel_io(reinterpret_cast<SOCKET>(socket), overlapped, this_thread_only);
    if (!found) return fail(FALSE, ERROR_INVALID_HANDLE);
    // A thread that has nothing under way is not told so.
    return *found > 0 || this_thread_only ? TRUE : fail(FALSE, ERROR_NOT_FOUND);
  });
}

// An operation that has failed tells its own reason; the provider's code is about the call when there is none.
int overlapped_error(const OVERLAPPED& overlapped, int code) {
  if (code == WSAENOTSOCK || code == WSANOTINITIALISED) return ERROR_INVALID_HANDLE;
  if (code == WSA_IO_INCOMPLETE) return ERROR_IO_INCOMPLETE;
  const DWORD reason = provider::win32_error_of(overlapped.Internal);
  return reason != 0 ? static_cast<int>(reason) : code;
}

}  // namespace
}  // namespace inlet::winsock

using namespace inlet::winsock;

HANDLE WINAPI CreateIoCompletionPort(HANDLE FileHandle, HANDLE ExistingCompletionPort, ULONG_PTR CompletionKey, DWORD) {
  return guarded(HANDLE{nullptr}, [&] {
    return ExistingCompletionPort == nullptr ? make_port(FileHandle, CompletionKey)
                                             : join_port(FileHandle, ExistingCompletionPort, CompletionKey);
  });
}

BOOL WINAPI GetQueuedCompletionStatus(HANDLE CompletionPort, LPDWORD lpNumberOfBytesTransferred,
                                      PULONG_PTR lpCompletionKey, LPOVERLAPPED* lpOverlapped, DWORD dwMilliseconds) {
  if (lpNumberOfBytesTransferred == nullptr || lpCompletionKey == nullptr || lpOverlapped == nullptr)
    return fail(FALSE, ERROR_INVALID_PARAMETER);
  *lpOverlapped = nullptr;
  auto port = find_port(CompletionPort);
  if (port == nullptr) return fail(FALSE, ERROR_INVALID_HANDLE);
  inlet::provider::CompletionPort::Packet packet;
  size_t taken = 0;
  const auto outcome = port->get({&packet, 1}, &taken, dwMilliseconds, false);
  if (outcome != inlet::provider::CompletionPort::Outcome::taken) return fail(FALSE, code_of(outcome));
  *lpNumberOfBytesTransferred = packet.bytes;
  *lpCompletionKey = packet.key;
  *lpOverlapped = packet.overlapped;
  const DWORD reason = inlet::provider::win32_error_of(packet.status);
  return reason == 0 ? TRUE : fail(FALSE, static_cast<int>(reason));
}

BOOL WINAPI GetQueuedCompletionStatusEx(HANDLE CompletionPort, LPOVERLAPPED_ENTRY lpCompletionPortEntries,
                                        ULONG ulCount, PULONG ulNumEntriesRemoved, DWORD dwMilliseconds,
                                        BOOL fAlertable) {
  if (lpCompletionPortEntries == nullptr || ulNumEntriesRemoved == nullptr || ulCount == 0)
    return fail(FALSE, ERROR_INVALID_PARAMETER);
  *ulNumEntriesRemoved = 0;
  auto port = find_port(CompletionPort);
  if (port == nullptr) return fail(FALSE, ERROR_INVALID_HANDLE);
  return take_entries(*port, lpCompletionPortEntries, ulCount, ulNumEntriesRemoved, dwMilliseconds,
                      fAlertable != FALSE);
}

BOOL WINAPI PostQueuedCompletionStatus(HANDLE CompletionPort, DWORD dwNumberOfBytesTransferred,
                                       ULONG_PTR dwCompletionKey, LPOVERLAPPED lpOverlapped) {
  auto port = find_port(CompletionPort);
  if (port == nullptr) return fail(FALSE, ERROR_INVALID_HANDLE);
  const bool posted = port->post({dwNumberOfBytesTransferred, dwCompletionKey, lpOverlapped, 0});
  return posted ? TRUE : fail(FALSE, ERROR_NOT_ENOUGH_MEMORY);
}

BOOL WINAPI CancelIo(HANDLE hFile) {
  return cancel(hFile, nullptr, true);
}
BOOL WINAPI CancelIoEx(HANDLE hFile, LPOVERLAPPED lpOverlapped) {
  return cancel(hFile, lpOverlapped, false);
}

BOOL WINAPI GetOverlappedResult(HANDLE hFile, LPOVERLAPPED lpOverlapped, LPDWORD lpNumberOfBytesTransferred,
                                BOOL bWait) {
  if (lpOverlapped == nullptr || lpNumberOfBytesTransferred == nullptr) return fail(FALSE, ERROR_INVALID_PARAMETER);
  ProcTable table = is_started() && may_be_socket(hFile) ? find_table(reinterpret_cast<SOCKET>(hFile)) : nullptr;
  if (table == nullptr) return fail(FALSE, ERROR_INVALID_HANDLE);
  DWORD flags = 0;
  int code = 0;
  const BOOL ok = table->lpWSPGetOverlappedResult(reinterpret_cast<SOCKET>(hFile), lpOverlapped,
                                                  lpNumberOfBytesTransferred, bWait, &flags, &code);
  return ok ? TRUE : fail(FALSE, overlapped_error(*lpOverlapped, code));
}
