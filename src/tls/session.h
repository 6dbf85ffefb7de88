// One TLS connection as a filter over memory: ciphertext in, ciphertext out, plaintext on the other side. Nothing here waits and
// nothing knows a socket.
//
//     on bytes from the peer            feed, then read until wants_input; keep_input when the bytes' memory is needed again
//     on the end of the transport       feed_end, then read: closed or truncated
//     after every call, whatever it said  send output(), then sent()
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "tls/credentials.h"
#include "tls/fault.h"
#include "tls/records.h"
#include "tls/security_info.h"
#include "tls/wire.h"

namespace inlet::tls {

enum class Step : uint8_t {
  done,          // what was asked for has happened
  wants_input,   // not before more ciphertext is fed
  wants_output,  // not before some of output() is sent
  closed,        // reading: the peer has closed in order; writing: we have
  failed,        // see failure(); output() may hold an alert that the peer should get
};

struct Moved {
  Step step;
  size_t bytes;  // of plaintext
};

// What a client session can be resumed with. Good for the same host, the same credentials and the same trust only.
//
// Owner    Shared; never changed.
class Resumption {
 public:
  Resumption(SslSessionPtr session, std::shared_ptr<const Credentials> credentials, std::string host, bool trusted)
      : session_(std::move(session)), credentials_(std::move(credentials)), host_(std::move(host)), trusted_(trusted) {}

 private:
  friend class Session;
  const SslSessionPtr session_;
  const std::shared_ptr<const Credentials> credentials_;
  const std::string host_;
  const bool trusted_;
};

struct Peer {
  std::string host;      // its name or address: asked for (SNI) and compared with its certificate
  bool trusted = false;  // goes on whatever its certificate is; security_info() tells
  std::shared_ptr<const Resumption> resumption;
};

struct SessionLimits {
  size_t handshake_bytes = kTlsHandshakeBytesMax;
  size_t pending_output = kTlsPendingMax;
  uint64_t records_per_key = kTlsRecordsPerKey;
};

class Session {
 public:
  // The server's side.
  //
  // Owner    The session keeps the credentials.
  // Errors   Error::invalid            the credentials are a client's
  //          Error::not_enough_memory
  static Result<std::unique_ptr<Session>> accept(std::shared_ptr<const Credentials> credentials,
                                                 SessionLimits limits = {}) noexcept;

  // The client's side.
  //
  // Errors   Error::invalid            the credentials are a server's, or peer.host is empty and the peer not trusted, or no name
  //          Error::not_enough_memory
  static Result<std::unique_ptr<Session>> connect(std::shared_ptr<const Credentials> credentials, const Peer& peer,
                                                  SessionLimits limits = {}) noexcept;

  // OpenSSL gives a client what it can resume with; credentials register this.
  static int on_resumption(SSL* ssl, SSL_SESSION* given);

  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // ---- Thread: one at a time. None waits, so a lock may be held across any of them.

  // Offers ciphertext.
  //
  // Owner    The caller keeps the bytes and keeps them alive until a call says wants_input, or keep_input was called.
  // Errors   Error::no_buffers  more than kTlsUnreadMax bytes are unread already: read first
  Result<void> feed(std::span<const std::byte> ciphertext) noexcept;

  // Copies what is unread of the bytes fed last.
  // Errors   Error::no_buffers
  Result<void> keep_input() noexcept;

  // The transport has ended: no more will be fed.
  void feed_end() noexcept { wire_.offer_end(); }

  // Ciphertext for the peer, as much as lies together; valid until the next call. sent forgets the first count bytes of it.
  std::span<const std::byte> output() const noexcept { return wire_.output().front(); }
  void sent(size_t count) noexcept { wire_.output().drop(count); }
  size_t pending_output() const noexcept { return wire_.output().size(); }

  // Goes on with the handshake. A client that is done may still be refused by the server (TLS 1.3): its first read says so.
  // Returns  done, wants_input, wants_output or failed
  Step handshake() noexcept;
  bool established() const noexcept { return established_; }

  // Reads what is there: bytes is 1..into.size() with done, and 0 with everything else. Does the handshake first.
  //
  // Returns  done, wants_input, wants_output, closed or failed
  Moved read(std::span<std::byte> into) noexcept;

  // The same without taking the bytes: at most those of one record.
  Moved peek(std::span<std::byte> into) noexcept;

  // Takes plaintext until all is taken or kTlsPendingMax bytes of ciphertext wait. Does the handshake first.
  //
  // Returns  done: all of it. wants_output: bytes of it, the rest after sending. wants_input (handshake), closed, failed.
  Moved write(std::span<const std::byte> plaintext) noexcept;

  // Tells the peer that we write no more (close_notify). Reading goes on. Harmless twice, and before the handshake is done.
  // Returns  done, wants_output or failed
  Step shutdown() noexcept;

  // Plaintext bytes that read gives at once, at least; and whether there is anything at hand to be looked at, which may turn out to
  // be no data. Who stops reading while has_input is true has to come back without waiting for the socket.
  size_t readable() const noexcept;
  bool has_input() const noexcept;

  // Takes out what the peer sent after its close_notify, which is not TLS any more.
  size_t take_unread(std::span<std::byte> into) noexcept { return wire_.take_unread(into); }

  const Failure& failure() const noexcept { return failure_; }

  // Error::not_enough_memory is the only one.
  Result<SecurityInfo> security_info() const noexcept;

  // Server: the host the client asked for. Both: the ALPN protocol. Empty without one; valid as long as the session.
  std::string_view server_name() const noexcept;
  std::string_view alpn() const noexcept;

  // Client: what the server has given for the next connection, if anything; TLS 1.3 gives it with the first data.
  std::shared_ptr<const Resumption> resumption() const noexcept { return resumption_; }

 private:
  struct Kept {
    SecurityFacts facts;
    std::string server_name, alpn;
  };

  Session(std::shared_ptr<const Credentials> credentials, SessionLimits limits);

  static Result<std::unique_ptr<Session>> make(std::shared_ptr<const Credentials> credentials, SessionLimits limits);
  Result<void> aim_at(const Peer& peer);
  bool fits(const Resumption& resumption) const;
  void resume(const Resumption& resumption);

  Step ready();
  Step step_after(int result);
  Step fail();
  Moved read_or_peek(std::span<std::byte> into, bool peek);
  Moved write_record(std::span<const std::byte> part);
  Moved after_records(Records::Outcome outcome, size_t bytes);
  void take_over();
  void note_record(unsigned char type);
  void count_record(bool written);
  void note_handshake_done();

  static void on_message(int written, int version, int kind, const void* bytes, size_t size, SSL*, void* self);

  const std::shared_ptr<const Credentials> credentials_;
  const SessionLimits limits_;
  Wire wire_;
  SslPtr ssl_;  // writes to wire_ and is freed before it

  // Servers, TLS 1.3: after the handshake this takes the place of ssl_, and what can be asked about the connection is kept.
  std::unique_ptr<Records> records_;
  std::unique_ptr<Kept> kept_;
  std::unique_ptr<TrafficSecrets> secrets_;  // during the handshake

  bool established_ = false;
  bool peer_closed_ = false;
  bool we_closed_ = false;
  Fault cut_for_ = Fault::none;  // why we cut the wire
  uint64_t data_read_ = 0;       // plaintext bytes
  uint64_t extra_records_ = 0;   // records without data since the handshake
  Failure failure_;

  // Clients
  std::string host_;
  bool trusted_ = false;
  std::shared_ptr<const Resumption> resumption_;
};

}  // namespace inlet::tls
