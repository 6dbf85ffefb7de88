// What a session does at its limits, at its end, and with calls that do not fit.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <thread>

#include "pair.h"
#include "tls/session.h"

namespace inlet::tls {
namespace {

using test::Certificate;
using test::CertificatePlan;
using test::KeyKind;

TEST_F(Tls, KnowsPlainTextWhenItSeesIt) {
  const std::shared_ptr<const Credentials> server = load(world.server);
  for (const char* text : {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "EHLO example.com\r\n", "STARTTLS\r\n"}) {
    std::unique_ptr<Session> session = std::move(*Session::accept(server));
    ASSERT_TRUE(session->feed(bytes_of(text)).ok());
    EXPECT_EQ(session->handshake(), Step::failed);
    EXPECT_EQ(session->failure().fault, Fault::not_tls) << text << session->failure().text;
    EXPECT_EQ(session->handshake(), Step::failed) << "and stays so";
  }
  std::unique_ptr<Session> client = std::move(*Session::connect(load(world.client), {"localhost", false, nullptr}));
  EXPECT_EQ(client->handshake(), Step::wants_input);
  ASSERT_TRUE(client->feed(bytes_of("220 mail.example ESMTP\r\n")).ok());
  EXPECT_EQ(client->handshake(), Step::failed);
  EXPECT_EQ(client->failure().fault, Fault::not_tls) << client->failure().text;
}

TEST_F(Tls, EndsInTheMiddleOfAHandshake) {
  Pair pair(load(world.server), load(world.client));
  EXPECT_EQ(pair.client->handshake(), Step::wants_input);
  pair.carry(*pair.client, *pair.server);
  pair.server->feed_end();
  EXPECT_EQ(pair.server->handshake(), Step::failed);
  EXPECT_EQ(pair.server->failure().fault, Fault::truncated);
}

TEST_F(Tls, DoesNotTakeAGoodByeForAHandshake) {
  std::unique_ptr<Session> session = std::move(*Session::connect(load(world.client), {"localhost", false, nullptr}));
  EXPECT_EQ(session->handshake(), Step::wants_input);
  ASSERT_TRUE(session->feed(bytes_of(std::string_view("\x15\x03\x01\0\2\1\0", 7))).ok());
  EXPECT_EQ(session->handshake(), Step::failed);
  EXPECT_EQ(session->failure().fault, Fault::truncated) << session->failure().text;
}

TEST_F(Tls, CanBeShutDownBeforeTheHandshake) {
  std::unique_ptr<Session> session = std::move(*Session::accept(load(world.server)));
  EXPECT_EQ(session->shutdown(), Step::done);
  EXPECT_EQ(session->pending_output(), 0u);
}

TEST_F(Tls, LimitsTheHandshake) {
  SessionLimits limits;
  limits.handshake_bytes = 100;
  Pair pair(load(world.server), load(world.client), {"localhost", false, nullptr}, 1, limits);
  EXPECT_FALSE(pair.shake());
  EXPECT_EQ(pair.server->failure().fault, Fault::handshake_too_long) << pair.server->failure().text;
  limits.handshake_bytes = 8000;
  Pair roomy(load(world.server), load(world.client), {"localhost", false, nullptr}, 1, limits);
  ASSERT_TRUE(roomy.shake());
  const std::string text = pattern(50'000);
  EXPECT_EQ(roomy.send(*roomy.client, *roomy.server, text), text) << "the limit ends with the handshake";
}

TEST_F(Tls, TakesNoMorePlaintextThanCanWait) {
  SessionLimits limits;
  limits.pending_output = 50'000;
  Pair pair(load(world.server), load(world.client), {"localhost", false, nullptr}, 1, limits);
  ASSERT_TRUE(pair.shake());
  const std::string text = pattern(500'000);
  const Moved first = pair.client->write(bytes_of(text));
  EXPECT_EQ(first.step, Step::wants_output);
  EXPECT_GE(pair.client->pending_output(), 50'000u);
  EXPECT_LE(pair.client->pending_output(), 50'000u + kTlsRecordMax + 256);
  EXPECT_EQ(pair.client->write(bytes_of(text).subspan(first.bytes)).bytes, 0u);
  EXPECT_EQ(pair.send(*pair.client, *pair.server, text), text.substr(0, first.bytes) + text) << "and nothing is lost";
}

TEST_F(Tls, KeepsWhatIsFedWithinALimit) {
  Pair pair(load(world.server), load(world.client));
  ASSERT_TRUE(pair.shake());
  const std::string text = pattern(600'000);
  size_t fed = 0;
  Error error = Error::none;
  for (size_t at = 0; at < text.size() && error == Error::none;) {
    at += pair.client->write(bytes_of(text).subspan(at)).bytes;
    while (!pair.client->output().empty() && error == Error::none) {
      const std::vector<std::byte> piece(pair.client->output().begin(), pair.client->output().end());
      pair.client->sent(piece.size());
      error = pair.server->feed(piece).error();
      if (error == Error::none) error = pair.server->keep_input().error();
      if (error == Error::none) fed += piece.size();
    }
  }
  EXPECT_EQ(error, Error::no_buffers);
  EXPECT_GE(fed, kTlsUnreadMax - kTlsBlockBytes);
  EXPECT_LE(fed, kTlsUnreadMax + kTlsBlockBytes);
}

TEST_F(Tls, GoesOnReadingAfterItsOwnShutdown) {
  Pair pair(load(world.server), load(world.client));
  ASSERT_TRUE(pair.shake());
  EXPECT_EQ(pair.client->shutdown(), Step::done);
  EXPECT_EQ(pair.client->shutdown(), Step::done);
  EXPECT_EQ(pair.client->write(bytes_of("late")).step, Step::closed);
  EXPECT_EQ(pair.send(*pair.server, *pair.client, "still here"), "still here");
  pair.carry(*pair.client, *pair.server);
  pair.read_all(*pair.server);
  EXPECT_EQ(pair.last_read, Step::closed);
  EXPECT_EQ(pair.send(*pair.server, *pair.client, "and still"), "and still") << "half closed";
}

TEST_F(Tls, LeavesWhatFollowsCloseNotify) {
  Pair pair(load(world.server), load(world.client));
  ASSERT_TRUE(pair.shake());
  pair.client->shutdown();
  pair.carry(*pair.client, *pair.server);
  ASSERT_TRUE(pair.server->feed(bytes_of("plain again")).ok());
  pair.read_all(*pair.server);
  EXPECT_EQ(pair.last_read, Step::closed);
  char rest[64];
  const size_t size = pair.server->take_unread({reinterpret_cast<std::byte*>(rest), sizeof rest});
  EXPECT_EQ(std::string(rest, size), "plain again");
}

TEST_F(Tls, PeeksWithoutTaking) {
  Pair pair(load(world.server), load(world.client));
  ASSERT_TRUE(pair.shake());
  ASSERT_EQ(pair.client->write(bytes_of("abcdef")).step, Step::done);
  EXPECT_EQ(pair.server->readable(), 0u);
  pair.carry(*pair.client, *pair.server);
  EXPECT_TRUE(pair.server->has_input());
  char some[4];
  const std::span<std::byte> into(reinterpret_cast<std::byte*>(some), sizeof some);
  EXPECT_EQ(pair.server->peek(into).bytes, 4u);
  EXPECT_EQ(pair.server->readable(), 6u);
  EXPECT_EQ(std::string(some, 4), "abcd");
  EXPECT_EQ(pair.read_all(*pair.server), "abcdef");
  EXPECT_FALSE(pair.server->has_input());
}

TEST_F(Tls, FindsADamagedRecord) {
  for (const Version version : {Version::tls12, Version::tls13}) {
    world.server.newest = version;
    Pair pair(load(world.server), load(world.client));
    ASSERT_TRUE(pair.shake());
    ASSERT_EQ(pair.client->write(bytes_of("pay 10 to Bob")).step, Step::done);
    std::vector<std::byte> record(pair.client->output().begin(), pair.client->output().end());
    record.back() ^= std::byte{1};
    ASSERT_TRUE(pair.server->feed(record).ok());
    EXPECT_EQ(pair.read_all(*pair.server), "");
    EXPECT_EQ(pair.last_read, Step::failed);
    EXPECT_EQ(pair.server->failure().fault, Fault::bad_record) << pair.server->failure().text;
    EXPECT_NE(pair.server->pending_output(), 0u) << "an alert for the peer";
  }
}

TEST_F(Tls, NeedsCredentialsOfItsRoleAndAHost) {
  const std::shared_ptr<const Credentials> server = load(world.server), client = load(world.client);
  EXPECT_EQ(Session::accept(client).error(), Error::invalid);
  EXPECT_EQ(Session::accept(nullptr).error(), Error::invalid);
  EXPECT_EQ(Session::connect(server, {"localhost", false, nullptr}).error(), Error::invalid);
  EXPECT_EQ(Session::connect(client, {"", false, nullptr}).error(), Error::invalid);
  EXPECT_EQ(Session::connect(client, {std::string(300, 'a'), false, nullptr}).error(), Error::invalid);
  EXPECT_EQ(Session::connect(client, {std::string("a\0b", 3), true, nullptr}).error(), Error::invalid);
  EXPECT_TRUE(Session::connect(client, {"", true, nullptr}).ok());
}

TEST_F(Tls, LeavesNothingInTheThreadsQueueOfErrors) {
  ERR_raise(ERR_LIB_USER, ERR_R_PASSED_INVALID_ARGUMENT);  // what another part of the program has left
  Pair pair(load(world.server), load(world.client));
  ASSERT_TRUE(pair.shake());
  ERR_raise(ERR_LIB_USER, ERR_R_PASSED_INVALID_ARGUMENT);
  EXPECT_EQ(pair.send(*pair.client, *pair.server, "works all the same"), "works all the same");
  ASSERT_TRUE(pair.server->feed(bytes_of("nonsense that is no record")).ok());
  pair.read_all(*pair.server);
  EXPECT_EQ(pair.last_read, Step::failed);
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST_F(Tls, SharesCredentialsBetweenThreads) {
  test::Folder folder;
  for (const char* host : {"a.example", "b.example", "c.example"}) {
    CertificatePlan plan;
    plan.names = {host};
    plan.issuer = world.root.get();
    const Certificate certificate(plan);
    test::write_file(folder / (host + std::string(".pem")), certificate.pem() + certificate.key_pem());
  }
  world.server.identity.store = folder / "";
  const std::shared_ptr<const Credentials> server = load(world.server), client = load(world.client);
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      std::shared_ptr<const Resumption> resumption;
      for (unsigned n = 0; n < 25; ++n) {
        Pair pair(server, client, {n % 2 ? "b.example" : "c.example", false, resumption}, 100 * i + n);
        good += pair.shake() && pair.send(*pair.server, *pair.client, "hello") == "hello";
        resumption = pair.client->resumption();
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good.load(), 100);
}

TEST_F(Tls, ReplacesCredentialsUnderLiveSessions) {
  CredentialsSlot slot;
  ASSERT_TRUE(slot.reload(world.server).ok());
  const std::shared_ptr<const Credentials> client = load(world.client);
  Pair old(slot.get(), client);
  ASSERT_TRUE(old.shake());
  CertificatePlan plan;
  plan.issuer = world.root.get();
  const Certificate next(plan);
  test::write_file(world.folder / "server.pem", next.pem() + next.key_pem());
  ASSERT_TRUE(slot.reload(world.server).ok());
  test::write_file(world.folder / "server.pem", "rubbish");
  EXPECT_EQ(slot.reload(world.server).fault, LoadFault::no_certificate) << "a bad file changes nothing";
  Pair fresh(slot.get(), client);
  ASSERT_TRUE(fresh.shake());
  EXPECT_EQ(fresh.client->security_info()->fingerprint, next.fingerprint());
  EXPECT_EQ(old.client->security_info()->fingerprint, world.leaf->fingerprint());
  EXPECT_EQ(old.send(*old.client, *old.server, "goes on"), "goes on");
}

}  // namespace
}  // namespace inlet::tls
