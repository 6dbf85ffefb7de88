// Finds a sequence of bytes in a stream, however the stream is cut into parts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inlet::server {

// Knuth, Morris and Pratt: after each byte it is known how many of the marker's first bytes are the last that came. So a marker
// whose beginning occurs in itself is not missed, and no byte is looked at twice.
class StreamMarker {
 public:
  // An empty marker is never found. Throws std::bad_alloc.
  explicit StreamMarker(std::string_view marker) : marker_(marker), fallback_(marker.size()) {
    for (size_t at = 1, length = 0; at < marker_.size(); ++at) {
      length = extended(length, marker_[at]);
      fallback_[at] = static_cast<uint32_t>(length);
    }
  }

  bool is_empty() const { return marker_.empty(); }

  // Returns  true when this byte is the marker's last.
  bool feed(char byte) {
    if (marker_.empty()) return false;
    matched_ = extended(matched_, byte);
    return matched_ == marker_.size();
  }

 private:
  size_t extended(size_t length, char byte) const {
    while (length > 0 && (length == marker_.size() || marker_[length] != byte)) length = fallback_[length - 1];
    return marker_[length] == byte ? length + 1 : length;
  }

  const std::string marker_;
  std::vector<uint32_t> fallback_;  // for each length - 1: the longest proper beginning that is also its end
  size_t matched_ = 0;
};

}  // namespace inlet::server
