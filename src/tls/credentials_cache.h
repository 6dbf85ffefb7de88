// Credentials that a program names again and again: for each client that it secures, for each connect. Reading them each time would
// cost milliseconds, and tickets given under them would open nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tls/credentials.h"

namespace inlet::tls {

// Owner    The process. Thread: any.
class CredentialsCache {
 public:
  static CredentialsCache& instance();

  // The same as Credentials::load, unless the same settings were loaded a short while ago and none of their files has changed.
  std::shared_ptr<const Credentials> load(const Settings& settings, LoadError& error) noexcept;

  void clear();

 private:
  struct Entry {
    std::string settings;  // a digest: a password is not to be kept
    std::string files;     // what they looked like
    int64_t loaded_ms;
    std::shared_ptr<const Credentials> credentials;
  };

  std::shared_ptr<const Credentials> find(const Entry& wanted);
  void keep(Entry entry);

  std::mutex mutex_;
  std::vector<Entry> entries_;  // GUARDED_BY(mutex_): the one used last is the last
};

}  // namespace inlet::tls
