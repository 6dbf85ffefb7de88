// The use of Winsock by the process: counted by WSAStartup and WSACleanup.
#pragma once

#include <atomic>
#include <memory>

#include "provider/chain.h"
#include "winsock/socket_map.h"

namespace inlet::winsock {

// The provider of TCP over IPv4, with the layers over it; nullptr before the first WSAStartup and after the last
// WSACleanup.
std::shared_ptr<provider::Provider> base_provider();

// How many WSAStartups are not undone yet. Read by every call, written by those two.
extern std::atomic<unsigned> startup_users;

inline bool is_started() {
  return startup_users.load(std::memory_order_acquire) != 0;
}

// The version that was agreed on; the lowest one when there were several WSAStartups. 0 when there is none.
WORD startup_version();

// The table of the provider that makes sockets of this kind, or the one that info names.
//
// Errors   not_initialised   no WSAStartup
//          no_buffers        no memory
//          and those of provider::ProviderSet::find; invalid when info names no entry of the catalog
Result<ProcTable> find_provider(int family, int type, int protocol, const WSAPROTOCOL_INFOW* info);

}  // namespace inlet::winsock
