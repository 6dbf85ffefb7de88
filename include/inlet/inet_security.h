// TLS: credentials, securing a connection, and what is known of one.
// Part of cswsock10.h, which says what is true of every function; include that.
#ifndef INLET_INET_SECURITY_H
#define INLET_INET_SECURITY_H

#include <inlet/inet_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Protocols, sheet 4.4. Bits, so that credentials can allow several; the numbers are free in the sheet and ours. Inlet speaks TLS 1.2
   and 1.3; the older ones have names so that programs compile, and asking for nothing newer fails. */
#define SECURITY_PROTOCOL_DEFAULT 0x0000
#define SECURITY_PROTOCOL_NONE 0x0000
#define SECURITY_PROTOCOL_SSL2 0x0001
#define SECURITY_PROTOCOL_SSL3 0x0002
#define SECURITY_PROTOCOL_TLS10 0x0004
#define SECURITY_PROTOCOL_TLS11 0x0008
#define SECURITY_PROTOCOL_TLS12 0x0010
#define SECURITY_PROTOCOL_TLS13 0x0020
#define SECURITY_PROTOCOL_SSL (SECURITY_PROTOCOL_SSL2 | SECURITY_PROTOCOL_SSL3)
#define SECURITY_PROTOCOL_TLS (SECURITY_PROTOCOL_TLS12 | SECURITY_PROTOCOL_TLS13)
#define SECURITY_PROTOCOL_SSH1 0x0100
#define SECURITY_PROTOCOL_SSH2 0x0200

/* Ciphers, sheet 4.4; ours uses AES and CHACHA20 */
#define SECURITY_CIPHER_NONE 0
#define SECURITY_CIPHER_RC2 1
#define SECURITY_CIPHER_RC4 2
#define SECURITY_CIPHER_RC5 3
#define SECURITY_CIPHER_DES 4
#define SECURITY_CIPHER_DES3 5
#define SECURITY_CIPHER_AES 6
#define SECURITY_CIPHER_BLOWFISH 7
#define SECURITY_CIPHER_CHACHA20 8

/* Hashes */
#define SECURITY_HASH_NONE 0
#define SECURITY_HASH_MD5 1
#define SECURITY_HASH_SHA1 2
#define SECURITY_HASH_SHA256 3
#define SECURITY_HASH_SHA384 4
#define SECURITY_HASH_SHA512 5

/* Key exchanges; always an ephemeral one */
#define SECURITY_KEYEX_NONE 0
#define SECURITY_KEYEX_RSA 1
#define SECURITY_KEYEX_DH 2
#define SECURITY_KEYEX_ECDH 3

/* The state of a peer's certificate, sheet 4.4 */
#define SECURITY_CERTIFICATE_NONE 0      /* it showed none */
#define SECURITY_CERTIFICATE_VALID 1     /* good */
#define SECURITY_CERTIFICATE_NOMATCH 2   /* good, but for another host */
#define SECURITY_CERTIFICATE_EXPIRED 3   /* out of date, or not valid yet */
#define SECURITY_CERTIFICATE_REVOKED 4   /* revoked */
#define SECURITY_CERTIFICATE_UNTRUSTED 5 /* signed by nobody who is trusted */
#define SECURITY_CERTIFICATE_INVALID 6   /* damaged, too weak, or not meant for this use */

/* Options of credentials. A store is always a file or a folder on Linux, so the first three change nothing here. */
#define CREDENTIAL_STORE_CURRENT_USER 0x0001
#define CREDENTIAL_STORE_LOCAL_MACHINE 0x0002
#define CREDENTIAL_STORE_FILENAME 0x0004
/* Extensions, for servers */
#define CREDENTIAL_CLIENT_CERTIFICATE 0x0100 /* asks clients for a certificate; one that is shown has to be good */
#define CREDENTIAL_CLIENT_CERTIFICATE_REQUIRED 0x0200 /* a client without one is refused */
#define CREDENTIAL_NO_TICKETS 0x0400                  /* no session is ever resumed */

// Who we are in TLS, and whom we believe.
//
// Shape    dwSize has to be set, and for a server lpszCertStore and lpszCertName; whatever else is not used is 0 or NULL.
//            dwProtocol       SECURITY_PROTOCOL_TLS12 and _TLS13 are allowed when their bits are set, both without any
//            dwOptions        CREDENTIAL_*
//            lpszHostName     clients: the name to ask for and to look for in the server's certificate; NULL is the name
//                             that was connected to
//            lpszUserName     not used
//            lpszPassword     of the private key, or of the PKCS#12 file
//            lpszCertStore    a PKCS#12 or PEM file, or a folder of them. A client needs one only to show a certificate.
//            lpszCertName     which certificate: the subject's common name, one of its host names, its friendly name, or the name
//                             of its file. NULL or "": all of the store, and each client gets the one for the host it asks for (SNI).
//            lpszKeyFile      the private key, when it is neither in lpszCertStore nor beside the certificate
//          Extensions of ours; a structure that ends before them (by its dwSize) is as good
//            lpszTrustStore   whose certificates are believed: a file or a folder of PEM files; NULL: the system's
//            lpszProtocols    application protocols (ALPN) separated by commas, the preferred one first
// Owner    The program; read during the call only.
// Source   sheet 4.3; docs/compatibility.md
typedef struct _SECURITYCREDENTIALSA {
  DWORD dwSize;
  DWORD dwProtocol;
  DWORD dwOptions;
  DWORD dwReserved;
  LPCSTR lpszHostName;
  LPCSTR lpszUserName;
  LPCSTR lpszPassword;
  LPCSTR lpszCertStore;
  LPCSTR lpszCertName;
  LPCSTR lpszKeyFile;
  LPCSTR lpszTrustStore;
  LPCSTR lpszProtocols;
} SECURITYCREDENTIALSA, *LPSECURITYCREDENTIALSA;

typedef struct _SECURITYCREDENTIALSW {
  DWORD dwSize;
  DWORD dwProtocol;
  DWORD dwOptions;
  DWORD dwReserved;
  LPCWSTR lpszHostName;
  LPCWSTR lpszUserName;
  LPCWSTR lpszPassword;
  LPCWSTR lpszCertStore;
  LPCWSTR lpszCertName;
  LPCWSTR lpszKeyFile;
  LPCWSTR lpszTrustStore;
  LPCWSTR lpszProtocols;
} SECURITYCREDENTIALSW, *LPSECURITYCREDENTIALSW;

// What is known of a connection.
//
// Shape    Strengths in bits. The dates and strings are the peer's certificate's: dates in UTC, names as "CN=..., O=..., C=...",
//          the fingerprint SHA-256 as "AA:BB:...". Without a certificate they are 0 and NULL.
// Source   sheet 4.4
typedef struct _SECURITYINFOA {
  DWORD dwSize;
  DWORD dwProtocol;
  DWORD dwCipher;
  DWORD dwCipherStrength;
  DWORD dwHash;
  DWORD dwHashStrength;
  DWORD dwKeyExchange;
  DWORD dwCertStatus;
  SYSTEMTIME stCertIssued;
  SYSTEMTIME stCertExpires;
  LPCSTR lpszCertIssuer;
  LPCSTR lpszCertSubject;
  LPCSTR lpszFingerprint;
} SECURITYINFOA, *LPSECURITYINFOA;

typedef struct _SECURITYINFOW {
  DWORD dwSize;
  DWORD dwProtocol;
  DWORD dwCipher;
  DWORD dwCipherStrength;
  DWORD dwHash;
  DWORD dwHashStrength;
  DWORD dwKeyExchange;
  DWORD dwCertStatus;
  SYSTEMTIME stCertIssued;
  SYSTEMTIME stCertExpires;
  LPCWSTR lpszCertIssuer;
  LPCWSTR lpszCertSubject;
  LPCWSTR lpszFingerprint;
} SECURITYINFOW, *LPSECURITYINFOW;

// Has a connection go on in TLS, and does the handshake: as the server for clients of a server and sockets of InetAccept, as the client
// for sockets of InetConnect. For protocols that begin in clear text (STARTTLS): call it when the command has been answered.
//
// Shape    lpCredentials NULL: for a client of a server those of InetServerStart; for a socket of InetConnect no certificate and the system's roots.
//          A socket of InetAccept needs some.
// Thread   Any; waits, at most for the timeout. Inside a callback the other clients go on meanwhile.
// Owner    What was received and not read before the call is dropped and never taken for data of the secured session.
// Returns  0, or INET_ERROR. After an error of the handshake or of the connection the connection is of no more use; a client of a
//          server gets INET_EVENT_DISCONNECT with the same error.
// Errors   ST_ERROR_INVALID_PARAMETER       dwSize is none we know; there are neither credentials nor those of the start; text that is
//                                           not well-formed; options that contradict each other
//          ST_ERROR_INVALID_STATE           the connection is secured already
//          ST_ERROR_PROTOCOL_NOT_SUPPORTED  dwProtocol allows neither TLS 1.2 nor 1.3
//          ST_ERROR_ACCESS_DENIED           a file of the credentials cannot be read
//          ST_ERROR_CERTIFICATE_NOT_FOUND   no such file or folder, no certificate in it, or none that answers to the name
//          ST_ERROR_CERTIFICATE_NO_KEY      the private key is missing, or what is there is another certificate's
//          ST_ERROR_CERTIFICATE_PASSWORD    the private key is encrypted, and the password missing or wrong
//          ST_ERROR_CERTIFICATE_EXPIRED     our own or the peer's, or not valid yet
//          ST_ERROR_CERTIFICATE_INVALID     our own or the peer's: damaged, too weak, or not meant for this
//          ST_ERROR_CERTIFICATE_UNTRUSTED   the peer's: signed by nobody we trust. These five about the peer's do not come with
//                                           INET_OPTION_TRUSTEDSITE.
//          ST_ERROR_CERTIFICATE_MISMATCH    the peer's: for another host
//          ST_ERROR_CERTIFICATE_REVOKED     the peer's: on a list of revoked ones in lpszTrustStore
//          ST_ERROR_CERTIFICATE_REQUIRED    the client showed none and has to
//          ST_ERROR_HANDSHAKE_FAILED        the peer speaks no TLS, gave up, or broke the rules; the text tells
//          ST_ERROR_SECURITY_PROTOCOL       no TLS version in common with the peer
//          ST_ERROR_SECURITY_CIPHER         no cipher suite in common
//          ST_ERROR_SECURITY_APPLICATION    no application protocol in common
//          ST_ERROR_CONNECTION_SHUTDOWN     this side has been shut with InetShutdown
//          ST_ERROR_OPERATION_TIMEOUT       the handshake was not done in time
//          ST_ERROR_OPERATION_CANCELED      the session was ended by another thread while the call waited
//          ST_ERROR_CONNECTION_RESET        the connection broke
// Source   sheet 4.2
INLET_API INT WINAPI InetEnableSecurityA(SOCKET hSocket, LPSECURITYCREDENTIALSA lpCredentials);
INLET_API INT WINAPI InetEnableSecurityW(SOCKET hSocket, LPSECURITYCREDENTIALSW lpCredentials);

// Ends TLS in order and goes on in clear text: tells the peer, and waits until it has told us.
//
// Thread   Any; waits, at most for the timeout.
// Owner    What the peer has sent in TLS and nobody has read is dropped; clear text that it sent behind its good-bye is kept.
// Returns  0, or INET_ERROR.
// Errors   ST_ERROR_INVALID_STATE      the connection is not secured
//          ST_ERROR_OPERATION_TIMEOUT  the peer has not answered in time; the session is neither secured nor clear and of no more use
//          ST_ERROR_CONNECTION_RESET   the peer closed without its good-bye
// Source   sheet 4.2
INLET_API INT WINAPI InetDisableSecurity(SOCKET hSocket);

// Tells how a connection is secured.
//
// Shape    dwSize of the structure has to be set. Without TLS dwProtocol is SECURITY_PROTOCOL_NONE and everything else 0.
// Owner    The strings are the library's and live as long as the session.
// Returns  TRUE, or FALSE.
// Errors   ST_ERROR_INVALID_PARAMETER  no structure, or another dwSize
// Source   sheet 4.4
INLET_API BOOL WINAPI InetGetSecurityInformationA(SOCKET hSocket, LPSECURITYINFOA lpSecurityInfo);
INLET_API BOOL WINAPI InetGetSecurityInformationW(SOCKET hSocket, LPSECURITYINFOW lpSecurityInfo);

// Makes credentials with copies of the texts; Delete frees them and sets the pointer to NULL. Nothing is read from files yet.
//
// Shape    Each text may be NULL. lpvReserved is NULL.
// Owner    The program, until it calls InetDeleteSecurityCredentials.
// Returns  TRUE, or FALSE.
// Errors   ST_ERROR_INVALID_PARAMETER  lppCredentials is NULL, or lpvReserved is not
// Source   sheet 4.5
INLET_API BOOL WINAPI InetCreateSecurityCredentialsA(DWORD dwProtocol, DWORD dwOptions, LPCSTR lpszUserName,
                                                     LPCSTR lpszPassword, LPCSTR lpszCertStore, LPCSTR lpszCertName,
                                                     LPVOID lpvReserved, LPSECURITYCREDENTIALSA* lppCredentials);
INLET_API BOOL WINAPI InetCreateSecurityCredentialsW(DWORD dwProtocol, DWORD dwOptions, LPCWSTR lpszUserName,
                                                     LPCWSTR lpszPassword, LPCWSTR lpszCertStore, LPCWSTR lpszCertName,
                                                     LPVOID lpvReserved, LPSECURITYCREDENTIALSW* lppCredentials);

// Frees what InetCreateSecurityCredentials has made and sets the pointer to NULL. NULL, and a pointer that is NULL already, are harmless.
//
// Source   sheet 4.5
INLET_API VOID WINAPI InetDeleteSecurityCredentialsA(LPSECURITYCREDENTIALSA* lppCredentials);
INLET_API VOID WINAPI InetDeleteSecurityCredentialsW(LPSECURITYCREDENTIALSW* lppCredentials);

// Has a running server meet its next clients with other credentials, after its certificate was renewed for example. Those who are
// connected keep theirs and notice nothing. An extension of ours.
//
// Thread   Any; reads files.
// Returns  TRUE, or FALSE: then the server goes on with the old ones.
// Errors   ST_ERROR_INVALID_PARAMETER  no credentials, or no store in them; and the ones about our own credentials of InetEnableSecurity
// Source   ours
INLET_API BOOL WINAPI InletServerSetCredentialsA(SOCKET hServer, LPSECURITYCREDENTIALSA lpCredentials);
INLET_API BOOL WINAPI InletServerSetCredentialsW(SOCKET hServer, LPSECURITYCREDENTIALSW lpCredentials);

/* Names that follow UNICODE */
#ifdef UNICODE
typedef SECURITYCREDENTIALSW SECURITYCREDENTIALS;
typedef LPSECURITYCREDENTIALSW LPSECURITYCREDENTIALS;
typedef SECURITYINFOW SECURITYINFO;
typedef LPSECURITYINFOW LPSECURITYINFO;
#define InetEnableSecurity InetEnableSecurityW
#define InetGetSecurityInformation InetGetSecurityInformationW
#define InetCreateSecurityCredentials InetCreateSecurityCredentialsW
#define InetDeleteSecurityCredentials InetDeleteSecurityCredentialsW
#define InletServerSetCredentials InletServerSetCredentialsW
#else
typedef SECURITYCREDENTIALSA SECURITYCREDENTIALS;
typedef LPSECURITYCREDENTIALSA LPSECURITYCREDENTIALS;
typedef SECURITYINFOA SECURITYINFO;
typedef LPSECURITYINFOA LPSECURITYINFO;
#define InetEnableSecurity InetEnableSecurityA
#define InetGetSecurityInformation InetGetSecurityInformationA
#define InetCreateSecurityCredentials InetCreateSecurityCredentialsA
#define InetDeleteSecurityCredentials InetDeleteSecurityCredentialsA
#define InletServerSetCredentials InletServerSetCredentialsA
#endif

#ifdef __cplusplus
}
#endif

#endif /* INLET_INET_SECURITY_H */
