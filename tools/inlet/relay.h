// Carries bytes both ways between a connected socket and the standard streams.
#ifndef INLET_TOOL_RELAY_H
#define INLET_TOOL_RELAY_H

#include <cswsock10.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>

namespace inlet::tool {

// The end of standard input closes only our side, so the server still sees everything and may go on answering; the end
// of the server's side ends the relay. Each direction has a thread, so neither waits for the other.
//
// Owner    The creator keeps the socket and closes it after run(), which may have disconnected it already.
class Relay {
 public:
  // timeout_s: nothing moves in either direction for so long, and the relay gives up. 0 is never.
  Relay(SOCKET socket, unsigned timeout_s) : socket_(socket), timeout_s_(timeout_s) {}
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  // Returns  True when the server has closed in an orderly way, or when nobody reads standard output any more.
  bool run();

  // Why run() returned false.
  const std::string& problem() const { return problem_; }

 private:
  void send_all();
  void receive_all();
  bool wait_for_input() const;
  bool write_socket(std::span<const BYTE> bytes);
  bool write_output(std::span<const BYTE> bytes);
  void note_activity();
  bool waits_too_long(DWORD error) const;
  void fail(std::string problem);

  const SOCKET socket_;
  const unsigned timeout_s_;
  int stop_event_ = -1;  // an eventfd: wakes the sender out of waiting for standard input
  std::atomic<int64_t> last_activity_ms_ = 0;
  std::mutex mutex_;  // guards problem_ while both threads run
  std::string problem_;
};

}  // namespace inlet::tool

#endif  // INLET_TOOL_RELAY_H
