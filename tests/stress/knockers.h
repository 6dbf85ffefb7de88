// Clients that all knock at the same moment, from many addresses, and wait to hear whether they are let in.
#ifndef INLET_STRESS_KNOCKERS_H
#define INLET_STRESS_KNOCKERS_H

#include <sys/socket.h>

#include <cstdint>
#include <vector>

#include "e2e/descriptor.h"

namespace inlet::stress {

struct KnockResult {
  std::vector<bench::Descriptor> served;  // still connected
  uint32_t refused = 0;                   // by the port or, once connected, by a reset
};

struct ChurnResult {
  unsigned long long attempted = 0, served = 0, refused = 0;
};

class Knockers {
 public:
  static Knockers one_ipv4();
  static Knockers many_ipv4(uint32_t addresses);
  static Knockers one_ipv6();
  static Knockers many_ipv6(uint32_t networks, uint32_t hosts);

  // Puts the calling thread into a network of its own whose loopback has these addresses, fd00:0:0:<network>::<host>.
  // Returns  false without the privilege.
  static bool enter_ipv6_networks(uint32_t networks, uint32_t hosts);

  const char* server_host() const { return server_host_; }

  // Units    count: clients, spread evenly over the addresses
  KnockResult knock(uint16_t port, uint32_t count) const;

  // Threads that connect, send a byte when they are served, wait for the end and come again.
  ChurnResult churn(uint16_t port, unsigned threads, uint32_t for_ms) const;

 private:
  Knockers(const char* server_host, std::vector<sockaddr_storage> from)
      : server_host_(server_host), from_(std::move(from)) {}
  sockaddr_storage server_at(uint16_t port) const;
  bench::Descriptor connect(uint16_t port, uint32_t index, int flags) const;

  const char* server_host_;
  std::vector<sockaddr_storage> from_;
};

}  // namespace inlet::stress

#endif
