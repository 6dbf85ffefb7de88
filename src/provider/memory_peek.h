// Reads memory that may not be there, as a trace must: pointers come from programs, and a wrong one is their error code.
#pragma once

#include <cstddef>

namespace inlet::provider {

// Returns  Whether all size bytes could be read.
bool peek_memory(const void* from, void* to, size_t size);

template <class T>
bool peek_value(const void* from, T& value) {
  return from != nullptr && peek_memory(from, &value, sizeof value);
}

}  // namespace inlet::provider
