// The TLS handshake of a client that has just come, before there is a session for the program; and how many of them may be going on
// at one time.
//
// A client takes a place at the gate once its first message is there, so those that connect and say nothing take none. A place costs
// tens of KiB until the handshake ends or its deadline passes.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "base/list.h"
#include "server/stream.h"
#include "tls/credentials.h"

namespace inlet::server {

class Session;
class HandshakeGate;
struct GateTag;

// Owner    Its session, until it is done or has failed.
// Thread   The session's driver, except step.
class Handshake : public Linked<GateTag> {
 public:
  explicit Handshake(Session& session) : session_(session) {}
  ~Handshake();

  // Something has happened at the socket, or the gate has opened.
  void note_ready() { due_ = true; }

  // Whether a step is to be made now; the next answer is no until note_ready.
  bool take_step_due(const Stream& stream);

  // Thread   That of the session's perform. Never waits.
  void step(Stream& stream, tls::CredentialsSlot& credentials) noexcept;
  Stream::Handshake outcome() const { return outcome_; }
  Error error() const { return error_; }

 private:
  friend class HandshakeGate;
  enum class Place : uint8_t { outside, waiting, inside };

  Session& session_;
  Place place_ = Place::outside;  // GUARDED_BY the gate's mutex
  bool due_ = false;
  bool begun_ = false;
  Stream::Handshake outcome_ = Stream::Handshake::goes_on;
  Error error_ = Error::none;
};

// Owner    The process. Thread: any.
class HandshakeGate {
 public:
  static HandshakeGate& instance();

  // Returns  whether it may begin; else its session is told when it may.
  bool enter(Handshake& handshake);
  // Harmless for one that is outside.
  void leave(Handshake& handshake);

  // For tests; 0 is the default.
  void set_limit(unsigned limit);

 private:
  void let_in_locked();

  std::mutex mutex_;  // guards what follows, and each handshake's place
  unsigned limit_ = 0;
  unsigned inside_ = 0;
  List<Handshake, GateTag> waiting_;
};

}  // namespace inlet::server
