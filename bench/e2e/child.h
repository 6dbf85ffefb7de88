// A server that runs as a process of its own, so that its threads, memory and CPU time can be told from the client's.
#ifndef INLET_BENCH_CHILD_H
#define INLET_BENCH_CHILD_H

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "e2e/descriptor.h"

namespace inlet::bench {

using Environment = std::vector<std::pair<std::string, std::string>>;

// Owns the process: it is asked to end with SIGTERM, and killed when it does not within ten seconds.
// Thread   The one that made it.
class Child {
 public:
  // Starts command[0], found in the folder of this program when it has no slash. Its standard output is kept. It is bound to
  // that processor before it runs, because some runtimes count their processors only once, at their start; -1 leaves it free.
  //
  // Errors   std::system_error
  explicit Child(const std::vector<std::string>& command, const Environment& environment = {}, int cpu = -1);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  pid_t pid() const { return pid_; }
  bool alive() const;

  // Waits for a line "key=value" on its output.
  //
  // Errors   std::runtime_error when it ends, or 30 seconds pass, before that.
  std::string wait_for(const std::string& key);
  uint16_t wait_for_port() { return static_cast<uint16_t>(std::stoul(wait_for("port"))); }

  // Ends the process. What it still printed is in output().
  //
  // Returns  Its exit status, or 128 + the signal that killed it.
  int end(int signal);
  const std::string& output() const { return output_; }

 private:
  bool read_more(int timeout_ms);

  pid_t pid_ = -1;
  Descriptor pipe_;
  std::string output_;
};

// The folder in which this program lies.
std::string own_folder();

}  // namespace inlet::bench

#endif
