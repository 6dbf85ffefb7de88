#include "server/transfer.h"

#include <algorithm>

#include "base/limits.h"
#include "base/thread_registry.h"
#include "engine/context.h"
#include "provider/file_handle.h"
#include "server/server.h"

namespace inlet::server {

Transfer::~Transfer() {
  if (begun_) stream_.transfers().end(direction_, error_);
}

Result<void> Transfer::begin(uint64_t size) {
  if (!stream_.transfers().begin(direction_, size)) return Error::in_progress;
  begun_ = true;
  told_ms_ = now_ms();
  return {};
}

// Waits while another thread has locked the server, as each single read or write would.
Stream& Transfer::network() {
  if (session_) ServerLock::pass(session_->server().handle());
  return stream_;
}

Result<void> Transfer::moved(uint64_t bytes) {
  copied_ += bytes;
  stream_.transfers().set_copied(copied_);
  if (stream_.transfers().is_canceled(current_thread_id())) return Error::canceled;
  if (!session_) return {};
  const int64_t now = now_ms();
  if (now - told_ms_ < kStreamProgress_ms) return {};
  told_ms_ = now;
  return session_->tell_progress() ? Result<void>() : Error::canceled;
}

Result<void> Transfer::ended(Result<void> result) {
  error_ = result.error();
  return result;
}

// ---- reading

Result<void> Transfer::read_into(StreamSink& sink, StreamForm form, std::string_view marker, uint64_t limit) {
  return ended(form.is_plain() && marker.empty() ? read_plainly(sink, limit)
                                                 : read_carefully(sink, form, marker, limit));
}

// Straight to where the bytes are wanted, if that is memory.
Result<void> Transfer::read_plainly(StreamSink& sink, uint64_t limit) {
  std::unique_ptr<char[]> buffer;
  while (copied_ < limit) {
    const auto wanted = static_cast<size_t>(std::min<uint64_t>(kStreamChunk, limit - copied_));
    auto room = sink.room(wanted);
    if (!room) return room.error();
    if (room->empty() && !buffer) buffer.reset(new char[kStreamChunk]);
    char* into = room->empty() ? buffer.get() : room->data();
    auto got = network().read(into, room->empty() ? wanted : room->size());
    if (!got) return got.error();
    if (*got == 0) return {};
    if (auto put = sink.put(into, *got); !put) return put;
    if (auto told = moved(*got); !told) return told;
  }
  return {};
}

// In small parts, because what is behind the marker or beyond the limit has to go back.
Result<void> Transfer::read_carefully(StreamSink& sink, StreamForm form, std::string_view marker, uint64_t limit) {
  StreamIntake intake(form, marker, limit);
  char buffer[kAheadSize];
  std::string stored;
  const auto wanted = [&](const char* data, size_t size) { return intake.take(data, size, stored); };
  while (!intake.is_complete()) {
    stored.clear();
    auto got = network().read_part(buffer, wanted);
    const bool end = got && *got == 0 && !intake.is_complete();
    if (end || !got) intake.finish(stored);
    if (auto put = sink.put(stored.data(), stored.size()); !put) return put;
    if (auto told = moved(stored.size()); !told) return told;
    if (!got) return got.error();
    if (end) break;
  }
  return {};
}

// ---- writing

// Each part that the peer takes gives it another timeout for the next.
Result<void> Transfer::write_all(Stream& stream, const char* data, size_t size, size_t* done) {
  size_t own = 0;
  size_t& written = done ? *done : own;
  for (written = 0; written < size;) {
    const uint32_t timeout = stream.timeout_s();
    const Deadline deadline = timeout ? Deadline::after_ms(int64_t{timeout} * 1000) : Deadline::never();
    auto sent = stream.write_until(data + written, size - written, deadline);
    if (!sent && sent.error() == Error::timed_out) stream.note_ran_out();
    if (!sent) return sent.error();
    written += *sent;
  }
  return {};
}

Result<void> Transfer::write_from(StreamSource& source, StreamForm form, uint64_t size) {
  StreamOutflow outflow(form);
  std::string sent;
  while (copied_ < size) {
    auto part = source.next(static_cast<size_t>(std::min<uint64_t>(kStreamChunk, size - copied_)));
    if (!part) return ended(part.error());
    std::span<const char> bytes = *part;
    if (!form.is_plain()) {
      sent.clear();
      part->empty() ? outflow.finish(sent) : outflow.take(part->data(), part->size(), sent);
      bytes = sent;
    }
    size_t written = 0;
    auto done = write_all(network(), bytes.data(), bytes.size(), &written);
    if (!done && form.is_plain()) [[maybe_unused]]
      auto counted = moved(written);  // what went out counts, so that the rest can follow
    if (!done) return ended(done);
    if (part->empty()) return ended(size == kNoLimit ? Result<void>() : Error::file_read_failed);
    if (auto told = moved(part->size()); !told) return ended(told);
  }
  sent.clear();
  outflow.finish(sent);
  return ended(write_all(network(), sent.data(), sent.size()));
}

Result<void> Transfer::write_file(int file, uint64_t size) {
  const auto position = file_position(file);
  const auto send = stream_.is_secure() ? nullptr : provider::find_send_file(stream_.provider(), stream_.socket());
  if (send && position) {
    uint64_t offset = *position;
    auto sent = send_by_kernel(send, file, offset, size);
    set_file_position(file, offset);
    // Some file systems cannot do it, which shows with the first part.
    if (sent || sent.error() != Error::invalid || copied_ != 0) return ended(sent);
  }
  BufferedSource source([file](char* into, size_t room) { return read_file(file, into, room); });
  auto written = write_from(source, {}, size);
  if (position) set_file_position(file, *position + copied_);  // some was read that the peer has not taken
  return written;
}

Result<void> Transfer::send_by_kernel(provider::SendFile send, int file, uint64_t& offset, uint64_t size) {
  provider::FilePipe pipe;
  while (copied_ < size) {
    auto sent = network().write_file(send, provider::file_handle_of(file), offset, size - copied_, pipe);
    if (!sent && sent.error() == Error::system_failure) return Error::file_read_failed;
    if (!sent) return sent.error();
    if (*sent == 0) return Error::file_read_failed;  // it has become shorter
    offset += *sent;
    if (auto told = moved(*sent); !told) return told;
  }
  return {};
}

}  // namespace inlet::server
