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
};

inline constexpr Scenario kScenarios[] = {
    {"c64", LoadMode::echo, 64, 64, 1},    {"c1", LoadMode::echo, 1, 64, 1},    {"c1000", LoadMode::echo, 1000, 64, 1},
    {"16k", LoadMode::echo, 64, 16384, 1}, {"p16", LoadMode::echo, 64, 64, 16}, {"conn", LoadMode::churn, 64, 64, 1},
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
