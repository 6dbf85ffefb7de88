// What a server did under a load.
#ifndef INLET_BENCH_MEASURED_H
#define INLET_BENCH_MEASURED_H

#include <cstdint>

#include "e2e/load_plan.h"

namespace inlet::bench {

struct Measured {
  double rate = 0;
  double server_ns = 0;  // processor time of the server for one echo
  double p50_us = 0, p99_us = 0, p999_us = 0, max_us = 0;
  double others_percent = 0;  // what the rest of the machine did meanwhile, of one processor
  double client_percent = 0;
  double server_percent = 0;
  uint64_t bad = 0;  // wrong or lost bytes, connections that failed, a server that did not end well
};

Measured facts_of(const LoadResult& result);

}  // namespace inlet::bench

#endif
