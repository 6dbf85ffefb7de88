// What clients can resume with, by the host it is for. Each is used once, as the standard wants it.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "tls/session.h"

namespace inlet::tls {

// Owner    The process. Thread: any.
class Resumptions {
 public:
  static Resumptions& instance();

  // nullptr when there is none.
  std::shared_ptr<const Resumption> take(const std::string& place);
  void keep(const std::string& place, std::shared_ptr<const Resumption> resumption) noexcept;
  void clear();

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Resumption>> by_place_;  // GUARDED_BY(mutex_)
};

}  // namespace inlet::tls
