// One table of errors for all layers: errno <-> WSA number <-> Inet code <-> text.
//
// An Error is the WSA number; the Inet code is that number with the HRESULT prefix 0x8004. The few Inet codes that Winsock
// does not have keep their place below the WSA range (10001 ...), so one number is enough everywhere.
#pragma once

#include <cstdint>
#include <string_view>

namespace inlet {

enum class Error : int {
  none = 0,
  invalid_event_handle = 6,      // WSA_INVALID_HANDLE
  not_enough_memory = 8,         // WSA_NOT_ENOUGH_MEMORY
  operation_aborted = 995,       // WSA_OPERATION_ABORTED
  io_pending = 997,              // WSA_IO_PENDING
  not_handle_owner = 10001,      // private to Inet
  file_not_found = 10002,        // private to Inet, as those about files below
  file_not_created = 10003,      //
  canceled = 10004,              // WSAEINTR: a blocking call was cancelled
  invalid_file_name = 10008,     //
  bad_file = 10009,              // WSAEBADF
  file_read_failed = 10010,      //
  file_write_failed = 10011,     //
  out_of_memory = 10012,         // private to Inet
  access_denied = 10013,         // WSAEACCES
  fault = 10014,                 // WSAEFAULT; Inet: invalid parameter
  invalid = 10022,               // WSAEINVAL
  too_many_files = 10024,        // WSAEMFILE
  would_block = 10035,           // WSAEWOULDBLOCK
  in_progress = 10036,           // WSAEINPROGRESS
  already = 10037,               // WSAEALREADY
  not_socket = 10038,            // WSAENOTSOCK; Inet: invalid handle
  destination_required = 10039,  // WSAEDESTADDRREQ; Inet: invalid address
  message_size = 10040,          // WSAEMSGSIZE; Inet: invalid size
  wrong_protocol_type = 10041,   // WSAEPROTOTYPE; Inet: invalid protocol
  no_such_option = 10042,        // WSAENOPROTOOPT
  protocol_not_supported = 10043,
  socket_type_not_supported = 10044,
  not_supported = 10045,  // WSAEOPNOTSUPP
  protocol_family_not_supported = 10046,
  address_family_not_supported = 10047,
  address_in_use = 10048,
  address_not_available = 10049,
  net_down = 10050,
  net_unreachable = 10051,
  net_reset = 10052,
  conn_aborted = 10053,
  conn_reset = 10054,
  no_buffers = 10055,
  is_connected = 10056,
  not_connected = 10057,
  shut_down = 10058,
  too_many_references = 10059,
  timed_out = 10060,
  conn_refused = 10061,
  loop = 10062,
  name_too_long = 10063,
  host_down = 10064,
  host_unreachable = 10065,
  not_empty = 10066,
  process_limit = 10067,
  users = 10068,
  quota = 10069,
  stale = 10070,
  remote = 10071,
  not_ready = 10091,  // WSASYSNOTREADY
  version_not_supported = 10092,
  not_initialised = 10093,      // WSANOTINITIALISED
  graceful_disconnect = 10101,  // WSAEDISCON
  invalid_proc_table = 10104,
  invalid_provider = 10105,
  provider_failed_init = 10106,
  system_failure = 10107,  // WSASYSCALLFAILURE: any errno that should not happen
  type_not_found = 10109,  // WSATYPE_NOT_FOUND: no such service
  host_not_found = 11001,
  try_again = 11002,
  no_recovery = 11003,
  no_data = 11004,
  // Private to Inet: TLS
  certificate_not_found = 12001,  // no such file or folder, or nothing in it answers to the name
  certificate_expired = 12002,    // or not valid yet
  certificate_invalid = 12003,    // damaged, too weak, or in a form that cannot be used
  certificate_no_key = 12004,     // its private key is missing, or what is there is another's
  certificate_password = 12005,   // missing or wrong
  certificate_untrusted = 12006,  // the peer's: nobody we trust has signed it
  certificate_mismatch = 12007,   // the peer's: for another host
  certificate_revoked = 12008,    // the peer's
  certificate_required = 12009,   // a client showed none and has to
  handshake_failed = 12011,       // the peer speaks no TLS, gave up, or breaks the rules
  no_common_version = 12012,
  no_common_cipher = 12013,
  no_common_application = 12014,  // ALPN
  damaged_record = 12015,         // damaged or forged on its way
};

// Whether it is TLS that failed, over a connection that may be in order.
constexpr bool is_security_error(Error error) {
  return error >= Error::certificate_not_found && error <= Error::damaged_record;
}

// The WSA number of an error.
constexpr int wsa_code(Error error) {
  return static_cast<int>(error);
}

// The Inet* code of an error: 0 for none, else 0x80040000 + number.
constexpr uint32_t inet_code(Error error) {
  return error == Error::none ? 0u : 0x80040000u + static_cast<uint32_t>(error);
}

// The error of an Inet* code; none for 0. A number without the prefix is taken as a WSA number.
constexpr Error error_of_inet_code(uint32_t code) {
  return static_cast<Error>(code & 0xffffu);
}

// Translates errno as most socket calls mean it. Unknown numbers are Error::system_failure, because a code that nobody
// foresaw must not look like success.
Error error_of_errno(int number);

// What an errno of opening a file means: one of the file errors, or access_denied.
Error error_of_open(int number);

// English, one line, without a full stop. Unknown numbers get a text that says so.
std::string_view text_of(Error error);

// "WSAECONNRESET" and the like, or "" for an unknown number.
std::string_view name_of(Error error);

}  // namespace inlet
