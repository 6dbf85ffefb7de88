// The trace layer: one line for each call that goes down, with its arguments, its result and how long it took.
//
//     14:51:26.123456 4711 WSPRecv(0x100000008, {16384}, 1, [5], [0], ...) = 0 (3 us)
//     14:51:26.123470 4711 WSPSend(0x100000008, {5}, 1, [0], 0, ...) = -1 WSAECONNRESET 10054 (2 us)
//
// It stands in a chain like any layer: INLET_LAYERS=trace. Lines go to the file INLET_TRACE_FILE (it is appended to),
// else to standard error, or to a program's sink. INLET_TRACE_LEVEL is "off", "errors", "calls" (the default) or "data",
// which adds the first 64 bytes that were moved, in hexadecimal.
//
// Arguments are read after the call, so results are seen in them; memory that is not there is shown as its address. The
// layer changes no argument, result or code. While it is off, a call costs one load and allocates nothing; it never
// allocates.
#pragma once

#include <cstdint>
#include <string_view>

namespace inlet::provider::trace {

enum class Level : uint8_t {
  off,
  errors,  // calls that fail; "would block" and "pending" are no failures
  calls,
  data,
};

// Thread   Any, also while calls run.
void set_level(Level level);
Level level();

// Where lines go instead of the file; nullptr brings the file back. A line has no newline at its end.
//
// Thread   The sink is called on every thread that calls a traced function, several at once, with no lock held. One
//          may still be running when set_sink returns, so context stays alive until the traced sockets are closed.
using Sink = void (*)(void* context, std::string_view line);
void set_sink(Sink sink, void* context);

}  // namespace inlet::provider::trace
