#include "provider/load.h"

#include <dlfcn.h>

#include <cstdlib>

#include "base/log.h"
#include "base/utf16.h"
#include "provider/own_layers.h"

namespace inlet::provider {
namespace {

LPWSPSTARTUP own_provider(std::string_view name) {
  if (name == "inlet") return WSPStartup;
  if (name == "trace") return trace::startup;
  if (name == "fault") return fault::startup;
  return nullptr;
}

Error refuse(const std::string& path, const char* reason) {
  log_line("provider " + path + ": " + reason);
  return Error::provider_failed_init;
}

}  // namespace

std::string expanded(std::u16string_view path) {
  const std::string text = to_utf8(path);
  std::string out;
  size_t at = 0;
  while (at < text.size()) {
    const size_t end = text[at] == '%' ? text.find('%', at + 1) : std::string::npos;
    const char* value = nullptr;
    if (end != std::string::npos) value = secure_getenv(text.substr(at + 1, end - at - 1).c_str());
    if (value == nullptr) {
      out.push_back(text[at++]);  // no variable of that name: as it stands
    } else {
      out += value;
      at = end + 1;
    }
  }
  return out;
}

Result<LPWSPSTARTUP> load_provider(std::u16string_view path) {
  const std::string file = expanded(path);
  if (file.find('/') == std::string::npos) {
    LPWSPSTARTUP own = own_provider(file);
    if (own == nullptr) return refuse(file, "not one of Inlet's own, and a shared object needs a path with a slash");
    return own;
  }
  void* object = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (object == nullptr) return refuse(file, dlerror());
  void* symbol = dlsym(object, "WSPStartup");
  if (symbol == nullptr) return refuse(file, "it exports no WSPStartup");
  return reinterpret_cast<LPWSPSTARTUP>(symbol);
}

}  // namespace inlet::provider
