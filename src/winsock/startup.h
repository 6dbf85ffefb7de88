// The use of Winsock by the process: counted by WSAStartup and WSACleanup.
#pragma once

#include <memory>

#include "provider/chain.h"

namespace inlet::winsock {

// The provider of TCP over IPv4, with the layers over it; nullptr before the first WSAStartup and after the last
// WSACleanup.
std::shared_ptr<provider::Provider> base_provider();

// The provider for a kind of socket, chosen and started as WSASocket has it.
// Errors   not_initialised; those of provider::start_provider_chain
Result<std::shared_ptr<provider::Provider>> provider_for(int family, int type, int protocol,
                                                         const WSAPROTOCOL_INFOW* info = nullptr);

}  // namespace inlet::winsock
