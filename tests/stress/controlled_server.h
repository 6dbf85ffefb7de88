// An echo whose callbacks also use what controls a server, now and then.
#ifndef INLET_STRESS_CONTROLLED_SERVER_H
#define INLET_STRESS_CONTROLLED_SERVER_H

#include <cswsock10.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "event_ledger.h"

namespace inlet::stress {

enum class Control {
  suspend,
  suspend_and_disconnect,
  resume,
  throttle,
  restart,
  lock,  // and unlock, with another control or a pause in between
  broadcast,
  priority,
  enumerate,
  disconnect,  // one client
  ask,         // everything that answers
};
constexpr unsigned kControls = 11;

// Thread   Any. One life: it is started once and stopped once.
class ControlledServer {
 public:
  // Starts a server. controls_inside: one READ in so many uses a control; 0 for none.
  ControlledServer(uint16_t port, uint64_t seed, unsigned controls_inside);
  ControlledServer(const ControlledServer&) = delete;

  bool is_running() const { return handle_ != INVALID_SOCKET; }
  SOCKET handle() const { return handle_; }
  EventLedger& ledger() { return ledger_; }
  uint32_t accepts() const { return accepts_; }
  uint32_t rejects() const { return rejects_; }

  // Uses a control, and notes an answer that the documents do not know.
  void use(Control control, std::mt19937_64& random);
  // Whatever was done before: everybody is let in from now on.
  void open_all();
  // From then on controls may find the server stopped, or stopping.
  void stop_begins() { stopping_ = true; }

  // In words, each once; empty when there is none.
  std::vector<std::string> wrong_answers();

 private:
  static VOID CALLBACK on_event(SOCKET handle, UINT event, DWORD error, DWORD_PTR parameter);
  void on_read(SOCKET client);
  void note(bool answer, const char* call, bool may_fail = false);
  void lock(std::mt19937_64& random);
  void broadcast();
  void ask(std::mt19937_64& random);
  void enumerate(bool disconnect, std::mt19937_64& random);
  uint64_t dice();

  EventLedger ledger_;
  const unsigned controls_inside_;
  std::atomic<SOCKET> handle_{INVALID_SOCKET};
  std::atomic<bool> stopping_{false};
  std::atomic<uint32_t> accepts_{0}, rejects_{0};
  std::mutex mutex_;
  std::mt19937_64 random_;          // GUARDED_BY(mutex_)
  std::vector<std::string> wrong_;  // GUARDED_BY(mutex_)
};

}  // namespace inlet::stress

#endif
