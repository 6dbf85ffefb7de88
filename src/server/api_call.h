// What every function of the C interface does around its work: catch everything, find what a handle means, set the last error.
#pragma once

#include <cxxabi.h>

#include <memory>
#include <new>

#include "cswsock10.h"
#include "engine/context.h"
#include "server/call_trace.h"
#include "server/error_detail.h"
#include "server/runtime.h"
#include "server/socket_events.h"
#include "server/text.h"

namespace inlet::server {

// The calling thread's, of InetGetLastError.
[[gnu::tls_model("initial-exec")]] extern constinit thread_local DWORD last_error;

inline Runtime& runtime() {
  return Runtime::instance();
}

// Runs a call and turns what it returns, or throws, into the C convention; error says why it failed.
template <class T, class Call>
T attempted(T failure_value, Call& call, Error& error) {
  try {
    Result<T> result = call();
    if (result) return *result;
    error = result.error();
  } catch (abi::__forced_unwind&) {
    throw;  // a thread that is cancelled inside a call
  } catch (const std::bad_alloc&) {
    error = Error::out_of_memory;
  } catch (const IllFormedText&) {
    error = Error::fault;
  } catch (...) {
    error = Error::system_failure;
  }
  last_error = inet_code(error);
  settle_error_detail(last_error);
  return failure_value;
}

template <class T, class Call>
T guarded(T failure_value, Call call) {
  Error error = Error::none;
  return attempted(failure_value, call, error);
}

// The same for a call that says what it is, for the trace.
template <class T, class... Arguments, class Call>
T guarded(const TracedCall<Arguments...>& traced, T failure_value, Call call) {
  Error error = Error::none;
  const T value = attempted(failure_value, call, error);
  if (trace::is_on()) [[unlikely]]
    trace::record(traced, value, error);
  return value;
}

inline Error dead_handle() {
  return runtime().is_initialized() ? Error::not_socket : Error::not_initialised;
}

// What a handle of a session or of a plain client leads to, for the length of a call. The session whose callback runs on this
// thread needs no reference: it cannot go away before the callback returns. What the call did to a plain client is told to its events.
class Peer {
 public:
  explicit Peer(SOCKET handle) {
    if (Session* session = session_here(); session && session->handle() == handle) {
      session_ = session;
      return;
    }
    if (kind_of(handle) == HandleKind::session) {
      session_pin_ = runtime().sessions.pin(handle);
      session_ = session_pin_.get();
    } else if (kind_of(handle) == HandleKind::client) {
      client_pin_ = runtime().clients.pin(handle);
      client_ = client_pin_.get();
      stream_ = client_ ? client_->stream() : nullptr;
    }
  }
  ~Peer() {
    if (stream_ == nullptr || !stream_->has_facts()) return;
    if (SocketEvents* events = client_->events()) events->note_use();
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  explicit operator bool() const { return session_ || stream_; }
  // Why not.
  Error error() const { return client_ ? Error::not_connected : dead_handle(); }
  bool is_connecting() const { return client_ && !stream_; }
  Session* session() const { return session_; }
  Client* client() const { return client_; }
  Stream& stream() const { return session_ ? session_->stream() : *stream_; }
  bool is_datagram() const { return client_ && client_->is_datagram(); }
  std::atomic<void*>& data() const { return session_ ? session_->data : client_->data; }
  // Waits while another thread has locked the server; for calls that use the network.
  Stream& network() const {
    if (session_) ServerLock::pass(session_->server().handle());
    return stream();
  }
  Endpoint endpoint() const { return session_ ? session_->peer() : client_->peer(); }

 private:
  using SessionPin = decltype(Runtime::sessions)::Pin;
  using ClientPin = decltype(Runtime::clients)::Pin;
  Session* session_ = nullptr;
  Client* client_ = nullptr;
  Stream* stream_ = nullptr;  // the client's, unless it is still connecting
  SessionPin session_pin_;
  ClientPin client_pin_;
};

inline std::shared_ptr<Server> find_server(SOCKET handle) {
  auto entry = runtime().servers.pin(handle);
  return entry ? entry->server : nullptr;
}

}  // namespace inlet::server
