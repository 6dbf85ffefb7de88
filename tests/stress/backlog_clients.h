// Clients that knock at a listener, with the system's own sockets: what a foreign program sees of the backlog.
#pragma once

#include <cstdint>
#include <vector>

namespace inlet::stress {

enum class Outcome { connected, refused, lost };

struct Knock {
  Outcome outcome = Outcome::lost;
  double ms = 0;  // until the outcome was known
  int fd = -1;    // of a connected client; the caller closes it
};

// A port that nobody uses right now.
uint16_t free_port();

// One after the other, each when the outcome of the one before is known.
std::vector<Knock> knock_in_turn(bool v6, uint16_t port, unsigned clients);
// All at once, from as many threads.
std::vector<Knock> knock_at_once(bool v6, uint16_t port, unsigned clients);

// Whether the server's byte comes within timeout_ms; false also when the connection is reset.
bool is_served(const Knock& client, int timeout_ms);
// Whether the connection has been reset, waiting up to timeout_ms for it.
bool is_reset(const Knock& client, int timeout_ms);
uint16_t local_port(const Knock& client);
void close_all(std::vector<Knock>& clients);

}  // namespace inlet::stress
