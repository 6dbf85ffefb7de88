// What the servers that Inlet is compared with have in common: command line, listeners, processors, their end.
#ifndef INLET_BENCH_PEER_H
#define INLET_BENCH_PEER_H

#include <cstddef>
#include <string>

namespace inlet::bench {

struct PeerOptions {
  unsigned shards = 1;     // threads, each with an event loop
  std::string tls;         // a PEM file with certificate and key: speak TLS with them; empty: speak plainly
  bool blockers = false;   // a connection whose first byte is 'S' has callbacks that sleep a second
  bool broadcast = false;  // what comes from one connection goes to all the others
};

// Serves connections of a non-blocking listener, for ever, on the calling thread. Accepted sockets have TCP_NODELAY.
using Serve = void (*)(int listener, const PeerOptions& options);

// The main function of a peer.
//
//   NAME [--port P] [--cpu K] [--shards N] [--tls FILE] [--blockers] [--broadcast]
//
// Prints "port=N" once it listens. Each shard has a listener of its own on one shared port; with one it is the only thread
// of the process, because single-threaded programs are spared locks and atomics by their libraries. SIGTERM ends it.
int run_peer(int argc, char** argv, const char* name, Serve serve);

// What a callback of a connection that blocks does. `mode` is the connection's and 0 before its first byte.
void block_if_told(char& mode, const void* received);

constexpr size_t kPeerBuffer_bytes = 64 * 1024;

}  // namespace inlet::bench

#endif
