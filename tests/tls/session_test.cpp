#include "tls/session.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <thread>

#include "pair.h"
#include "tls/session_cache.h"

namespace inlet::tls {
namespace {

using test::Certificate;
using test::CertificatePlan;
using test::KeyKind;

// ---- handshakes

struct Kind {
  Version version;
  KeyKind key;
  const char* name;
};

class Handshakes : public testing::TestWithParam<Kind> {
 protected:
  Handshakes() : world(GetParam().key) {
    world.server.oldest = world.server.newest = GetParam().version;
    server = load(world.server);
    client = load(world.client);
  }
  World world;
  std::shared_ptr<const Credentials> server, client;
};

TEST_P(Handshakes, AreDoneHoweverTheBytesAreCut) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    Pair pair(server, client, {"localhost", false, nullptr}, seed);
    ASSERT_TRUE(pair.shake()) << pair.client->failure().text << " / " << pair.server->failure().text;
    const Result<SecurityInfo> info = pair.client->security_info();
    ASSERT_TRUE(info.ok());
    const SecurityInfo& seen = const_cast<Result<SecurityInfo>&>(info).value();
    EXPECT_EQ(seen.protocol, GetParam().version == Version::tls13 ? Protocol::tls13 : Protocol::tls12);
    EXPECT_FALSE(seen.resumed);
    EXPECT_EQ(seen.status, CertificateStatus::valid);
    EXPECT_EQ(pair.send(*pair.client, *pair.server, "hello"), "hello");
    EXPECT_EQ(pair.send(*pair.server, *pair.client, "welcome"), "welcome");
  }
}

TEST_P(Handshakes, AreShortWhenResumed) {
  Pair first(server, client);
  ASSERT_TRUE(first.shake());
  first.send(*first.server, *first.client, "x");
  const std::shared_ptr<const Resumption> resumption = first.client->resumption();
  ASSERT_NE(resumption, nullptr);
  for (unsigned seed = 1; seed <= 10; ++seed) {
    Pair second(server, client, {"localhost", false, resumption}, seed);
    ASSERT_TRUE(second.shake());
    EXPECT_TRUE(second.client->security_info()->resumed);
    EXPECT_TRUE(second.server->security_info()->resumed);
    EXPECT_EQ(second.client->security_info()->status, CertificateStatus::valid);
    EXPECT_EQ(second.client->security_info()->fingerprint, world.leaf->fingerprint());
    EXPECT_EQ(second.send(*second.client, *second.server, "again"), "again");
  }
}

TEST_P(Handshakes, AreFullAgainWhereTheTicketDoesNotBelong) {
  Pair first(server, client);
  ASSERT_TRUE(first.shake());
  first.send(*first.server, *first.client, "x");
  const std::shared_ptr<const Resumption> resumption = first.client->resumption();
  const auto resumed = [&](const std::shared_ptr<const Credentials>& to, const std::shared_ptr<const Credentials>& by,
                           bool trusted) {
    Pair pair(to, by, {"localhost", trusted, resumption});
    EXPECT_TRUE(pair.shake());
    return pair.server->security_info()->resumed;
  };
  EXPECT_TRUE(resumed(server, client, false));
  EXPECT_FALSE(resumed(load(world.server), client, false)) << "after a reload of the server";
  EXPECT_FALSE(resumed(server, load(world.client), false)) << "with other credentials of the client";
  EXPECT_FALSE(resumed(server, client, true)) << "by a client that trusts more";
}

TEST_P(Handshakes, CarryMegabytesBothWays) {
  Pair pair(server, client);
  ASSERT_TRUE(pair.shake());
  const std::string text = pattern(3'000'000);
  EXPECT_EQ(pair.send(*pair.client, *pair.server, text), text);
  EXPECT_EQ(pair.send(*pair.server, *pair.client, text), text);
}

TEST_P(Handshakes, EndInOrderOrTruncated) {
  for (const bool in_order : {true, false}) {
    Pair pair(server, client);
    ASSERT_TRUE(pair.shake());
    ASSERT_EQ(pair.client->write(bytes_of("last words")).step, Step::done);
    if (in_order) {
      EXPECT_EQ(pair.client->shutdown(), Step::done);
    }
    pair.carry(*pair.client, *pair.server);
    pair.server->feed_end();
    EXPECT_EQ(pair.read_all(*pair.server), "last words");
    EXPECT_EQ(pair.last_read, in_order ? Step::closed : Step::failed);
    EXPECT_EQ(pair.server->failure().fault, in_order ? Fault::none : Fault::truncated);
    pair.read_all(*pair.server);
    EXPECT_EQ(pair.last_read, in_order ? Step::closed : Step::failed) << "and says so again";
  }
}

TEST_P(Handshakes, OfTheWrongHostAreRefused) {
  Pair pair(server, client, {"elsewhere.example", false, nullptr});
  EXPECT_FALSE(pair.shake());
  EXPECT_EQ(pair.client->failure().fault, Fault::bad_certificate);
  EXPECT_NE(pair.client->failure().text.find("hostname mismatch"), std::string::npos) << pair.client->failure().text;
  pair.read_all(*pair.server);
  EXPECT_EQ(pair.server->failure().fault, Fault::alert) << "the client says why it leaves";
}

INSTANTIATE_TEST_SUITE_P(All, Handshakes,
                         testing::Values(Kind{Version::tls12, KeyKind::rsa, "Tls12Rsa"},
                                         Kind{Version::tls12, KeyKind::ecdsa, "Tls12Ecdsa"},
                                         Kind{Version::tls13, KeyKind::rsa, "Tls13Rsa"},
                                         Kind{Version::tls13, KeyKind::ecdsa, "Tls13Ecdsa"}),
                         [](const auto& info) { return info.param.name; });

// ---- what both sides agree on

TEST_F(Tls, TellsWhatWasNegotiated) {
  Pair pair(load(world.server), load(world.client));
  EXPECT_EQ(pair.client->security_info()->protocol, Protocol::none) << "before the handshake";
  ASSERT_TRUE(pair.shake());
  const SecurityInfo info = *pair.client->security_info();
  EXPECT_EQ(info.protocol, Protocol::tls13);
  EXPECT_EQ(info.suite, "TLS_AES_128_GCM_SHA256");
  EXPECT_EQ(info.cipher, Cipher::aes);
  EXPECT_EQ(info.cipher_bits, 128u);
  EXPECT_EQ(info.hash, Hash::sha256);
  EXPECT_EQ(info.hash_bits, 256u);
  EXPECT_EQ(info.key_exchange, KeyExchange::ecdh);
  EXPECT_EQ(info.group, "x25519");
  EXPECT_EQ(info.key_exchange_bits, 253u);
  EXPECT_EQ(info.status, CertificateStatus::valid);
  EXPECT_EQ(info.subject, "CN=localhost, O=Inlet tests");
  EXPECT_EQ(info.issuer, "CN=Test root, O=Inlet tests");
  EXPECT_EQ(info.fingerprint, world.leaf->fingerprint());
  EXPECT_NEAR(static_cast<double>(info.expires_s - info.issued_s), 31 * 86400.0, 5);
  EXPECT_NEAR(static_cast<double>(info.issued_s), static_cast<double>(time(nullptr)) - 86400, 60);

  const SecurityInfo servers = *pair.server->security_info();
  EXPECT_EQ(servers.suite, info.suite);
  EXPECT_EQ(servers.status, CertificateStatus::none) << "the client showed no certificate";
  EXPECT_EQ(servers.subject, "");
}

TEST_F(Tls, UsesForwardSecretAeadSuitesOnly) {
  world.server.newest = Version::tls12;
  const std::shared_ptr<const Credentials> server = load(world.server);
  STACK_OF(SSL_CIPHER)* suites = SSL_CTX_get_ciphers(server->context());
  int of_tls12 = 0;
  for (int i = 0; i < sk_SSL_CIPHER_num(suites); ++i) {
    const SSL_CIPHER* suite = sk_SSL_CIPHER_value(suites, i);
    if (std::string(SSL_CIPHER_get_version(suite)) == "TLSv1.3") continue;
    ++of_tls12;
    EXPECT_EQ(SSL_CIPHER_get_kx_nid(suite), NID_kx_ecdhe) << SSL_CIPHER_get_name(suite);
    EXPECT_EQ(SSL_CIPHER_is_aead(suite), 1) << SSL_CIPHER_get_name(suite);
  }
  EXPECT_EQ(of_tls12, 6);
}

// A client of OpenSSL's own, over memory BIOs, for what our client would never do.
struct ForeignClient {
  explicit ForeignClient(int version) : context(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_min_proto_version(context.get(), version);
    SSL_CTX_set_max_proto_version(context.get(), version);
    ssl.reset(SSL_new(context.get()));
    SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl.get());
  }

  // One turn of both.
  void talk(Session& server) {
    std::vector<std::byte> buffer(1 << 16);
    SSL_do_handshake(ssl.get());
    const int size = BIO_read(SSL_get_wbio(ssl.get()), buffer.data(), static_cast<int>(buffer.size()));
    if (size > 0) {
      EXPECT_TRUE(server.feed({buffer.data(), static_cast<size_t>(size)}).ok());
    }
    std::byte byte;
    step = server.read({&byte, 1}).step;
    EXPECT_TRUE(server.keep_input().ok());
    while (!server.output().empty()) {
      BIO_write(SSL_get_rbio(ssl.get()), server.output().data(), static_cast<int>(server.output().size()));
      server.sent(server.output().size());
    }
    SSL_read(ssl.get(), buffer.data(), 0);
    ERR_clear_error();
  }

  ContextPtr context;
  SslPtr ssl;
  Step step = Step::wants_input;
};

TEST_F(Tls, RefusesOldProtocols) {
  const std::shared_ptr<const Credentials> server = load(world.server);
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    std::unique_ptr<Session> session = std::move(*Session::accept(server));
    ForeignClient client(version);
    SSL_set_cipher_list(client.ssl.get(), "ALL:@SECLEVEL=0");
    client.talk(*session);
    EXPECT_EQ(client.step, Step::failed);
    EXPECT_EQ(session->failure().fault, Fault::no_common_version) << session->failure().text;
  }
}

TEST_F(Tls, RefusesSuitesWithoutForwardSecrecy) {
  std::unique_ptr<Session> session = std::move(*Session::accept(load(world.server)));
  ForeignClient client(TLS1_2_VERSION);
  SSL_set_cipher_list(client.ssl.get(), "AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA");
  client.talk(*session);
  EXPECT_EQ(client.step, Step::failed);
  EXPECT_EQ(session->failure().fault, Fault::no_common_cipher) << session->failure().text;
}

TEST_F(Tls, RefusesRenegotiation) {
  std::unique_ptr<Session> session = std::move(*Session::accept(load(world.server)));
  ForeignClient client(TLS1_2_VERSION);
  for (int i = 0; i < 4; ++i) client.talk(*session);
  ASSERT_TRUE(session->established());
  ASSERT_EQ(client.step, Step::wants_input);
  ASSERT_EQ(SSL_renegotiate(client.ssl.get()), 1);
  client.talk(*session);
  EXPECT_EQ(client.step, Step::wants_input) << "refused, and the session goes on";
  EXPECT_EQ(SSL_session_reused(client.ssl.get()), 0);
  client.talk(*session);
  EXPECT_NE(SSL_get_state(client.ssl.get()), TLS_ST_OK) << "no answer but a warning";
}

TEST_F(Tls, CutsOffAFloodOfKeyUpdates) {
  std::unique_ptr<Session> session = std::move(*Session::accept(load(world.server)));
  ForeignClient client(TLS1_3_VERSION);
  for (int i = 0; i < 4; ++i) client.talk(*session);
  ASSERT_TRUE(session->established());
  int sent = 0;
  for (; sent < 1000 && client.step != Step::failed; ++sent) {
    ASSERT_EQ(SSL_key_update(client.ssl.get(), SSL_KEY_UPDATE_REQUESTED), 1);
    client.talk(*session);
  }
  EXPECT_EQ(session->failure().fault, Fault::flood);
  EXPECT_GT(sent, 32) << "a few are no flood";
  EXPECT_LT(sent, 200);
}

TEST_F(Tls, AgreesOnAnApplicationProtocol) {
  world.server.alpn = {"h2", "inlet/1"};
  const std::shared_ptr<const Credentials> server = load(world.server);
  const auto client_with = [&](std::vector<std::string> protocols) {
    world.client.alpn = std::move(protocols);
    return load(world.client);
  };
  Pair same(server, client_with({"other", "inlet/1"}));
  ASSERT_TRUE(same.shake());
  EXPECT_EQ(same.client->alpn(), "inlet/1");
  EXPECT_EQ(same.server->alpn(), "inlet/1");

  Pair ours_first(server, client_with({"inlet/1", "h2"}));
  ASSERT_TRUE(ours_first.shake());
  EXPECT_EQ(ours_first.client->alpn(), "h2") << "the server's order counts";

  Pair silent(server, client_with({}));
  ASSERT_TRUE(silent.shake());
  EXPECT_EQ(silent.server->alpn(), "");

  Pair stranger(server, client_with({"other"}));
  EXPECT_FALSE(stranger.shake());
  EXPECT_EQ(stranger.server->failure().fault, Fault::no_common_protocol);
  EXPECT_EQ(stranger.client->failure().fault, Fault::no_common_protocol);
}

// ---- certificates

TEST_F(Tls, BelievesTheRootsInAFolder) {
  ASSERT_TRUE(std::filesystem::create_directory(world.folder / "roots"));
  world.client.trust = world.folder / "roots";
  LoadError error;
  EXPECT_EQ(Credentials::load(world.client, error), nullptr);
  EXPECT_EQ(error.fault, LoadFault::no_certificate) << error.text;
  CertificatePlan plan;
  plan.authority = true;
  test::write_file(world.folder / "roots/another.pem", Certificate(plan).pem());
  test::write_file(world.folder / "roots/ours.crt", world.root->pem());
  test::write_file(world.folder / "roots/notes.txt", "-----BEGIN CERTIFICATE-----\nnot looked at");
  Pair pair(load(world.server), load(world.client));
  EXPECT_TRUE(pair.shake()) << pair.client->failure().text;
  test::write_file(world.folder / "roots/broken.pem", "-----BEGIN CERTIFICATE-----\nAA");
  EXPECT_EQ(Credentials::load(world.client, error), nullptr);
  EXPECT_EQ(error.file, world.folder / "roots/broken.pem");
}

TEST_F(Tls, TellsOtherSuitesToo) {
  const std::shared_ptr<const Credentials> server = load(world.server);
  const auto negotiated = [&](int version, const char* suites) {
    std::unique_ptr<Session> session = std::move(*Session::accept(server));
    ForeignClient client(version);
    version == TLS1_3_VERSION ? SSL_set_ciphersuites(client.ssl.get(), suites)
                              : SSL_set_cipher_list(client.ssl.get(), suites);
    for (int i = 0; i < 4; ++i) client.talk(*session);
    EXPECT_TRUE(session->established()) << session->failure().text;
    return *session->security_info();
  };
  const SecurityInfo chacha = negotiated(TLS1_3_VERSION, "TLS_CHACHA20_POLY1305_SHA256");
  EXPECT_EQ(chacha.cipher, Cipher::chacha20);
  EXPECT_EQ(chacha.cipher_bits, 256u);
  EXPECT_EQ(chacha.hash_bits, 256u);
  const SecurityInfo strong = negotiated(TLS1_2_VERSION, "ECDHE-ECDSA-AES256-GCM-SHA384");
  EXPECT_EQ(strong.suite, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
  EXPECT_EQ(strong.cipher, Cipher::aes);
  EXPECT_EQ(strong.cipher_bits, 256u);
  EXPECT_EQ(strong.hash, Hash::sha384);
  EXPECT_EQ(strong.hash_bits, 384u);
}

TEST_F(Tls, ChoosesTheCertificateByTheNameAskedFor) {
  test::Folder folder;
  std::vector<std::unique_ptr<Certificate>> certificates;
  const auto add = [&](const std::string& file, std::vector<std::string> names, KeyKind key) {
    CertificatePlan plan;
    plan.common_name = names[0];
    plan.names = std::move(names);
    plan.key = key;
    plan.issuer = world.root.get();
    certificates.push_back(std::make_unique<Certificate>(plan));
    test::write_file(folder / file, certificates.back()->pem() + certificates.back()->key_pem());
    return certificates.back()->fingerprint();
  };
  const std::string first = add("1.pem", {"first.example"}, KeyKind::ecdsa);
  const std::string wild = add("2.pem", {"*.example"}, KeyKind::rsa);
  const std::string shop = add("3.pem", {"shop.example", "www.shop.example"}, KeyKind::ecdsa);
  world.server.identity.store = folder / "";
  const std::shared_ptr<const Credentials> server = load(world.server);
  EXPECT_EQ(server->identities(), 3u);
  const std::shared_ptr<const Credentials> client = load(world.client);
  for (const Version version : {Version::tls12, Version::tls13}) {
    world.client.newest = version;
    const std::shared_ptr<const Credentials> client = load(world.client);
    const auto shown = [&](const std::string& host) {
      Pair pair(server, client, {host, true, nullptr});
      EXPECT_TRUE(pair.shake()) << host << ": " << pair.server->failure().text;
      EXPECT_EQ(pair.server->server_name(), host);
      return pair.client->security_info()->fingerprint;
    };
    EXPECT_EQ(shown("first.example"), first);
    EXPECT_EQ(shown("shop.example"), shop) << "the exact name before the wildcard";
    EXPECT_EQ(shown("www.shop.example"), shop);
    EXPECT_EQ(shown("mail.example"), wild);
    EXPECT_EQ(shown("a.mail.example"), first) << "a wildcard stands for one label";
    EXPECT_EQ(shown("unknown.net"), first);
    EXPECT_EQ(shown(""), first);
  }
}

// A client that takes no tickets is known by the number of its session; TLS 1.3 has tickets only.
TEST_F(Tls, DoesNotResumeUnderAnotherName) {
  test::Folder folder;
  for (const char* host : {"a.example", "b.example"}) {
    CertificatePlan plan;
    plan.common_name = host;
    plan.names = {host};
    plan.issuer = world.root.get();
    const Certificate certificate(plan);
    test::write_file(folder / (host + std::string(".pem")), certificate.pem() + certificate.key_pem());
  }
  world.server.identity.store = folder / "";
  struct Row {
    int version;
    uint64_t options;
  };
  for (const Row& row : {Row{TLS1_3_VERSION, 0}, Row{TLS1_2_VERSION, 0}, Row{TLS1_2_VERSION, SSL_OP_NO_TICKET}}) {
    const std::shared_ptr<const Credentials> server = load(world.server);
    SslSessionPtr saved;
    const auto is_resumed = [&](const char* host) {
      ForeignClient client(row.version);
      SSL_set_options(client.ssl.get(), row.options);
      SslSessionPtr copy(saved ? SSL_SESSION_dup(saved.get()) : nullptr);
      if (copy) SSL_SESSION_set1_hostname(copy.get(), host);
      SSL_set_tlsext_host_name(client.ssl.get(), host);
      if (copy) SSL_set_session(client.ssl.get(), copy.get());
      std::unique_ptr<Session> session = std::move(*Session::accept(server));
      for (int i = 0; i < 4; ++i) client.talk(*session);
      EXPECT_TRUE(session->established()) << host << ": " << session->failure().text;
      if (!saved) saved.reset(SSL_get1_session(client.ssl.get()));
      SSL_set_shutdown(client.ssl.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);  // else the session is spoilt
      return session->security_info()->resumed;
    };
    EXPECT_FALSE(is_resumed("a.example"));
    ASSERT_EQ(SSL_SESSION_is_resumable(saved.get()), 1);
    EXPECT_TRUE(is_resumed("a.example")) << row.version << ", options " << row.options;
    EXPECT_FALSE(is_resumed("b.example")) << row.version << ", options " << row.options;
  }
}

// What the number stands for is kept here, so there is an end to how many are.
TEST_F(Tls, KeepsOnlySoManySessionsOfClientsWithoutTickets) {
  SessionCache cache;
  std::vector<std::vector<unsigned char>> ids;
  for (size_t i = 0; i <= kTlsSessionsKept; ++i) {
    ids.push_back({static_cast<unsigned char>(i), static_cast<unsigned char>(i >> 8), 1});
    SslSessionPtr session(SSL_SESSION_new());
    ASSERT_EQ(SSL_SESSION_set1_id(session.get(), ids[i].data(), static_cast<unsigned>(ids[i].size())), 1);
    ASSERT_TRUE(cache.put(session.release(), 7));
  }
  const auto has = [&](size_t i, uint32_t group) { return SslSessionPtr(cache.find(ids[i], group)) != nullptr; };
  EXPECT_FALSE(has(0, 7)) << "the oldest has gone";
  EXPECT_TRUE(has(1, 7));
  EXPECT_TRUE(has(kTlsSessionsKept, 7));
  EXPECT_FALSE(has(kTlsSessionsKept, 8)) << "it was made for another certificate";
  cache.drop(ids[1]);
  EXPECT_FALSE(has(1, 7));
}

TEST_F(Tls, GivesBothKindsOfKeyToThoseWhoCanUseThem) {
  test::Folder folder;
  CertificatePlan plan;
  plan.issuer = world.root.get();
  const Certificate ecdsa(plan);
  plan.key = KeyKind::rsa;
  const Certificate rsa(plan);
  test::write_file(folder / "ecdsa.pem", ecdsa.pem() + ecdsa.key_pem());
  test::write_file(folder / "rsa.pem", rsa.pem() + rsa.key_pem());
  world.server.identity.store = folder / "";
  for (const char* name : {"", "localhost"}) {
    world.server.identity.name = name;
    const std::shared_ptr<const Credentials> server = load(world.server);
    EXPECT_EQ(server->identities(), 2u);
    for (const char* suite : {"ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"}) {
      std::unique_ptr<Session> session = std::move(*Session::accept(server));
      ForeignClient client(TLS1_2_VERSION);
      SSL_set_cipher_list(client.ssl.get(), suite);
      SSL_set_tlsext_host_name(client.ssl.get(), "localhost");
      for (int i = 0; i < 4; ++i) client.talk(*session);
      EXPECT_TRUE(session->established()) << suite << ": " << session->failure().text;
    }
  }
}

TEST_F(Tls, TellsWhatIsWrongWithAServersCertificate) {
  CertificatePlan stranger_plan;
  stranger_plan.authority = true;
  const Certificate stranger(stranger_plan);
  const auto server_with = [&](const std::function<void(CertificatePlan&)>& change) {
    CertificatePlan plan;
    plan.issuer = world.root.get();
    change(plan);
    // A server does not load some of these, so they get into the context by the back door.
    const Certificate bad(plan);
    const std::shared_ptr<const Credentials> server = load(world.server);
    SSL_CTX_use_cert_and_key(server->context(), bad.x509(), bad.key(), nullptr, 1);
    return server;
  };
  struct Case {
    std::shared_ptr<const Credentials> server;
    CertificateStatus status;
    const char* words;
  };
  const Case cases[] = {
      {server_with([](CertificatePlan& plan) { plan.from_days = -9, plan.to_days = -2; }), CertificateStatus::expired,
       "expired"},
      {server_with([](CertificatePlan& plan) { plan.from_days = 2; }), CertificateStatus::expired, "not yet valid"},
      {server_with([](CertificatePlan& plan) { plan.names = {"other.example"}; }), CertificateStatus::nomatch,
       "mismatch"},
      {server_with([](CertificatePlan& plan) { plan.issuer = nullptr; }), CertificateStatus::untrusted, "self-signed"},
      {server_with([](CertificatePlan& plan) { plan.usage = "clientAuth"; }), CertificateStatus::invalid, "purpose"},
      {server_with([&](CertificatePlan& plan) { plan.issuer = &stranger; }), CertificateStatus::untrusted, "issuer"},
      {server_with([](CertificatePlan& plan) { plan.from_days = -9, plan.to_days = -2, plan.names = {"x.y"}; }),
       CertificateStatus::expired, "expired"},
  };
  const std::shared_ptr<const Credentials> client = load(world.client);
  for (const Case& one : cases) {
    Pair strict(one.server, client);
    EXPECT_FALSE(strict.shake());
    EXPECT_EQ(strict.client->failure().fault, Fault::bad_certificate);
    EXPECT_NE(strict.client->failure().text.find(one.words), std::string::npos) << strict.client->failure().text;

    Pair trusting(one.server, client, {"localhost", true, nullptr});
    EXPECT_TRUE(trusting.shake()) << one.words;
    EXPECT_EQ(trusting.client->security_info()->status, one.status) << one.words;
    EXPECT_NE(trusting.client->security_info()->subject, "");
  }
}

TEST_F(Tls, ChecksAddressesAndWildcardsOfTheServer) {
  CertificatePlan plan;
  plan.names = {"*.example.com"};
  plan.addresses = {"127.0.0.1", "::1"};
  plan.issuer = world.root.get();
  world.server.identity.store = world.put("wild.pem", Certificate(plan));
  const std::shared_ptr<const Credentials> server = load(world.server);
  const std::shared_ptr<const Credentials> client = load(world.client);
  for (const char* good : {"127.0.0.1", "::1", "a.example.com", "A.Example.COM", "a.example.com."}) {
    Pair pair(server, client, {good, false, nullptr});
    EXPECT_TRUE(pair.shake()) << good;
  }
  for (const char* bad : {"127.0.0.2", "example.com", "a.b.example.com", "localhost"}) {
    Pair pair(server, client, {bad, false, nullptr});
    EXPECT_FALSE(pair.shake()) << bad;
  }
}

TEST_F(Tls, SendsTheIntermediateCertificates) {
  CertificatePlan plan;
  plan.common_name = "Intermediate";
  plan.names.clear();
  plan.authority = true;
  plan.issuer = world.root.get();
  const Certificate intermediate(plan);
  plan = {};
  plan.issuer = &intermediate;
  const Certificate leaf(plan);
  const std::shared_ptr<const Credentials> client = load(world.client);
  // The order in the file does not matter, and the root is not sent.
  test::write_file(world.folder / "chain.pem", world.root->pem() + intermediate.pem() + leaf.key_pem() + leaf.pem());
  test::write_file(world.folder / "alone.pem", leaf.pem() + leaf.key_pem());
  test::write_file(world.folder / "chain.p12", leaf.pkcs12("secret", "leaf", {&intermediate, world.root.get()}));
  for (const char* file : {"chain.pem", "chain.p12"}) {
    world.server.identity.store = world.folder / file;
    world.server.identity.password = "secret";
    Pair pair(load(world.server), client);
    EXPECT_TRUE(pair.shake()) << file << ": " << pair.client->failure().text;
  }
  world.server.identity.store = world.folder / "alone.pem";
  Pair pair(load(world.server), client);
  EXPECT_FALSE(pair.shake());
  EXPECT_NE(pair.client->failure().text.find("unable to"), std::string::npos) << pair.client->failure().text;
}

TEST_F(Tls, KnowsRevokedCertificates) {
  CertificatePlan plan;
  plan.issuer = world.root.get();
  const Certificate good(plan), revoked(plan);
  test::write_file(world.folder / "trust.pem", world.root->pem() + world.root->revoke({&revoked}));
  world.client.trust = world.folder / "trust.pem";
  const std::shared_ptr<const Credentials> client = load(world.client);
  world.server.identity.store = world.put("good.pem", good);
  Pair fine(load(world.server), client);
  EXPECT_TRUE(fine.shake()) << fine.client->failure().text;
  world.server.identity.store = world.put("revoked.pem", revoked);
  const std::shared_ptr<const Credentials> server = load(world.server);
  Pair refused(server, client);
  EXPECT_FALSE(refused.shake());
  Pair trusting(server, client, {"localhost", true, nullptr});
  ASSERT_TRUE(trusting.shake());
  EXPECT_EQ(trusting.client->security_info()->status, CertificateStatus::revoked);
}

// ---- client certificates

struct ClientCertificate : Tls, testing::WithParamInterface<Version> {
  ClientCertificate() {
    world.server.trust = world.folder / "root.crt";
    world.client.newest = GetParam();
  }
  // The client of this certificate; nullptr: without one.
  std::shared_ptr<const Credentials> client(const Certificate* certificate) {
    world.client.identity.store = certificate ? world.put("client.pem", *certificate) : "";
    return load(world.client);
  }
  // The handshake, and the first read of the client, which hears of a refusal only then.
  bool works(Pair& pair) { return pair.shake() && pair.send(*pair.server, *pair.client, "in") == "in"; }
};

TEST_P(ClientCertificate, IsAskedForAndChecked) {
  world.server.clients = ClientCertificates::required;
  const std::shared_ptr<const Credentials> server = load(world.server);
  CertificatePlan plan;
  plan.common_name = "Alice";
  plan.names.clear();
  plan.issuer = world.root.get();
  const Certificate alice(plan);
  Pair good(server, client(&alice));
  EXPECT_TRUE(works(good)) << good.server->failure().text;
  EXPECT_EQ(good.server->security_info()->status, CertificateStatus::valid);
  EXPECT_EQ(good.server->security_info()->subject, "CN=Alice, O=Inlet tests");

  Pair none(server, client(nullptr));
  none.shake();
  EXPECT_EQ(none.server->failure().fault, Fault::no_certificate);
  none.read_all(*none.client);
  EXPECT_EQ(none.client->failure().fault, Fault::alert) << none.client->failure().text;

  plan.issuer = nullptr;
  const Certificate stranger(plan);
  Pair refused(server, client(&stranger));
  refused.shake();
  EXPECT_EQ(refused.server->failure().fault, Fault::bad_certificate);
}

TEST_P(ClientCertificate, MayBeOptional) {
  world.server.clients = ClientCertificates::optional;
  const std::shared_ptr<const Credentials> server = load(world.server);
  Pair none(server, client(nullptr));
  EXPECT_TRUE(works(none));
  EXPECT_EQ(none.server->security_info()->status, CertificateStatus::none);
  CertificatePlan plan;
  const Certificate stranger(plan);
  Pair refused(server, client(&stranger));
  refused.shake();
  EXPECT_EQ(refused.server->failure().fault, Fault::bad_certificate) << "one that is shown has to be good";
}

TEST_P(ClientCertificate, IsKnownInAResumedSession) {
  world.server.clients = ClientCertificates::required;
  const std::shared_ptr<const Credentials> server = load(world.server);
  CertificatePlan plan;
  plan.common_name = "Alice";
  plan.issuer = world.root.get();
  const Certificate alice(plan);
  const std::shared_ptr<const Credentials> with_alice = client(&alice);
  Pair first(server, with_alice);
  ASSERT_TRUE(works(first));
  Pair second(server, with_alice, {"localhost", false, first.client->resumption()});
  ASSERT_TRUE(works(second));
  EXPECT_TRUE(second.server->security_info()->resumed);
  EXPECT_EQ(second.server->security_info()->subject, "CN=Alice, O=Inlet tests");
  EXPECT_EQ(second.server->security_info()->status, CertificateStatus::valid);
}

INSTANTIATE_TEST_SUITE_P(Versions, ClientCertificate, testing::Values(Version::tls12, Version::tls13),
                         [](const auto& info) { return info.param == Version::tls12 ? "Tls12" : "Tls13"; });

}  // namespace
}  // namespace inlet::tls
