#include "provider/send_file.h"

#include <algorithm>

#include <mswsock.h>

#include "provider/table.h"

namespace inlet::provider {

SendFile find_send_file(Provider& provider, SOCKET socket) {
  if (!provider.short_read_means_drained()) return nullptr;
  GUID id = kSendFileId;
  SendFile function = nullptr;
  DWORD size = 0;
  int error = 0;
  const int result = provider.table().lpWSPIoctl(socket, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &function,
                                                 sizeof function, &size, nullptr, nullptr, nullptr, &error);
  return result == 0 ? function : nullptr;
}

Result<size_t> send_file(SendFile function, SOCKET socket, HANDLE file, uint64_t offset, size_t size, FilePipe& pipe) {
  DWORD sent = 0;
  int error = 0;
  const auto bytes = static_cast<DWORD>(std::min<size_t>(size, INT32_MAX));
  if (function(socket, file, offset, bytes, &pipe, &sent, &error) == 0) return static_cast<size_t>(sent);
  return error == 0 ? Error::system_failure : static_cast<Error>(error);
}

}  // namespace inlet::provider
