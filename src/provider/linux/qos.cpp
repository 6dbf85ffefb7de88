// Quality of service, of which TCP and UDP have no templates here.
#include "provider/linux/calls.h"

namespace inlet::provider {

// Errors   WSAENOTSOCK     s is not a socket of this provider
//          WSAEFAULT       no name, or no place for the template
//          WSAEOPNOTSUPP   there are no templates
BOOL WSPAPI WSPGetQOSByName(SOCKET s, LPWSABUF lpQOSName, LPQOS lpQOS, LPINT lpErrno) {
  SocketRef socket(s);
  const Error error = !socket                                    ? Error::not_socket
                      : lpQOSName == nullptr || lpQOS == nullptr ? Error::fault
                                                                 : Error::not_supported;
  failed(lpErrno, error);
  return FALSE;
}

}  // namespace inlet::provider
