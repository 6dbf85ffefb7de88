#include "server/error_detail.h"

#include <new>

namespace inlet::server {
namespace {

struct Detail {
  std::string text;
  uint32_t code = 0;
  bool fresh = false;  // noted, and no call has failed since
};

Detail& detail() {
  static thread_local Detail instance;
  return instance;
}

constinit thread_local bool exists = false;  // spares the threads without any detail its making

}  // namespace

void note_error_detail(Error error, const std::string& text) noexcept {
  try {
    detail().text = text;
    detail().code = inet_code(error);
    detail().fresh = exists = true;
  } catch (const std::bad_alloc&) {
    // Then the code has to do.
  }
}

void settle_error_detail(uint32_t code) noexcept {
  if (!exists) return;
  exists = detail().fresh && detail().code == code;
  detail().fresh = false;
}

const char* error_detail(uint32_t code) noexcept {
  return exists && code != 0 && detail().code == code ? detail().text.c_str() : nullptr;
}

}  // namespace inlet::server
