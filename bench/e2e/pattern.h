// The bytes a client sends: a function of the connection and of the position in its stream.
//
// Because both go into every byte, an echo that is swapped between connections, repeated, shifted or torn is found, and
// nobody has to keep what was sent. Eight bytes come from one multiplication, so checking costs little beside the recv.
#ifndef INLET_BENCH_PATTERN_H
#define INLET_BENCH_PATTERN_H

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace inlet::bench {

inline uint64_t mixed(uint64_t value) {
  value ^= value >> 30;
  value *= 0xbf58476d1ce4e5b9ULL;
  value ^= value >> 27;
  value *= 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

class Pattern {
 public:
  explicit Pattern(uint64_t connection) : seed_(mixed(connection + 0x9e3779b97f4a7c15ULL)) {}

  void fill(uint64_t position, std::span<unsigned char> into) const {
    walk(position, into.size(), [&](size_t at, const unsigned char* bytes, size_t count) {
      std::memcpy(into.data() + at, bytes, count);
      return true;
    });
  }

  // Returns  How many bytes differ from what this connection sent at that position.
  size_t wrong(uint64_t position, std::span<const unsigned char> got) const {
    size_t count_wrong = 0;
    walk(position, got.size(), [&](size_t at, const unsigned char* bytes, size_t count) {
      if (std::memcmp(got.data() + at, bytes, count) != 0) {
        for (size_t i = 0; i < count; ++i) count_wrong += got[at + i] != bytes[i];
      }
      return true;
    });
    return count_wrong;
  }

 private:
  template <typename Visit>
  void walk(uint64_t position, size_t size, Visit visit) const {
    size_t at = 0;
    while (at < size) {
      const uint64_t word = mixed(seed_ ^ ((position + at) / 8));
      unsigned char bytes[8];
      std::memcpy(bytes, &word, sizeof bytes);
      const size_t skip = (position + at) % 8;
      const size_t count = size - at < 8 - skip ? size - at : 8 - skip;
      visit(at, bytes + skip, count);
      at += count;
    }
  }

  uint64_t seed_;
};

}  // namespace inlet::bench

#endif
