#include "tls/records.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <string>

namespace inlet::tls {
namespace {

enum Type : uint8_t { kAlert = 21, kHandshake = 22, kData = 23 };

constexpr uint8_t kCloseNotify = 0;
constexpr uint8_t kUserCanceled = 90;
constexpr uint8_t kKeyUpdate = 24;                  // a handshake message
constexpr size_t kSealedMax = kTlsRecordMax + 256;  // of a record without its header
constexpr uint8_t kEmptyRecordsMax = 32;            // OpenSSL's limit

// That the sender goes on with new keys, and wants nothing of the sort from us.
constexpr std::array<std::byte, 5> kKeysChange = {std::byte{kKeyUpdate}, std::byte{0}, std::byte{0}, std::byte{1},
                                                  std::byte{0}};

size_t sealed_size(const std::byte* header) {
  return static_cast<size_t>(header[3]) << 8 | static_cast<size_t>(header[4]);
}

}  // namespace

std::unique_ptr<Records> Records::make(Wire& wire, Failure& failure, const SSL_CIPHER* suite,
                                       const TrafficSecrets& secrets, uint64_t records_per_key) noexcept {
  const RecordSuite* known = RecordSuite::of(suite);
  if (known == nullptr) return nullptr;
  std::unique_ptr<Records> records(new (std::nothrow) Records(wire, failure, records_per_key));
  const auto begin = [known](RecordKeys& keys, RecordKeys::Use use, const TrafficSecrets::Direction& of) {
    return keys.begin(*known, use, {of.secret, of.size}, of.records);
  };
  if (!records || !begin(records->opening_, RecordKeys::Use::opening, secrets.of_client) ||
      !begin(records->sealing_, RecordKeys::Use::sealing, secrets.of_server))
    return nullptr;
  return records;
}

// ---- reading

Records::Outcome Records::read(std::span<std::byte> into, size_t& got) noexcept {
  std::byte memory[kTlsHeaderBytes + kSealedMax];
  got = take_kept(into);
  while (got < into.size()) {
    std::span<const std::byte> data;
    const Outcome outcome = next_data(Room(memory), data);
    if (outcome != Outcome::done) return outcome;
    const size_t part = std::min(data.size(), into.size() - got);
    std::memcpy(into.data() + got, data.data(), part);
    got += part;
    if (part < data.size() && !keep(data.subspan(part))) return fail(SSL_AD_INTERNAL_ERROR, Fault::no_memory);
  }
  return Outcome::done;
}

Records::Outcome Records::peek(std::span<std::byte> into, size_t& got) noexcept {
  got = 0;
  if (readable() == 0) {
    std::byte memory[kTlsHeaderBytes + kSealedMax];
    std::span<const std::byte> data;
    const Outcome outcome = next_data(Room(memory), data);
    if (outcome != Outcome::done) return outcome;
    if (!keep(data)) return fail(SSL_AD_INTERNAL_ERROR, Fault::no_memory);
  }
  got = std::min(into.size(), readable());
  std::memcpy(into.data(), kept_.get() + kept_begin_, got);
  return Outcome::done;
}

bool Records::keep(std::span<const std::byte> data) {
  kept_.reset(new (std::nothrow) std::byte[data.size()]);
  if (!kept_) return false;
  std::memcpy(kept_.get(), data.data(), data.size());
  kept_begin_ = 0;
  kept_size_ = static_cast<uint32_t>(data.size());
  return true;
}

size_t Records::take_kept(std::span<std::byte> into) {
  const size_t part = std::min(into.size(), readable());
  if (part == 0) return 0;
  std::memcpy(into.data(), kept_.get() + kept_begin_, part);
  kept_begin_ += static_cast<uint32_t>(part);
  if (readable() == 0) kept_.reset();
  return part;
}

// Returns  done: at least a byte of data, which lies in room or where it was fed
Records::Outcome Records::next_data(Room room, std::span<const std::byte>& data) {
  for (;;) {
    Record record{};
    Outcome outcome = next_record(room, record);
    if (outcome != Outcome::done) return outcome;
    if (record.type == kData && !record.content.empty()) {
      empty_records_ = 0;
      data_read_ += record.content.size();
      data = record.content;
      return Outcome::done;
    }
    if (record.type != kData && is_flood()) return fail(SSL_AD_UNEXPECTED_MESSAGE, Fault::flood);
    switch (record.type) {
      case kData:
        if (++empty_records_ > kEmptyRecordsMax) return fail(SSL_AD_UNEXPECTED_MESSAGE, Fault::flood);
        break;
      case kAlert: outcome = take_alert(record.content); break;
      case kHandshake: outcome = take_handshake(record.content); break;
      default: outcome = fail(SSL_AD_UNEXPECTED_MESSAGE, Fault::protocol, "a record of unknown type");
    }
    if (outcome != Outcome::done) return outcome;
  }
}

// Honest peers send new keys now and then. Whoever makes us work without sending anything is cut off.
bool Records::is_flood() {
  return ++extra_records_ > kTlsExtraRecordsMax + data_read_ / kTlsExtraRecordPer;
}

bool Records::has_record() const {
  std::byte header[kTlsHeaderBytes];
  return wire_.look(header) == sizeof header && wire_.unread() >= sizeof header + sealed_size(header);
}

Records::Outcome Records::next_record(Room room, Record& record) {
  std::byte header[kTlsHeaderBytes];
  if (wire_.look(header) < sizeof header) {
    return wire_.ended() ? fail(0, Fault::truncated) : Outcome::wants_input;
  }
  const size_t size = sealed_size(header);
  if (header[0] != std::byte{kData}) return fail(SSL_AD_UNEXPECTED_MESSAGE, Fault::protocol, "an unprotected record");
  if (size > kSealedMax) return fail(SSL_AD_RECORD_OVERFLOW, Fault::protocol, "a record is too long");
  if (size <= kTlsTagBytes) return fail(SSL_AD_BAD_RECORD_MAC, Fault::bad_record);
  if (wire_.unread() < sizeof header + size) return wire_.ended() ? fail(0, Fault::truncated) : Outcome::wants_input;
  const std::span<const std::byte> sealed = wire_.view(sizeof header + size, room);
  std::byte* const content = room.data() + kTlsHeaderBytes;
  if (!opening_.open(sealed, content)) return fail(SSL_AD_BAD_RECORD_MAC, Fault::bad_record);
  wire_.drop_unread(sealed.size());
  // The type lies behind the content, before zeros that hide its length.
  size_t end = size - kTlsTagBytes;
  if (end > kTlsRecordMax + 1) return fail(SSL_AD_RECORD_OVERFLOW, Fault::protocol, "a record is too long");
  while (end != 0 && content[end - 1] == std::byte{0}) --end;
  if (end == 0) return fail(SSL_AD_UNEXPECTED_MESSAGE, Fault::protocol, "a record without a type");
  record = {static_cast<uint8_t>(content[end - 1]), {content, end - 1}};
  if (handshake_size_ != 0 && record.type != kHandshake)
    return fail(SSL_AD_UNEXPECTED_MESSAGE, Fault::protocol, "a record inside a handshake message");
  return Outcome::done;
}

Records::Outcome Records::take_alert(std::span<const std::byte> alert) {
  if (alert.size() != 2) return fail(SSL_AD_DECODE_ERROR, Fault::protocol, "a malformed alert");
  const auto what = static_cast<uint8_t>(alert[1]);
  if (what == kCloseNotify) return Outcome::closed;
  if (what == kUserCanceled) return Outcome::done;  // a good-bye follows
  failure_ = failure_of_alert(what);
  return Outcome::failed;
}

// After the handshake a client has nothing to say but that it uses new keys, and that is the last thing it says with the old ones.
Records::Outcome Records::take_handshake(std::span<const std::byte> part) {
  if (part.empty() || part.size() > sizeof handshake_ - handshake_size_)
    return fail(SSL_AD_UNEXPECTED_MESSAGE, Fault::protocol, "an unexpected handshake message");
  std::memcpy(handshake_ + handshake_size_, part.data(), part.size());
  handshake_size_ = static_cast<uint8_t>(handshake_size_ + part.size());
  if (!std::equal(handshake_, handshake_ + std::min<size_t>(handshake_size_, 4), kKeysChange.begin()))
    return fail(SSL_AD_UNEXPECTED_MESSAGE, Fault::protocol, "an unexpected handshake message");
  if (handshake_size_ < sizeof handshake_) return Outcome::done;
  handshake_size_ = 0;
  return take_key_update(static_cast<uint8_t>(handshake_[4]));
}

Records::Outcome Records::take_key_update(uint8_t request) {
  if (request > 1) return fail(SSL_AD_ILLEGAL_PARAMETER, Fault::protocol, "a malformed request for new keys");
  if (!opening_.renew() || (request == 1 && !renew_sealing())) return fail(SSL_AD_INTERNAL_ERROR, Fault::no_memory);
  return Outcome::done;
}

// ---- writing

bool Records::write(std::span<const std::byte> plaintext) noexcept {
  const bool fresh = sealing_.records() < records_per_key_ || renew_sealing();
  if (fresh && send(kData, plaintext)) return true;
  fail(0, Fault::no_memory);
  return false;
}

bool Records::say_goodbye() noexcept {
  constexpr std::byte kWords[] = {std::byte{1}, std::byte{kCloseNotify}};
  if (!send(kAlert, kWords)) {
    fail(0, Fault::no_memory);
    return false;
  }
  said_goodbye_ = true;
  return true;
}

bool Records::renew_sealing() {
  return send(kHandshake, kKeysChange) && sealing_.renew();
}

bool Records::send(uint8_t type, std::span<const std::byte> content) {
  if (said_goodbye_) return true;
  const size_t sealed = content.size() + 1 + kTlsTagBytes;
  const std::span<std::byte> record = wire_.output().room(kTlsHeaderBytes + sealed);
  if (record.empty()) return false;
  record[0] = std::byte{kData};
  record[1] = record[2] = std::byte{3};
  record[3] = static_cast<std::byte>(sealed >> 8);
  record[4] = static_cast<std::byte>(sealed);
  std::memcpy(record.data() + kTlsHeaderBytes, content.data(), content.size());
  record[kTlsHeaderBytes + content.size()] = std::byte{type};
  if (!sealing_.seal(record)) return false;
  wire_.output().add(record.size());
  return true;
}

// ---- failing

// An alert of 0 is none: there is nobody left to read it.
Records::Outcome Records::fail(int alert, Fault fault, const char* what) {
  QuietErrors quiet;
  if (alert != 0) {
    const std::byte bytes[] = {std::byte{2}, static_cast<std::byte>(alert)};
    send(kAlert, bytes);
  }
  try {
    failure_ = failure_of(fault);
    if (what != nullptr) failure_.text += std::string(": ") + what;
  } catch (const std::bad_alloc&) {
    failure_.fault = Fault::no_memory;
  }
  return Outcome::failed;
}

}  // namespace inlet::tls
