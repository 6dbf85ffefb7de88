// The two conversions of streams: line ends that become CR LF, and text between UTF-8 on the network and UTF-16 in memory. Both go on
// over the borders of parts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/stream_marker.h"

namespace inlet::server {

struct StreamForm {
  bool crlf = false;
  bool utf16 = false;
  bool is_plain() const { return !crlf && !utf16; }
};

// What of the bytes that come belongs to a stream, and what is stored for them.
class StreamIntake {
 public:
  StreamIntake(StreamForm form, std::string_view marker, uint64_t room);

  // Appends to out what is stored for the bytes.
  // Returns  how many of them belong to the stream; fewer than size when it is complete.
  size_t take(const char* data, size_t size, std::string& out);

  // The peer has closed: appends what stands for a character that is cut off.
  void finish(std::string& out);

  bool is_complete() const { return complete_; }

 private:
  bool has_room_for(char byte) const;
  void put(char byte, std::string& out);
  void put_text(char byte, std::string& out);
  void put_code(uint32_t code, std::string& out);
  void put_replacement(std::string& out);

  const StreamForm form_;
  StreamMarker marker_;
  uint64_t room_;
  bool complete_ = false;
  bool after_cr_ = false;
  uint32_t code_ = 0;     // of the character that is not complete yet
  unsigned missing_ = 0;  // bytes that it still needs
  uint32_t least_ = 0;    // below which it would be too long a form
};

// What is sent for the bytes of a source.
class StreamOutflow {
 public:
  explicit StreamOutflow(StreamForm form) : form_(form) {}
  void take(const char* data, size_t size, std::string& out);
  // The source has ended.
  void finish(std::string& out);

 private:
  void put_unit(char16_t unit, std::string& out);
  void put_code(uint32_t code, std::string& out);

  const StreamForm form_;
  bool after_cr_ = false;
  bool has_half_ = false;  // the first byte of a unit has come
  unsigned char half_ = 0;
  char16_t high_ = 0;  // a surrogate that waits for its second half
};

}  // namespace inlet::server
