// One client of a server, as the services see it.
#ifndef INLET_TOOL_CLIENT_H
#define INLET_TOOL_CLIENT_H

#include <cswsock10.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace inlet::tool {

// Counts what goes through one session and remembers why it ended.
//
// Thread   Only inside callbacks of this client; they never overlap, so nothing here is shared.
// Owner    Made in INET_EVENT_CONNECT, hangs on the session as its client data, deleted in INET_EVENT_DISCONNECT.
class Client {
 public:
  Client(SOCKET handle, uint64_t number);

  // Reads once. When that gives nothing more for ever, the session is closed and 0 returned; 0 may also mean "not now".
  size_t read(std::span<BYTE> into);

  // Writes everything, as slowly as the client takes it. False when the client is gone; the session is closed then.
  //
  // A timeout without a single byte moved counts as gone: that client has not read for as long as it may be idle.
  bool write_all(std::span<const BYTE> bytes);

  // True when a read would give data without waiting; the end of the stream is not data.
  bool has_data() const;

  // Ends the session in an orderly way; the first reason given is the one that is told.
  void close(std::string reason);

  uint64_t number() const { return number_; }
  uint64_t bytes_in() const { return bytes_in_; }
  uint64_t bytes_out() const { return bytes_out_; }
  const std::string& endpoint() const { return endpoint_; }
  const std::string& reason() const { return reason_; }
  std::chrono::duration<double> age() const;

 private:
  SOCKET handle_;
  uint64_t number_;
  uint64_t bytes_in_ = 0;
  uint64_t bytes_out_ = 0;
  std::string endpoint_;
  std::string reason_;
  std::chrono::steady_clock::time_point connected_at_;
};

}  // namespace inlet::tool

#endif  // INLET_TOOL_CLIENT_H
