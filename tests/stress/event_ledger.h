// What a server promised about its events, checked while they happen.
#ifndef INLET_STRESS_EVENT_LEDGER_H
#define INLET_STRESS_EVENT_LEDGER_H

#include <cswsock10.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace inlet::stress {

// Keeps one record for each handle it has ever seen and counts every broken promise: an event before CONNECT or after
// DISCONNECT, a second CONNECT or DISCONNECT, two events of one client at the same time, anything after STOP.
//
// Thread   Any. Striped locks, because every event of every client passes through.
class EventLedger {
 public:
  // Brackets one callback.
  class Entry {
   public:
    Entry(EventLedger& ledger, SOCKET handle, UINT event) : ledger_(ledger), handle_(handle), event_(event) {
      ledger_.enter(handle_, event_);
    }
    ~Entry() { ledger_.leave(handle_, event_); }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    EventLedger& ledger_;
    SOCKET handle_;
    UINT event_;
  };

  uint64_t connects() const { return connects_; }
  uint64_t disconnects() const { return disconnects_; }
  uint64_t reads() const { return reads_; }
  uint64_t starts() const { return starts_; }
  uint64_t stops() const { return stops_; }
  uint64_t errors() const { return errors_; }
  uint64_t events() const { return events_; }
  uint64_t violations() const { return violations_; }

  // The first violation in words; empty when there is none.
  std::string first_violation();

 private:
  struct Record {
    bool running = false;
    bool ended = false;
  };
  struct Stripe {
    std::mutex mutex;
    std::unordered_map<SOCKET, Record> records;
  };

  static bool of_server(UINT event) {
    return event == INET_EVENT_ACCEPT || event == INET_EVENT_START || event == INET_EVENT_STOP ||
           event == INET_EVENT_IDLE;
  }
  Stripe& stripe_of(SOCKET handle) { return stripes_[(handle ^ (handle >> 32)) % stripes_.size()]; }
  void enter(SOCKET handle, UINT event);
  void leave(SOCKET handle, UINT event);
  void enter_server(UINT event);
  void enter_client(SOCKET handle, UINT event);
  void violated(const char* what, SOCKET handle, UINT event);

  std::array<Stripe, 64> stripes_;
  std::atomic<uint64_t> connects_{0}, disconnects_{0}, reads_{0}, starts_{0}, stops_{0}, errors_{0}, events_{0},
      violations_{0};
  std::mutex first_mutex_;
  std::string first_;
};

}  // namespace inlet::stress

#endif
