// The rules of the sheet's section 2, checked at every event of every session of a server.
//
//   order     ACCEPT before CONNECT, with the client's address; CONNECT is a client's first event and comes
//             once; WRITE comes next, unless the session is being ended; DISCONNECT comes once, and last
//   serial    one client's callbacks never overlap; InetGetClientThreadId is the thread that runs them
//   identity  a client's number is never used twice; its data, number and address are there in every event, DISCONNECT's too
//   READ      the first read of a READ never runs out of time; without a read READ comes at most once for each arrival
//   WRITE     once, as long as no buffer has been full
//   TIMEOUT   with error 0 only after one more quiet period, by the library's clock and by ours; with ST_ERROR_OPERATION_TIMEOUT only
//             after a call that ran out of time
//   ERROR     exactly after an exception; then DISCONNECT, and nothing else
//   server    events of the server never overlap; START first; IDLE only while no client is there; STOP after the last DISCONNECT;
//             nothing after STOP
#ifndef INLET_STRESS_SESSION_RULES_H
#define INLET_STRESS_SESSION_RULES_H

#include <cswsock10.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "e2e/clock.h"

namespace inlet::stress {

// One client. Its callbacks are serial, so only what others look at is atomic.
struct SessionRecord {
  uint32_t id = 0;
  SOCKET handle = INVALID_SOCKET;
  UINT number = 0;  // InetGetClientId
  UINT writes = 0, reads = 0, quiet_timeouts = 0;
  uint64_t read_bytes = 0, written_bytes = 0, wrong_bytes = 0;
  uint64_t last_activity_ns = 0;
  uint32_t quiet_in_a_row = 0;  // TIMEOUTs since then
  bool connected = false, over = false, threw = false, error_seen = false;
  bool was_full = false;    // a write did not go at once, as far as the program can tell
  bool ran_out = false;     // a call has run out of time, and no TIMEOUT has told yet
  bool ended_here = false;  // the handler has ended it
  bool stopped = false;     // its server was being stopped when it ended
  DWORD reason = 0;         // of DISCONNECT
  std::string events;       // a letter each, for the report of a broken rule
  std::atomic<int> accepts{0};
  std::atomic<bool> inside{false};
  std::atomic<bool> meddled{false};  // another thread has ended it

  void note_activity() {
    last_activity_ns = bench::now_ns();
    quiet_in_a_row = 0;
  }
};

// The record of one life of a server, from START to STOP.
class SessionRules {
 public:
  SessionRules(uint32_t first, uint32_t count, uint32_t timeout_s);

  // The brackets of a callback. The record is nullptr for events of the server, and when there is none to be found.
  class Callback {
   public:
    Callback(SessionRules& rules, SOCKET handle, UINT event, DWORD error);
    ~Callback();
    Callback(const Callback&) = delete;
    SessionRecord* record() const { return record_; }

   private:
    void begin(SOCKET handle, DWORD error);
    SessionRules& rules_;
    const UINT event_;
    SessionRecord* record_ = nullptr;
  };

  void server_is(SOCKET handle) { server_ = handle; }
  void stop_begins() { stopping_ = true; }
  bool is_stopping() const { return stopping_; }
  // After InetServerStop has returned.
  void check_end();
  void broken(const std::string& rule, const SessionRecord* record);

  SessionRecord& record(uint32_t id) { return records_[id - first_]; }
  uint32_t connects() const { return connects_; }
  uint32_t disconnects() const { return disconnects_; }
  uint64_t events() const { return events_; }
  uint64_t violations() const { return violations_; }
  uint32_t idles() const { return idles_; }

 private:
  void on_server_event(UINT event);
  void on_accept();
  void on_client_event(SessionRecord& record, UINT event, DWORD error);
  void on_connect(SessionRecord& record);
  void on_timeout(SessionRecord& record, DWORD error);
  void on_disconnect(SessionRecord& record, DWORD error);
  void check_identity(const SessionRecord& record);
  SessionRecord* find(SOCKET handle, UINT event);
  SessionRecord* record_of_peer(SOCKET handle);

  const uint32_t first_, count_, timeout_s_;
  const std::unique_ptr<SessionRecord[]> records_;
  std::atomic<SOCKET> server_{INVALID_SOCKET};
  std::atomic<bool> stopping_{false}, started_{false}, stopped_{false}, server_event_runs_{false};
  std::atomic<uint32_t> connects_{0}, disconnects_{0}, present_{0}, idles_{0};
  std::atomic<uint64_t> events_{0}, violations_{0};
  std::mutex mutex_;
  std::set<UINT> numbers_;  // GUARDED_BY(mutex_)
};

}  // namespace inlet::stress

#endif
