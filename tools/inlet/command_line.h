// What the user typed, checked.
#ifndef INLET_TOOL_COMMAND_LINE_H
#define INLET_TOOL_COMMAND_LINE_H

#include <variant>

#include "connect.h"
#include "serve.h"

namespace inlet::tool {

// The command to run; or, when there is nothing to run (help was asked for, or the usage was wrong), the exit code.
using Command = std::variant<ServeOptions, ConnectOptions, int>;

// Prints help and version on standard output, mistakes on standard error.
Command parse_command_line(int argc, char** argv);

}  // namespace inlet::tool

#endif  // INLET_TOOL_COMMAND_LINE_H
