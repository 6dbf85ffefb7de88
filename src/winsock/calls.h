// How the calls about names end: one place where errors become the thread's last error and no exception gets out.
#pragma once

#include <new>

#include "base/error.h"
#include "winsock/last_error.h"
#include "winsock/startup.h"

namespace inlet::winsock {

// Sets the last error, 0 after a success, and returns it.
inline int ended(Error error) {
  set_last_error(wsa_code(error));
  return wsa_code(error);
}

// Runs a body that returns an Error. Running out of memory becomes out_of_memory.
template <class Body>
Error guarded(Error out_of_memory, Body body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return out_of_memory;
  }
}

// The same for calls that need a WSAStartup.
template <class Body>
Error guarded_call(Error out_of_memory, Body body) {
  if (base_provider() == nullptr) return Error::not_initialised;
  return guarded(out_of_memory, body);
}

}  // namespace inlet::winsock
