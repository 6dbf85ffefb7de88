// The system's own calls for a file that includes winsock2.h, which cannot see them.
#ifndef INLET_BENCH_BARE_CALLS_H
#define INLET_BENCH_BARE_CALLS_H

#include <cstddef>
#include <cstdint>
#include <utility>

#include "e2e/descriptor.h"

namespace inlet::bench {

Descriptor bare_connect(uint16_t port);
// The two ends of a connection; neither blocks.
std::pair<Descriptor, Descriptor> bare_pair();
long bare_send(int fd, const void* from, size_t size);
long bare_recv(int fd, void* into, size_t size);

}  // namespace inlet::bench

#endif
