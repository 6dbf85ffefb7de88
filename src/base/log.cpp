#include "base/log.h"

#include <cstdio>

namespace inlet {

void log_line(std::string_view text) {
  std::fprintf(stderr, "inlet: %.*s\n", static_cast<int>(text.size()), text.data());
}

}  // namespace inlet
