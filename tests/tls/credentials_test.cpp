#include "tls/credentials.h"

#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "pair.h"

namespace inlet::tls {
namespace {

using test::Certificate;
using test::CertificatePlan;
using test::KeyKind;
using test::write_file;

// What loading a store says.
LoadError error_of(const Settings& settings) {
  LoadError error;
  const std::shared_ptr<const Credentials> credentials = Credentials::load(settings, error);
  EXPECT_EQ(credentials == nullptr, !error.ok());
  return error;
}

Settings store(const std::string& path, const std::string& password = "", const std::string& name = "") {
  Settings settings;
  settings.identity.store = path;
  settings.identity.password = password;
  settings.identity.name = name;
  return settings;
}

// The error is this one, and its text begins with the file.
void expect_fault(const Settings& settings, LoadFault fault, const std::string& file) {
  const LoadError error = error_of(settings);
  EXPECT_EQ(error.fault, fault) << error.text;
  EXPECT_EQ(error.file, file) << error.text;
  EXPECT_EQ(error.text.rfind(file + ": ", 0), 0u) << error.text;
}

struct Loading : testing::Test {
  test::Folder folder;
  Certificate good{CertificatePlan{}};
  Certificate other{CertificatePlan{}};

  std::string put(const std::string& name, const std::string& content) {
    write_file(folder / name, content);
    return folder / name;
  }
};

// ---- every form

TEST_F(Loading, ReadsPem) {
  EXPECT_TRUE(error_of(store(put("both.pem", good.pem() + good.key_pem()))).ok());
  EXPECT_TRUE(error_of(store(put("key-first.pem", good.key_pem() + good.pem()))).ok());
  EXPECT_TRUE(error_of(store(put("traditional.pem", good.pem() + good.key_pem("", true)))).ok());
  EXPECT_TRUE(
      error_of(store(put("words.pem", "Bag Attributes\n  x: y\n" + good.pem() + "and the key:\n" + good.key_pem())))
          .ok());
  EXPECT_TRUE(error_of(store(put("mark.pem", "\xef\xbb\xbf" + good.pem() + good.key_pem()))).ok());
  EXPECT_TRUE(error_of(store(put("two-keys.pem", other.key_pem() + good.pem() + good.key_pem()))).ok());
  CertificatePlan plan;
  plan.key = KeyKind::rsa;
  const Certificate rsa(plan);
  EXPECT_TRUE(error_of(store(put("rsa.pem", rsa.pem() + rsa.key_pem("", true)))).ok());
}

TEST_F(Loading, ReadsAKeyFromAFileOfItsOwn) {
  Settings settings = store(put("cert.crt", good.pem()));
  settings.identity.key_file = put("private.key", good.key_pem());
  EXPECT_TRUE(error_of(settings).ok());
  settings.identity.store = put("cert.der", good.der());
  EXPECT_TRUE(error_of(settings).ok()) << "the certificate in DER";
}

TEST_F(Loading, ReadsEncryptedKeys) {
  for (const bool traditional : {false, true}) {
    const std::string file = put("encrypted.pem", good.pem() + good.key_pem("secret", traditional));
    EXPECT_TRUE(error_of(store(file, "secret")).ok());
    expect_fault(store(file, "Secret"), LoadFault::wrong_password, file);
    expect_fault(store(file), LoadFault::no_password, file);
  }
}

TEST_F(Loading, ReadsPkcs12) {
  const std::string file = put("one.pfx", good.pkcs12("secret", "My server"));
  EXPECT_TRUE(error_of(store(file, "secret")).ok());
  EXPECT_TRUE(error_of(store(file, "secret", "my server")).ok()) << "by friendly name";
  EXPECT_TRUE(error_of(store(file, "secret", "localhost")).ok()) << "by subject";
  expect_fault(store(file, "wrong"), LoadFault::wrong_password, file);
  expect_fault(store(file), LoadFault::no_password, file);
  expect_fault(store(file, "secret", "Your server"), LoadFault::no_such_name, file);
  EXPECT_TRUE(error_of(store(put("open.p12", good.pkcs12("", "x")))).ok()) << "without a password";
}

TEST_F(Loading, ChoosesAmongTheEntriesOfAPkcs12) {
  CertificatePlan plan;
  plan.common_name = "b.example";
  plan.names = {"b.example"};
  const Certificate second(plan);
  const std::string file = put("many.p12", test::pkcs12_of({{&good, "first"}, {&second, "second"}}, "pw"));
  const std::shared_ptr<const Credentials> all = load(store(file, "pw"));
  EXPECT_EQ(all->identities(), 2u);
  EXPECT_EQ(X509_cmp(all->certificate_for("b.example"), second.x509()), 0);
  EXPECT_EQ(X509_cmp(all->certificate_for(""), good.x509()), 0);
  const std::shared_ptr<const Credentials> one = load(store(file, "pw", "Second"));
  EXPECT_EQ(one->identities(), 1u);
  EXPECT_EQ(X509_cmp(one->certificate_for(""), second.x509()), 0);
}

// ---- every error

TEST_F(Loading, TellsMissingAndUnreadableFiles) {
  expect_fault(store(folder / "absent.pem"), LoadFault::missing_file, folder / "absent.pem");
  const std::string file = put("file.pem", good.pem() + good.key_pem());
  expect_fault(store(file + "/below.pem"), LoadFault::missing_file, file + "/below.pem");

  Settings settings = store(file);
  settings.identity.key_file = folder / "absent.key";
  expect_fault(settings, LoadFault::missing_file, folder / "absent.key");
  settings.identity.key_file = folder / "";
  expect_fault(settings, LoadFault::unreadable, folder / "");
  ASSERT_EQ(mkfifo((folder / "fifo").c_str(), 0600), 0);
  expect_fault(store(folder / "fifo"), LoadFault::unreadable, folder / "fifo");

  ASSERT_EQ(truncate(file.c_str(), static_cast<off_t>(kTlsFileBytesMax + 1)), 0);
  expect_fault(store(file), LoadFault::too_large, file);
}

TEST_F(Loading, TellsFilesItMayNotRead) {
  const std::string file = put("locked.pem", good.pem() + good.key_pem());
  ASSERT_EQ(chmod(file.c_str(), 0), 0);
  // Root may read everything, so the thread that tries is somebody else for the file system.
  std::thread([&] {
    constexpr uid_t kNobody = 65534;
    if (geteuid() == 0) setfsuid(kNobody);
    expect_fault(store(file), LoadFault::unreadable, file);
  }).join();
}

TEST_F(Loading, TellsWhatIsNotThere) {
  for (const std::string& content : {std::string(), std::string("hello"), std::string("\0\1\2\3", 4), good.key_pem()}) {
    const std::string file = put("none.pem", content);
    expect_fault(store(file), LoadFault::no_certificate, file);
  }
  const std::string file = put("alone.pem", good.pem());
  expect_fault(store(file), LoadFault::no_key, file);
  Settings settings = store(file);
  settings.identity.key_file = put("no-key.pem", other.pem());
  expect_fault(settings, LoadFault::no_key, folder / "no-key.pem");
}

TEST_F(Loading, TellsAKeyOfAnotherCertificate) {
  const std::string file = put("pair.pem", good.pem() + other.key_pem());
  expect_fault(store(file), LoadFault::key_mismatch, file);
  Settings settings = store(put("cert.pem", good.pem()));
  settings.identity.key_file = put("other.key", other.key_pem());
  expect_fault(settings, LoadFault::key_mismatch, folder / "other.key");
  EXPECT_NE(error_of(settings).text.find("cert.pem"), std::string::npos) << "both files are named";
}

TEST_F(Loading, TellsDates) {
  CertificatePlan plan;
  plan.from_days = -10;
  plan.to_days = -1;
  const Certificate expired(plan);
  std::string file = put("expired.pem", expired.pem() + expired.key_pem());
  expect_fault(store(file), LoadFault::expired, file);
  plan.from_days = 1;
  plan.to_days = 10;
  const Certificate early(plan);
  file = put("early.pem", early.pem() + early.key_pem());
  expect_fault(store(file), LoadFault::not_yet_valid, file);
}

TEST_F(Loading, TellsDamagedFiles) {
  const std::string whole = good.pem() + good.key_pem();
  std::string file = put("cut.pem", whole.substr(0, whole.size() - 40));
  expect_fault(store(file), LoadFault::damaged, file);
  std::string broken = whole;
  broken[60] = '%';
  file = put("letters.pem", broken);
  expect_fault(store(file), LoadFault::damaged, file);
  broken = whole;
  for (size_t i = 100; i < 130; ++i) broken[i] = 'A';
  file = put("zeros.pem", broken);
  EXPECT_FALSE(error_of(store(file)).ok());

  const std::string pfx = good.pkcs12("secret", "x");
  file = put("cut.pfx", pfx.substr(0, pfx.size() / 2));
  expect_fault(store(file, "secret"), LoadFault::damaged, file);
  broken = pfx;
  broken[pfx.size() / 2] ^= 1;
  file = put("flipped.pfx", broken);
  EXPECT_EQ(error_of(store(file, "secret")).fault, LoadFault::wrong_password) << "the seal does not fit";
}

TEST_F(Loading, NeverCrashesOnDamagedFiles) {
  std::mt19937 random(3);
  const std::string wholes[] = {good.pem() + good.key_pem("pw"), good.pkcs12("pw", "x"), good.der()};
  for (const std::string& whole : wholes) {
    for (int i = 0; i < 300; ++i) {
      std::string broken = whole.substr(0, random() % 4 == 0 ? random() % whole.size() : whole.size());
      for (unsigned n = random() % 5; n > 0 && !broken.empty(); --n)
        broken[random() % broken.size()] = static_cast<char>(random());
      LoadError error;
      Credentials::load(store(put("broken", broken), "pw"), error);
    }
  }
}

TEST_F(Loading, TellsWhatOpensslDoesNotOffer) {
  std::string text = good.key_pem("secret", true);
  const size_t at = text.find("AES-256-CBC");
  ASSERT_NE(at, std::string::npos);
  std::string file = put("strange.pem", good.pem() + text.replace(at, 3, "XYZ"));
  expect_fault(store(file, "secret"), LoadFault::unsupported, file);
  // What Windows wrote for twenty years: certificates under 40 bits of RC2.
  const std::string old = good.old_pkcs12("secret");
  if (old.empty()) return;  // this system has no legacy provider to make such a file
  file = put("old.pfx", old);
  expect_fault(store(file, "secret"), LoadFault::unsupported, file);
}

// A file says how often its password is hashed, so one wrong number could keep a server from starting for hours.
TEST_F(Loading, DoesNotHashAPasswordForHours) {
  const std::string file =
      put("slow.pem", good.pem() + good.slow_key_pem("secret", static_cast<int>(kTlsKeyRoundsMax) + 1));
  expect_fault(store(file, "secret"), LoadFault::unsupported, file);
  const std::string pfx = put("slow.pfx", good.slow_pkcs12("secret", static_cast<int>(kTlsKeyRoundsMax) + 1));
  expect_fault(store(pfx, "secret"), LoadFault::unsupported, pfx);
}

TEST_F(Loading, ReadsUnusualForms) {
  Settings settings = store(put("cert.der", good.der()));
  settings.identity.key_file = put("key.der", good.key_der());
  EXPECT_TRUE(error_of(settings).ok()) << "both in DER";
  EXPECT_TRUE(error_of(store(put("trusted.pem", good.trusted_pem() + good.key_pem()))).ok()) << "TRUSTED CERTIFICATE";
  EXPECT_TRUE(error_of(store(put("bare.p12", good.bare_pkcs12("pw")), "pw")).ok())
      << "a key without encryption, nested";
}

TEST_F(Loading, TellsWeakKeys) {
  CertificatePlan plan;
  plan.key = KeyKind::short_rsa;
  const Certificate weak(plan);
  const std::string file = put("weak.pem", weak.pem() + weak.key_pem());
  expect_fault(store(file), LoadFault::weak, file);
}

TEST_F(Loading, TellsSettingsThatCannotBe) {
  Settings settings = store(put("good.pem", good.pem() + good.key_pem()));
  settings.oldest = Version::tls13;
  settings.newest = Version::tls12;
  EXPECT_EQ(error_of(settings).fault, LoadFault::bad_option);
  settings.oldest = Version::tls12;
  settings.alpn = {""};
  EXPECT_EQ(error_of(settings).fault, LoadFault::bad_option);
  settings.alpn = {std::string(256, 'x')};
  EXPECT_EQ(error_of(settings).fault, LoadFault::bad_option);
  settings.alpn = {std::string(255, 'x')};
  EXPECT_TRUE(error_of(settings).ok());
  settings.identity.password = std::string(kTlsPasswordMax + 1, 'x');
  EXPECT_EQ(error_of(settings).fault, LoadFault::bad_option);
  EXPECT_EQ(error_of(Settings{}).fault, LoadFault::bad_option) << "a server without a certificate";
  Settings client;
  client.role = Role::client;
  EXPECT_TRUE(error_of(client).ok()) << "a client with the roots of the system";
}

TEST_F(Loading, TellsRootsThatCannotBeRead) {
  Settings settings = store(put("good.pem", good.pem() + good.key_pem()));
  settings.trust = folder / "absent.pem";
  EXPECT_TRUE(error_of(settings).ok()) << "not needed, not read";
  settings.clients = ClientCertificates::required;
  expect_fault(settings, LoadFault::missing_file, folder / "absent.pem");
  settings.trust = put("empty.pem", "");
  expect_fault(settings, LoadFault::no_certificate, folder / "empty.pem");
}

// ---- choice by name

TEST_F(Loading, ChoosesByEveryKindOfName) {
  CertificatePlan plan;
  plan.common_name = "The Server";
  plan.names = {"a.example", "*.b.example"};
  plan.addresses = {"10.0.0.1"};
  const Certificate certificate(plan);
  const std::string file = put("web.pem", certificate.pem() + certificate.key_pem());
  for (const char* name : {"The Server", "the server", "a.example", "A.EXAMPLE", "x.b.example", "*.b.example",
                           "web.pem", "web", "10.0.0.1"})
    EXPECT_TRUE(error_of(store(file, "", name)).ok()) << name;
  for (const char* name : {"Server", "b.example", "x.y.b.example", "WEB.pem", "10.0.0.2", "*"})
    expect_fault(store(file, "", name), LoadFault::no_such_name, file);
}

TEST_F(Loading, FindsPairsInAFolder) {
  CertificatePlan plan;
  plan.common_name = "b.example";
  plan.names = {"b.example"};
  const Certificate second(plan);
  put("a.crt", good.pem());
  put("a.key", good.key_pem());
  put("b.crt", second.pem());
  put("elsewhere.key", second.key_pem());
  put("params.pem", "-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n");
  put("README.txt", "not looked at");
  const std::shared_ptr<const Credentials> all = load(store(folder / ""));
  ASSERT_NE(all, nullptr);
  EXPECT_EQ(all->identities(), 2u);
  EXPECT_EQ(X509_cmp(all->certificate_for("b.example"), second.x509()), 0);
  EXPECT_EQ(X509_cmp(all->certificate_for("unknown"), good.x509()), 0) << "the first is the default";
  EXPECT_EQ(load(store(folder / "", "", "b"))->identities(), 1u) << "by file name";
  expect_fault(store(folder / "", "", "c"), LoadFault::no_such_name, folder / "");
}

TEST_F(Loading, TakesTheRenewedCertificateBesideTheOldOne) {
  CertificatePlan plan;
  plan.from_days = -10;
  plan.to_days = -1;
  const Certificate expired(plan);
  put("1-old.pem", expired.pem() + expired.key_pem());
  put("2-new.pem", good.pem() + good.key_pem());
  const std::shared_ptr<const Credentials> chosen = load(store(folder / "", "", "localhost"));
  ASSERT_NE(chosen, nullptr);
  EXPECT_EQ(X509_cmp(chosen->certificate_for(""), good.x509()), 0);
  expect_fault(store(folder / ""), LoadFault::expired, folder / "1-old.pem");
}

TEST_F(Loading, NamesTheBadFileOfAFolder) {
  expect_fault(store(folder / ""), LoadFault::no_certificate, folder / "");
  put("good.pem", good.pem() + good.key_pem());
  put("lonely.crt", other.pem());
  expect_fault(store(folder / ""), LoadFault::no_key, folder / "lonely.crt");
  put("lonely.crt", "-----BEGIN CERTIFICATE-----\nAA");
  expect_fault(store(folder / ""), LoadFault::damaged, folder / "lonely.crt");
  EXPECT_TRUE(error_of(store(folder / "", "", "good")).ok()) << "a bad file beside the wanted one does not matter";
  expect_fault(store(folder / "", "", "lonely"), LoadFault::damaged, folder / "lonely.crt");
}

TEST_F(Loading, FindsIssuersInOtherFilesOfTheFolder) {
  CertificatePlan plan;
  plan.authority = true;
  plan.names.clear();
  plan.common_name = "root";
  const Certificate root(plan);
  plan.common_name = "middle";
  plan.issuer = &root;
  const Certificate middle(plan);
  plan = {};
  plan.issuer = &middle;
  const Certificate leaf(plan);
  put("leaf.pem", leaf.pem() + leaf.key_pem());
  put("middle.crt", middle.pem());
  std::vector<Identity> identities;
  ASSERT_TRUE(read_store({folder / "", "", "", ""}, identities).ok());
  ASSERT_EQ(identities.size(), 1u);
  ASSERT_EQ(sk_X509_num(identities[0].chain.get()), 1);
  EXPECT_EQ(X509_cmp(sk_X509_value(identities[0].chain.get(), 0), middle.x509()), 0);
}

// ---- reload

TEST_F(Loading, IsSafeWhileOthersTakeTheCredentials) {
  const Settings settings = store(put("good.pem", good.pem() + good.key_pem()));
  CredentialsSlot slot;
  ASSERT_TRUE(slot.reload(settings).ok());
  std::atomic<bool> stop{false};
  std::atomic<int> begun{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&] {
      while (!stop) {
        begun += Session::accept(slot.get()).ok();
        std::this_thread::yield();
      }
    });
  for (int i = 0; i < 100 || begun < 100; ++i) EXPECT_TRUE(slot.reload(settings).ok());
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_GE(begun.load(), 100);
}

}  // namespace
}  // namespace inlet::tls
