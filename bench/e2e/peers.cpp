#include "e2e/peers.h"

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "e2e/child.h"

namespace inlet::bench {

const std::vector<Peer>& all_peers() {
  static const std::vector<Peer> peers = {
      {"epoll", "raw_epoll_server", "raw_epoll_tls_server", {}, "", true, true},
      {"inlet", "inlet_server", "inlet_server", {}, "", true, true},
      {"inlet-critical", "inlet_server", "inlet_server", {"--priority", "4"}, "c1", true, true},
      {"inlet-layer2", "inlet_layer2_server", "", {}, "", false, false},
      {"asio", "asio_server", "asio_server", {}, "", true, false},
      {"libuv", "libuv_server", "", {}, "", true, false},
      {"libevent", "libevent_server", "libevent_server", {}, "", true, false},
      {"go", "go_server", "go_server", {}, "", true, false},
      {"thread", "thread_server", "", {}, "", true, false},
  };
  return peers;
}

namespace {

bool is_built(const Peer& peer) {
  return std::filesystem::exists(own_folder() + "/" + peer.program);
}

const Peer& peer_of(const std::string& name) {
  const auto& peers = all_peers();
  const auto at = std::find_if(peers.begin(), peers.end(), [&](const Peer& peer) { return peer.name == name; });
  if (at == peers.end()) throw std::invalid_argument("no such peer: " + name);
  return *at;
}

}  // namespace

std::vector<Peer> peers_from(const std::string& names) {
  std::vector<Peer> chosen;
  if (names == "all") {
    for (const Peer& peer : all_peers()) {
      if (is_built(peer)) chosen.push_back(peer);
    }
    return chosen;
  }
  std::istringstream in(names);
  for (std::string name; std::getline(in, name, ',');) chosen.push_back(peer_of(name));
  return chosen;
}

std::vector<std::string> command_of(const Peer& peer, const PeerUse& use) {
  std::vector<std::string> command = {use.pem_file.empty() ? peer.program : peer.tls_program, "--shards",
                                      std::to_string(use.shards)};
  command.insert(command.end(), peer.options.begin(), peer.options.end());
  if (!use.pem_file.empty()) command.insert(command.end(), {"--tls", use.pem_file});
  if (use.blockers) command.push_back("--blockers");
  if (use.broadcast) command.push_back("--broadcast");
  return command;
}

}  // namespace inlet::bench
