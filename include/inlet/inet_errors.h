// The error codes, and the last error of the calling thread.
// Part of cswsock10.h, which says what is true of every function; include that.
#ifndef INLET_INET_ERRORS_H
#define INLET_INET_ERRORS_H

#include <inlet/inet_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Error codes, sheet 6.4: 0x80040000 plus the Winsock number; private codes fill the gaps. */
#define ST_ERROR_NOT_HANDLE_OWNER 0x80042711U
#define ST_ERROR_FILE_NOT_FOUND 0x80042712U
#define ST_ERROR_FILE_NOT_CREATED 0x80042713U
#define ST_ERROR_OPERATION_CANCELED 0x80042714U
#define ST_ERROR_INVALID_FILE_NAME 0x80042718U
#define ST_ERROR_INVALID_FILE_HANDLE 0x80042719U
#define ST_ERROR_FILE_READ_FAILED 0x8004271AU
#define ST_ERROR_FILE_WRITE_FAILED 0x8004271BU
#define ST_ERROR_OUT_OF_MEMORY 0x8004271CU
#define ST_ERROR_ACCESS_DENIED 0x8004271DU
#define ST_ERROR_INVALID_PARAMETER 0x8004271EU
#define ST_ERROR_INVALID_STATE 0x80042726U  /* 10022: the object is not in a state that allows the call */
#define ST_ERROR_TOO_MANY_FILES 0x80042728U /* 10024: no descriptors left */
#define ST_ERROR_OPERATION_WOULD_BLOCK 0x80042733U
#define ST_ERROR_OPERATION_IN_PROGRESS 0x80042734U
#define ST_ERROR_ALREADY_IN_PROGRESS 0x80042735U
#define ST_ERROR_INVALID_HANDLE 0x80042736U
#define ST_ERROR_INVALID_ADDRESS 0x80042737U
#define ST_ERROR_INVALID_SIZE 0x80042738U
#define ST_ERROR_INVALID_PROTOCOL 0x80042739U
#define ST_ERROR_INVALID_OPTION 0x8004273AU
#define ST_ERROR_PROTOCOL_NOT_SUPPORTED 0x8004273BU
#define ST_ERROR_SOCKET_NOT_SUPPORTED 0x8004273CU
#define ST_ERROR_OPERATION_NOT_SUPPORTED 0x8004273DU
#define ST_ERROR_PROTOCOL_FAMILY 0x8004273EU
#define ST_ERROR_PROTOCOL_ADDRESS 0x8004273FU
#define ST_ERROR_ADDRESS_IN_USE 0x80042740U
#define ST_ERROR_ADDRESS_UNAVAILABLE 0x80042741U
#define ST_ERROR_NETWORK_UNAVAILABLE 0x80042742U
#define ST_ERROR_NETWORK_UNREACHABLE 0x80042743U
#define ST_ERROR_NETWORK_RESET 0x80042744U
#define ST_ERROR_CONNECTION_ABORTED 0x80042745U
#define ST_ERROR_CONNECTION_RESET 0x80042746U
#define ST_ERROR_OUT_OF_BUFFERS 0x80042747U
#define ST_ERROR_ALREADY_CONNECTED 0x80042748U
#define ST_ERROR_NOT_CONNECTED 0x80042749U
#define ST_ERROR_CONNECTION_SHUTDOWN 0x8004274AU
#define ST_ERROR_OPERATION_TIMEOUT 0x8004274CU
#define ST_ERROR_CONNECTION_REFUSED 0x8004274DU
#define ST_ERROR_HOST_UNAVAILABLE 0x80042750U
#define ST_ERROR_HOST_UNREACHABLE 0x80042751U
#define ST_ERROR_NOT_READY 0x8004276BU       /* 10091 */
#define ST_ERROR_NOT_INITIALIZED 0x8004276DU /* 10093 */
#define ST_ERROR_SYSTEM_FAILURE 0x8004277BU  /* 10107: the system failed in a way it should not */
#define ST_ERROR_HOST_NOT_FOUND 0x80042AF9U
#define ST_ERROR_TRY_AGAIN 0x80042AFAU   /* 11002: the name service did not answer */
#define ST_ERROR_NO_RECOVERY 0x80042AFBU /* 11003: the name service failed for good */
#define ST_ERROR_NO_ADDRESS 0x80042AFCU  /* 11004: the name exists and has no address of that family */

/* TLS; private codes from 12001 on */
#define ST_ERROR_CERTIFICATE_NOT_FOUND 0x80042EE1U /* no such file or folder, or nothing in it answers to the name */
#define ST_ERROR_CERTIFICATE_EXPIRED 0x80042EE2U   /* or not valid yet */
#define ST_ERROR_CERTIFICATE_INVALID 0x80042EE3U   /* damaged, too weak, or in a form that cannot be used */
#define ST_ERROR_CERTIFICATE_NO_KEY 0x80042EE4U    /* its private key is missing, or what is there is another's */
#define ST_ERROR_CERTIFICATE_PASSWORD 0x80042EE5U  /* the private key is encrypted, and the password missing or wrong */
#define ST_ERROR_CERTIFICATE_UNTRUSTED 0x80042EE6U /* the peer's: nobody we trust has signed it */
#define ST_ERROR_CERTIFICATE_MISMATCH 0x80042EE7U  /* the peer's: it is for another host */
#define ST_ERROR_CERTIFICATE_REVOKED 0x80042EE8U   /* the peer's */
#define ST_ERROR_CERTIFICATE_REQUIRED 0x80042EE9U  /* a client has to show one and has not */
#define ST_ERROR_HANDSHAKE_FAILED 0x80042EEBU      /* the peer speaks no TLS, gave up, or breaks the rules */
#define ST_ERROR_SECURITY_PROTOCOL 0x80042EECU     /* no TLS version in common */
#define ST_ERROR_SECURITY_CIPHER 0x80042EEDU       /* no cipher suite in common */
#define ST_ERROR_SECURITY_APPLICATION 0x80042EEEU  /* no application protocol (ALPN) in common */
#define ST_ERROR_SECURITY_DATA 0x80042EEFU         /* a record was damaged or forged on its way */

// The calling thread's last error, and its text.
//
// Shape    InetGetErrorString stores at most cchBuffer - 1 characters and a terminator, in English. When more is known about the
//          calling thread's last error than its code says, the text of that code is what is known: of credentials it names the
//          file first.
// Returns  InetGetErrorString: characters stored, 0 when the buffer is NULL or has no room.
// Source   sheet 6.3
INLET_API DWORD WINAPI InetGetLastError(VOID);
INLET_API VOID WINAPI InetSetLastError(DWORD dwErrorCode);
INLET_API INT WINAPI InetGetErrorStringA(DWORD dwErrorCode, LPSTR lpszBuffer, INT cchBuffer);
INLET_API INT WINAPI InetGetErrorStringW(DWORD dwErrorCode, LPWSTR lpszBuffer, INT cchBuffer);

/* Names that follow UNICODE */
#ifdef UNICODE
#define InetGetErrorString InetGetErrorStringW
#else
#define InetGetErrorString InetGetErrorStringA
#endif

#ifdef __cplusplus
}
#endif

#endif /* INLET_INET_ERRORS_H */
