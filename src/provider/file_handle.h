// HANDLEs of files: on Linux there are no file objects, so the HANDLE of a file is its descriptor with a mark (<io.h>).
#pragma once

#include <ws2spi.h>

namespace inlet::provider {

inline constexpr ULONG_PTR kFileHandleMark = ULONG_PTR{0x46494c45} << 32;
inline constexpr ULONG_PTR kFileHandleMask = ~ULONG_PTR{0} << 32;

inline HANDLE file_handle_of(int descriptor) {
  return reinterpret_cast<HANDLE>(kFileHandleMark | static_cast<uint32_t>(descriptor));
}

// -1 when the HANDLE is no file's.
inline int descriptor_of(HANDLE file) {
  const auto value = reinterpret_cast<ULONG_PTR>(file);
  return (value & kFileHandleMask) == kFileHandleMark ? static_cast<int>(value & INT32_MAX) : -1;
}

}  // namespace inlet::provider
