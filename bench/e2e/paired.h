// Comparing two sides by slices of one run that lie next to each other: the machine is the same for both halves of a pair.
#ifndef INLET_BENCH_PAIRED_H
#define INLET_BENCH_PAIRED_H

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <vector>

namespace inlet::bench {

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// The value below which that fraction of them lies.
inline double at(std::vector<double> values, double fraction) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(fraction * static_cast<double>(values.size() - 1))];
}

struct Interval {
  double low, high;
};

// Between which values the median of what the samples were drawn from lies, in 95 of 100 cases, whatever their distribution: the
// number of samples below it is binomial, so the ranks half of them -/+ 0.98 of their root enclose it.
inline Interval interval_of_median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto count = static_cast<double>(values.size());
  const double half_width = 0.98 * std::sqrt(count);
  const auto low = static_cast<size_t>(std::max(0.0, std::floor(count / 2 - half_width)));
  const auto high = static_cast<size_t>(std::ceil(count / 2 + half_width));
  return {values[low], values[std::min(high, values.size() - 1)]};
}

struct Cost {
  double span_ns, cpu_ns;  // of one round
};

// The medians of both sides, and the ratios pair by pair: rate by the clock, CPU by the time that the process has used, which
// other work on the machine changes less. Above 1 is better than the reference.
struct Paired {
  std::vector<double> reference_ns, ours_ns, rates, cpu_ratios;

  // The side that goes first changes with every pair.
  template <class Reference, class Ours>
  void add(unsigned round, Reference reference, Ours ours) {
    Cost theirs_cost{}, ours_cost{};
    const bool ours_first = round % 2 == 1;
    if (ours_first) ours_cost = ours();
    theirs_cost = reference();
    if (!ours_first) ours_cost = ours();
    reference_ns.push_back(theirs_cost.span_ns);
    ours_ns.push_back(ours_cost.span_ns);
    rates.push_back(theirs_cost.span_ns / ours_cost.span_ns);
    cpu_ratios.push_back(theirs_cost.cpu_ns / ours_cost.cpu_ns);
  }

  // "median reference, median ours | rate (10 % .. 90 %) | CPU (10 % .. 90 %)"
  void print(const char* name) const {
    std::printf("%-36s %9.0f %9.0f | %6.3f (%.3f .. %.3f) | %6.3f (%.3f .. %.3f)", name, median(reference_ns),
                median(ours_ns), median(rates), at(rates, 0.1), at(rates, 0.9), median(cpu_ratios), at(cpu_ratios, 0.1),
                at(cpu_ratios, 0.9));
  }
  static void print_head(const char* reference, const char* ours) {
    std::printf("%-36s %9s %9s | %-23s | %-23s\n", "loop", reference, ours, "rate (10 % .. 90 %)",
                "CPU (10 % .. 90 %)");
  }
};

}  // namespace inlet::bench

#endif
