// The use of Winsock by the process: counted by WSAStartup and WSACleanup.
#pragma once

#include <memory>

#include "provider/table.h"

namespace inlet::winsock {

// The provider that Winsock's calls go to; nullptr before the first WSAStartup and after the last WSACleanup.
std::shared_ptr<provider::Provider> base_provider();

}  // namespace inlet::winsock
