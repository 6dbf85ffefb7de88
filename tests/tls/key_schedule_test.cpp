// Our derivation of keys beside OpenSSL's own, and the example of RFC 8448.
#include "tls/key_schedule.h"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "pair.h"
#include "tls/hkdf.h"

namespace inlet::tls {
namespace {

using Text = std::vector<unsigned char>;

Text bytes_of_hex(std::string_view hex) {
  Text bytes;
  for (size_t i = 0; i < hex.size(); i += 2)
    bytes.push_back(static_cast<unsigned char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return bytes;
}

struct Question {
  int mode;
  const char* digest;
  Text key, salt, label, context;
  size_t size;
};

// Nothing when it is refused.
Text ask(OSSL_LIB_CTX* library, const char* properties, Question question) {
  using KdfPtr = Owned<EVP_KDF, EVP_KDF_free>;
  using KdfContextPtr = Owned<EVP_KDF_CTX, EVP_KDF_CTX_free>;
  const KdfPtr kdf(EVP_KDF_fetch(library, OSSL_KDF_NAME_TLS1_3_KDF, properties));
  const KdfContextPtr context(EVP_KDF_CTX_new(kdf.get()));
  std::vector<OSSL_PARAM> parameters = {
      OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &question.mode),
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, const_cast<char*>(question.digest), 0)};
  std::string prefix = "tls13 ";
  const auto add = [&](const char* name, void* data, size_t size) {
    if (size != 0) parameters.push_back(OSSL_PARAM_construct_octet_string(name, data, size));
  };
  add(OSSL_KDF_PARAM_PREFIX, prefix.data(), prefix.size());
  add(OSSL_KDF_PARAM_KEY, question.key.data(), question.key.size());
  add(OSSL_KDF_PARAM_SALT, question.salt.data(), question.salt.size());
  add(OSSL_KDF_PARAM_LABEL, question.label.data(), question.label.size());
  add(OSSL_KDF_PARAM_DATA, question.context.data(), question.context.size());
  parameters.push_back(OSSL_PARAM_construct_end());
  Text answer(question.size);
  if (EVP_KDF_derive(context.get(), answer.data(), answer.size(), parameters.data()) != 1) answer.clear();
  ERR_clear_error();
  return answer;
}

struct KeySchedule : testing::Test {
  Text some(size_t size) {
    Text bytes(size);
    for (unsigned char& byte : bytes) byte = static_cast<unsigned char>(random());
    return bytes;
  }
  void expect_the_same(const Question& question) {
    const Text theirs = ask(nullptr, nullptr, question);
    ASSERT_FALSE(theirs.empty());
    EXPECT_EQ(ask(handshake_library(), kHandshakeProperties, question), theirs);
  }
  std::mt19937 random{3};
};

TEST_F(KeySchedule, IsOpenSslsOwn) {
  ASSERT_NE(handshake_library(), nullptr);
  for (const auto& [digest, size] : {std::pair{"SHA2-256", size_t{32}}, {"SHA2-384", size_t{48}}})
    for (int i = 0; i < 50; ++i) {
      const Text context = i % 3 == 0 ? Text{} : some(size);
      expect_the_same({EVP_KDF_HKDF_MODE_EXPAND_ONLY,
                       digest,
                       some(size),
                       {},
                       some(1 + random() % 100),
                       context,
                       1 + random() % size});
      const Text key = i % 3 == 0 ? Text{} : some(i % 3 == 1 ? 32 : 66);
      const Text salt = i % 4 == 0 ? Text{} : some(size);
      expect_the_same({EVP_KDF_HKDF_MODE_EXTRACT_ONLY, digest, key, salt, bytes_of_hex("64657269766564"), {}, size});
    }
}

TEST_F(KeySchedule, RefusesWhatTls13DoesNotAskFor) {
  const Question good{EVP_KDF_HKDF_MODE_EXPAND_ONLY, "SHA2-256", some(32), {}, some(3), {}, 32};
  EXPECT_FALSE(ask(handshake_library(), kHandshakeProperties, good).empty());
  Question bad = good;
  bad.digest = "SHA2-512";
  EXPECT_TRUE(ask(handshake_library(), kHandshakeProperties, bad).empty());
  bad = good;
  bad.size = 33;
  EXPECT_TRUE(ask(handshake_library(), kHandshakeProperties, bad).empty());
  bad = good;
  bad.mode = EVP_KDF_HKDF_MODE_EXTRACT_AND_EXPAND;
  EXPECT_TRUE(ask(handshake_library(), kHandshakeProperties, bad).empty());
  bad = good;
  bad.label = some(250);
  EXPECT_TRUE(ask(handshake_library(), kHandshakeProperties, bad).empty());
}

TEST_F(KeySchedule, IsNotForOthersInTheProcess) {
  ASSERT_NE(handshake_library(), nullptr);
  const Owned<EVP_KDF, EVP_KDF_free> ours(EVP_KDF_fetch(handshake_library(), "TLS13-KDF", kHandshakeProperties));
  const Owned<EVP_KDF, EVP_KDF_free> theirs(EVP_KDF_fetch(nullptr, "TLS13-KDF", kHandshakeProperties));
  EXPECT_STREQ(OSSL_PROVIDER_get0_name(EVP_KDF_get0_provider(ours.get())), "inlet");
  EXPECT_STREQ(OSSL_PROVIDER_get0_name(EVP_KDF_get0_provider(theirs.get())), "default");
}

// RFC 8448, 3: the early secret, what is derived from it, and the handshake secret.
TEST(HkdfTest, DoesAsTheExampleOfTheStandard) {
  Hkdf hkdf(32);
  const Text zeros(32);
  unsigned char out[32];
  const auto text = [&] { return Text(out, out + sizeof out); };
  ASSERT_TRUE(hkdf.extract(zeros, zeros, out));
  const Text early = text();
  EXPECT_EQ(early, bytes_of_hex("33ad0a1c607ec03b09e6cd9893680ce210adf300aa1f2660e1b22e10f170f92a"));
  const Text nothing = bytes_of_hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  ASSERT_TRUE(hkdf.expand(early, "tls13 ", "derived", nothing, out));
  const Text derived = text();
  EXPECT_EQ(derived, bytes_of_hex("6f2615a108c702c5678f54fc9dbab69716c076189c48250cebeac3576c3611ba"));
  const Text shared = bytes_of_hex("8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d");
  ASSERT_TRUE(hkdf.extract(derived, shared, out));
  EXPECT_EQ(text(), bytes_of_hex("1dc826e93606aa6fdc0aadc12f741b01046aa6b99f691ed221a9f0ca043fbeac"));
  EXPECT_FALSE(Hkdf(20).extract(zeros, zeros, out)) << "no such digest";
}

}  // namespace
}  // namespace inlet::tls
