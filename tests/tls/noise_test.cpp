// What a stranger may send: noise at any moment, and honest traffic with damage in it. Nothing may crash, hang or be taken for data.
#include <gtest/gtest.h>

#include "pair.h"

namespace inlet::tls {
namespace {

std::vector<std::byte> noise(std::mt19937& random, size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

// Noise that looks like a record, which gets further in.
std::vector<std::byte> noisy_record(std::mt19937& random) {
  const size_t size = random() % 2000;
  std::vector<std::byte> record = noise(random, 5 + size);
  record[0] = static_cast<std::byte>(20 + random() % 5);
  record[1] = std::byte{3};
  record[2] = static_cast<std::byte>(random() % 5);
  record[3] = static_cast<std::byte>(size >> 8);
  record[4] = static_cast<std::byte>(size);
  if (size > 4 && record[0] == std::byte{22}) {
    record[5] = static_cast<std::byte>(random() % 25);
    record[6] = std::byte{0};
    record[7] = static_cast<std::byte>((size - 4) >> 8);
    record[8] = static_cast<std::byte>(size - 4);
  }
  return record;
}

// Whether this byte is a record's version, which nobody looks at closely and nothing protects.
bool is_version(const std::vector<std::byte>& records, size_t index) {
  for (size_t at = 0; at + 5 <= records.size();) {
    if (index == at + 1 || index == at + 2) return true;
    at += 5 + (static_cast<size_t>(records[at + 3]) << 8 | static_cast<size_t>(records[at + 4]));
  }
  return false;
}

class Noise : public testing::Test {
 protected:
  // Feeds the bytes and reads all there is. Returns the plaintext.
  size_t push(Session& session, std::span<const std::byte> bytes) {
    static std::byte buffer[4096];
    EXPECT_TRUE(session.feed(bytes).ok());
    size_t total = 0;
    Moved got{Step::done, 0};
    while (got.step == Step::done) {
      got = session.read(buffer);
      total += got.bytes;
    }
    EXPECT_TRUE(session.keep_input().ok());
    while (session.pending_output() != 0) session.sent(session.output().size());
    return total;
  }

  World world;
  std::shared_ptr<const Credentials> server = load(world.server), client = load(world.client);
  std::mt19937 random{11};
};

TEST_F(Noise, OfAMillionBytesFindsNoHole) {
  for (size_t total = 0; total < 1'000'000;) {
    Result<std::unique_ptr<Session>> session =
        random() % 2 ? Session::accept(server) : Session::connect(client, {"localhost", false, nullptr});
    ASSERT_TRUE(session.ok());
    (*session)->handshake();
    for (int i = 0; i < 5 && (*session)->failure().fault == Fault::none; ++i) {
      const std::vector<std::byte> bytes = random() % 8 ? noisy_record(random) : noise(random, 1 + random() % 3000);
      total += bytes.size();
      EXPECT_EQ(push(**session, bytes), 0u);
      EXPECT_FALSE((*session)->established());
    }
  }
}

TEST_F(Noise, InTheMiddleOfAHandshakeIsNeverAccepted) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    Pair pair(server, client, {"localhost", false, nullptr}, seed);
    pair.client->handshake();
    bool damaged = false;
    for (int turn = 0; turn < 6; ++turn) {
      Session& from = turn % 2 ? *pair.server : *pair.client;
      Session& to = turn % 2 ? *pair.client : *pair.server;
      while (from.pending_output() != 0) {
        std::vector<std::byte> bytes(from.output().begin(), from.output().end());
        from.sent(bytes.size());
        const size_t at = random() % bytes.size();
        if (!damaged && random() % 3 == 0 && !is_version(bytes, at)) {
          bytes[at] ^= static_cast<std::byte>(1 + random() % 255);
          damaged = true;
        }
        ASSERT_TRUE(to.feed(bytes).ok());
        to.handshake();
        ASSERT_TRUE(to.keep_input().ok());
      }
    }
    for (Session* end : {pair.client.get(), pair.server.get()}) pair.read_all(*end);
    const bool both = pair.client->established() && pair.client->failure().fault == Fault::none &&
                      pair.server->established() && pair.server->failure().fault == Fault::none;
    EXPECT_EQ(both, !damaged) << "seed " << seed;
  }
}

TEST_F(Noise, AfterTheHandshakeIsNeverData) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    Pair pair(server, client, {"localhost", false, nullptr}, seed);
    ASSERT_TRUE(pair.shake());
    Session& victim = seed % 2 ? *pair.server : *pair.client;
    for (int i = 0; i < 10; ++i) EXPECT_EQ(push(victim, noisy_record(random)), 0u);
    EXPECT_NE(victim.failure().fault, Fault::none);
  }
}

}  // namespace
}  // namespace inlet::tls
