// The typed view of a WSPPROC_TABLE: how the layers above call a socket.
//
// A Provider is one counted use of one provider: starting it calls WSPStartup, destroying it calls WSPCleanup. Which
// provider is behind it is decided by the start function alone, so a tracing or failing one can be put in front without
// a change above.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <ws2spi.h>

#include "base/result.h"

namespace inlet::provider {

// Calls a WSPStartup and looks at what came back. Who gets the table owes one call of its WSPCleanup.
//
// Errors   invalid_provider      the provider speaks another version than 2.2
//          invalid_proc_table    an entry of its table is NULL
//          provider_failed_init  start is NULL
//          any other             what WSPStartup answered
Result<WSPPROC_TABLE> start_table(LPWSPSTARTUP start, const WSPUPCALLTABLE& upcalls, const WSAPROTOCOL_INFOW& info);

class Provider {
 public:
  // Starts a provider. upcalls are handed to it by value; NULL entries are allowed, Inlet's own provider needs none.
  // info is the catalog entry to be started, with its chain; zeros mean no certain one, which Inlet's own provider takes.
  //
  // Errors   those of start_table
  static Result<std::shared_ptr<Provider>> start(LPWSPSTARTUP start, const WSPUPCALLTABLE& upcalls,
                                                 const WSAPROTOCOL_INFOW& info = {});
  ~Provider();
  Provider(const Provider&) = delete;
  Provider& operator=(const Provider&) = delete;

  const WSPPROC_TABLE& table() const { return table_; }
  // The entry it was started for; its id is 0 when there was none.
  const WSAPROTOCOL_INFOW& info() const { return info_; }

  // Whether a read that did not fill its buffer has emptied the socket. So it is with the kernel's streams; a layer
  // may give less than there is.
  bool short_read_means_drained() const { return info_.ProtocolChain.ChainLen <= BASE_PROTOCOL; }

  // Every call below fails with the code of the WSP function of the same name. Lengths are cut to what a WSABUF can
  // say. Thread: any.
  Result<SOCKET> socket(int family, int type, int protocol);
  Result<void> bind(SOCKET s, const sockaddr* name, int length);
  Result<void> listen(SOCKET s, int backlog);
  Result<SOCKET> accept(SOCKET s, sockaddr* peer, int* length);
  Result<void> connect(SOCKET s, const sockaddr* name, int length);
  Result<void> shutdown(SOCKET s, int how);
  Result<void> close(SOCKET s);
  // Closes for good: a close that fails leaves the handle open, so it is tried again, in the end without lingering.
  void dispose(SOCKET s);
  Result<void> local_name(SOCKET s, sockaddr* name, int* length);
  Result<void> peer_name(SOCKET s, sockaddr* name, int* length);
  Result<void> get_option(SOCKET s, int level, int name, void* value, int* length);
  Result<void> set_option(SOCKET s, int level, int name, const void* value, int length);
  // For datagrams. A message that does not fit fails with message_size; then its beginning is in the buffer.
  Result<size_t> recv_from(SOCKET s, void* data, size_t size, DWORD flags, sockaddr* from, int* length);
  Result<size_t> send_to(SOCKET s, const void* data, size_t size, DWORD flags, const sockaddr* to, int length);
  // One number in, one number out, as FIONBIO, FIONREAD and their like have it.
  Result<DWORD> ioctl(SOCKET s, DWORD code, DWORD in);

  // The hot path: one indirect call, no allocation, no lock.
  Result<size_t> recv(SOCKET s, void* data, size_t size, DWORD flags) {
    WSABUF buffer{clamped(size), static_cast<CHAR*>(data)};
    DWORD received = 0;
    int error = 0;
    if (table_.lpWSPRecv(s, &buffer, 1, &received, &flags, nullptr, nullptr, nullptr, &error) != 0)
      return failure(error);
    return static_cast<size_t>(received);
  }
  Result<size_t> send(SOCKET s, const void* data, size_t size, DWORD flags) {
    WSABUF buffer{clamped(size), static_cast<CHAR*>(const_cast<void*>(data))};
    DWORD sent = 0;
    int error = 0;
    if (table_.lpWSPSend(s, &buffer, 1, &sent, flags, nullptr, nullptr, nullptr, &error) != 0) return failure(error);
    return static_cast<size_t>(sent);
  }

 private:
  Provider() = default;

  static ULONG clamped(size_t size) { return static_cast<ULONG>(std::min<size_t>(size, INT32_MAX)); }
  // A provider that fails without a code must not look like success.
  static Error failure(int code) { return code == 0 ? Error::system_failure : static_cast<Error>(code); }
  static Result<void> outcome(int result, int code) {
    return result == 0 ? Result<void>() : Result<void>(failure(code));
  }

  WSPPROC_TABLE table_{};
  WSAPROTOCOL_INFOW info_{};
};

}  // namespace inlet::provider
