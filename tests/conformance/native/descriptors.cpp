#include "conformance/native/descriptors.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace conformance {
namespace {

void set_limit(unsigned long value) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = value;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

// The limit is the lowest free number, so whatever is open stays open and nothing can be added.
NoDescriptors::NoDescriptors() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit_ = limit.rlim_cur;
  const int lowest = fcntl(0, F_DUPFD_CLOEXEC, 0);
  if (lowest < 0) return;
  close(lowest);
  set_limit(static_cast<unsigned long>(lowest));
}

NoDescriptors::~NoDescriptors() {
  set_limit(limit_);
}

}  // namespace conformance
