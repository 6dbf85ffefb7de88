// A connected stream of Inlet's own provider, borrowed once for as long as a stream above uses it.
//
// Every call of the table borrows the socket's record and gives it back: two locked instructions, for a read and for a write of
// each request. Who holds the socket needs none of that. A socket that is closed while it is held answers not_socket from then on,
// and its descriptor is given back when it is let go.
//
// Where a layer stands over the provider, or the socket is no connected stream, nothing is held and the table is to be used.
#pragma once

#include <cstddef>

#include "base/result.h"
#include "provider/table.h"

namespace inlet::provider {

struct Record;

class HeldSocket {
 public:
  // Holds the socket, if it can be held.
  HeldSocket(const Provider& provider, SOCKET socket);
  ~HeldSocket() {
    if (record_ != nullptr) release();
  }
  HeldSocket(const HeldSocket&) = delete;
  HeldSocket& operator=(const HeldSocket&) = delete;

  explicit operator bool() const { return record_ != nullptr; }
  // Which it is, held or not.
  SOCKET socket() const { return socket_; }

  // A call comes soon.
  void fetch_ahead() const { __builtin_prefetch(record_); }

  // What the system moves at once, for a socket that is held; no questions asked where it does not.
  //
  // Shape    1..INT32_MAX bytes
  // Returns  0 when the call below is to be made
  // Thread   Any
  size_t recv_at_once(void* data, size_t size) const;
  size_t send_at_once(const void* data, size_t size) const;

  // As Provider's, for a socket that is held and does not block.
  // Thread   Any
  Result<size_t> recv(Provider& provider, void* data, size_t size) const;
  // Looks what recv would give, without taking it.
  Result<size_t> peek(Provider& provider, void* data, size_t size) const;
  Result<size_t> send(Provider& provider, const void* data, size_t size) const;
  // As Provider::dispose.
  void close(Provider& provider) const;

  // Why the connection is dead, so that no call on it could do anything; none while it is not known to be.
  Error death() const;

 private:
  int fd() const;
  void release();

  Record* record_ = nullptr;
  const SOCKET socket_;
};

}  // namespace inlet::provider
