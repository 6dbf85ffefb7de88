// TLS on a stream's socket: moves ciphertext between the socket and a tls::Session. No call waits.
//
// Both directions share one session and so one lock, held for a bounded piece of work and calls of a non-blocking socket. Whoever looks
// for input may take ciphertext from the socket that another thread waits for in poll: pulls() tells it to look here again.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "provider/table.h"
#include "tls/session.h"

namespace inlet::server {

// What InetGetSecurityInformation tells, in both forms of text.
struct SecurityReport {
  explicit SecurityReport(tls::SecurityInfo the_facts);
  tls::SecurityInfo facts;
  std::u16string issuer, subject, fingerprint;
};

// Owner    Its stream, which makes it when TLS begins for the first time and keeps it to its own end.
// Thread   Any, except begin and finish: nobody else moves data on the stream meanwhile.
class SecureChannel {
 public:
  enum class Step : uint8_t {
    done,
    wants_input,   // nothing more to be had until the socket is readable, or pulls() has moved on
    wants_output,  // until it is writable
    end,           // the peer has closed in order
    failed,        // see error
    plain,         // there is no TLS (any more)
  };
  struct Transfer {
    Step step = Step::done;
    size_t bytes = 0;  // of plaintext
    Error error = Error::none;
    bool more = false;   // read: there may be more
    uint32_t pulls = 0;  // at the end of the call
  };

  SecureChannel(provider::Provider& provider, SOCKET socket) : provider_(provider), socket_(socket) {}
  SecureChannel(const SecureChannel&) = delete;
  SecureChannel& operator=(const SecureChannel&) = delete;

  // From here on the socket carries TLS.
  void begin(std::unique_ptr<tls::Session> session);
  // And from here on clear text again; what of it has been received already comes first.
  void finish();

  bool is_active() const { return active_.load(std::memory_order_acquire); }
  bool is_established() const { return established_.load(std::memory_order_acquire); }

  Transfer handshake();
  Transfer read(void* into, size_t size);
  // At most the bytes of one record; into may be nullptr to count.
  Transfer peek(void* into, size_t size);
  // Takes a part, a bounded one, once nothing older waits to be sent. done: bytes are with the system; wants_output: they are
  // taken too, but some ciphertext still waits. A size of 0 only sends what waits.
  Transfer write(const void* from, size_t size);
  // Says good-bye (close_notify). The same results.
  Transfer close();

  bool has_output() const { return has_output_.load(std::memory_order_acquire); }
  uint32_t pulls() const { return pulls_.load(std::memory_order_seq_cst); }

  // Threads that wait for input here. See Stream::wait.
  std::atomic<uint32_t> waiting{0};
  // Somebody ends TLS and goes on in clear text, so the peer's good-bye is not the end of the session.
  std::atomic<bool> parting{false};
  // The end of our sending is to be told to the system once has_output() is false.
  std::atomic<bool> fin_due{false};

  // Why a call failed, in words.
  std::string failure_text() const;
  // Lives as long as this object. nullptr before the handshake is done and without TLS. May throw bad_alloc.
  const SecurityReport* report();
  std::shared_ptr<const tls::Resumption> resumption() const;

  // Clear text that came behind the peer's good-bye. GUARDED_BY the stream's read lock.
  std::span<const char> leftover() const {
    return {leftover_.data() + leftover_begin_, leftover_.size() - leftover_begin_};
  }
  void drop_leftover(size_t count) { leftover_begin_ += count; }

 private:
  class Pull;

  Transfer result(Step step, size_t bytes = 0);
  Transfer fail(Error error);
  Transfer fail_session();
  Transfer after_write(const tls::Moved& moved);
  bool flush();

  provider::Provider& provider_;
  const SOCKET socket_;
  std::atomic<bool> active_{false};
  std::atomic<bool> established_{false};
  std::atomic<bool> has_output_{false};
  std::atomic<uint32_t> pulls_{0};

  mutable std::mutex mutex_;               // a leaf
  std::unique_ptr<tls::Session> session_;  // GUARDED_BY(mutex_), as is what follows
  bool drained_ = false;                   // the last look took all there was; what comes later has an edge of its own
  Error send_error_ = Error::none;         // what was to be sent is lost; reading goes on
  std::string failure_text_;
  SecurityReport* report_ = nullptr;  // of this session
  std::vector<std::unique_ptr<SecurityReport>> reports_;

  std::vector<char> leftover_;
  size_t leftover_begin_ = 0;
};

// The error that a program gets for it.
Error error_of(const tls::Failure& failure);

}  // namespace inlet::server
