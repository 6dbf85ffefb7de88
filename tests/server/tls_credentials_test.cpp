// Credentials at the interface: what is wrong with them, who gets which, and new ones for a running server.
#include <fstream>

#include "support/server_inside.h"
#include "support/tls_fixture.h"

namespace inlet::test {
namespace {

class TlsCredentials : public TlsTest {
 protected:
  // Expects that a server with these credentials does not start, for this reason, told with the file's name first.
  void expect_refused(const SECURITYCREDENTIALSA& credentials, DWORD code, const std::string& file) {
    Program program;
    ASSERT_EQ(start(program, credentials), INVALID_SOCKET) << file;
    EXPECT_EQ(InetGetLastError(), code) << last_error_text();
    EXPECT_EQ(last_error_text().substr(0, file.size()), file);
    EXPECT_GT(last_error_text().size(), file.size() + 2) << "and says what is wrong";
  }
  SECURITYCREDENTIALSA store(const std::string& file) {
    SECURITYCREDENTIALSA credentials = world_.server();
    credentials.lpszCertStore = file.c_str();
    return credentials;
  }
  std::string subject_seen(const std::string& sni, int version = TLS1_3_VERSION) {
    ForeignClient client(port_, version);
    SSL_set_tlsext_host_name(client.ssl(), sni.c_str());
    if (!client.shake()) return "<refused>";
    X509* certificate = SSL_get1_peer_certificate(client.ssl());
    char name[128] = "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
    X509_free(certificate);
    client.good_bye();
    return name;
  }
};

TEST_F(TlsCredentials, EachFaultHasItsOwnErrorAndNamesTheFile) {
  const std::string missing = world_.file("nowhere.pem");
  expect_refused(store(missing), ST_ERROR_CERTIFICATE_NOT_FOUND, missing);

  const std::string empty = world_.file("empty.pem");
  write_file(empty, "nothing to see here\n");
  expect_refused(store(empty), ST_ERROR_CERTIFICATE_NOT_FOUND, empty);

  SECURITYCREDENTIALSA nobody = world_.server();
  nobody.lpszCertName = "nobody.example";
  expect_refused(nobody, ST_ERROR_CERTIFICATE_NOT_FOUND, world_.server_file());

  CertificatePlan plan = world_.plan_of_leaf("localhost");
  plan.from_days = -20;
  plan.to_days = -10;
  const std::string expired = world_.put("expired.pem", Certificate(plan));
  expect_refused(store(expired), ST_ERROR_CERTIFICATE_EXPIRED, expired);

  const std::string broken = world_.file("broken.pem");
  std::string text = world_.leaf().pem();
  text.replace(200, 40, 40, 'A');
  write_file(broken, text + world_.leaf().key_pem());
  expect_refused(store(broken), ST_ERROR_CERTIFICATE_INVALID, broken);

  const std::string keyless = world_.file("keyless.pem");
  write_file(keyless, world_.leaf().pem());
  expect_refused(store(keyless), ST_ERROR_CERTIFICATE_NO_KEY, keyless);

  const std::string locked = world_.file("locked.pem");
  write_file(locked, world_.leaf().pem() + world_.leaf().key_pem("right"));
  expect_refused(store(locked), ST_ERROR_CERTIFICATE_PASSWORD, locked);
  SECURITYCREDENTIALSA wrong = store(locked);
  wrong.lpszPassword = "wrong";
  expect_refused(wrong, ST_ERROR_CERTIFICATE_PASSWORD, locked);
}

TEST_F(TlsCredentials, ATextBelongsToOneErrorOfOneThread) {
  const std::string missing = world_.file("nowhere.pem");
  Program program;
  ASSERT_EQ(start(program, store(missing)), INVALID_SOCKET);
  const std::string detail = last_error_text();
  std::thread([] {
    char text[256] = "";
    InetGetErrorStringA(ST_ERROR_CERTIFICATE_NOT_FOUND, text, sizeof text);
    EXPECT_EQ(std::string(text), "The certificate was not found");
  }).join();
  InetServerStop(INVALID_SOCKET);
  EXPECT_EQ(last_error_text(), "The socket handle is not valid");
  InetSetLastError(ST_ERROR_CERTIFICATE_NOT_FOUND);
  EXPECT_NE(last_error_text(), detail) << "the story is over";
}

TEST_F(TlsCredentials, TheWrongShapeIsRefused) {
  Program program;
  SECURITYCREDENTIALSA credentials = world_.server();
  credentials.dwSize = 12;
  EXPECT_EQ(start(program, credentials), INVALID_SOCKET);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_PARAMETER);
  credentials = world_.server();
  credentials.lpszCertStore = nullptr;
  EXPECT_EQ(start(program, credentials), INVALID_SOCKET);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_PARAMETER);
  credentials = world_.server();
  credentials.dwProtocol = SECURITY_PROTOCOL_TLS10 | SECURITY_PROTOCOL_TLS11;
  EXPECT_EQ(start(program, credentials), INVALID_SOCKET);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_PROTOCOL_NOT_SUPPORTED);
}

TEST_F(TlsCredentials, TheDocumentedStructureIsEnough) {
  Program program;
  SECURITYCREDENTIALSA credentials = world_.server();
  credentials.dwSize = offsetof(SECURITYCREDENTIALSA, lpszTrustStore);
  credentials.lpszTrustStore = reinterpret_cast<LPCSTR>(1);  // not part of it, so nobody may look
  EXPECT_NE(start(program, credentials), INVALID_SOCKET) << last_error_text();
  EXPECT_EQ(subject_seen("localhost"), "localhost");
}

TEST_F(TlsCredentials, Pkcs12AndAKeyOfItsOwnFile) {
  const std::string bundle = world_.file("bundle.p12");
  write_file(bundle, world_.leaf().pkcs12("open sesame", "friendly", {&world_.root()}));
  SECURITYCREDENTIALSA credentials = store(bundle);
  credentials.lpszCertName = "friendly";
  credentials.lpszPassword = "open sesame";
  {
    Program program;
    ASSERT_NE(start(program, credentials), INVALID_SOCKET) << last_error_text();
    EXPECT_EQ(subject_seen("localhost"), "localhost");
  }
  const std::string certificate = world_.file("alone.crt"), key = world_.file("elsewhere.key");
  write_file(certificate, world_.leaf().pem());
  write_file(key, world_.leaf().key_pem("pass"));
  credentials = store(certificate);
  credentials.lpszKeyFile = key.c_str();
  credentials.lpszPassword = "pass";
  Program program;
  ASSERT_NE(start(program, credentials), INVALID_SOCKET) << last_error_text();
  EXPECT_EQ(subject_seen("localhost"), "localhost");
}

TEST_F(TlsCredentials, TheWideFormsTakeTheWideStructure) {
  const auto wide = [](const std::string& text) { return std::u16string(text.begin(), text.end()); };
  const std::u16string file = wide(world_.server_file()), trust = wide(world_.root_file());
  SECURITYCREDENTIALSW server{};
  server.dwSize = sizeof server;
  server.lpszCertStore = reinterpret_cast<LPCWSTR>(file.c_str());
  server.lpszCertName = reinterpret_cast<LPCWSTR>(u"localhost");
  SECURITYCREDENTIALSW client{};
  client.dwSize = sizeof client;
  client.lpszTrustStore = reinterpret_cast<LPCWSTR>(trust.c_str());
  Program program(echo_on_read);
  ASSERT_NE(program.adopt(InetServerStartW(reinterpret_cast<LPCWSTR>(u"127.0.0.1"), port_, 0, 0, 0,
                                           INET_PRIORITY_NORMAL, INET_OPTION_REUSEADDRESS | INET_OPTION_SECURE,
                                           &Program::entry, reinterpret_cast<DWORD_PTR>(&program), &server)),
            INVALID_SOCKET)
      << last_error_text();
  const SOCKET socket =
      InetConnectW(reinterpret_cast<LPCWSTR>(u"localhost"), port_, INET_PROTOCOL_TCP, 20, INET_OPTION_SECURE, &client);
  ASSERT_NE(socket, INVALID_SOCKET) << last_error_text();
  SECURITYINFOW info{};
  info.dwSize = sizeof info;
  ASSERT_TRUE(InetGetSecurityInformationW(socket, &info));
  EXPECT_EQ(info.dwCertStatus, static_cast<DWORD>(SECURITY_CERTIFICATE_VALID));
  EXPECT_EQ(std::u16string(reinterpret_cast<const char16_t*>(info.lpszCertIssuer)), u"CN=Test root, O=Inlet tests");
  InetDisconnect(socket);
}

TEST_F(TlsCredentials, EachHostGetsItsOwn) {
  const std::string one = Certificate(world_.plan_of_leaf("one.example")).pem();
  Certificate first(world_.plan_of_leaf("one.example")), second(world_.plan_of_leaf("*.two.example"));
  const std::string both = world_.file("both.pem");
  write_file(both, first.pem() + first.key_pem() + second.pem() + second.key_pem());
  SECURITYCREDENTIALSA credentials = store(both);
  credentials.lpszCertName = nullptr;
  Program program;
  ASSERT_NE(start(program, credentials), INVALID_SOCKET) << last_error_text();
  EXPECT_EQ(subject_seen("one.example"), "one.example");
  EXPECT_EQ(subject_seen("www.two.example"), "*.two.example");
  EXPECT_EQ(subject_seen("unknown.example"), "one.example");
}

TEST_F(TlsCredentials, AReloadDisturbsNobody) {
  Program program(echo_on_read);
  const SOCKET server = start(program, world_.server());
  ASSERT_NE(server, INVALID_SOCKET);
  ForeignClient before(port_);
  ASSERT_TRUE(before.shake());

  SECURITYCREDENTIALSA bad = store(world_.root_file());
  EXPECT_FALSE(InletServerSetCredentialsA(server, &bad));
  EXPECT_EQ(InetGetLastError(), ST_ERROR_CERTIFICATE_NO_KEY) << last_error_text();
  EXPECT_EQ(subject_seen("localhost"), "localhost") << "the old ones stay";

  // The same file with another content, as a renewal leaves it.
  const Certificate renewed(world_.plan_of_leaf("renewed.example"));
  world_.put("server.pem", renewed);
  SECURITYCREDENTIALSA good = world_.server();
  good.lpszCertName = nullptr;
  ASSERT_TRUE(InletServerSetCredentialsA(server, &good)) << last_error_text();
  EXPECT_EQ(subject_seen("localhost"), "renewed.example");
  ASSERT_TRUE(before.send("still here"));
  EXPECT_EQ(before.receive(10), "still here");
  EXPECT_FALSE(InletServerSetCredentialsA(server, nullptr));
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_PARAMETER);
}

TEST_F(TlsCredentials, ClientsHaveToShowACertificateWhenTheServerSaysSo) {
  SECURITYCREDENTIALSA credentials = world_.server();
  credentials.dwOptions = CREDENTIAL_CLIENT_CERTIFICATE_REQUIRED;
  credentials.lpszTrustStore = world_.root_file().c_str();
  std::string seen;
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event == INET_EVENT_READ) echo(client);
    if (event != INET_EVENT_CONNECT) return;
    SECURITYINFOA info{};
    info.dwSize = sizeof info;
    if (InetGetSecurityInformationA(client, &info) && info.dwCertStatus == SECURITY_CERTIFICATE_VALID)
      seen = info.lpszCertSubject;
  });
  ASSERT_NE(start(program, credentials), INVALID_SOCKET) << last_error_text();

  // With TLS 1.3 a client learns only when it reads that it was refused.
  const SOCKET without = connect("localhost", world_.client());
  BYTE byte;
  EXPECT_EQ(InetRead(without, &byte, 1), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_HANDSHAKE_FAILED) << last_error_text();
  InetDisconnect(without);
  EXPECT_EQ(program.count(INET_EVENT_CONNECT), 0u);

  CertificatePlan plan = world_.plan_of_leaf("Alice");
  plan.usage = "clientAuth";
  const std::string file = world_.put("alice.pem", Certificate(plan));
  SECURITYCREDENTIALSA client = world_.client();
  client.lpszCertStore = file.c_str();
  const SOCKET with = connect("localhost", client);
  ASSERT_NE(with, INVALID_SOCKET) << last_error_text();
  ASSERT_EQ(InetWrite(with, &byte, 1), 1);
  EXPECT_EQ(InetRead(with, &byte, 1), 1);
  EXPECT_EQ(seen, "CN=Alice, O=Inlet tests");
  InetDisconnect(with);
}

TEST_F(TlsCredentials, ApplicationProtocolsAreAgreedOn) {
  SECURITYCREDENTIALSA credentials = world_.server();
  credentials.lpszProtocols = "chat/2, chat/1";
  Program program;
  ASSERT_NE(start(program, credentials), INVALID_SOCKET);
  ForeignClient client(port_);
  SSL_set_alpn_protos(client.ssl(),
                      reinterpret_cast<const unsigned char*>("\x06"
                                                             "chat/1\x06"
                                                             "chat/2"),
                      14);
  ASSERT_TRUE(client.shake());
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(client.ssl(), &chosen, &size);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), size), "chat/2") << "the server's first choice";
  SECURITYCREDENTIALSA other = world_.client();
  other.lpszProtocols = "news";
  EXPECT_EQ(connect("localhost", other), INVALID_SOCKET);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_SECURITY_APPLICATION) << last_error_text();
}

TEST_F(TlsCredentials, MadeInMemory) {
  LPSECURITYCREDENTIALSA made = nullptr;
  ASSERT_TRUE(InetCreateSecurityCredentialsA(SECURITY_PROTOCOL_TLS, CREDENTIAL_STORE_FILENAME, nullptr, nullptr,
                                             world_.server_file().c_str(), "localhost", nullptr, &made));
  ASSERT_NE(made, nullptr);
  Program program;
  EXPECT_NE(start(program, *made), INVALID_SOCKET) << last_error_text();
  InetDeleteSecurityCredentialsA(&made);
  EXPECT_EQ(made, nullptr);
  InetDeleteSecurityCredentialsA(&made);
  InetDeleteSecurityCredentialsA(nullptr);
  EXPECT_FALSE(InetCreateSecurityCredentialsA(0, 0, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr));
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_PARAMETER);
}

}  // namespace
}  // namespace inlet::test
