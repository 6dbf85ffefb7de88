// What a server has done, over all its clients.
#ifndef INLET_TOOL_TOTALS_H
#define INLET_TOOL_TOTALS_H

#include <atomic>
#include <cstdint>

#include "client.h"

namespace inlet::tool {

// Thread   Any: clients come and go on all threads of the library.
class Totals {
 public:
  // A client asked to be let in. Those that ask and never connect were turned away, by a limit or because the server
  // stopped.
  void asked() { asked_.fetch_add(1, std::memory_order_relaxed); }

  // A client is in. Returns its number, counted from 1.
  uint64_t connected();

  // A client has gone; its bytes are added now, once, so that the traffic of one client costs the others nothing.
  void disconnected(const Client& client);

  uint64_t served() const { return served_.load(std::memory_order_relaxed); }
  uint64_t turned_away() const;
  uint64_t peak() const { return peak_.load(std::memory_order_relaxed); }
  uint64_t active() const { return active_.load(std::memory_order_relaxed); }
  uint64_t bytes_in() const { return bytes_in_.load(std::memory_order_relaxed); }
  uint64_t bytes_out() const { return bytes_out_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> asked_ = 0;
  std::atomic<uint64_t> served_ = 0;
  std::atomic<uint64_t> active_ = 0;
  std::atomic<uint64_t> peak_ = 0;
  std::atomic<uint64_t> bytes_in_ = 0;
  std::atomic<uint64_t> bytes_out_ = 0;
};

}  // namespace inlet::tool

#endif  // INLET_TOOL_TOTALS_H
