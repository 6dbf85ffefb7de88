// What every call of Winsock does around the entry of a provider: find whose socket it is, take the entry's code over into
// the thread's last error.
#pragma once

#include <type_traits>

#include <ws2spi.h>

#include "winsock/last_error.h"
#include "winsock/socket_map.h"
#include "winsock/startup.h"
#include "winsock/thread_ids.h"

namespace inlet::winsock {

// What a call of each kind returns when it fails.
template <class Value>
struct Failure;
template <>
struct Failure<int> {
  static constexpr int kValue = SOCKET_ERROR;
};
template <>
struct Failure<SOCKET> {
  static constexpr SOCKET kValue = INVALID_SOCKET;
};

// A BOOL is an int to the compiler.
enum class Truth : BOOL { no = FALSE, yes = TRUE };
template <>
struct Failure<Truth> {
  static constexpr Truth kValue = Truth::no;
};

template <class Value>
Value fail(int code) {
  set_last_error(code);
  return Failure<Value>::kValue;
}
inline int fail(int code) {
  return fail<int>(code);
}

// A provider that fails without a code must not look like success.
template <class Value>
inline Value concluded(Value result, int code) {
  if (result != Failure<Value>::kValue) [[likely]] {
    set_last_error(0);
    return result;
  }
  return fail<Value>(code != 0 ? code : WSASYSCALLFAILURE);
}

// Calls an entry of the socket's provider: call(table, lpErrno). No lock is held and nothing is allocated.
template <class Call>
inline auto forward(SOCKET s, Call call) {
  using Value = std::invoke_result_t<Call, const WSPPROC_TABLE&, LPINT>;
  if (!is_started()) [[unlikely]]
    return fail<Value>(WSANOTINITIALISED);
  ProcTable table = find_table(s);
  if (table == nullptr) [[unlikely]]
    return fail<Value>(WSAENOTSOCK);
  int code = 0;
  const Value result = call(*table, &code);
  return concluded(result, code);
}

// The thread whose alertable waits run a completion routine. Asked for only when there is a routine, because a thread that is
// reachable costs a descriptor.
inline LPWSATHREADID thread_for(LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) {
  return routine != nullptr ? calling_thread_id() : nullptr;
}

}  // namespace inlet::winsock
