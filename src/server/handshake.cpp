#include "server/handshake.h"

#include <new>

#include "base/limits.h"
#include "engine/engine.h"
#include "server/session.h"
#include "tls/session.h"

namespace inlet::server {

Handshake::~Handshake() {
  HandshakeGate::instance().leave(*this);
}

bool Handshake::take_step_due(const Stream& stream) {
  if (!due_) return false;
  if (!begun_ && !(stream.hello_is_here() && HandshakeGate::instance().enter(*this))) return due_ = false;
  due_ = false;
  return true;
}

void Handshake::step(Stream& stream, tls::CredentialsSlot& credentials) noexcept {
  outcome_ = Stream::Handshake::failed;
  try {
    if (!begun_) {
      auto made = tls::Session::accept(credentials.get());
      if (!made) {
        error_ = made.error();
        return;
      }
      stream.begin_security(std::move(*made));
      begun_ = true;
    }
    outcome_ = stream.step_handshake();
    if (outcome_ == Stream::Handshake::failed) error_ = stream.failure();
  } catch (const std::bad_alloc&) {
    error_ = Error::out_of_memory;
  }
}

// ---- the gate

HandshakeGate& HandshakeGate::instance() {
  static auto* const gate = [] {
    auto* made = new HandshakeGate;  // never destroyed: threads may still serve while the process exits
    made->set_limit(0);
    return made;
  }();
  return *gate;
}

bool HandshakeGate::enter(Handshake& handshake) {
  std::lock_guard lock(mutex_);
  if (handshake.place_ == Handshake::Place::outside && inside_ < limit_) {
    handshake.place_ = Handshake::Place::inside;
    ++inside_;
  }
  if (handshake.place_ == Handshake::Place::outside) {
    handshake.place_ = Handshake::Place::waiting;
    waiting_.push_back(handshake);
  }
  return handshake.place_ == Handshake::Place::inside;
}

void HandshakeGate::leave(Handshake& handshake) {
  std::lock_guard lock(mutex_);
  if (handshake.place_ == Handshake::Place::inside) --inside_;
  static_cast<Linked<GateTag>&>(handshake).unlink();
  handshake.place_ = Handshake::Place::outside;
  let_in_locked();
}

void HandshakeGate::set_limit(unsigned limit) {
  std::lock_guard lock(mutex_);
  limit_ = limit != 0 ? limit : kTlsHandshakesMax * engine::usable_cores();
  let_in_locked();
}

// In the order in which they came. Their sessions cannot go away meanwhile: they would have to leave first.
void HandshakeGate::let_in_locked() {
  while (inside_ < limit_ && !waiting_.empty()) {
    Handshake* next = waiting_.pop_front();
    ++inside_;
    next->place_ = Handshake::Place::inside;
    next->session_.handshake_may_begin();
  }
}

}  // namespace inlet::server
