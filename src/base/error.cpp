#include "base/error.h"

#include <array>
#include <cerrno>
#include <iterator>

namespace inlet {
namespace {

struct Row {
  Error error;
  int number;  // the errno that means this error; 0 when none does
  std::string_view name;
  std::string_view text;
};

// The first row with an errno wins in that direction; several errnos for one error stand in extra rows.
constexpr Row kRows[] = {
    {Error::none, 0, "", "No error"},
    {Error::invalid_event_handle, 0, "WSA_INVALID_HANDLE", "The event object handle is not valid"},
    {Error::not_enough_memory, 0, "WSA_NOT_ENOUGH_MEMORY", "There is not enough memory"},
    {Error::operation_aborted, ECANCELED, "WSA_OPERATION_ABORTED", "The overlapped operation was aborted"},
    {Error::io_pending, 0, "WSA_IO_PENDING", "The overlapped operation was started and is not complete yet"},
    {Error::not_handle_owner, 0, "", "The handle belongs to another thread"},
    {Error::file_not_found, 0, "", "The file or its folder does not exist"},
    {Error::file_not_created, 0, "", "The file cannot be created"},
    {Error::canceled, EINTR, "WSAEINTR", "The operation was cancelled"},
    {Error::invalid_file_name, 0, "", "The file name is not valid"},
    {Error::bad_file, 0, "WSAEBADF", "The file handle is not valid"},
    {Error::file_read_failed, 0, "", "The file cannot be read"},
    {Error::file_write_failed, 0, "", "The file cannot be written"},
    {Error::out_of_memory, 0, "", "There is not enough memory"},
    {Error::access_denied, EACCES, "WSAEACCES", "Access is denied"},
    {Error::access_denied, EPERM, "WSAEACCES", "Access is denied"},
    {Error::fault, EFAULT, "WSAEFAULT", "A parameter is not valid"},
    {Error::invalid, EINVAL, "WSAEINVAL", "The call does not fit the arguments or the state of the object"},
    {Error::too_many_files, EMFILE, "WSAEMFILE", "There are no descriptors left for another socket"},
    {Error::too_many_files, ENFILE, "WSAEMFILE", "There are no descriptors left for another socket"},
    {Error::would_block, EAGAIN, "WSAEWOULDBLOCK", "The operation cannot complete without waiting"},
    {Error::would_block, EINPROGRESS, "WSAEWOULDBLOCK", "The operation cannot complete without waiting"},
    {Error::in_progress, 0, "WSAEINPROGRESS", "A blocking operation is in progress"},
    {Error::already, EALREADY, "WSAEALREADY", "The operation is already in progress"},
    {Error::not_socket, ENOTSOCK, "WSAENOTSOCK", "The socket handle is not valid"},
    {Error::not_socket, EBADF, "WSAENOTSOCK", "The socket handle is not valid"},
    {Error::destination_required, EDESTADDRREQ, "WSAEDESTADDRREQ", "The address is missing or not valid"},
    {Error::message_size, EMSGSIZE, "WSAEMSGSIZE", "The message or buffer has the wrong size"},
    {Error::wrong_protocol_type, EPROTOTYPE, "WSAEPROTOTYPE", "The protocol is of the wrong type for the socket"},
    {Error::no_such_option, ENOPROTOOPT, "WSAENOPROTOOPT", "The option is not known or not valid here"},
    {Error::protocol_not_supported, EPROTONOSUPPORT, "WSAEPROTONOSUPPORT", "The protocol is not supported"},
    {Error::socket_type_not_supported, ESOCKTNOSUPPORT, "WSAESOCKTNOSUPPORT", "The socket type is not supported"},
    {Error::not_supported, EOPNOTSUPP, "WSAEOPNOTSUPP", "The operation is not supported"},
    {Error::protocol_family_not_supported, EPFNOSUPPORT, "WSAEPFNOSUPPORT", "The protocol family is not supported"},
    {Error::address_family_not_supported, EAFNOSUPPORT, "WSAEAFNOSUPPORT", "The address family is not supported"},
    {Error::address_in_use, EADDRINUSE, "WSAEADDRINUSE", "The address or port is already in use"},
    {Error::address_not_available, EADDRNOTAVAIL, "WSAEADDRNOTAVAIL",
     "The address is not one of this machine, or not usable"},
    {Error::net_down, ENETDOWN, "WSAENETDOWN", "The network is down"},
    {Error::net_unreachable, ENETUNREACH, "WSAENETUNREACH", "The network cannot be reached"},
    {Error::net_reset, ENETRESET, "WSAENETRESET", "The network dropped the connection"},
    {Error::conn_aborted, ECONNABORTED, "WSAECONNABORTED", "The connection was aborted on this side"},
    {Error::conn_aborted, EPIPE, "WSAECONNABORTED", "The connection was aborted on this side"},
    {Error::conn_reset, ECONNRESET, "WSAECONNRESET", "The connection was reset by the peer"},
    {Error::no_buffers, ENOBUFS, "WSAENOBUFS", "There is no buffer space left"},
    {Error::no_buffers, ENOMEM, "WSAENOBUFS", "There is no buffer space left"},
    {Error::is_connected, EISCONN, "WSAEISCONN", "The socket is already connected"},
    {Error::not_connected, ENOTCONN, "WSAENOTCONN", "The socket is not connected"},
    {Error::shut_down, ESHUTDOWN, "WSAESHUTDOWN", "The connection has been shut down in that direction"},
    {Error::too_many_references, ETOOMANYREFS, "WSAETOOMANYREFS", "There are too many references"},
    {Error::timed_out, ETIMEDOUT, "WSAETIMEDOUT", "The operation timed out"},
    {Error::conn_refused, ECONNREFUSED, "WSAECONNREFUSED", "The connection was refused"},
    {Error::loop, ELOOP, "WSAELOOP", "The name cannot be translated"},
    {Error::name_too_long, ENAMETOOLONG, "WSAENAMETOOLONG", "The name is too long"},
    {Error::host_down, EHOSTDOWN, "WSAEHOSTDOWN", "The host is down"},
    {Error::host_unreachable, EHOSTUNREACH, "WSAEHOSTUNREACH", "The host cannot be reached"},
    {Error::not_empty, ENOTEMPTY, "WSAENOTEMPTY", "The directory is not empty"},
    {Error::process_limit, 0, "WSAEPROCLIM", "Too many processes use the provider"},
    {Error::users, EUSERS, "WSAEUSERS", "There are too many users"},
    {Error::quota, EDQUOT, "WSAEDQUOT", "The quota is used up"},
    {Error::stale, ESTALE, "WSAESTALE", "The file handle is stale"},
    {Error::remote, EREMOTE, "WSAEREMOTE", "The item is not local"},
    {Error::not_ready, 0, "WSASYSNOTREADY", "The network subsystem is not ready"},
    {Error::version_not_supported, 0, "WSAVERNOTSUPPORTED", "The requested version is not supported"},
    {Error::not_initialised, 0, "WSANOTINITIALISED", "The library has not been initialized"},
    {Error::graceful_disconnect, 0, "WSAEDISCON", "The peer has closed the connection in an orderly way"},
    {Error::invalid_proc_table, 0, "WSAEINVALIDPROCTABLE", "The provider's function table is not complete"},
    {Error::invalid_provider, 0, "WSAEINVALIDPROVIDER", "The provider's version is not usable"},
    {Error::provider_failed_init, 0, "WSAEPROVIDERFAILEDINIT", "The provider could not be started"},
    {Error::system_failure, 0, "WSASYSCALLFAILURE", "A system call failed in an unexpected way"},
    {Error::type_not_found, 0, "WSATYPE_NOT_FOUND", "The service name is not known for the socket type"},
    {Error::host_not_found, 0, "WSAHOST_NOT_FOUND", "The host name is not known"},
    {Error::try_again, 0, "WSATRY_AGAIN", "The name service did not answer, try again"},
    {Error::no_recovery, 0, "WSANO_RECOVERY", "The name service failed"},
    {Error::no_data, 0, "WSANO_DATA", "The host name has no address of the requested kind"},
    {Error::certificate_not_found, 0, "", "The certificate was not found"},
    {Error::certificate_expired, 0, "", "The certificate has expired or is not valid yet"},
    {Error::certificate_invalid, 0, "", "The certificate is damaged or cannot be used"},
    {Error::certificate_no_key, 0, "", "The private key of the certificate is missing or does not fit"},
    {Error::certificate_password, 0, "", "The password of the private key is missing or wrong"},
    {Error::certificate_untrusted, 0, "", "The peer's certificate is not signed by anybody who is trusted"},
    {Error::certificate_mismatch, 0, "", "The peer's certificate is for another host"},
    {Error::certificate_revoked, 0, "", "The peer's certificate has been revoked"},
    {Error::certificate_required, 0, "", "The client has to show a certificate and has none"},
    {Error::handshake_failed, 0, "", "The TLS handshake failed"},
    {Error::no_common_version, 0, "", "There is no TLS version in common with the peer"},
    {Error::no_common_cipher, 0, "", "There is no cipher suite in common with the peer"},
    {Error::no_common_application, 0, "", "There is no application protocol in common with the peer"},
    {Error::damaged_record, 0, "", "A TLS record was damaged or forged"},
};

constexpr int kNumbers = 256;  // more than any system has

// Every wait for a connection or for data ends in an errno, so it is looked up and not searched.
constexpr std::array<Error, kNumbers> make_errors() {
  std::array<Error, kNumbers> errors{};
  errors.fill(Error::system_failure);
  for (size_t i = std::size(kRows); i-- > 0;)
    if (kRows[i].number != 0) errors[static_cast<size_t>(kRows[i].number)] = kRows[i].error;
  errors[EWOULDBLOCK] = Error::would_block;
  errors[0] = Error::none;
  return errors;
}
constexpr std::array<Error, kNumbers> kErrors = make_errors();

const Row* row_of(Error error) {
  for (const Row& row : kRows)
    if (row.error == error) return &row;
  return nullptr;
}

}  // namespace

Error error_of_open(int number) {
  switch (number) {
    case ENOENT: return Error::file_not_found;
    case EACCES:
    case EPERM:
    case EROFS: return Error::access_denied;
    case ENAMETOOLONG:
    case ENOTDIR:
    case EISDIR: return Error::invalid_file_name;
    default: return Error::file_not_created;
  }
}

Error error_of_errno(int number) {
  return number >= 0 && number < kNumbers ? kErrors[static_cast<size_t>(number)] : Error::system_failure;
}

std::string_view text_of(Error error) {
  const Row* row = row_of(error);
  return row ? row->text : "Unknown error";
}

std::string_view name_of(Error error) {
  const Row* row = row_of(error);
  return row ? row->name : "";
}

}  // namespace inlet
