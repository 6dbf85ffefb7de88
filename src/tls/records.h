// What is left of TLS 1.3 once the handshake is done: records with data, alerts and new keys (RFC 8446, 4.6.3, 5 and 6).
//
// A session of a server does this part itself. OpenSSL has done everything that is difficult, and what it keeps for a connection, in
// memory and in work for each record, is many times what is needed from here on: see docs/decisions/tls-cost.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "tls/fault.h"
#include "tls/record_keys.h"
#include "tls/traffic_secrets.h"
#include "tls/wire.h"

namespace inlet::tls {

// Owner    Its session. Thread: as the session.
class Records {
 public:
  enum class Outcome : uint8_t { done, wants_input, closed, failed };

  // The server's end.
  //
  // Shape    The wire and the place for what goes wrong outlive it. It renews its keys after so many records.
  // Returns  nullptr for a suite that it does not know, and without memory.
  static std::unique_ptr<Records> make(Wire& wire, Failure& failure, const SSL_CIPHER* suite,
                                       const TrafficSecrets& secrets, uint64_t records_per_key) noexcept;

  ~Records() = default;
  Records(const Records&) = delete;
  Records& operator=(const Records&) = delete;

  // As those of Session. got is more than 0 with done; with anything else it may be, too, and then the outcome is said again by the
  // next call.
  Outcome read(std::span<std::byte> into, size_t& got) noexcept;
  Outcome peek(std::span<std::byte> into, size_t& got) noexcept;

  // One record, of at most kTlsRecordMax bytes; and the last one.
  // Returns  false without memory, which is a failure
  bool write(std::span<const std::byte> plaintext) noexcept;
  bool say_goodbye() noexcept;

  size_t readable() const { return kept_size_ - kept_begin_; }
  // Whether there is data, or a whole record to look into.
  bool has_input() const { return readable() != 0 || has_record(); }

 private:
  struct Record {
    uint8_t type;
    std::span<const std::byte> content;
  };
  using Room = std::span<std::byte, kTlsHeaderBytes + kTlsRecordMax + 256>;

  Records(Wire& wire, Failure& failure, uint64_t records_per_key)
      : wire_(wire), failure_(failure), records_per_key_(records_per_key) {}

  Outcome next_data(Room room, std::span<const std::byte>& data);
  Outcome next_record(Room room, Record& record);
  Outcome take_alert(std::span<const std::byte> alert);
  Outcome take_handshake(std::span<const std::byte> part);
  Outcome take_key_update(uint8_t request);
  bool has_record() const;
  bool is_flood();
  bool keep(std::span<const std::byte> data);
  size_t take_kept(std::span<std::byte> into);
  bool send(uint8_t type, std::span<const std::byte> content);
  bool renew_sealing();
  Outcome fail(int alert, Fault fault, const char* what = nullptr);

  Wire& wire_;
  Failure& failure_;  // set before failed is returned
  RecordKeys opening_, sealing_;
  const uint64_t records_per_key_;

  std::unique_ptr<std::byte[]> kept_;  // the rest of a record's data, where the caller had no room for all of it
  uint32_t kept_begin_ = 0;
  uint32_t kept_size_ = 0;

  std::byte handshake_[5];  // a message that the peer has cut into several records
  uint8_t handshake_size_ = 0;
  bool said_goodbye_ = false;   // nothing may follow it
  uint8_t empty_records_ = 0;   // in a row
  uint64_t extra_records_ = 0;  // without data
  uint64_t data_read_ = 0;      // bytes of plaintext
};

}  // namespace inlet::tls
