// The load of one server as a process of its own: so each has as many descriptors, and connections, as a process may have.
#ifndef INLET_BENCH_CLIENT_PROCESS_H
#define INLET_BENCH_CLIENT_PROCESS_H

#include <sys/types.h>

#include "e2e/descriptor.h"
#include "e2e/load_plan.h"
#include "e2e/measured.h"

namespace inlet::bench {

// Owns the process. It runs where this one is bound when it is made, and only while slice waits for it.
// Thread   The one that made it.
class ClientProcess {
 public:
  // Returns when the connections that load speaks of are open, unless it is churn, which has none in between.
  //
  // Errors   std::runtime_error  the connections did not open; why is on standard error
  explicit ClientProcess(const LoadPlan& load);
  ClientProcess(const ClientProcess&) = delete;
  ClientProcess& operator=(const ClientProcess&) = delete;
  ~ClientProcess();

  // Errors   std::runtime_error  the process has ended
  Measured slice();

 private:
  [[noreturn]] void serve(const LoadPlan& load);
  void wait_for_answer(void* answer, size_t size_bytes);

  Descriptor channel_;
  pid_t pid_ = -1;
};

}  // namespace inlet::bench

#endif
