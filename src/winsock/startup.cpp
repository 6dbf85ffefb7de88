#include "winsock/startup.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <string_view>

#include "winsock/last_error.h"
#include "winsock/upcalls.h"

namespace inlet::winsock {
namespace {

constexpr WORD kVersion = MAKEWORD(2, 2);
constexpr std::string_view kDescription = "WinSock 2.0";
constexpr std::string_view kStatus = "Running";
// What 1.x programs expect to read; 2.x programs are told nothing.
constexpr u_short kOldMaxSockets = 32767;
constexpr u_short kOldMaxDatagram = 65467;

struct Winsock {
  std::mutex mutex;
  unsigned users = 0;
  std::shared_ptr<provider::ProviderSet> providers;
  std::shared_ptr<provider::Provider> provider;  // of TCP over IPv4
};

// Never destroyed: a process may end without WSACleanup while other threads still call.
Winsock& winsock() {
  static Winsock* instance = new Winsock;
  return *instance;
}

// The version that a program gets for the one it asked for; 0 when there is none.
WORD negotiated(WORD requested) {
  const BYTE major = LOBYTE(requested);
  const BYTE minor = HIBYTE(requested);
  if (major == 0) return 0;
  if (major == 1) return minor <= 1 ? requested : MAKEWORD(1, 1);
  if (major == 2 && minor <= 2) return requested;
  return kVersion;
}

void describe(WORD version, WSADATA* data) {
  const bool old = LOBYTE(version) == 1;
  data->wVersion = version;
  data->wHighVersion = kVersion;
  data->iMaxSockets = old ? kOldMaxSockets : 0;
  data->iMaxUdpDg = old ? kOldMaxDatagram : 0;
  std::ranges::copy(kDescription, data->szDescription);
  data->szDescription[kDescription.size()] = 0;
  std::ranges::copy(kStatus, data->szSystemStatus);
  data->szSystemStatus[kStatus.size()] = 0;
}

int start_provider(Winsock& self) {
  if (self.provider != nullptr) return 0;
  auto providers = std::make_shared<provider::ProviderSet>(upcall_table());
  auto started = providers->find(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  if (!started) return wsa_code(started.error());
  self.providers = std::move(providers);
  self.provider = std::move(*started);
  return 0;
}

}  // namespace

std::shared_ptr<provider::Provider> base_provider() {
  std::lock_guard lock(winsock().mutex);
  return winsock().provider;
}

Result<std::shared_ptr<provider::Provider>> provider_for(int family, int type, int protocol,
                                                         const WSAPROTOCOL_INFOW* info) {
  std::shared_ptr<provider::ProviderSet> providers;
  {
    std::lock_guard lock(winsock().mutex);
    providers = winsock().providers;
  }
  if (providers == nullptr) return Error::not_initialised;
  return providers->find(family, type, protocol, info);
}

}  // namespace inlet::winsock

int WSAAPI WSAStartup(WORD wVersionRequested, LPWSADATA lpWSAData) {
  using namespace inlet::winsock;
  const WORD version = negotiated(wVersionRequested);
  if (version == 0) {
    if (lpWSAData != nullptr) describe(kVersion, lpWSAData);
    return WSAVERNOTSUPPORTED;
  }
  if (lpWSAData == nullptr) return WSAEFAULT;
  std::lock_guard lock(winsock().mutex);
  if (int code = start_provider(winsock()); code != 0) return code;
  ++winsock().users;
  describe(version, lpWSAData);
  return 0;
}

int WSAAPI WSACleanup(void) {
  using namespace inlet::winsock;
  std::lock_guard lock(winsock().mutex);
  if (winsock().users == 0) {
    set_last_error(WSANOTINITIALISED);
    return SOCKET_ERROR;
  }
  if (--winsock().users > 0) return 0;
  winsock().provider.reset();
  winsock().providers.reset();
  return 0;
}
