// A layer of one's own between Winsock and the transport: it counts connections and bytes, and says how many there were
// when the process is done with it. Four functions are its own; the other 26 are those of what is below.
//
//     c++ -std=c++17 -shared -fPIC provider_layer.cpp -linlet -o libprovider_layer.so
//     INLET_LAYERS=./libprovider_layer.so some_server            over everything that one process opens
//
// or for every process, with WSCInstallProviderAndChains: see docs/providers.md.
#include <dlfcn.h>
#include <sys/stat.h>
#include <ws2spi.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

namespace {

std::mutex mutex;
unsigned uses = 0;      // guarded by mutex
WSPPROC_TABLE lower{};  // written by the first start, before anybody has a table of ours

std::atomic<unsigned long long> connections{0}, bytes_in{0}, bytes_out{0};

SOCKET WSPAPI count_accept(SOCKET s, sockaddr* addr, LPINT addrlen, LPCONDITIONPROC condition, DWORD_PTR data,
                           LPINT error) {
  const SOCKET accepted = lower.lpWSPAccept(s, addr, addrlen, condition, data, error);
  if (accepted != INVALID_SOCKET) ++connections;
  return accepted;
}

// What completes later is not counted: that would need a completion routine of our own.
int WSPAPI count_recv(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD moved, LPDWORD flags, LPWSAOVERLAPPED overlapped,
                      LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, LPWSATHREADID thread, LPINT error) {
  const bool peeks = flags != nullptr && (*flags & MSG_PEEK) != 0;
  const int result = lower.lpWSPRecv(s, buffers, count, moved, flags, overlapped, routine, thread, error);
  if (result == 0 && moved != nullptr && !peeks) bytes_in += *moved;
  return result;
}

int WSPAPI count_send(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD moved, DWORD flags, LPWSAOVERLAPPED overlapped,
                      LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, LPWSATHREADID thread, LPINT error) {
  const int result = lower.lpWSPSend(s, buffers, count, moved, flags, overlapped, routine, thread, error);
  if (result == 0 && moved != nullptr) bytes_out += *moved;
  return result;
}

// To the file COUNT_FILE, else to standard error.
void report() {
  const char* path = std::getenv("COUNT_FILE");
  std::FILE* file = path != nullptr ? std::fopen(path, "a") : stderr;
  if (file == nullptr) return;
  std::fprintf(file, "counted %llu connections, %llu bytes in, %llu bytes out\n", connections.exchange(0),
               bytes_in.exchange(0), bytes_out.exchange(0));
  if (file != stderr) std::fclose(file);
}

// Every start of ours has started what is below, so every cleanup goes down too.
int WSPAPI count_cleanup(LPINT error) {
  const int result = lower.lpWSPCleanup(error);
  std::lock_guard<std::mutex> lock(mutex);
  if (result == 0 && uses > 0 && --uses == 0) report();
  return result;
}

std::vector<WSAPROTOCOL_INFOW> all_entries() {
  DWORD size = 0;
  int error = 0;
  WSCEnumProtocols(nullptr, nullptr, &size, &error);
  std::vector<WSAPROTOCOL_INFOW> entries(size / sizeof(WSAPROTOCOL_INFOW));
  const int count = WSCEnumProtocols(nullptr, entries.data(), &size, &error);
  entries.resize(count > 0 ? static_cast<size_t>(count) : 0);
  return entries;
}

const WSAPROTOCOL_INFOW* find(const std::vector<WSAPROTOCOL_INFOW>& entries, DWORD id) {
  for (const auto& entry : entries)
    if (entry.dwCatalogEntryId == id) return &entry;
  return nullptr;
}

std::u16string path_of(const WSAPROTOCOL_INFOW& entry, const WSPUPCALLTABLE& upcalls) {
  WCHAR path[260];
  int length = 260;
  int error = 0;
  GUID id = entry.ProviderId;
  return upcalls.lpWPUGetProviderPath(&id, path, &length, &error) == 0 ? path : u"";
}

// Whether a path leads to the file that this code is in.
bool is_here(const std::u16string& path) {
  Dl_info here{};
  struct stat ours {
  }, theirs{};
  const std::string name(path.begin(), path.end());  // a path of plain characters, as this example's is
  return dladdr(reinterpret_cast<void*>(&count_accept), &here) != 0 && stat(here.dli_fname, &ours) == 0 &&
         stat(name.c_str(), &theirs) == 0 && ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

// Starts what stands below us in the chain. A base provider is given its own entry instead of the chain's.
int start_lower(WORD version, LPWSPDATA data, const WSAPROTOCOL_INFOW& chain, const WSPUPCALLTABLE& upcalls,
                LPWSPPROC_TABLE table) {
  const auto entries = all_entries();
  const WSAPROTOCOLCHAIN& ids = chain.ProtocolChain;
  for (int i = 0; i + 1 < ids.ChainLen; ++i) {
    const auto* own = find(entries, ids.ChainEntries[i]);
    const auto* next = find(entries, ids.ChainEntries[i + 1]);
    if (own == nullptr || next == nullptr || !is_here(path_of(*own, upcalls))) continue;
    int error = WSAEPROVIDERFAILEDINIT;
    LPWSPSTARTUP startup = WPULoadProvider(path_of(*next, upcalls).c_str(), &error);
    if (startup == nullptr) return error;
    WSAPROTOCOL_INFOW info = next->ProtocolChain.ChainLen == BASE_PROTOCOL ? *next : chain;
    return startup(version, data, &info, upcalls, table);
  }
  return WSAEPROVIDERFAILEDINIT;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int WSPAPI WSPStartup(WORD version, LPWSPDATA data,
                                                                        LPWSAPROTOCOL_INFOW info,
                                                                        WSPUPCALLTABLE upcalls, LPWSPPROC_TABLE table) {
  if (data == nullptr || info == nullptr || table == nullptr) return WSAEFAULT;
  std::lock_guard<std::mutex> lock(mutex);
  WSPPROC_TABLE below{};
  if (int code = start_lower(version, data, *info, upcalls, &below)) return code;
  if (uses == 0) lower = below;
  if (std::memcmp(&lower, &below, sizeof below) != 0) {  // one table is all that this small layer can keep
    int error = 0;
    below.lpWSPCleanup(&error);
    return WSAEPROCLIM;
  }
  ++uses;
  *table = below;
  table->lpWSPAccept = count_accept;
  table->lpWSPRecv = count_recv;
  table->lpWSPSend = count_send;
  table->lpWSPCleanup = count_cleanup;
  return 0;
}
