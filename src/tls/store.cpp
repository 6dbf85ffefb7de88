#include "tls/store.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <filesystem>
#include <unordered_map>

#include "base/limits.h"
#include "tls/certificate_file.h"
#include "tls/names.h"

namespace fs = std::filesystem;

namespace inlet::tls {
namespace {

bool same_pair(X509* certificate, EVP_PKEY* key) {
  EVP_PKEY* other = X509_get0_pubkey(certificate);
  const bool same = other != nullptr && EVP_PKEY_eq(other, key) == 1;
  ERR_clear_error();
  return same;
}

// What a key and its certificate have in common, in DER.
std::string public_half(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = key != nullptr ? i2d_PUBKEY(key, &der) : 0;
  if (size <= 0) return "";
  std::string text(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return text;
}

bool signs_itself(X509* certificate) {
  return (X509_get_extension_flags(certificate) & EXFLAG_SS) != 0;
}

// ---- chains

const FoundCertificate* issuer_of(X509* certificate, const std::vector<FoundCertificate>& candidates) {
  for (const FoundCertificate& candidate : candidates)
    if (X509_check_issued(candidate.certificate.get(), certificate) == X509_V_OK) return &candidate;
  return nullptr;
}

// From the issuer of the certificate upwards. The root stays away: who trusts it has it.
CertificateStackPtr chain_of(X509* certificate, const std::vector<FoundCertificate>& candidates) {
  CertificateStackPtr chain(sk_X509_new_null());
  if (!chain) return nullptr;
  while (!signs_itself(certificate) && sk_X509_num(chain.get()) < kTlsChainDepthMax) {
    const FoundCertificate* issuer = issuer_of(certificate, candidates);
    if (issuer == nullptr || signs_itself(issuer->certificate.get())) break;
    certificate = issuer->certificate.get();
    if (!X509_add_cert(chain.get(), certificate, X509_ADD_FLAG_UP_REF)) return nullptr;
  }
  return chain;
}

// ---- one file

struct StoreFile {
  std::string path;
  Findings found;
};

CertificatePtr another_owner(X509* certificate) {
  X509_up_ref(certificate);
  return CertificatePtr(certificate);
}

KeyPtr another_owner(EVP_PKEY* key) {
  EVP_PKEY_up_ref(key);
  return KeyPtr(key);
}

LoadError add_identity(const std::string& file, const FoundCertificate& certificate, const FoundKey& key,
                       const std::vector<FoundCertificate>& candidates, std::vector<Identity>& identities) {
  Identity identity;
  identity.certificate = another_owner(certificate.certificate.get());
  identity.key = another_owner(key.key.get());
  identity.chain = chain_of(certificate.certificate.get(), candidates);
  if (!identity.chain) return load_error(LoadFault::no_memory, file);
  identity.file = file;
  identity.friendly_name = !certificate.friendly_name.empty() ? certificate.friendly_name : key.friendly_name;
  identity.names = host_names_of(certificate.certificate.get());
  identities.push_back(std::move(identity));
  return {};
}

// Every certificate of the file that has its key among these. Windows and Java write whole lists of pairs into one PKCS#12.
LoadError pair_up(const StoreFile& file, const std::vector<FoundKey>& keys,
                  const std::vector<FoundCertificate>& candidates, std::vector<Identity>& identities) {
  for (const FoundCertificate& certificate : file.found.certificates) {
    for (const FoundKey& key : keys) {
      if (!same_pair(certificate.certificate.get(), key.key.get())) continue;
      LoadError error = add_identity(file.path, certificate, key, candidates, identities);
      if (!error.ok()) return error;
      break;
    }
  }
  return {};
}

LoadError read_single(const StoreQuery& query, std::vector<Identity>& identities) {
  StoreFile file{query.store, {}};
  LoadError error = read_certificate_file(file.path, query.password, file.found);
  if (!error.ok()) return error;
  if (file.found.certificates.empty()) return load_error(LoadFault::no_certificate, file.path);
  std::string key_source = file.path;
  if (!query.key_file.empty()) {
    key_source = query.key_file;
    file.found.keys.clear();
    Findings with_key;
    error = read_certificate_file(key_source, query.password, with_key);
    if (!error.ok()) return error;
    file.found.keys = std::move(with_key.keys);
  }
  if (file.found.keys.empty()) return load_error(LoadFault::no_key, key_source);
  error = pair_up(file, file.found.keys, file.found.certificates, identities);
  if (!error.ok() || !identities.empty()) return error;
  if (key_source == file.path) return load_error(LoadFault::key_mismatch, file.path);
  return load_error(LoadFault::key_mismatch, key_source,
                    "the private key does not belong to the certificate in " + file.path);
}

// ---- a folder

bool counts(const fs::path& path) {
  const std::string extension = folded(path.extension().string());
  for (const char* known : {".pem", ".crt", ".cer", ".der", ".key", ".p12", ".pfx"})
    if (extension == known) return true;
  return false;
}

LoadError list_folder(const std::string& folder, std::vector<fs::path>& files) {
  std::error_code code;
  fs::directory_iterator at(folder, code);
  for (; !code && at != fs::directory_iterator(); at.increment(code)) {
    std::error_code ignored;
    if (!counts(at->path()) || at->is_directory(ignored)) continue;
    if (files.size() == kTlsFolderFilesMax)
      return load_error(LoadFault::too_large, folder, "the folder holds too many files");
    files.push_back(at->path());
  }
  if (code) return load_error(LoadFault::unreadable, folder, "the folder cannot be read: " + code.message());
  std::sort(files.begin(), files.end());
  return {};
}

class FolderReader {
 public:
  FolderReader(const StoreQuery& query, std::vector<Identity>& identities) : query_(query), identities_(identities) {}

  LoadError read() {
    std::vector<fs::path> paths;
    LoadError error = list_folder(query_.store, paths);
    if (!error.ok()) return error;
    for (const fs::path& path : paths) read_file(path.string());
    if (!query_.key_file.empty()) read_file(query_.key_file);
    gather();
    for (const StoreFile& file : files_) keep_first(pair_file(file));
    if (!first_error_.ok() && (query_.name.empty() || identities_.empty())) return first_error_;
    return identities_.empty() ? load_error(LoadFault::no_certificate, query_.store) : LoadError{};
  }

  // What went wrong with files that nobody asked for by name; it explains why a name was not found.
  const LoadError& passed_over() const { return first_error_; }

 private:
  void read_file(const std::string& path) {
    StoreFile file{path, {}};
    LoadError error = read_certificate_file(path, query_.password, file.found);
    if (error.ok())
      files_.push_back(std::move(file));
    else
      keep_first(std::move(error));
  }

  void keep_first(LoadError error) {
    if (first_error_.ok()) first_error_ = std::move(error);
  }

  // Issuers and keys may lie in files of their own.
  void gather() {
    for (const StoreFile& file : files_) {
      for (const FoundCertificate& found : file.found.certificates)
        if (X509_check_ca(found.certificate.get()) != 0)
          authorities_.push_back({another_owner(found.certificate.get()), ""});
      for (const FoundKey& key : file.found.keys) keys_by_public_.try_emplace(public_half(key.key.get()), &key);
      if (!file.found.keys.empty()) keys_by_stem_.try_emplace(fs::path(file.path).stem().string(), &file);
    }
  }

  LoadError pair_file(const StoreFile& file) {
    if (file.found.certificates.empty()) return {};
    const std::vector<FoundCertificate>& candidates =
        file.found.certificates.size() > 1 ? file.found.certificates : authorities_;
    const size_t before = identities_.size();
    LoadError error = pair_up(file, file.found.keys, candidates, identities_);
    if (!error.ok() || identities_.size() > before) return error;
    if (!file.found.keys.empty()) return load_error(LoadFault::key_mismatch, file.path);
    if (X509_check_ca(file.found.certificates.front().certificate.get()) != 0) return {};
    return pair_with_others(file, candidates);
  }

  // The key in the file of the same name, else in any other. Both are looked up, for there may be thousands.
  LoadError pair_with_others(const StoreFile& file, const std::vector<FoundCertificate>& candidates) {
    const size_t before = identities_.size();
    const auto same_stem = keys_by_stem_.find(fs::path(file.path).stem().string());
    if (same_stem != keys_by_stem_.end()) {
      LoadError error = pair_up(file, same_stem->second->found.keys, candidates, identities_);
      if (!error.ok() || identities_.size() > before) return error;
    }
    for (const FoundCertificate& certificate : file.found.certificates) {
      const auto key = keys_by_public_.find(public_half(X509_get0_pubkey(certificate.certificate.get())));
      if (key != keys_by_public_.end())
        return add_identity(file.path, certificate, *key->second, candidates, identities_);
    }
    return load_error(LoadFault::no_key, file.path);
  }

  const StoreQuery& query_;
  std::vector<Identity>& identities_;
  std::vector<StoreFile> files_;
  std::vector<FoundCertificate> authorities_;
  std::unordered_map<std::string, const StoreFile*> keys_by_stem_;
  std::unordered_map<std::string, const FoundKey*> keys_by_public_;
  LoadError first_error_;
};

// ---- choice

bool answers_to(const Identity& identity, const std::string& name) {
  const std::string wanted = folded(name);
  if (folded(common_name_of(identity.certificate.get())) == wanted) return true;
  if (!identity.friendly_name.empty() && folded(identity.friendly_name) == wanted) return true;
  for (const std::string& pattern : identity.names)
    if (pattern == wanted || covers(pattern, wanted)) return true;
  const fs::path path(identity.file);
  return path.filename() == name || path.stem() == name || has_address(identity.certificate.get(), name);
}

std::string time_text(const ASN1_TIME* time) {
  BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || ASN1_TIME_print(bio.get(), time) != 1) return "an unknown time";
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

LoadError check_dates(const Identity& identity) {
  const ASN1_TIME* begin = X509_get0_notBefore(identity.certificate.get());
  const ASN1_TIME* end = X509_get0_notAfter(identity.certificate.get());
  // 0 means that the time cannot be read.
  const int begun = X509_cmp_current_time(begin);
  const int ended = X509_cmp_current_time(end);
  if (begun == 0 || ended == 0)
    return load_error(LoadFault::damaged, identity.file, "the certificate's dates are damaged");
  if (ended < 0)
    return load_error(LoadFault::expired, identity.file, "the certificate has expired on " + time_text(end));
  if (begun > 0)
    return load_error(LoadFault::not_yet_valid, identity.file,
                      "the certificate is not valid before " + time_text(begin));
  return {};
}

// A folder often holds the certificate that was renewed beside the new one, so for a name the good ones are enough.
LoadError keep_current(bool some_are_enough, std::vector<Identity>& identities) {
  LoadError first;
  std::vector<Identity> current;
  for (Identity& identity : identities) {
    LoadError error = check_dates(identity);
    if (error.ok())
      current.push_back(std::move(identity));
    else if (first.ok())
      first = std::move(error);
  }
  if (!first.ok() && (current.empty() || !some_are_enough)) return first;
  identities = std::move(current);
  return {};
}

LoadError choose(const StoreQuery& query, std::vector<Identity>& identities) {
  if (!query.name.empty()) {
    std::erase_if(identities, [&](const Identity& identity) { return !answers_to(identity, query.name); });
    if (identities.empty())
      return load_error(LoadFault::no_such_name, query.store, "no certificate in it is named \"" + query.name + "\"");
  }
  return keep_current(!query.name.empty(), identities);
}

LoadError read_any(const StoreQuery& query, std::vector<Identity>& identities) {
  std::error_code code;
  if (!fs::is_directory(query.store, code)) {
    LoadError error = read_single(query, identities);
    return error.ok() ? choose(query, identities) : error;
  }
  FolderReader folder(query, identities);
  LoadError error = folder.read();
  if (!error.ok()) return error;
  error = choose(query, identities);
  // The wanted certificate is probably in the file that could not be used.
  if (error.fault == LoadFault::no_such_name && !folder.passed_over().ok()) return folder.passed_over();
  return error;
}

}  // namespace

LoadError read_store(const StoreQuery& query, std::vector<Identity>& identities) {
  QuietErrors quiet;
  identities.clear();
  LoadError error = read_any(query, identities);
  if (!error.ok()) identities.clear();
  return error;
}

}  // namespace inlet::tls
