// Entries of the table that this provider does not have yet: each fails with WSAEOPNOTSUPP through its last argument.
//
#pragma once

#include <type_traits>

#include "provider/linux/calls.h"

namespace inlet::provider {

// kFailure is the value by which the entry says that it failed; SOCKET_ERROR is INVALID_SOCKET when it becomes a
// SOCKET. A BOOL is an int to the compiler, so the two BOOL entries have a name of their own.
template <auto kFailure, class Function>
struct Unsupported;

template <auto kFailure, class Value, class... Arguments>
struct Unsupported<kFailure, Value (*)(Arguments...)> {
  static Value WSPAPI call(Arguments... arguments) {
    LPINT error = nullptr;
    // The last argument is lpErrno in every entry.
    ((error =
          [&](auto argument) {
            if constexpr (std::is_same_v<decltype(argument), LPINT>)
              return argument;
            else
              return error;
          }(arguments)),
     ...);
    failed(error, Error::not_supported);
    return static_cast<Value>(kFailure);
  }
};

template <class Function>
constexpr Function kUnsupported = Unsupported<SOCKET_ERROR, Function>::call;
template <class Function>
constexpr Function kUnsupportedBool = Unsupported<FALSE, Function>::call;

}  // namespace inlet::provider
