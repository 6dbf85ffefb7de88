// Lines of a stranger, cut into packets and read into buffers of any size. The lines must be the same however they are cut.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "server/line_text.h"

namespace {

struct Room {
  size_t left;
  bool take(unsigned char) { return left == 0 ? false : (--left, true); }
  bool is_full() const { return left == 0; }
};

// The lines, and what of an unfinished one came last.
std::vector<std::string> lines_of(const std::string& text, size_t part, size_t capacity) {
  std::vector<std::string> lines;
  bool owed = false;
  size_t at = 0;
  while (at < text.size()) {
    Room room{capacity};
    const std::unique_ptr<char[]> into(new char[capacity]);  // of exactly its size, so that writing too far is seen
    size_t length = 0;
    bool complete = false;
    while (!complete && at < text.size()) {
      const std::string piece = text.substr(at, part);
      size_t used = 0;
      complete = inlet::server::take_line(piece.data(), piece.size(), used, into.get(), room, length, owed);
      if (used > piece.size() || (!complete && used != piece.size()) || length > capacity) std::abort();
      at += used;
    }
    if (complete || length > 0) lines.emplace_back(into.get(), length);
  }
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string all;
  for (const std::string& line : lines) all += line;
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const size_t part = data[0] + 1u, capacity = data[1] + 1u;
  const std::string text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto lines = lines_of(text, part, capacity);
  if (lines != lines_of(text, text.size() + 1, capacity)) std::abort();
  std::string expected = text;
  std::erase_if(expected, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
  if (joined(lines) != expected) std::abort();
  for (const std::string& line : lines)
    if (line.size() > capacity) std::abort();
  return 0;
}
