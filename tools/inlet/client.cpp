#include "client.h"

#include <utility>

#include "console.h"

namespace inlet::tool {
namespace {

std::string endpoint_of(SOCKET handle) {
  INTERNET_ADDRESS address{};
  UINT port = 0;
  if (InetGetPeerAddress(handle, &address, &port) == INET_ERROR) return "unknown";
  return text_of_endpoint(address, port);
}

}  // namespace

Client::Client(SOCKET handle, uint64_t number)
    : handle_(handle),
      number_(number),
      endpoint_(endpoint_of(handle)),
      connected_at_(std::chrono::steady_clock::now()) {}

size_t Client::read(std::span<BYTE> into) {
  const INT count = InetRead(handle_, into.data(), static_cast<INT>(into.size()));
  if (count > 0) {
    bytes_in_ += static_cast<uint64_t>(count);
    return static_cast<size_t>(count);
  }
  if (count == 0) {
    close("closed by the client");
  } else if (const DWORD error = InetGetLastError(); error != ST_ERROR_OPERATION_TIMEOUT) {
    close(text_of_error(error));
  }
  return 0;
}

bool Client::write_all(std::span<const BYTE> bytes) {
  while (!bytes.empty()) {
    const INT count = InetWrite(handle_, bytes.data(), static_cast<INT>(bytes.size()));
    if (count <= 0) {
      close(text_of_error(InetGetLastError()));
      return false;
    }
    bytes_out_ += static_cast<uint64_t>(count);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
  return true;
}

bool Client::has_data() const {
  DWORD available = 0;
  return InetIsReadable(handle_, 0, &available) != FALSE && available > 0;
}

void Client::close(std::string reason) {
  if (reason_.empty()) reason_ = std::move(reason);
  InetDisconnect(handle_);  // fails when the session is ending already, which is just as well
}

std::chrono::duration<double> Client::age() const {
  return std::chrono::steady_clock::now() - connected_at_;
}

}  // namespace inlet::tool
