#include "provider/table.h"

#include <cstring>

namespace inlet::provider {
namespace {

constexpr WORD kVersion = 0x0202;
constexpr int kTries = 3;  // of what gives something back and must not fail

// The table is 30 function pointers and nothing else, so it can be looked through as an array of bytes.
bool complete(const WSPPROC_TABLE& table) {
  constexpr size_t kEntries = sizeof(WSPPROC_TABLE) / sizeof(void*);
  static_assert(kEntries == 30);
  for (size_t i = 0; i < kEntries; ++i) {
    uintptr_t entry = 0;
    std::memcpy(&entry, reinterpret_cast<const char*>(&table) + i * sizeof(void*), sizeof(entry));
    if (entry == 0) return false;
  }
  return true;
}

}  // namespace

Result<WSPPROC_TABLE> start_table(LPWSPSTARTUP start, const WSPUPCALLTABLE& upcalls, const WSAPROTOCOL_INFOW& info) {
  if (start == nullptr) return Error::provider_failed_init;
  WSPDATA data{};
  WSAPROTOCOL_INFOW given = info;
  WSPPROC_TABLE table{};
  if (int code = start(kVersion, &data, &given, upcalls, &table); code != 0) return static_cast<Error>(code);
  const bool usable = data.wVersion == kVersion;
  if (usable && complete(table)) return table;
  int ignored = 0;
  if (table.lpWSPCleanup != nullptr) table.lpWSPCleanup(&ignored);
  return usable ? Error::invalid_proc_table : Error::invalid_provider;
}

Result<std::shared_ptr<Provider>> Provider::start(LPWSPSTARTUP start, const WSPUPCALLTABLE& upcalls,
                                                  const WSAPROTOCOL_INFOW& info) {
  // Made first, so that no started provider is lost when memory runs out.
  std::shared_ptr<Provider> provider(new Provider);
  auto table = start_table(start, upcalls, info);
  if (!table) return table.error();
  provider->table_ = *table;
  provider->info_ = info;
  return provider;
}

Provider::~Provider() {
  // Empty when start() failed.
  if (table_.lpWSPCleanup == nullptr) return;
  // A cleanup that fails has done nothing, and the provider would keep its threads; unless nothing was left to do.
  int error = 0;
  for (int i = 0; i < kTries && table_.lpWSPCleanup(&error) != 0; ++i)
    if (error == WSANOTINITIALISED) return;
}

Result<SOCKET> Provider::socket(int family, int type, int protocol) {
  int error = 0;
  LPWSAPROTOCOL_INFOW info = info_.dwCatalogEntryId != 0 ? &info_ : nullptr;
  SOCKET s = table_.lpWSPSocket(family, type, protocol, info, 0, WSA_FLAG_OVERLAPPED, &error);
  if (s == INVALID_SOCKET) return failure(error);
  return s;
}

Result<void> Provider::bind(SOCKET s, const sockaddr* name, int length) {
  int error = 0;
  const int result = table_.lpWSPBind(s, name, length, &error);
  return outcome(result, error);
}

Result<void> Provider::listen(SOCKET s, int backlog) {
  int error = 0;
  const int result = table_.lpWSPListen(s, backlog, &error);
  return outcome(result, error);
}

Result<SOCKET> Provider::accept(SOCKET s, sockaddr* peer, int* length) {
  int error = 0;
  SOCKET accepted = table_.lpWSPAccept(s, peer, length, nullptr, 0, &error);
  if (accepted == INVALID_SOCKET) return failure(error);
  return accepted;
}

Result<void> Provider::connect(SOCKET s, const sockaddr* name, int length) {
  int error = 0;
  const int result = table_.lpWSPConnect(s, name, length, nullptr, nullptr, nullptr, nullptr, &error);
  return outcome(result, error);
}

Result<void> Provider::shutdown(SOCKET s, int how) {
  int error = 0;
  const int result = table_.lpWSPShutdown(s, how, &error);
  return outcome(result, error);
}

Result<void> Provider::close(SOCKET s) {
  int error = 0;
  const int result = table_.lpWSPCloseSocket(s, &error);
  return outcome(result, error);
}

void Provider::dispose(SOCKET s) {
  for (int i = 0; i < kTries; ++i) {
    auto closed = close(s);
    if (closed || closed.error() == Error::not_socket) return;
    const LINGER none{0, 0};
    if (closed.error() == Error::would_block) [[maybe_unused]]
      auto set = set_option(s, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  }
}

Result<void> Provider::local_name(SOCKET s, sockaddr* name, int* length) {
  int error = 0;
  const int result = table_.lpWSPGetSockName(s, name, length, &error);
  return outcome(result, error);
}

Result<void> Provider::peer_name(SOCKET s, sockaddr* name, int* length) {
  int error = 0;
  const int result = table_.lpWSPGetPeerName(s, name, length, &error);
  return outcome(result, error);
}

Result<void> Provider::get_option(SOCKET s, int level, int name, void* value, int* length) {
  int error = 0;
  const int result = table_.lpWSPGetSockOpt(s, level, name, static_cast<char*>(value), length, &error);
  return outcome(result, error);
}

Result<void> Provider::set_option(SOCKET s, int level, int name, const void* value, int length) {
  int error = 0;
  const int result = table_.lpWSPSetSockOpt(s, level, name, static_cast<const char*>(value), length, &error);
  return outcome(result, error);
}

Result<size_t> Provider::recv_from(SOCKET s, void* data, size_t size, DWORD flags, sockaddr* from, int* length) {
  WSABUF buffer{clamped(size), static_cast<CHAR*>(data)};
  DWORD received = 0;
  int error = 0;
  if (table_.lpWSPRecvFrom(s, &buffer, 1, &received, &flags, from, length, nullptr, nullptr, nullptr, &error) != 0)
    return failure(error);
  return static_cast<size_t>(received);
}

Result<size_t> Provider::send_to(SOCKET s, const void* data, size_t size, DWORD flags, const sockaddr* to, int length) {
  WSABUF buffer{clamped(size), static_cast<CHAR*>(const_cast<void*>(data))};
  DWORD sent = 0;
  int error = 0;
  if (table_.lpWSPSendTo(s, &buffer, 1, &sent, flags, to, length, nullptr, nullptr, nullptr, &error) != 0)
    return failure(error);
  return static_cast<size_t>(sent);
}

Result<DWORD> Provider::ioctl(SOCKET s, DWORD code, DWORD in) {
  // A buffer may be given only in the direction that the code names, as programs do it.
  const bool has_in = (code & IOC_IN) != 0;
  const bool has_out = (code & IOC_OUT) != 0;
  DWORD out = 0;
  DWORD returned = 0;
  int error = 0;
  int result = table_.lpWSPIoctl(s, code, has_in ? &in : nullptr, has_in ? sizeof(in) : 0, has_out ? &out : nullptr,
                                 has_out ? sizeof(out) : 0, &returned, nullptr, nullptr, nullptr, &error);
  if (result != 0) return failure(error);
  return out;
}

}  // namespace inlet::provider
