// The servers that are compared, by the names they have on command lines and in results.
#ifndef INLET_BENCH_PEERS_H
#define INLET_BENCH_PEERS_H

#include <string>
#include <vector>

namespace inlet::bench {

struct Peer {
  std::string name;
  std::string program;
  std::string tls_program;           // empty: it has no TLS
  std::vector<std::string> options;  // always given
  std::string only_scenario;         // the one scenario in which it differs from another; empty: compared in all
  bool holds_blockers;               // has a mode in which callbacks block (--blockers)
  bool broadcasts;                   // has a mode in which clients talk to all others (--broadcast)

  bool is_for(const std::string& scenario) const { return only_scenario.empty() || only_scenario == scenario; }
};

// In the order of tables. The first is the reference.
const std::vector<Peer>& all_peers();

// "inlet,go" -> those; "all" -> every one whose program lies beside this one, in the order of all_peers.
//
// Errors   std::invalid_argument  no such peer
std::vector<Peer> peers_from(const std::string& names);

struct PeerUse {
  unsigned shards = 1;
  std::string pem_file;  // of TLS; empty: plain
  bool blockers = false;
  bool broadcast = false;
};

std::vector<std::string> command_of(const Peer& peer, const PeerUse& use);

}  // namespace inlet::bench

#endif
