// How long at a time a thread runs beside others that want its processor.
#pragma once

#include <cstdint>

namespace inlet {

constexpr uint64_t kShortSlice_ns = 100'000;  // the shortest that Linux grants

// Asks for slices of kShortSlice_ns for the calling thread, or for the system's usual ones again. Its share of the processor stays the
// same; it waits less for it when many others have just woken up. A thread that it starts meanwhile inherits them.
//
// Nothing happens on Linux before 6.12, where the system does not let a thread ask, and to a thread with a policy that has no such
// slices. Nothing else depends on it.
void take_short_slices(bool are_short);

}  // namespace inlet
