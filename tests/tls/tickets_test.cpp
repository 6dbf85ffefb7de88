#include "tls/tickets.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "pair.h"

namespace inlet::tls {
namespace {

// The keys change by our clock, which stands still here; the age in a ticket is OpenSSL's business.
TEST(Tickets, OutliveOneChangeOfKeysAndNoSecond) {
  ManualTime time;
  World world;
  world.server.newest = Version::tls12;
  const std::shared_ptr<const Credentials> server = load(world.server), client = load(world.client);
  const auto connect = [&](const std::shared_ptr<const Resumption>& resumption) {
    auto pair = std::make_unique<Pair>(server, client, Peer{"localhost", false, resumption});
    EXPECT_TRUE(pair->shake());
    return pair;
  };
  const auto resumed = [&](Pair& pair) { return pair.server->security_info()->resumed; };
  const std::shared_ptr<const Resumption> first = connect(nullptr)->client->resumption();
  ASSERT_NE(first, nullptr);
  EXPECT_TRUE(resumed(*connect(first)));
  time.advance_ms(kTlsTicketKeyLife_ms);
  const std::unique_ptr<Pair> later = connect(first);
  EXPECT_TRUE(resumed(*later));
  const std::shared_ptr<const Resumption> second = later->client->resumption();
  EXPECT_NE(second, nullptr) << "sealed by the new key";
  time.advance_ms(kTlsTicketKeyLife_ms);
  EXPECT_FALSE(resumed(*connect(first)));
  EXPECT_TRUE(resumed(*connect(second)));
}

TEST(Tickets, AreForgottenWhenNobodyCameForLong) {
  ManualTime time;
  World world;
  const std::shared_ptr<const Credentials> server = load(world.server), client = load(world.client);
  Pair first(server, client);
  ASSERT_TRUE(first.shake());
  first.send(*first.server, *first.client, "x");
  time.advance_ms(3 * kTlsTicketKeyLife_ms);
  Pair second(server, client, {"localhost", false, first.client->resumption()});
  ASSERT_TRUE(second.shake());
  EXPECT_FALSE(second.server->security_info()->resumed);
}

TEST(Tickets, CanBeSwitchedOff) {
  for (const Version version : {Version::tls12, Version::tls13}) {
    World world;
    world.server.tickets = false;
    world.server.newest = version;
    Pair pair(load(world.server), load(world.client));
    ASSERT_TRUE(pair.shake());
    pair.send(*pair.server, *pair.client, "x");
    EXPECT_EQ(SSL_CTX_sess_number(load(world.server)->context()), 0);
    if (pair.client->resumption() == nullptr) continue;
    Pair second(load(world.server), load(world.client), {"localhost", false, pair.client->resumption()});
    ASSERT_TRUE(second.shake());
    EXPECT_FALSE(second.server->security_info()->resumed);
  }
}

}  // namespace
}  // namespace inlet::tls
