// A shortage of descriptors, which only the system's own calls can make.
#pragma once

namespace conformance {

// While one lives, the process can open no further descriptor.
class NoDescriptors {
 public:
  NoDescriptors();
  ~NoDescriptors();
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  unsigned long limit_;
};

}  // namespace conformance
