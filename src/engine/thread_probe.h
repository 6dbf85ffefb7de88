// What a thread of this process is doing, seen from another: asleep, or running, and how much it has computed; and how it
// steps back behind others, or before them.
//
// The watchdog needs it to tell a callback that blocks or computes from one whose thread the system has merely put aside: giving
// the shard of the latter to another thread would help nobody on a busy machine.
#pragma once

#include <cstdint>

namespace inlet::engine {

// The calling thread's id for the functions below.
uint32_t probe_id();

// Returns  true when the thread waits for something (or nobody can tell), false when it runs or could.
bool thread_is_asleep(uint32_t id);

// Processor time the thread has used, in microseconds; 0 when nobody can tell.
int64_t thread_cpu_us(uint32_t id);

// While one exists, the calling thread steps back behind others that want the processor, or before them.
//
// Stepping before others takes a privilege; without it nothing happens.
class Niceness {
 public:
  // Units    steps of niceness, added to that of the thread: above 0 is back
  explicit Niceness(int steps);

  // Returns  false when the system does not let the thread back (it takes a privilege): such a thread must not do other work.
  bool restore();

 private:
  int before_;
};

}  // namespace inlet::engine
