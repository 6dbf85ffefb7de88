#include "tls/certificate_file.h"

#include <fcntl.h>
#include <openssl/asn1t.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/limits.h"

namespace inlet::tls {
namespace {

using InfoPtr = Owned<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;
using SigPtr = Owned<X509_SIG, X509_SIG_free>;
using Pkcs12Ptr = Owned<PKCS12, PKCS12_free>;

void free_safes(STACK_OF(PKCS7) * stack) {
  sk_PKCS7_pop_free(stack, PKCS7_free);
}
void free_bags(STACK_OF(PKCS12_SAFEBAG) * stack) {
  sk_PKCS12_SAFEBAG_pop_free(stack, PKCS12_SAFEBAG_free);
}
using SafesPtr = Owned<STACK_OF(PKCS7), free_safes>;
using BagsPtr = Owned<STACK_OF(PKCS12_SAFEBAG), free_bags>;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  const int number_;
};

LoadError system_error(const std::string& file, int number) {
  const bool missing = number == ENOENT || number == ENOTDIR;
  if (missing) return load_error(LoadFault::missing_file, file);
  char words[128] = "";
  return load_error(LoadFault::unreadable, file,
                    std::string("the file cannot be read: ") + strerror_r(number, words, sizeof words));
}

// O_NONBLOCK, because opening a FIFO would wait for its writer.
LoadError read_bytes(const std::string& file, std::optional<SecretBytes>& bytes) {
  Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status;
  if (descriptor.number() < 0 || ::fstat(descriptor.number(), &status) != 0) return system_error(file, errno);
  if (!S_ISREG(status.st_mode)) return load_error(LoadFault::unreadable, file, "this is not a regular file");
  if (status.st_size > static_cast<off_t>(kTlsFileBytesMax)) return load_error(LoadFault::too_large, file);
  bytes.emplace(static_cast<size_t>(status.st_size));
  for (size_t at = 0; at < bytes->size();) {
    const ssize_t got = ::read(descriptor.number(), bytes->data() + at, bytes->size() - at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(file, errno);
    if (got == 0) return load_error(LoadFault::damaged, file, "the file became shorter while it was read");
    at += static_cast<size_t>(got);
  }
  return {};
}

// What a failed decryption was: the wrong password shows as nonsense behind the padding, so the file being damaged cannot be told
// from it; an algorithm that is not there can.
LoadFault decryption_fault() {
  for (unsigned long error; (error = ERR_get_error()) != 0;) {
    const int reason = ERR_GET_REASON(error);
    const int library = ERR_GET_LIB(error);
    if (library == ERR_LIB_EVP && (reason == EVP_R_UNSUPPORTED_ALGORITHM || reason == EVP_R_UNKNOWN_CIPHER))
      return LoadFault::unsupported;
    if (reason == ERR_R_UNSUPPORTED) return LoadFault::unsupported;
    if (reason == ERR_R_MALLOC_FAILURE) return LoadFault::no_memory;
  }
  return LoadFault::wrong_password;
}

LoadError cannot_decrypt(const std::string& file, const std::string& password) {
  const LoadFault fault = decryption_fault();
  if (fault == LoadFault::wrong_password && password.empty()) return load_error(LoadFault::no_password, file);
  return load_error(fault, file);
}

using Pbes2Ptr = Owned<PBE2PARAM, PBE2PARAM_free>;
using Pbkdf2Ptr = Owned<PBKDF2PARAM, PBKDF2PARAM_free>;
using PbePtr = Owned<PBEPARAM, PBEPARAM_free>;

bool is_bearable(const ASN1_INTEGER* rounds) {
  int64_t number = 0;
  return rounds == nullptr || (ASN1_INTEGER_get_int64(&number, rounds) == 1 && number <= kTlsKeyRoundsMax);
}

template <class Ptr>
Ptr unpack(const ASN1_ITEM* form, const ASN1_TYPE* value) {
  return Ptr(static_cast<typename Ptr::pointer>(ASN1_TYPE_unpack_sequence(form, value)));
}

// A file says itself how often its password is to be hashed. A damaged one must not keep a server from starting for hours.
bool is_bearable(const X509_ALGOR* sealing) {
  if (OBJ_obj2nid(sealing->algorithm) != NID_pbes2) {
    const PbePtr old_form = unpack<PbePtr>(ASN1_ITEM_rptr(PBEPARAM), sealing->parameter);
    return !old_form || is_bearable(old_form->iter);
  }
  const Pbes2Ptr form = unpack<Pbes2Ptr>(ASN1_ITEM_rptr(PBE2PARAM), sealing->parameter);
  if (!form || OBJ_obj2nid(form->keyfunc->algorithm) != NID_id_pbkdf2) return true;
  const Pbkdf2Ptr rounds = unpack<Pbkdf2Ptr>(ASN1_ITEM_rptr(PBKDF2PARAM), form->keyfunc->parameter);
  return !rounds || is_bearable(rounds->iter);
}

bool is_bearable(const X509_SIG* sealed) {
  const X509_ALGOR* sealing = nullptr;
  X509_SIG_get0(sealed, &sealing, nullptr);
  return is_bearable(sealing);
}

LoadError unbearable(const std::string& file) {
  return load_error(LoadFault::unsupported, file, "it asks to hash the password too many times");
}

LoadError add_key(const std::string& file, KeyPtr key, std::string friendly_name, Findings& found) {
  if (!key) return load_error(LoadFault::damaged, file, "the private key is damaged or of an unknown kind");
  found.keys.push_back({std::move(key), std::move(friendly_name)});
  return {};
}

// ---- PEM

struct PemBlock {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;

  PemBlock() = default;
  ~PemBlock() {
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, static_cast<size_t>(size));
  }
  PemBlock(const PemBlock&) = delete;
  PemBlock& operator=(const PemBlock&) = delete;
};

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

int give_password(char* into, int capacity, int, void* password) {
  const std::string& text = *static_cast<const std::string*>(password);
  if (text.size() > static_cast<size_t>(capacity)) return -1;
  std::copy(text.begin(), text.end(), into);
  return static_cast<int>(text.size());
}

// "RSA PRIVATE KEY" and the like, which may be encrypted by a header of their own.
LoadError take_traditional_key(const std::string& file, const std::string& password, PemBlock& block, Findings& found) {
  EVP_CIPHER_INFO cipher;
  if (!PEM_get_EVP_CIPHER_INFO(block.header, &cipher)) {
    const bool unknown = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_UNSUPPORTED_ENCRYPTION;
    return load_error(unknown ? LoadFault::unsupported : LoadFault::damaged, file);
  }
  const bool encrypted = cipher.cipher != nullptr;
  if (encrypted && password.empty()) return load_error(LoadFault::no_password, file);
  std::string copy = password;
  const bool opened = PEM_do_header(&cipher, block.data, &block.size, give_password, &copy) != 0;
  OPENSSL_cleanse(copy.data(), copy.size());
  if (!opened) return cannot_decrypt(file, password);
  const unsigned char* at = block.data;
  KeyPtr key(d2i_AutoPrivateKey(nullptr, &at, block.size));
  // Now and then a wrong password leaves padding that looks right, and then the key behind it is nonsense.
  if (!key && encrypted) return load_error(LoadFault::wrong_password, file);
  return add_key(file, std::move(key), "", found);
}

LoadError take_encrypted_key(const std::string& file, const std::string& password, const PemBlock& block,
                             Findings& found) {
  const unsigned char* at = block.data;
  SigPtr sealed(d2i_X509_SIG(nullptr, &at, block.size));
  if (!sealed) return load_error(LoadFault::damaged, file, "the private key is damaged");
  if (password.empty()) return load_error(LoadFault::no_password, file);
  if (!is_bearable(sealed.get())) return unbearable(file);
  InfoPtr info(PKCS8_decrypt(sealed.get(), password.data(), static_cast<int>(password.size())));
  if (!info) return cannot_decrypt(file, password);
  return add_key(file, KeyPtr(EVP_PKCS82PKEY(info.get())), "", found);
}

LoadError take_plain_key(const std::string& file, const PemBlock& block, Findings& found) {
  const unsigned char* at = block.data;
  InfoPtr info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, block.size));
  return add_key(file, KeyPtr(info ? EVP_PKCS82PKEY(info.get()) : nullptr), "", found);
}

LoadError take_certificate(const std::string& file, bool trusted_form, const PemBlock& block, Findings& found) {
  const unsigned char* at = block.data;
  CertificatePtr certificate(trusted_form ? d2i_X509_AUX(nullptr, &at, block.size)
                                          : d2i_X509(nullptr, &at, block.size));
  if (!certificate) return load_error(LoadFault::damaged, file, "a certificate in it is damaged");
  found.certificates.push_back({std::move(certificate), ""});
  return {};
}

LoadError take_revocations(const std::string& file, const PemBlock& block, Findings& found) {
  const unsigned char* at = block.data;
  RevocationsPtr revocations(d2i_X509_CRL(nullptr, &at, block.size));
  if (!revocations) return load_error(LoadFault::damaged, file, "a list of revoked certificates in it is damaged");
  found.revocations.push_back(std::move(revocations));
  return {};
}

LoadError take_block(const std::string& file, const std::string& password, PemBlock& block, Findings& found) {
  const std::string_view name = block.name;
  if (name == PEM_STRING_X509 || name == PEM_STRING_X509_OLD) return take_certificate(file, false, block, found);
  if (name == PEM_STRING_X509_TRUSTED) return take_certificate(file, true, block, found);
  if (name == PEM_STRING_X509_CRL) return take_revocations(file, block, found);
  if (name == PEM_STRING_PKCS8) return take_encrypted_key(file, password, block, found);
  if (name == PEM_STRING_PKCS8INF) return take_plain_key(file, block, found);
  if (ends_with(name, " PRIVATE KEY")) return take_traditional_key(file, password, block, found);
  return {};
}

LoadError read_pem(const std::string& file, const std::string& password, std::string_view text, Findings& found) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.substr(0, 3) == kByteOrderMark) text.remove_prefix(3);
  if (text.empty()) return {};
  BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (!bio) return load_error(LoadFault::no_memory, file);
  for (;;) {
    PemBlock block;
    if (!PEM_read_bio(bio.get(), &block.name, &block.header, &block.data, &block.size)) {
      if (ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE) return {};
      return load_error(LoadFault::damaged, file, "the text between BEGIN and END is damaged or cut off");
    }
    LoadError error = take_block(file, password, block, found);
    if (!error.ok()) return error;
    ERR_clear_error();
  }
}

// ---- PKCS#12

// A store without a password is sealed with an empty one or with none, and the two differ.
struct Pkcs12Password {
  const char* text = nullptr;
  int size = 0;
};

bool opens(PKCS12* store, Pkcs12Password password) {
  return PKCS12_verify_mac(store, password.text, password.size) != 0;
}

LoadError find_password(const std::string& file, PKCS12* store, const std::string& given, Pkcs12Password& password) {
  const ASN1_INTEGER* rounds = nullptr;
  PKCS12_get0_mac(nullptr, nullptr, nullptr, &rounds, store);
  if (!is_bearable(rounds)) return unbearable(file);
  password = {given.c_str(), static_cast<int>(given.size())};
  if (!PKCS12_mac_present(store) || opens(store, password)) return {};
  if (!given.empty()) return cannot_decrypt(file, given);
  password = {nullptr, 0};
  return opens(store, password) ? LoadError{} : cannot_decrypt(file, given);
}

std::string friendly_name_of(PKCS12_SAFEBAG* bag) {
  char* name = PKCS12_get_friendlyname(bag);
  std::string copy = name != nullptr ? name : "";
  OPENSSL_free(name);
  return copy;
}

struct Pkcs12Reader {
  const std::string& file;
  Pkcs12Password password;
  Findings& found;

  LoadError take_bags(const STACK_OF(PKCS12_SAFEBAG) * bags, unsigned depth) {
    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); ++i) {
      LoadError error = take_bag(sk_PKCS12_SAFEBAG_value(bags, i), depth);
      if (!error.ok()) return error;
    }
    return {};
  }

  LoadError take_bag(PKCS12_SAFEBAG* bag, unsigned depth) {
    switch (PKCS12_SAFEBAG_get_nid(bag)) {
      case NID_keyBag: return take_info(bag, PKCS12_SAFEBAG_get0_p8inf(bag));
      case NID_pkcs8ShroudedKeyBag: {
        if (!is_bearable(PKCS12_SAFEBAG_get0_pkcs8(bag))) return unbearable(file);
        InfoPtr info(PKCS12_decrypt_skey(bag, password.text, password.size));
        if (!info) return cannot_decrypt(file, password.text ? password.text : "");
        return take_info(bag, info.get());
      }
      case NID_certBag: return take_certificate_bag(bag);
      case NID_safeContentsBag:
        if (depth == 0) return load_error(LoadFault::damaged, file, "it is nested too deeply");
        return take_bags(PKCS12_SAFEBAG_get0_safes(bag), depth - 1);
      default: return {};
    }
  }

  LoadError take_info(PKCS12_SAFEBAG* bag, const PKCS8_PRIV_KEY_INFO* info) {
    return add_key(file, KeyPtr(info ? EVP_PKCS82PKEY(info) : nullptr), friendly_name_of(bag), found);
  }

  LoadError take_certificate_bag(PKCS12_SAFEBAG* bag) {
    if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate) return {};
    CertificatePtr certificate(PKCS12_SAFEBAG_get1_cert(bag));
    if (!certificate) return load_error(LoadFault::damaged, file, "a certificate in it is damaged");
    found.certificates.push_back({std::move(certificate), friendly_name_of(bag)});
    return {};
  }

  LoadError take_safe(PKCS7* safe) {
    constexpr unsigned kNestingMax = 4;
    const bool sealed = OBJ_obj2nid(safe->type) == NID_pkcs7_encrypted;
    if (!sealed && OBJ_obj2nid(safe->type) != NID_pkcs7_data) return {};
    if (sealed && !is_bearable(safe->d.encrypted->enc_data->algorithm)) return unbearable(file);
    BagsPtr bags(sealed ? PKCS12_unpack_p7encdata(safe, password.text, password.size) : PKCS12_unpack_p7data(safe));
    if (!bags)
      return sealed ? cannot_decrypt(file, password.text ? password.text : "") : load_error(LoadFault::damaged, file);
    return take_bags(bags.get(), kNestingMax);
  }
};

LoadError read_pkcs12(const std::string& file, const std::string& password, PKCS12* store, Findings& found) {
  Pkcs12Password chosen;
  LoadError error = find_password(file, store, password, chosen);
  if (!error.ok()) return error;
  ERR_clear_error();
  SafesPtr safes(PKCS12_unpack_authsafes(store));
  if (!safes) return load_error(LoadFault::damaged, file);
  Pkcs12Reader reader{file, chosen, found};
  for (int i = 0; i < sk_PKCS7_num(safes.get()); ++i) {
    error = reader.take_safe(sk_PKCS7_value(safes.get(), i));
    if (!error.ok()) return error;
  }
  return {};
}

// ---- DER

LoadError read_der(const std::string& file, const std::string& password, SecretBytes& bytes, Findings& found) {
  const long size = static_cast<long>(bytes.size());
  const unsigned char* at = bytes.data();
  if (Pkcs12Ptr store{d2i_PKCS12(nullptr, &at, size)}) {
    ERR_clear_error();
    return read_pkcs12(file, password, store.get(), found);
  }
  at = bytes.data();
  if (CertificatePtr certificate{d2i_X509(nullptr, &at, size)}) {
    found.certificates.push_back({std::move(certificate), ""});
    return {};
  }
  at = bytes.data();
  KeyPtr key(d2i_AutoPrivateKey(nullptr, &at, size));
  if (!key) return load_error(LoadFault::damaged, file);
  return add_key(file, std::move(key), "", found);
}

// A sequence with a long length, or a short one that ends with the file. Text may begin with the same "0", and does not go on so.
bool looks_like_der(SecretBytes& bytes) {
  constexpr unsigned char kSequence = 0x30;
  if (bytes.size() < 2 || bytes.data()[0] != kSequence) return false;
  return bytes.data()[1] >= 0x80 || bytes.data()[1] + size_t{2} == bytes.size();
}

}  // namespace

LoadError read_certificate_file(const std::string& file, const std::string& password, Findings& found) {
  QuietErrors quiet;
  std::optional<SecretBytes> bytes;
  LoadError error = read_bytes(file, bytes);
  if (!error.ok()) return error;
  if (looks_like_der(*bytes)) return read_der(file, password, *bytes, found);
  return read_pem(file, password, {reinterpret_cast<const char*>(bytes->data()), bytes->size()}, found);
}

}  // namespace inlet::tls
