// One line of a trace, put together on the stack. What does not fit is cut off.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <ws2spi.h>

#include "provider/functions.h"

struct timeval;

namespace inlet::provider::trace {

class Line {
 public:
  void text(std::string_view text);
  void number(int64_t value);
  void hex(uint64_t value);
  void bytes(const void* data, size_t size);  // readable; two digits each
  // Time of day, thread.
  void stamp();

  // The arguments of a call, each by its type. Pointers are followed as far as their memory is there.
  void argument(uintptr_t value) { hex(value); }  // SOCKET, DWORD_PTR
  void argument(int value) { number(value); }
  void argument(uint32_t value) { number(value); }
  void argument(const sockaddr* address);
  void argument(const int* value);
  void argument(const DWORD* value);
  void argument(const WSABUF* buffer);  // the first of an array
  void argument(const WSAPROTOCOL_INFOW* info);
  void argument(const WCHAR* text);
  void argument(const fd_set* set);
  void argument(const timeval* time);
  // Everything else: an address, and what is there when it looks like an option's value.
  template <class T>
  void argument(T* pointer) {
    if constexpr (std::is_void_v<T> || std::is_same_v<std::remove_const_t<T>, char>)
      value_at(pointer);
    else
      hex(reinterpret_cast<uintptr_t>(pointer));
  }

  // The line with a newline behind it.
  std::string_view finish();

 private:
  void value_at(const void* pointer);
  void address_v6(const void* bytes);

  static constexpr size_t kSize = 1024;
  std::array<char, kSize> buffer_;
  size_t used_ = 0;
};

}  // namespace inlet::provider::trace
