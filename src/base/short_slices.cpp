#include "base/short_slices.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

namespace inlet {

namespace {

// As sched_setattr(2) has it; the C library of Debian 12 does not know it.
struct Attributes {
  uint32_t size;
  uint32_t policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t slice_ns;  // in the time-sharing policies; 0: the system's own
  uint64_t deadline_ns;
  uint64_t period_ns;
};
static_assert(sizeof(Attributes) == 48);

enum class Slices : uint8_t { as_inherited, usual, are_short };
constinit thread_local Slices slices = Slices::as_inherited;

}  // namespace

void take_short_slices(bool are_short) {
  const Slices wanted = are_short ? Slices::are_short : Slices::usual;
  if (std::exchange(slices, wanted) == wanted) return;
  Attributes attributes{};
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
  if (attributes.policy != SCHED_OTHER && attributes.policy != SCHED_BATCH) return;
  if ((attributes.slice_ns == kShortSlice_ns) == are_short) return;
  attributes.slice_ns = are_short ? kShortSlice_ns : 0;
  syscall(SYS_sched_setattr, 0, &attributes, 0);  // with all else, such as the niceness, as it was found
}

}  // namespace inlet
