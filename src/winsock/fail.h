// How the functions of windows.h fail: a code in the thread's last error, and never an exception.
#pragma once

#include <new>

#include <winerror.h>

#include "winsock/last_error.h"

namespace inlet::winsock {

template <class Value>
Value fail(Value result, int code) {
  set_last_error(code);
  return result;
}

// Runs body; without memory the function fails. Other exceptions pass: they are the end of a thread on its way out.
template <class Value, class Body>
Value guarded(Value failure, Body body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return fail(failure, ERROR_NOT_ENOUGH_MEMORY);
  }
}

}  // namespace inlet::winsock
