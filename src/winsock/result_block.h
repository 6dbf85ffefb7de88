// The memory of a result that Winsock keeps for the caller: one block for each thread and kind of call.
//
// Windows packs such a result in a fixed order - the structure, its lists of pointers, what they point to - and programs
// copy it as a whole, so ours are packed the same way. A block grows when it must and stays where it is otherwise.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>
#include <string_view>
#include <vector>

#include <winsock2.h>

#include "base/assert.h"

namespace inlet::winsock {

// Thread: one. Owner: a thread_local of the calls that hand the block out.
class ResultBlock {
 public:
  // Throws bad_alloc; the block of before is then still whole.
  void begin(size_t bytes) {
    const size_t needed = std::max<size_t>(bytes, MAXGETHOSTSTRUCT) / sizeof(std::max_align_t) + 1;
    if (needed > units_.size()) units_ = std::vector<std::max_align_t>(needed);
    used_ = 0;
  }

  // Room for count objects, set to zero. Sizes larger than a pointer's must be multiples of it.
  template <class T>
  T* take(size_t count = 1) {
    static_assert(sizeof(T) == 1 || sizeof(T) % sizeof(void*) == 0);
    return static_cast<T*>(take_bytes(count * sizeof(T)));
  }
  char* put(std::string_view bytes) {
    char* const place = take<char>(bytes.size() + 1);
    bytes.copy(place, bytes.size());
    return place;
  }

 private:
  void* take_bytes(size_t bytes) {
    INLET_ASSERT(used_ + bytes <= units_.size() * sizeof(std::max_align_t));
    void* const place = reinterpret_cast<char*>(units_.data()) + used_;
    std::memset(place, 0, bytes);
    used_ += bytes;
    return place;
  }

  std::vector<std::max_align_t> units_;
  size_t used_ = 0;
};

}  // namespace inlet::winsock
