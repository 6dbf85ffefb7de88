// What a test and the second process that it starts (heir.cpp) say to each other: orders one way, answers the other, over a
// pair of pipes.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace inlet::provider::test {

enum class Verb : uint32_t {
  open,         // text: a WSAPROTOCOL_INFOW
  send,         // text
  receive,      // number: bytes
  accept,       // the connection takes the place of the listener, which is closed
  option,       // number: of SOL_SOCKET; answers its value
  nonblocking,  // number: on or off
  close,
  descriptors,  // answers how many are open
};

struct Order {
  Verb verb;
  uint32_t number;
  uint32_t size;  // of the text that follows
};

struct Answer {
  int32_t code;  // of Winsock, or 0
  int32_t number;
  uint32_t size;
};

// False at the end of the pipe.
inline bool write_all(int fd, const void* data, size_t size) {
  const char* at = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t done = ::write(fd, at, size);
    if (done <= 0) return false;
    at += done;
    size -= static_cast<size_t>(done);
  }
  return true;
}

inline bool read_all(int fd, void* data, size_t size) {
  char* at = static_cast<char*>(data);
  while (size > 0) {
    const ssize_t done = ::read(fd, at, size);
    if (done <= 0) return false;
    at += done;
    size -= static_cast<size_t>(done);
  }
  return true;
}

inline bool read_text(int fd, size_t size, std::string* text) {
  text->resize(size);
  return read_all(fd, text->data(), size);
}

}  // namespace inlet::provider::test
