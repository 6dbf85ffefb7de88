// A server written the way programs for Windows are: their headers, their types, their way to report an error. It is the
// same source on Windows and on Linux, and it has no idea which of them it runs on.
//
// The service: a greeting, then every line comes back in capitals; "bye" ends the session.
//
// Usage: documented_start PORT        Enter, or the end of the input, stops it.
#include <windows.h>

#include <cswsock10.h>
#include <tchar.h>

#include <atomic>

static std::atomic<LONG> g_nGuests = 0;

static VOID AnswerLine(SOCKET hClient) {
  TCHAR szLine[512];
  INT nLength = sizeof(szLine) / sizeof(TCHAR);
  if (!InetReadLine(hClient, szLine, &nLength)) return;
  if (_tcsicmp(szLine, _T("bye")) == 0) {
    InetWriteLine(hClient, _T("Good bye"), NULL);
    InetDisconnect(hClient);
    return;
  }
  for (LPTSTR lpszNext = szLine; *lpszNext; ++lpszNext) *lpszNext = (TCHAR)_totupper((unsigned char)*lpszNext);
  InetWriteLine(hClient, szLine, NULL);
}

static VOID CALLBACK MyEventHandler(SOCKET hSocket, UINT nEventId, DWORD dwError, DWORD_PTR dwParam) {
  UNREFERENCED_PARAMETER(dwError);
  UNREFERENCED_PARAMETER(dwParam);
  switch (nEventId) {
    case INET_EVENT_CONNECT:
      ++g_nGuests;
      InetWriteLine(hSocket, _T("Welcome"), NULL);
      break;

    case INET_EVENT_READ: AnswerLine(hSocket); break;

    case INET_EVENT_TIMEOUT:
      InetWriteLine(hSocket, _T("You are quiet, good bye"), NULL);
      InetDisconnect(hSocket);
      break;

    case INET_EVENT_DISCONNECT: --g_nGuests; break;
  }
}

int _tmain(int argc, TCHAR* argv[]) {
  UINT nLocalPort = argc > 1 ? (UINT)_ttoi(argv[1]) : 7000;
  if (!InetInitialize(NULL, NULL)) {
    _ftprintf(stderr, _T("The library cannot be used\n"));
    return 1;
  }

  SOCKET hServer = InetServerStart(NULL, nLocalPort, INET_BACKLOG, 100, INET_TIMEOUT, INET_PRIORITY_NORMAL,
                                   INET_OPTION_REUSEADDRESS, MyEventHandler, 0, NULL);
  if (hServer == INVALID_SOCKET) {
    DWORD dwError = InetGetLastError();
    TCHAR szError[256];
    InetGetErrorString(dwError, szError, 256);
    MessageBox(NULL, szError, NULL, MB_OK | MB_TASKMODAL);
    InetUninitialize();
    return 1;
  }

  _tprintf(_T("Serving on port %u, press Enter to stop\n"), nLocalPort);
  fflush(stdout);
  _gettchar();

  InetServerStop(hServer);
  _tprintf(_T("Guests left behind: %ld\n"), (long)g_nGuests.load());
  InetUninitialize();
  return 0;
}
