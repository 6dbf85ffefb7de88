#include "winsock/startup.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <string_view>

#include "provider/catalog.h"
#include "provider/handle_publisher.h"
#include "winsock/forward.h"
#include "winsock/upcalls.h"

namespace inlet::winsock {

std::atomic<unsigned> startup_users{0};

namespace {

constexpr WORD kVersion = MAKEWORD(2, 2);
constexpr std::string_view kDescription = "WinSock 2.0";
constexpr std::string_view kStatus = "Running";
// What 1.x programs expect to read; 2.x programs are told nothing.
constexpr u_short kOldMaxSockets = 32767;
constexpr u_short kOldMaxDatagram = 65467;

struct Winsock {
  std::mutex mutex;
  WORD version = 0;                                  // GUARDED_BY(mutex)
  std::shared_ptr<provider::ProviderSet> providers;  // GUARDED_BY(mutex)
  std::shared_ptr<provider::Provider> provider;      // GUARDED_BY(mutex): of TCP over IPv4
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

// The minor version is in the high byte, so the words themselves do not compare.
WORD older(WORD a, WORD b) {
  return MAKEWORD(HIBYTE(a), LOBYTE(a)) < MAKEWORD(HIBYTE(b), LOBYTE(b)) ? a : b;
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

// lpWSAData is not NULL and the version is one of ours.
int start_locked(Winsock& self, WORD version) {
  if (int code = start_provider(self); code != 0) return code;
  self.version = is_started() ? older(self.version, version) : version;
  startup_users.fetch_add(1);
  return 0;
}

}  // namespace

std::shared_ptr<provider::Provider> base_provider() {
  std::lock_guard lock(winsock().mutex);
  return winsock().provider;
}

WORD startup_version() {
  std::lock_guard lock(winsock().mutex);
  return is_started() ? winsock().version : 0;
}

Result<ProcTable> find_provider(int family, int type, int protocol, const WSAPROTOCOL_INFOW* info) {
  std::shared_ptr<provider::ProviderSet> providers;
  {
    std::lock_guard lock(winsock().mutex);
    providers = winsock().providers;
  }
  if (providers == nullptr) return Error::not_initialised;
  auto found = providers->find(family, type, protocol, info);
  if (!found) return found.error();
  ProcTable table = keep_table((*found)->table());
  if (table == nullptr) return Error::no_buffers;
  set_entry_table((*found)->info().dwCatalogEntryId, table);
  return table;
}

namespace {

// Both have the same catalog, so the chain is the same.
Result<void> publish(SOCKET socket, const WSAPROTOCOL_INFOW& info) {
  auto table = find_provider(info.iAddressFamily, info.iSocketType, info.iProtocol, nullptr);
  if (!table) return table.error() == Error::not_initialised ? Error::not_ready : table.error();
  return map_socket(socket, *table) ? Result<void>() : Error::no_buffers;
}

}  // namespace

}  // namespace inlet::winsock

int WSAAPI WSAStartup(WORD wVersionRequested, LPWSADATA lpWSAData) {
  using namespace inlet::winsock;
  const WORD version = negotiated(wVersionRequested);
  if (version == 0) {
    if (lpWSAData != nullptr) describe(kVersion, lpWSAData);
    return WSAVERNOTSUPPORTED;
  }
  if (lpWSAData == nullptr) return WSAEFAULT;
  inlet::provider::set_handle_publisher(publish);
  int code = 0;
  try {
    std::lock_guard lock(winsock().mutex);
    code = start_locked(winsock(), version);
  } catch (const std::bad_alloc&) {
    code = WSAENOBUFS;
  }
  if (code == 0) describe(version, lpWSAData);
  return code;
}

int WSAAPI WSACleanup(void) {
  using namespace inlet::winsock;
  std::lock_guard lock(winsock().mutex);
  if (!is_started()) return fail(WSANOTINITIALISED);
  if (startup_users.fetch_sub(1) == 1) {
    winsock().provider.reset();
    winsock().providers.reset();
  }
  set_last_error(0);
  return 0;
}
