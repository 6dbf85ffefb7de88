// A file of certificates and keys, with anything in it.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "tls/certificate_file.h"
#include "tls/store.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const int file = memfd_create("credentials", MFD_CLOEXEC);
  if (file < 0 || write(file, data, size) != static_cast<ssize_t>(size)) std::abort();
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  std::vector<inlet::tls::Identity> identities;
  const inlet::tls::LoadError error = inlet::tls::read_store({path, "", "secret", ""}, identities);
  if (error.ok() == identities.empty() || error.ok() != error.text.empty()) std::abort();
  close(file);
  return 0;
}
