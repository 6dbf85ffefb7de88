// One server under one load: started for it, measured, ended.
#ifndef INLET_BENCH_MEASURE_H
#define INLET_BENCH_MEASURE_H

#include <signal.h>

#include <cstdint>
#include <map>
#include <string>

#include "e2e/child.h"
#include "e2e/client_process.h"
#include "e2e/measured.h"
#include "e2e/peers.h"
#include "e2e/scenario.h"

namespace inlet::bench {

// Where server and client run. -1: anywhere.
struct Layout {
  int server_cpu = 0;
  int client_cpu = 1;
  unsigned shards = 1;
  unsigned client_threads = 1;
};

// Errors   std::runtime_error, std::system_error when the server does not serve
Measured measure(const Peer& peer, const Scenario& scenario, const Layout& layout, double seconds,
                 const std::string& pem_file);

// A server that goes on running, with a client's connections to it, and is measured a slice at a time: so many servers can be
// measured within the same second, and what slows the machine down for a while slows all of them down.
// Thread   The one that made it, which the caller has bound to the client's processor.
class Sliced {
 public:
  // Errors   as measure
  Sliced(const Peer& peer, const Scenario& scenario, const Layout& layout, const std::string& pem_file, double seconds);

  Measured slice() { return client_.slice(); }
  // Ends the server.
  // Returns  whether it ended as it should.
  bool end() { return server_.end(SIGTERM) == 0; }

 private:
  Child server_;
  ClientProcess client_;
};

struct SyscallsPerEcho {
  uint64_t echoes = 0;
  std::map<std::string, double> by_name;
  double total = 0;
};

// A fixed number of echoes, connecting included. Where strace has to do it, rates mean nothing meanwhile.
SyscallsPerEcho count_syscalls(const Peer& peer, const Scenario& scenario, const Layout& layout,
                               const std::string& pem_file);

}  // namespace inlet::bench

#endif
