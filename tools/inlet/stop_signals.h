// Ctrl-C and its relatives, taken out of the way of all other threads.
#ifndef INLET_TOOL_STOP_SIGNALS_H
#define INLET_TOOL_STOP_SIGNALS_H

namespace inlet::tool {

// Lets the first SIGINT, SIGTERM or SIGHUP be waited for; the second ends the process at once with 128 plus its number.
// Where SIGHUP means "read your files again" it ends nothing, and may come as often as it likes.
//
// Thread   Must be made before any other thread: threads inherit the blocked signals from their creator. A thread of
// its own
//          waits for the signals, so that the second one is seen whatever the main thread is doing.
// Owner    One per process; lives until the process ends.
class StopSignals {
 public:
  enum class Hangup { stops, reloads };
  explicit StopSignals(Hangup hangup);
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // Waits for the first signal, or for wake(). Returns the signal's number, or 0. After a SIGHUP that reloads it is called again.
  int wait();

  // Ends the wait without a signal: there is nothing left to stop. Any thread.
  static void wake();
};

}  // namespace inlet::tool

#endif  // INLET_TOOL_STOP_SIGNALS_H
