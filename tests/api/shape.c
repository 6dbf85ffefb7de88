// Compiled as C11 and as C++17, narrow and with UNICODE: each function of inet_functions.list is assigned to a pointer of exactly its
// type. The list is included three times: for the A forms, the W forms, and the names that follow UNICODE.
#include <cswsock10.h>

// Credentials have two forms once TLS has brought its header.
#ifndef INLET_INET_SECURITY_H
typedef LPSECURITYCREDENTIALS LPSECURITYCREDENTIALSA;
typedef LPSECURITYCREDENTIALS LPSECURITYCREDENTIALSW;
#endif

#define PLAIN(result, name, arguments) result(WINAPI* shape_of_##name) arguments = name;
#define TEXT(result, name, arguments) result(WINAPI* shape_of_##name##A) arguments = name##A;
#define LPTEXT LPSTR
#define LPCTEXT LPCSTR
#define LPCREDENTIALS LPSECURITYCREDENTIALSA
#define LPINFO LPSECURITYINFOA
#include "inet_functions.inc"
#undef PLAIN
#undef TEXT
#undef LPTEXT
#undef LPCTEXT
#undef LPCREDENTIALS
#undef LPINFO

#define PLAIN(result, name, arguments)
#define TEXT(result, name, arguments) result(WINAPI* shape_of_##name##W) arguments = name##W;
#define LPTEXT LPWSTR
#define LPCTEXT LPCWSTR
#define LPCREDENTIALS LPSECURITYCREDENTIALSW
#define LPINFO LPSECURITYINFOW
#include "inet_functions.inc"
#undef TEXT
#undef LPTEXT
#undef LPCTEXT
#undef LPCREDENTIALS
#undef LPINFO

#define TEXT(result, name, arguments) result(WINAPI* shape_of_text_##name) arguments = name;
#define LPTEXT LPTSTR
#define LPCTEXT LPCTSTR
#define LPCREDENTIALS LPSECURITYCREDENTIALS
#define LPINFO LPSECURITYINFO
#include "inet_functions.inc"

// The call of the documents' own sample compiles as it stands there.
VOID CALLBACK sample_event(SOCKET hSocket, UINT nEventId, DWORD dwError, DWORD_PTR dwParam);
SOCKET start_sample(void);
SOCKET start_sample(void) {
  return InetServerStart(NULL, 7000, INET_BACKLOG, 100, INET_TIMEOUT, INET_PRIORITY_NORMAL, INET_OPTION_REUSEADDRESS,
                         sample_event, 0, NULL);
}
