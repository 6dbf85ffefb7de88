// The records of TLS 1.3 after the handshake, which a server's session handles itself. The other end is OpenSSL's, or a forger who has
// the keys of an honest client and breaks the rules with them.
#include "tls/records.h"

#include <gtest/gtest.h>

#include "pair.h"

namespace inlet::tls {
namespace {

constexpr uint8_t kAlertRecord = 21, kHandshakeRecord = 22, kDataRecord = 23;

// A client of OpenSSL's own. Its secret is told to whoever holds it.
class Client {
 public:
  explicit Client(Session& server, const char* suites = nullptr) : server_(server) {
    SSL_CTX_set_keylog_callback(context_.get(), on_secret);
    if (suites != nullptr) {
      EXPECT_EQ(SSL_CTX_set_ciphersuites(context_.get(), suites), 1);
    }
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_app_data(ssl_.get(), this);
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_.get());
    for (int turn = 0; turn < 4; ++turn) {
      SSL_do_handshake(ssl_.get());
      carry_there();
      server_.handshake();
      carry_back();
    }
    EXPECT_TRUE(server_.established()) << server_.failure().text;
    ERR_clear_error();
  }

  void carry_there() {
    std::vector<std::byte> bytes(1 << 16);
    const int size = BIO_read(SSL_get_wbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
    if (size > 0) {
      EXPECT_TRUE(server_.feed({bytes.data(), static_cast<size_t>(size)}).ok());
      EXPECT_TRUE(server_.keep_input().ok());
    }
  }

  void carry_back() {
    while (!server_.output().empty()) {
      BIO_write(SSL_get_rbio(ssl_.get()), server_.output().data(), static_cast<int>(server_.output().size()));
      server_.sent(server_.output().size());
    }
  }

  // Through the server and back.
  std::string echo(const std::string& text) {
    std::string answer;
    std::vector<std::byte> buffer(1 << 15);
    for (size_t at = 0; at < text.size();) {
      const int sent =
          SSL_write(ssl_.get(), text.data() + at, static_cast<int>(std::min<size_t>(16384, text.size() - at)));
      if (sent <= 0) return answer;
      at += static_cast<size_t>(sent);
      carry_there();
      for (Moved got = server_.read(buffer); got.step == Step::done; got = server_.read(buffer))
        EXPECT_EQ(server_.write({buffer.data(), got.bytes}).step, Step::done);
      carry_back();
      char some[20'000];
      for (int got; (got = SSL_read(ssl_.get(), some, sizeof some)) > 0;) answer.append(some, static_cast<size_t>(got));
    }
    ERR_clear_error();
    return answer;
  }

  SSL* ssl() { return ssl_.get(); }
  const std::vector<unsigned char>& secret() const { return secret_; }

 private:
  static void on_secret(const SSL* ssl, const char* line) {
    const std::string_view text(line);
    if (text.substr(0, text.find(' ')) != "CLIENT_TRAFFIC_SECRET_0") return;
    const std::string hex(text.substr(text.rfind(' ') + 1));
    auto& secret = static_cast<Client*>(SSL_get_app_data(ssl))->secret_;
    for (size_t i = 0; i < hex.size(); i += 2)
      secret.push_back(static_cast<unsigned char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }

  Session& server_;
  ContextPtr context_{SSL_CTX_new(TLS_client_method())};
  SslPtr ssl_;
  std::vector<unsigned char> secret_;
};

struct RecordsTest : testing::Test {
  std::unique_ptr<Session> accept(SessionLimits limits = {}) {
    return std::move(*Session::accept(credentials, limits));
  }
  World world;
  std::shared_ptr<const Credentials> credentials = load(world.server);
};

// Seals whatever it is told to with the keys of a client.
struct Forger {
  explicit Forger(Session& the_server) : server(the_server), client(the_server) {
    const RecordSuite* suite = RecordSuite::of(SSL_get_current_cipher(client.ssl()));
    EXPECT_TRUE(suite != nullptr && keys.begin(*suite, RecordKeys::Use::sealing, client.secret(), 0));
  }

  std::vector<std::byte> record(uint8_t type, const std::string& content, size_t padding = 0) {
    const size_t sealed = content.size() + 1 + padding + kTlsTagBytes;
    std::vector<std::byte> bytes(kTlsHeaderBytes + sealed);
    const std::byte header[] = {std::byte{23}, std::byte{3}, std::byte{3}, static_cast<std::byte>(sealed >> 8),
                                static_cast<std::byte>(sealed)};
    std::copy(std::begin(header), std::end(header), bytes.begin());
    std::memcpy(bytes.data() + kTlsHeaderBytes, content.data(), content.size());
    bytes[kTlsHeaderBytes + content.size()] = std::byte{type};
    EXPECT_TRUE(keys.seal(bytes));
    return bytes;
  }

  // What the server makes of these bytes.
  Step push(const std::vector<std::byte>& bytes) {
    EXPECT_TRUE(server.feed(bytes).ok());
    std::byte buffer[64];
    const Moved got = server.read(buffer);
    EXPECT_TRUE(server.keep_input().ok());
    text.assign(reinterpret_cast<const char*>(buffer), got.bytes);
    return got.step;
  }

  Session& server;
  Client client;
  RecordKeys keys;
  std::string text;  // that the server has read last
};

TEST_F(RecordsTest, AreUnderstoodByOpenSslInEverySuite) {
  for (const char* suite : {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}) {
    const std::unique_ptr<Session> server = accept();
    Client client(*server, suite);
    EXPECT_EQ(server->security_info()->suite, suite);
    EXPECT_EQ(server->security_info()->protocol, Protocol::tls13);
    for (const size_t size : {size_t{1}, size_t{64}, size_t{16384}, size_t{16385}, size_t{1'000'000}})
      EXPECT_EQ(client.echo(pattern(size)), pattern(size)) << suite << ", " << size;
  }
}

TEST_F(RecordsTest, MayBePadded) {
  const std::unique_ptr<Session> server = accept();
  Client client(*server);
  ASSERT_EQ(SSL_set_block_padding(client.ssl(), 512), 1);
  EXPECT_EQ(client.echo(pattern(100'000)), pattern(100'000));
}

TEST_F(RecordsTest, GoOnUnderNewKeys) {
  const std::unique_ptr<Session> server = accept();
  Client client(*server);
  for (const int kind : {SSL_KEY_UPDATE_NOT_REQUESTED, SSL_KEY_UPDATE_REQUESTED, SSL_KEY_UPDATE_REQUESTED}) {
    ASSERT_EQ(SSL_key_update(client.ssl(), kind), 1);
    EXPECT_EQ(client.echo("before"), "before");
    EXPECT_EQ(client.echo(pattern(40'000)), pattern(40'000));
    EXPECT_EQ(SSL_get_key_update_type(client.ssl()), SSL_KEY_UPDATE_NONE);
  }
}

TEST_F(RecordsTest, GetNewKeysBeforeTheOldOnesAreWorn) {
  SessionLimits limits;
  limits.records_per_key = 3;
  const std::unique_ptr<Session> server = accept(limits);
  Client client(*server);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.echo("again"), "again") << i;
}

TEST_F(RecordsTest, TellOfNewKeysEvenInPieces) {
  const std::unique_ptr<Session> server = accept();
  Forger forger(*server);
  EXPECT_EQ(forger.push(forger.record(kHandshakeRecord, std::string("\x18\0", 2))), Step::wants_input);
  EXPECT_EQ(forger.push(forger.record(kHandshakeRecord, std::string("\0\1\0", 3))), Step::wants_input);
  ASSERT_TRUE(forger.keys.renew());
  EXPECT_EQ(forger.push(forger.record(kDataRecord, "new")), Step::done);
  EXPECT_EQ(forger.text, "new");
}

TEST_F(RecordsTest, HideTheirLength) {
  const std::unique_ptr<Session> server = accept();
  Forger forger(*server);
  EXPECT_EQ(forger.push(forger.record(kDataRecord, std::string("zeros\0\0", 7), 1000)), Step::done);
  EXPECT_EQ(forger.text, std::string("zeros\0\0", 7)) << "those of the data stay";
}

TEST_F(RecordsTest, ThatBreakTheRulesEndTheSession) {
  struct Row {
    uint8_t type;
    std::string content;
    size_t padding;
    Fault fault;
    const char* words;
  };
  const Row rows[] = {
      {kAlertRecord, "\2", 0, Fault::protocol, "malformed alert"},
      {kAlertRecord, std::string("\2\x14\2\x14", 4), 0, Fault::protocol, "malformed alert"},
      {kAlertRecord, std::string("\2\x14", 2), 0, Fault::alert, "bad record mac"},
      {kAlertRecord, std::string("\1\x2d", 2), 0, Fault::alert, "certificate expired"},
      {kHandshakeRecord, "", 0, Fault::protocol, "unexpected handshake"},
      {kHandshakeRecord, std::string("\1\0\0\1\0", 5), 0, Fault::protocol, "unexpected handshake"},
      {kHandshakeRecord, std::string("\x18\0\0\1\0\x18", 6), 0, Fault::protocol, "unexpected handshake"},
      {kHandshakeRecord, std::string("\x18\0\0\1\2", 5), 0, Fault::protocol, "malformed request"},
      {20, "\1", 0, Fault::protocol, "unknown type"},
      {24, "x", 0, Fault::protocol, "unknown type"},
      {0, std::string(3, '\0'), 9, Fault::protocol, "without a type"},
      {kDataRecord, std::string(kTlsRecordMax, 'x'), 1, Fault::protocol, "too long"},
  };
  for (const Row& row : rows) {
    const std::unique_ptr<Session> server = accept();
    Forger forger(*server);
    EXPECT_EQ(forger.push(forger.record(row.type, row.content, row.padding)), Step::failed) << row.words;
    EXPECT_EQ(server->failure().fault, row.fault) << row.words;
    EXPECT_NE(server->failure().text.find(row.words), std::string::npos) << server->failure().text;
    EXPECT_EQ(server->pending_output() != 0, row.fault != Fault::alert) << row.words << ": an alert for the peer";
    EXPECT_EQ(forger.push(forger.record(kDataRecord, "more")), Step::failed) << "and stays so";
    EXPECT_EQ(server->write(bytes_of("x")).step, Step::failed);
    EXPECT_EQ(ERR_peek_error(), 0u);
  }
}

TEST_F(RecordsTest, WithoutProtectionAreRefused) {
  for (const auto& [bytes, fault] : {std::pair{std::string("\x16\3\3\0\x04\1\0\0\0", 9), Fault::protocol},
                                     {std::string("GET /"), Fault::protocol},
                                     {std::string("\x14\3\3\0\1\1", 6), Fault::protocol},
                                     {std::string("\x17\3\3\x41\1", 5), Fault::protocol},
                                     {std::string("\x17\3\3\0\x10", 5), Fault::bad_record},
                                     {std::string("\x17\3\3\0\0", 5), Fault::bad_record}}) {
    const std::unique_ptr<Session> server = accept();
    Forger forger(*server);
    const auto sent = bytes_of(bytes);
    EXPECT_EQ(forger.push({sent.begin(), sent.end()}), Step::failed);
    EXPECT_EQ(server->failure().fault, fault) << server->failure().text;
  }
}

TEST_F(RecordsTest, AreTakenOnceAndInOrder) {
  const std::unique_ptr<Session> server = accept();
  Forger forger(*server);
  const std::vector<std::byte> first = forger.record(kDataRecord, "first");
  EXPECT_EQ(forger.push(first), Step::done);
  EXPECT_EQ(forger.push(first), Step::failed) << "played back";
  EXPECT_EQ(server->failure().fault, Fault::bad_record);

  const std::unique_ptr<Session> other = accept();
  Forger swapper(*other);
  const std::vector<std::byte> early = swapper.record(kDataRecord, "early");
  EXPECT_EQ(swapper.push(swapper.record(kDataRecord, "late")), Step::failed);
  EXPECT_EQ(other->failure().fault, Fault::bad_record);
}

TEST_F(RecordsTest, WithoutDataAreAFloodWhenTheyDoNotEnd) {
  for (const auto& [type, content] :
       {std::pair<uint8_t, std::string>{kDataRecord, ""}, {kAlertRecord, std::string("\1\x5a", 2)}}) {
    const std::unique_ptr<Session> server = accept();
    Forger forger(*server);
    int taken = 0;
    while (taken < 1000 && forger.push(forger.record(type, content)) == Step::wants_input) ++taken;
    EXPECT_EQ(server->failure().fault, Fault::flood);
    EXPECT_GE(taken, 32) << "a few are no flood";
    EXPECT_LT(taken, 100);
  }
}

TEST_F(RecordsTest, AreAskedForUntilTheyAreWhole) {
  const std::unique_ptr<Session> server = accept();
  Forger forger(*server);
  const std::vector<std::byte> record = forger.record(kDataRecord, "in pieces");
  for (size_t i = 0; i + 1 < record.size(); ++i) {
    EXPECT_EQ(forger.push({record[i]}), Step::wants_input) << i;
    EXPECT_FALSE(server->has_input()) << "nothing to look into, so the socket has to wake us";
  }
  EXPECT_EQ(forger.push({record.back()}), Step::done);
  EXPECT_EQ(forger.text, "in pieces");
}

TEST_F(RecordsTest, CutOffByTheEndAreNoEndInOrder) {
  const std::unique_ptr<Session> server = accept();
  Forger forger(*server);
  std::vector<std::byte> record = forger.record(kAlertRecord, std::string("\1\0", 2));
  record.pop_back();
  EXPECT_EQ(forger.push(record), Step::wants_input);
  server->feed_end();
  std::byte byte;
  EXPECT_EQ(server->read({&byte, 1}).step, Step::failed);
  EXPECT_EQ(server->failure().fault, Fault::truncated);
}

// The end came together with the last data: whoever reads is told of it without another edge of the socket.
TEST_F(RecordsTest, TellTheEndAlthoughItWasReadWithTheData) {
  const std::unique_ptr<Session> server = accept();
  Forger forger(*server);
  std::vector<std::byte> both = forger.record(kDataRecord, "last");
  const std::vector<std::byte> goodbye = forger.record(kAlertRecord, std::string("\1\0", 2));
  both.insert(both.end(), goodbye.begin(), goodbye.end());
  EXPECT_EQ(forger.push(both), Step::done);
  EXPECT_EQ(forger.text, "last");
  EXPECT_TRUE(server->has_input());
  EXPECT_EQ(forger.push({}), Step::closed);
}

TEST_F(RecordsTest, AreNotSentAfterTheGoodbye) {
  const std::unique_ptr<Session> server = accept();
  Forger forger(*server);
  ASSERT_EQ(server->shutdown(), Step::done);
  server->sent(server->pending_output());
  EXPECT_EQ(forger.push(forger.record(kHandshakeRecord, std::string("\x18\0\0\1\1", 5))), Step::wants_input);
  EXPECT_EQ(forger.push({std::byte{1}, std::byte{1}, std::byte{1}, std::byte{1}, std::byte{1}}), Step::failed);
  EXPECT_EQ(server->pending_output(), 0u);
}

}  // namespace
}  // namespace inlet::tls
