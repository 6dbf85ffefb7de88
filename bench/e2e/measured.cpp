#include "e2e/measured.h"

#include "e2e/others_watch.h"

namespace inlet::bench {

Measured facts_of(const LoadResult& result) {
  Measured measured;
  const auto window_ns = static_cast<double>(result.window_ns);
  measured.rate = result.rate();
  measured.server_ns = result.server_ns_per_echo();
  measured.p50_us = result.latency.percentile_us(0.5);
  measured.p99_us = result.latency.percentile_us(0.99);
  measured.p999_us = result.latency.percentile_us(0.999);
  measured.max_us = result.latency.max_us();
  measured.client_percent = percent(static_cast<double>(result.client_cpu_ns), window_ns);
  measured.server_percent = percent(static_cast<double>(result.server_cpu_ns), window_ns);
  measured.bad = result.wrong_bytes + result.lost_bytes + result.failures;
  return measured;
}

}  // namespace inlet::bench
