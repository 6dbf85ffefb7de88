// For as long as it lives, this process gets only so many more descriptors.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

namespace inlet::test {

class DescriptorLimit {
 public:
  // Descriptors that are open stay usable, and poll takes as many entries as before and more.
  explicit DescriptorLimit(int more = 0) {
    const int lowest_free = ::dup(STDERR_FILENO);
    ::close(lowest_free);
    set_ = ::getrlimit(RLIMIT_NOFILE, &before_) == 0;
    rlimit few = before_;
    few.rlim_cur = static_cast<rlim_t>(lowest_free + more);
    set_ = set_ && ::setrlimit(RLIMIT_NOFILE, &few) == 0;
  }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;
  ~DescriptorLimit() {
    if (set_) ::setrlimit(RLIMIT_NOFILE, &before_);
  }

  bool is_set() const { return set_; }

 private:
  rlimit before_{};
  bool set_ = false;
};

}  // namespace inlet::test
