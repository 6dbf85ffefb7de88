// One sink for the few lines the library writes on its own: faults that no caller can be told of.
#pragma once

#include <string_view>

namespace inlet {

// Thread   Any. At most a few lines a second of one kind: callers use it only for events that a stranger cannot provoke at will.
void log_line(std::string_view text);

}  // namespace inlet
