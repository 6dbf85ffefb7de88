// The two ends of a session that touch ciphertext: what the peer sent and OpenSSL has not read yet, and what OpenSSL wrote and
// nobody has sent yet. OpenSSL reaches it through a BIO of ours, straight from and into these buffers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tls/byte_queue.h"
#include "tls/openssl.h"

namespace inlet::tls {

class Wire {
 public:
  Wire() = default;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // Returns  A BIO that reads and writes here and must not outlive this object, or nullptr without memory.
  BIO* make_bio();

  // Offers bytes, which stay the caller's. What an earlier offer left unread is copied first.
  // Returns  false when more than kTlsUnreadMax bytes would have to be kept, or there is no memory for them.
  bool offer(std::span<const std::byte> bytes);

  // Copies what is unread of the last offer, whose memory is then free.
  bool keep();

  void offer_end() { ended_ = true; }
  bool ended() const { return ended_; }
  size_t unread() const { return kept_.size() + offered_.size(); }

  // Copies the next unread bytes, at most those, and leaves them. Returns how many.
  size_t look(std::span<std::byte> into) const;

  // The next count unread bytes: where they lie when they lie together, else as a copy in room. Valid until they are dropped.
  std::span<const std::byte> view(size_t count, std::span<std::byte> room) const;
  void drop_unread(size_t count);

  // Takes unread bytes out, raw.
  size_t take_unread(std::span<std::byte> into);

  // Input that nobody will read any more.
  void forget_input() {
    offered_ = {};
    kept_.clear();
  }

  // From here on reading and writing fail, and OpenSSL with them.
  void cut() { cut_ = true; }
  bool is_cut() const { return cut_; }

  // Bytes that OpenSSL may still read; beyond that the wire is cut.
  void allow(uint64_t bytes) { allowed_ = bytes; }
  bool exhausted() const { return allowed_ == 0; }

  bool out_of_memory() const { return out_of_memory_; }

  ByteQueue& output() { return output_; }
  const ByteQueue& output() const { return output_; }
  void set_output_max(size_t bytes) { output_max_ = bytes; }

 private:
  static const BIO_METHOD* method();
  static int on_read(BIO* bio, char* into, size_t size, size_t* got);
  static int on_write(BIO* bio, const char* from, size_t size, size_t* taken);
  static long on_control(BIO* bio, int command, long, void*);

  size_t read(std::span<std::byte> into);
  size_t move_front(std::span<std::byte> into);

  std::span<const std::byte> offered_;
  ByteQueue kept_;
  ByteQueue output_;
  size_t output_max_ = SIZE_MAX;
  uint64_t allowed_ = UINT64_MAX;
  bool ended_ = false;
  bool cut_ = false;
  bool out_of_memory_ = false;
};

}  // namespace inlet::tls
