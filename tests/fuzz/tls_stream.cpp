// Ciphertext of a stranger. The first byte says whose side we are on, how far the session has come and how the rest is cut.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "support/certificates.h"
#include "support/environment.h"
#include "tls/session.h"

namespace inlet::tls {
namespace {

struct Ends {
  std::unique_ptr<Session> server, client;
};

class World {
 public:
  World() {
    const test::Certificate certificate{test::CertificatePlan{}};
    test::write_file(folder_ / "server.pem", certificate.pem() + certificate.key_pem());
    Settings settings;
    settings.identity.store = folder_ / "server.pem";
    LoadError error;
    server_ = Credentials::load(settings, error);
    settings = {};
    settings.role = Role::client;
    settings.trust = folder_ / "server.pem";
    client_ = Credentials::load(settings, error);
    if (!server_ || !client_) std::abort();
  }

  Ends begin() const {
    return {std::move(*Session::accept(server_)), std::move(*Session::connect(client_, {"localhost", false, nullptr}))};
  }

 private:
  test::Folder folder_;
  std::shared_ptr<const Credentials> server_, client_;
};

void carry(Session& from, Session& to) {
  while (from.pending_output() != 0) {
    if (!to.feed(from.output()).ok()) std::abort();
    to.handshake();
    if (!to.keep_input().ok()) std::abort();
    from.sent(from.output().size());
  }
}

void push(Session& session, std::span<const std::byte> bytes) {
  std::byte buffer[512];
  if (!session.feed(bytes).ok()) return;
  Moved got{Step::done, 0};
  while (got.step == Step::done) {
    got = session.read(buffer);
    // Nobody here has the keys, so nothing that is fed can become data.
    if (got.bytes != 0) std::abort();
  }
  if (!session.keep_input().ok()) std::abort();
  while (session.pending_output() != 0) session.sent(session.output().size());
}

}  // namespace
}  // namespace inlet::tls

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace inlet::tls;
  static const World world;
  if (size < 2) return 0;
  const unsigned plan = data[0];
  const size_t cut = size_t{1} << (plan >> 4);
  std::span<const std::byte> rest(reinterpret_cast<const std::byte*>(data) + 1, size - 1);
  Ends ends = world.begin();
  Session& victim = plan & 1 ? *ends.server : *ends.client;
  // Half a turn of an honest handshake for each.
  for (unsigned turn = 0; turn < (plan >> 1 & 7); ++turn) {
    Session& from = turn % 2 ? *ends.server : *ends.client;
    from.handshake();
    carry(from, turn % 2 ? *ends.client : *ends.server);
  }
  victim.handshake();
  while (!rest.empty()) {
    const size_t part = std::min(cut, rest.size());
    // In memory of exactly its size, so that reading too far is seen.
    push(victim, std::vector<std::byte>(rest.begin(), rest.begin() + static_cast<ptrdiff_t>(part)));
    rest = rest.subspan(part);
  }
  victim.feed_end();
  push(victim, {});
  return 0;
}
