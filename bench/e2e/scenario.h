// The named loads that servers are compared under.
#ifndef INLET_BENCH_SCENARIO_H
#define INLET_BENCH_SCENARIO_H

#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "e2e/load_plan.h"

namespace inlet::bench {

struct Scenario {
  const char* name;
  LoadMode mode;
  unsigned connections;
  unsigned size_bytes;
  unsigned pipeline;
  bool tls;
};

inline constexpr Scenario kScenarios[] = {
    {"c1", LoadMode::echo, 1, 64, 1, false},        {"c64", LoadMode::echo, 64, 64, 1, false},
    {"c1000", LoadMode::echo, 1000, 64, 1, false},  {"c10000", LoadMode::echo, 10000, 64, 1, false},
    {"16k", LoadMode::echo, 64, 16384, 1, false},   {"p16", LoadMode::echo, 64, 64, 16, false},
    {"conn", LoadMode::churn, 64, 64, 1, false},    {"tls", LoadMode::echo, 64, 64, 1, true},
    {"tls-conn", LoadMode::churn, 16, 64, 1, true},
};

// "c64,c1" -> the scenarios of those names, in that order.
inline std::vector<Scenario> scenarios_from(const std::string& names) {
  std::vector<Scenario> chosen;
  std::istringstream in(names);
  for (std::string name; std::getline(in, name, ',');) {
    const size_t before = chosen.size();
    for (const Scenario& scenario : kScenarios) {
      if (name == scenario.name) chosen.push_back(scenario);
    }
    if (chosen.size() == before) throw std::invalid_argument("no such scenario: " + name);
  }
  return chosen;
}

}  // namespace inlet::bench

#endif
