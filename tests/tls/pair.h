// Two sessions that talk in memory, with the ciphertext cut into random pieces on its way.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "support/certificates.h"
#include "support/environment.h"
#include "tls/session.h"

namespace inlet::tls {

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

// Credentials from text, for tests that are not about loading.
inline std::shared_ptr<const Credentials> load(const Settings& settings) {
  LoadError error;
  std::shared_ptr<const Credentials> credentials = Credentials::load(settings, error);
  EXPECT_NE(credentials, nullptr) << error.text;
  return credentials;
}

// Everything a connection needs, in a folder of its own: a root, a server's certificate signed by it, and settings for both ends.
struct World {
  explicit World(test::KeyKind key = test::KeyKind::ecdsa, const std::string& host = "localhost") {
    test::CertificatePlan plan;
    plan.common_name = "Test root";
    plan.names.clear();
    plan.authority = true;
    plan.key = key;
    root = std::make_unique<test::Certificate>(plan);
    plan = {};
    plan.common_name = host;
    plan.names = {host};
    plan.key = key;
    plan.issuer = root.get();
    leaf = std::make_unique<test::Certificate>(plan);
    test::write_file(folder / "root.crt", root->pem());
    test::write_file(folder / "server.pem", leaf->pem() + leaf->key_pem());
    server.identity.store = folder / "server.pem";
    client.role = Role::client;
    client.trust = folder / "root.crt";
  }

  // Writes a certificate with its key and returns the file's name.
  std::string put(const std::string& name, const test::Certificate& certificate, const std::string& more = "") {
    test::write_file(folder / name, certificate.pem() + more + certificate.key_pem());
    return folder / name;
  }

  test::Folder folder;
  std::unique_ptr<test::Certificate> root, leaf;
  Settings server, client;
};

class Pair {
 public:
  Pair(std::shared_ptr<const Credentials> server_credentials, std::shared_ptr<const Credentials> client_credentials,
       const Peer& peer = {"localhost", false, nullptr}, unsigned seed = 1, SessionLimits limits = {})
      : random_(seed) {
    Result<std::unique_ptr<Session>> made = Session::accept(std::move(server_credentials), limits);
    EXPECT_TRUE(made.ok());
    server = std::move(*made);
    made = Session::connect(std::move(client_credentials), peer, limits);
    EXPECT_TRUE(made.ok());
    client = std::move(*made);
  }

  // Carries everything that one has to say to the other. Each piece lies in memory of exactly its size, which is gone afterwards.
  size_t carry(Session& from, Session& to) {
    size_t total = 0;
    while (from.pending_output() != 0) {
      const std::span<const std::byte> output = from.output();
      const size_t size = std::min(output.size(), 1 + random_() % (random_() % 4 == 0 ? 20'000 : 700));
      auto piece = std::make_unique<std::byte[]>(size);
      std::memcpy(piece.get(), output.data(), size);
      from.sent(size);
      EXPECT_TRUE(to.feed({piece.get(), size}).ok());
      EXPECT_TRUE(to.keep_input().ok());
      total += size;
      if (!to.established()) to.handshake();
    }
    return total;
  }

  // Returns  whether both ends are done.
  bool shake() {
    for (int turn = 0; turn < 20; ++turn) {
      client_step = client->handshake();
      const size_t there = carry(*client, *server);
      server_step = server->handshake();
      const size_t back = carry(*server, *client);
      if (there + back == 0) break;
    }
    return client_step == Step::done && server_step == Step::done;
  }

  // Sends the text through and reads it at the other end, in pieces that do not fit the records.
  std::string send(Session& from, Session& to, std::string_view text) {
    std::string arrived;
    while (!text.empty()) {
      const Moved written = from.write(bytes_of(text));
      EXPECT_TRUE(written.step == Step::done || written.step == Step::wants_output);
      text.remove_prefix(written.bytes);
      while (from.pending_output() != 0) {
        carry_some(from, to);
        arrived += read_all(to);
      }
      if (written.step == Step::failed) break;
    }
    return arrived;
  }

  std::string read_all(Session& from) {
    std::string text;
    std::vector<char> buffer(1 + random_() % 30'000);
    for (;;) {
      const Moved got = from.read({reinterpret_cast<std::byte*>(buffer.data()), buffer.size()});
      last_read = got.step;
      if (got.step != Step::done) return text;
      text.append(buffer.data(), got.bytes);
    }
  }

  std::unique_ptr<Session> server, client;
  Step client_step = Step::wants_input, server_step = Step::wants_input, last_read = Step::done;

 private:
  void carry_some(Session& from, Session& to) {
    const size_t size = std::min<size_t>(from.output().size(), 1 + random_() % 40'000);
    std::vector<std::byte> piece(from.output().begin(), from.output().begin() + static_cast<ptrdiff_t>(size));
    from.sent(size);
    EXPECT_TRUE(to.feed(piece).ok());
    EXPECT_TRUE(to.keep_input().ok());
  }

  std::mt19937 random_;
};

inline std::string pattern(size_t size) {
  std::string text(size, '\0');
  std::mt19937 random(7);
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

struct Tls : testing::Test {
  World world;
};

}  // namespace inlet::tls
