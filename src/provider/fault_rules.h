// The rules of the fault layer and the counters they look at. Tests use fault.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "provider/fault.h"

namespace inlet::provider::fault {

// What is to be done to one call.
struct Verdict {
  int code = 0;
  bool after = false;
  uint32_t limit_bytes = 0;
  uint32_t delay_ms = 0;
};

// Counts a call and judges it. Thread: any; no lock, no allocation.
Verdict judge(Function function);

// Errors   invalid
struct Parsed {
  std::vector<Rule> rules;
  std::optional<uint64_t> seed;
};
Result<Parsed> parse_rules(std::string_view text);

}  // namespace inlet::provider::fault
