// The functions that a provider has beside its table.
#pragma once

#include <mswsock.h>

namespace inlet::winsock {

using AnyFunction = void (*)();

// Asks the provider of s. nullptr with *code set when it does not have the function, or s is not a socket.
AnyFunction find_any_extension(SOCKET s, const GUID& id, int* code);

template <class Function>
Function find_extension(SOCKET s, const GUID& id, int* code) {
  return reinterpret_cast<Function>(find_any_extension(s, id, code));
}

}  // namespace inlet::winsock
