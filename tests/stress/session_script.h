// What one client and the server's handler do to each other, made from a seed and the client's number on both sides alike.
#ifndef INLET_STRESS_SESSION_SCRIPT_H
#define INLET_STRESS_SESSION_SCRIPT_H

#include <cstdint>
#include <random>

namespace inlet::stress {

enum class ClientWay : uint8_t {
  answers,  // sends all, waits for all answers, closes
  half,     // sends all, closes its sending side, reads to the end
  quiet,    // half, with a silence in the middle
  slow,     // half, and reads little by little
  resets,   // resets the connection in the middle
  leaves,   // sends all and closes at once, without a look at the answers
  touches,  // connects and closes
};
constexpr unsigned kClientWays = 7;

enum class ServerWay : uint8_t {
  echo,     // one read and one write a READ
  sink,     // one read
  greedy,   // goes on reading until a block is full, which may wait and run out of time
  sleepy,   // echo, and blocks where the library cannot see it
  floods,   // sends much at CONNECT, and takes what comes
  lines,    // reads lines
  ignores,  // never reads
  throws,   // echo, and an exception in the n-th READ
  leaves,   // echo, and InetDisconnect in the n-th READ
  aborts,   // echo, and InetAbort in the n-th READ
  shuts,    // echo, and InetShutdown of the sending side in the n-th READ
};
constexpr unsigned kServerWays = 11;

struct SessionScript {
  ClientWay client;
  ServerWay server;
  uint32_t send_bytes;
  uint32_t chunk_bytes;  // of one send, at most
  uint32_t cut_bytes;    // resets: after so many
  uint32_t quiet_ms;
  uint32_t buffer_bytes;  // of one read of the server
  uint32_t turn;          // the READ in which the server acts
  uint32_t flood_bytes;

  bool echoes() const {
    return server == ServerWay::echo || server == ServerWay::greedy || server == ServerWay::sleepy;
  }
  // Neither side ends it early: every byte must arrive.
  bool is_complete() const {
    return (echoes() || server == ServerWay::sink || server == ServerWay::floods) && client <= ClientWay::slow;
  }
  uint32_t answer_bytes() const { return echoes() ? send_bytes : server == ServerWay::floods ? flood_bytes : 0; }
};

inline SessionScript script_of(uint64_t seed, uint32_t id) {
  std::mt19937_64 random(seed * 0x9e3779b97f4a7c15ULL + id);
  const auto below = [&random](uint64_t n) { return static_cast<uint32_t>(random() % n); };
  SessionScript script{};
  script.client = static_cast<ClientWay>(below(kClientWays));
  if (script.client == ClientWay::quiet && below(5) != 0) script.client = ClientWay::half;  // they take seconds
  script.server = static_cast<ServerWay>(below(kServerWays));
  script.send_bytes = 1 + below(uint64_t{1} << (1 + below(15)));
  script.chunk_bytes = 1 + below(4096);
  script.cut_bytes = below(script.send_bytes + 1);
  script.quiet_ms = below(2) == 0 ? below(900) : 2200 + below(300);
  script.buffer_bytes = 1 + below(uint64_t{1} << (4 + below(9)));
  script.turn = 1 + below(4);
  script.flood_bytes = 1 + below(256 << 10);
  return script;
}

}  // namespace inlet::stress

#endif
