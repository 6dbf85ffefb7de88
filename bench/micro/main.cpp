// micro [--benchmark_filter=REGEX] [--benchmark_min_time=SECONDS]: what single parts of the engine cost.
#include <benchmark/benchmark.h>

BENCHMARK_MAIN();
