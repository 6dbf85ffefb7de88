#include "codes.h"

#include <map>

namespace conformance {
namespace {

const std::map<int, const char*>& names() {
  static const std::map<int, const char*> kNames = {
      {0, "0"},
      {6, "WSA_INVALID_HANDLE"},
      {8, "WSA_NOT_ENOUGH_MEMORY"},
      {64, "ERROR_NETNAME_DELETED"},
      {87, "WSA_INVALID_PARAMETER"},
      {122, "ERROR_INSUFFICIENT_BUFFER"},
      {258, "WAIT_TIMEOUT"},
      {735, "ERROR_ABANDONED_WAIT_0"},
      {995, "WSA_OPERATION_ABORTED"},
      {996, "WSA_IO_INCOMPLETE"},
      {997, "WSA_IO_PENDING"},
      {1225, "ERROR_CONNECTION_REFUSED"},
      {1236, "ERROR_CONNECTION_ABORTED"},
      {10004, "WSAEINTR"},
      {10009, "WSAEBADF"},
      {10013, "WSAEACCES"},
      {10014, "WSAEFAULT"},
      {10022, "WSAEINVAL"},
      {10024, "WSAEMFILE"},
      {10035, "WSAEWOULDBLOCK"},
      {10036, "WSAEINPROGRESS"},
      {10037, "WSAEALREADY"},
      {10038, "WSAENOTSOCK"},
      {10039, "WSAEDESTADDRREQ"},
      {10040, "WSAEMSGSIZE"},
      {10041, "WSAEPROTOTYPE"},
      {10042, "WSAENOPROTOOPT"},
      {10043, "WSAEPROTONOSUPPORT"},
      {10044, "WSAESOCKTNOSUPPORT"},
      {10045, "WSAEOPNOTSUPP"},
      {10046, "WSAEPFNOSUPPORT"},
      {10047, "WSAEAFNOSUPPORT"},
      {10048, "WSAEADDRINUSE"},
      {10049, "WSAEADDRNOTAVAIL"},
      {10050, "WSAENETDOWN"},
      {10051, "WSAENETUNREACH"},
      {10052, "WSAENETRESET"},
      {10053, "WSAECONNABORTED"},
      {10054, "WSAECONNRESET"},
      {10055, "WSAENOBUFS"},
      {10056, "WSAEISCONN"},
      {10057, "WSAENOTCONN"},
      {10058, "WSAESHUTDOWN"},
      {10059, "WSAETOOMANYREFS"},
      {10060, "WSAETIMEDOUT"},
      {10061, "WSAECONNREFUSED"},
      {10064, "WSAEHOSTDOWN"},
      {10065, "WSAEHOSTUNREACH"},
      {10091, "WSASYSNOTREADY"},
      {10092, "WSAVERNOTSUPPORTED"},
      {10093, "WSANOTINITIALISED"},
      {10101, "WSAEDISCON"},
      {10104, "WSAEINVALIDPROCTABLE"},
      {10105, "WSAEINVALIDPROVIDER"},
      {10106, "WSAEPROVIDERFAILEDINIT"},
      {10107, "WSASYSCALLFAILURE"},
      {10108, "WSASERVICE_NOT_FOUND"},
      {10109, "WSATYPE_NOT_FOUND"},
      {11001, "WSAHOST_NOT_FOUND"},
      {11002, "WSATRY_AGAIN"},
      {11003, "WSANO_RECOVERY"},
      {11004, "WSANO_DATA"},
  };
  return kNames;
}

}  // namespace

std::string code_name(int code) {
  const auto found = names().find(code);
  return found == names().end() ? std::to_string(code) : found->second;
}

}  // namespace conformance
