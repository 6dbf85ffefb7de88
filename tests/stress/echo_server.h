// The server under stress: an echo on cswsock10.h whose every event goes through an EventLedger.
#ifndef INLET_STRESS_ECHO_SERVER_H
#define INLET_STRESS_ECHO_SERVER_H

#include <cswsock10.h>

#include <atomic>
#include <cstdint>

#include "event_ledger.h"

namespace inlet::stress {

// One at a time in a process, because a callback finds it through its parameter and outlives none of it.
// Thread   start and the checks: the test's; the rest happens in callbacks.
class EchoServer {
 public:
  EchoServer() = default;
  EchoServer(const EchoServer&) = delete;
  EchoServer& operator=(const EchoServer&) = delete;

  // Returns  Whether the server listens.
  bool start(unsigned port);

  SOCKET handle() const { return handle_; }
  EventLedger& ledger() { return ledger_; }

  // From then on, callbacks of READ that find at least so many reads call InetServerStop: one of them, or all.
  void stop_inside(uint64_t after_reads, bool every_callback) {
    every_callback_stops_ = every_callback;
    stop_after_reads_ = after_reads;
  }

  // One client in `one_in` keeps its callback waiting for more bytes than its peer sends.
  void block_one_in(unsigned one_in) { block_one_in_ = one_in; }

  uint64_t echoed_bytes() const { return echoed_bytes_; }
  uint64_t blocked() const { return blocked_; }        // callbacks that wait now
  uint64_t canceled() const { return canceled_; }      // waits that ended with ST_ERROR_OPERATION_CANCELED
  uint64_t too_late() const { return too_late_; }      // reads that came when the session was closing already
  uint64_t other_ends() const { return other_ends_; }  // waits that ended in another way, and the last of these
  DWORD last_other_end() const { return last_other_end_; }
  uint64_t stops_called() const { return stops_called_; }
  uint64_t stops_accepted() const { return stops_accepted_; }
  uint64_t slowest_stop_ns() const { return slowest_stop_ns_; }

 private:
  static VOID CALLBACK on_event(SOCKET handle, UINT event, DWORD error, DWORD_PTR param);
  void on_read(SOCKET client);
  void wait_for_more(SOCKET client);
  void stop_from_here();

  EventLedger ledger_;
  std::atomic<SOCKET> handle_{INVALID_SOCKET};
  std::atomic<uint64_t> stop_after_reads_{UINT64_MAX};
  std::atomic<bool> every_callback_stops_{false};
  std::atomic<bool> stop_begun_{false};
  std::atomic<unsigned> block_one_in_{0};
  std::atomic<uint64_t> accepted_{0}, echoed_bytes_{0}, blocked_{0}, canceled_{0}, too_late_{0}, other_ends_{0};
  std::atomic<DWORD> last_other_end_{0};
  std::atomic<uint64_t> stops_called_{0}, stops_accepted_{0}, slowest_stop_ns_{0};
};

}  // namespace inlet::stress

#endif
