// The buffers of an ioctl.
#pragma once

#include <winsock2.h>

#include <cstring>

#include "base/result.h"

namespace inlet::provider {

struct IoctlRequest {
  DWORD code;
  const void* in;
  DWORD in_bytes;
  void* out;
  DWORD out_bytes;
  DWORD* returned;
};

// Errors   fault   the buffer is NULL or too small
template <class T>
Result<T> read_in(const IoctlRequest& request) {
  if (request.in == nullptr || request.in_bytes < sizeof(T)) return Error::fault;
  T value{};
  std::memcpy(&value, request.in, sizeof(value));
  return value;
}

// Errors   fault   the buffer is NULL or too small
template <class T>
Result<void> write_out(const IoctlRequest& request, const T& value) {
  if (request.out == nullptr || request.out_bytes < sizeof(T)) return Error::fault;
  std::memcpy(request.out, &value, sizeof(value));
  *request.returned = sizeof(T);
  return {};
}

}  // namespace inlet::provider
