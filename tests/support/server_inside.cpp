#include "support/server_inside.h"

#include "server/api_call.h"
#include "server/handshake.h"
#include "server/secure_channel.h"

namespace inlet::test {

bool was_resumed(SOCKET handle) {
  const server::Peer peer(handle);
  const auto* report = peer && peer.stream().channel() ? peer.stream().channel()->report() : nullptr;
  return report && report->facts.resumed;
}

void set_handshake_limit(unsigned limit) {
  server::HandshakeGate::instance().set_limit(limit);
}

}  // namespace inlet::test
