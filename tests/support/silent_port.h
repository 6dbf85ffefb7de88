// A port of the loopback at which connects are not answered, so that they go on for a minute. Made with plain system calls,
// because the library's own listeners refuse instead.
#pragma once

#include <cstdint>

namespace inlet::test {

class SilentPort {
 public:
  SilentPort();
  ~SilentPort();
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;

  // 0 when it could not be made.
  uint16_t port() const { return port_; }

 private:
  bool open();

  int listener_ = -1;
  int client_ = -1;
  uint16_t port_ = 0;
};

}  // namespace inlet::test
