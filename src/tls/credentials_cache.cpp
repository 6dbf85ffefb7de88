#include "tls/credentials_cache.h"

#include <openssl/sha.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <new>

#include "base/clock.h"
#include "base/limits.h"

namespace fs = std::filesystem;

namespace inlet::tls {
namespace {

void add(std::string& text, const std::string& part) {
  text += std::to_string(part.size()) + ":" + part;
}

// Everything that makes credentials what they are, so that no two different settings look alike.
std::string digest_of(const Settings& settings) {
  std::string text;
  for (const std::string* part : {&settings.identity.store, &settings.identity.key_file, &settings.identity.password,
                                  &settings.identity.name, &settings.trust})
    add(text, *part);
  for (const std::string& protocol : settings.alpn) add(text, protocol);
  text += {static_cast<char>(settings.role), static_cast<char>(settings.oldest), static_cast<char>(settings.newest),
           static_cast<char>(settings.clients), static_cast<char>(settings.tickets)};
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  OPENSSL_cleanse(text.data(), text.size());
  return {reinterpret_cast<const char*>(digest), sizeof digest};
}

std::string look_of_file(const std::string& path) {
  struct stat state {};
  if (stat(path.c_str(), &state) != 0) return "-";
  return path + "|" + std::to_string(state.st_ino) + "|" + std::to_string(state.st_size) + "|" +
         std::to_string(state.st_mtim.tv_sec) + "." + std::to_string(state.st_mtim.tv_nsec) + ";";
}

std::string look_of(const std::string& path) {
  if (path.empty()) return {};
  std::vector<std::string> files = {look_of_file(path)};
  std::error_code code;
  for (fs::directory_iterator at(path, code); !code && at != fs::directory_iterator(); at.increment(code)) {
    if (files.size() > kTlsFolderFilesMax) break;
    files.push_back(look_of_file(at->path().string()));
  }
  std::sort(files.begin(), files.end());
  std::string look;
  for (const std::string& file : files) look += file;
  return look;
}

}  // namespace

CredentialsCache& CredentialsCache::instance() {
  static auto* const cache = new CredentialsCache;  // never destroyed: threads may still serve while the process exits
  return *cache;
}

std::shared_ptr<const Credentials> CredentialsCache::load(const Settings& settings, LoadError& error) noexcept {
  try {
    Entry entry{digest_of(settings), {}, now_ms(), nullptr};
    entry.files = look_of(settings.identity.store) + look_of(settings.identity.key_file) + look_of(settings.trust);
    entry.credentials = find(entry);
    if (entry.credentials) return entry.credentials;
    entry.credentials = Credentials::load(settings, error);
    if (entry.credentials) keep(entry);
    return entry.credentials;
  } catch (const std::exception&) {
    error.fault = LoadFault::no_memory;
    return nullptr;
  }
}

std::shared_ptr<const Credentials> CredentialsCache::find(const Entry& wanted) {
  std::lock_guard lock(mutex_);
  std::erase_if(entries_,
                [&](const Entry& each) { return wanted.loaded_ms - each.loaded_ms > kTlsCredentialsLife_ms; });
  for (auto each = entries_.begin(); each != entries_.end(); ++each) {
    if (each->settings != wanted.settings || each->files != wanted.files) continue;
    std::rotate(each, each + 1, entries_.end());
    return entries_.back().credentials;
  }
  return nullptr;
}

void CredentialsCache::keep(Entry entry) {
  std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const Entry& each) { return each.settings == entry.settings; });
  if (entries_.size() == kTlsCredentialsKept) entries_.erase(entries_.begin());
  entries_.push_back(std::move(entry));
}

void CredentialsCache::clear() {
  std::lock_guard lock(mutex_);
  entries_.clear();
}

}  // namespace inlet::tls
