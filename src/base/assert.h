// Assertions that stay on in release builds: a broken invariant stops the process instead of serving wrong bytes.
#pragma once

namespace inlet {

// Writes one line to standard error and aborts.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace inlet

// Our own bug. For mistakes of the caller there are error codes.
#define INLET_ASSERT(expression) \
  (__builtin_expect(!!(expression), 1) ? void(0) : ::inlet::assertion_failed(#expression, __FILE__, __LINE__))
