// A log-linear histogram of latencies: 64 buckets for each power of two, so every value is kept to within 1.6 per cent.
#ifndef INLET_BENCH_HISTOGRAM_H
#define INLET_BENCH_HISTOGRAM_H

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace inlet::bench {

class Histogram {
 public:
  void add(uint64_t value_ns) {
    ++buckets_[index_of(value_ns)];
    ++count_;
    max_ns_ = std::max(max_ns_, value_ns);
  }

  void merge(const Histogram& other) {
    for (size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    max_ns_ = std::max(max_ns_, other.max_ns_);
  }

  uint64_t count() const { return count_; }
  uint64_t max_ns() const { return max_ns_; }

  // Returns  The smallest bucket bound that at least `fraction` of the values do not exceed, in microseconds; 0 when
  // empty.
  double percentile_us(double fraction) const {
    const auto wanted = static_cast<uint64_t>(fraction * static_cast<double>(count_));
    uint64_t seen = 0;
    for (size_t i = 0; i < kBuckets; ++i) {
      seen += buckets_[i];
      if (seen > wanted) return static_cast<double>(std::min(upper_of(i), max_ns_)) / 1000.0;
    }
    return static_cast<double>(max_ns_) / 1000.0;
  }

  double max_us() const { return static_cast<double>(max_ns_) / 1000.0; }

 private:
  static constexpr unsigned kSubBits = 6;
  static constexpr uint64_t kSub = 1U << kSubBits;
  static constexpr size_t kBuckets = (64 - kSubBits + 1) * kSub;

  // Values below 64 have a bucket each; above, the six bits after the leading one choose the bucket within its power of
  // two.
  static size_t index_of(uint64_t value) {
    if (value < kSub) return value;
    const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - kSubBits - 1;
    return (static_cast<size_t>(shift) + 1) * kSub + ((value >> shift) & (kSub - 1));
  }

  static uint64_t upper_of(size_t index) {
    if (index < kSub) return index;
    const auto shift = static_cast<unsigned>(index / kSub - 1);
    return ((kSub + index % kSub) << shift) + ((1ULL << shift) - 1);
  }

  std::array<uint64_t, kBuckets> buckets_{};
  uint64_t count_ = 0;
  uint64_t max_ns_ = 0;
};

}  // namespace inlet::bench

#endif
