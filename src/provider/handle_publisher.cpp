#include "provider/handle_publisher.h"

#include <atomic>

namespace inlet::provider {
namespace {

constinit std::atomic<HandlePublisher> publisher_of_winsock{nullptr};

}  // namespace

void set_handle_publisher(HandlePublisher publisher) {
  publisher_of_winsock.store(publisher, std::memory_order_release);
}

Result<void> publish_handle(SOCKET socket, const WSAPROTOCOL_INFOW& info) {
  const HandlePublisher publisher = publisher_of_winsock.load(std::memory_order_acquire);
  return publisher == nullptr ? Error::not_ready : publisher(socket, info);
}

}  // namespace inlet::provider
