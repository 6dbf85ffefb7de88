// The library, ready for use while this object lives.
#ifndef INLET_TOOL_LIBRARY_H
#define INLET_TOOL_LIBRARY_H

#include <cswsock10.h>

namespace inlet::tool {

class Library {
 public:
  Library() : ready_(InetInitialize(nullptr, nullptr) != FALSE) {}
  ~Library() {
    if (ready_) InetUninitialize();
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  // When false, InetGetLastError of the constructing thread says why.
  bool ready() const { return ready_; }

 private:
  const bool ready_;
};

}  // namespace inlet::tool

#endif  // INLET_TOOL_LIBRARY_H
