// One whole stream over one session, from its first byte to its last.
//
// Thread   The one that makes it. No lock is held between two parts, so other calls on the session take their turns.
// Owner    Takes its direction of the session's TransferState in begin, and gives it back at the end of its life.
#pragma once

#include <string_view>

#include "provider/send_file.h"
#include "server/session.h"
#include "server/stream_ends.h"
#include "server/stream_text.h"

namespace inlet::server {

class Transfer {
 public:
  using Direction = TransferState::Direction;
  static constexpr uint64_t kNoLimit = UINT64_MAX;

  // session is nullptr for a plain socket.
  Transfer(Stream& stream, Session* session, Direction direction)
      : stream_(stream), session_(session), direction_(direction) {}
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // size is 0 when it is not known.
  // Errors   in_progress  another transfer has this direction of the session
  Result<void> begin(uint64_t size);

  // Until the limit, the marker or the end of the stream.
  Result<void> read_into(StreamSink& sink, StreamForm form, std::string_view marker, uint64_t limit);
  // Until the source ends, or size bytes of it are sent.
  Result<void> write_from(StreamSource& source, StreamForm form, uint64_t size);
  // The next bytes of a regular file.
  Result<void> write_file(int file, uint64_t size);

  // Writes all of it; for the other session of a transfer too.
  static Result<size_t> write_all(Stream& stream, const char* data, size_t size);

  // Stored (read), or taken from the source and sent (write).
  uint64_t copied() const { return copied_; }

 private:
  Stream& network();
  Result<void> read_plainly(StreamSink& sink, uint64_t limit);
  Result<void> read_carefully(StreamSink& sink, StreamForm form, std::string_view marker, uint64_t limit);
  Result<void> send_by_kernel(provider::SendFile send, int file, uint64_t& offset, uint64_t size);
  Result<void> moved(uint64_t bytes);
  Result<void> ended(Result<void> result);

  Stream& stream_;
  Session* const session_;
  const Direction direction_;
  bool begun_ = false;
  Error error_ = Error::canceled;  // unless it ends in a better way than by an exception
  uint64_t copied_ = 0;
  int64_t told_ms_ = 0;  // when progress was told last
};

}  // namespace inlet::server
