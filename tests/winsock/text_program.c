/* A console program as the documents of Windows servers show them. It must compile as C and as C++, unchanged. */
#include <stdlib.h>
#include <tchar.h>
#include <windows.h>
#include <winsock2.h>
#include <ws2tcpip.h>

static void ShowError(LPCTSTR lpszText, DWORD dwError) {
  TCHAR szError[128];

  wsprintf(szError, _T("%s (error %lu)"), lpszText, (unsigned long)dwError);
  MessageBox(NULL, szError, NULL, MB_OK | MB_ICONEXCLAMATION | MB_TASKMODAL);
}

int _tmain(int argc, TCHAR* argv[]) {
  WSADATA wsaData;
  TCHAR szName[64];
  HANDLE hThread;
  struct sockaddr_in sin;
  struct in6_addr loopback = IN6ADDR_LOOPBACK_INIT;
  int nPort = (argc > 1) ? _ttoi(argv[1]) : 7;

  UNREFERENCED_PARAMETER(loopback);
  ZeroMemory(&sin, sizeof(sin));
  sin.sin_family = AF_INET;
  sin.sin_port = htons((u_short)nPort);
  sin.sin_addr.s_addr = htonl(INADDR_ANY);

  if (WSAStartup(MAKEWORD(2, 2), &wsaData) != 0) return EXIT_FAILURE;

  lstrcpyn(szName, _T("server"), 64);
  _tprintf(_T("%s %d.%d port %d\n"), szName, LOBYTE(wsaData.wVersion), HIBYTE(wsaData.wVersion), ntohs(sin.sin_port));

  hThread = OpenThread(SYNCHRONIZE, FALSE, GetCurrentThreadId());
  if (hThread == NULL)
    ShowError(_T("Unable to open the thread"), GetLastError());
  else
    CloseHandle(hThread);

  return (WSACleanup() == 0) ? EXIT_SUCCESS : EXIT_FAILURE;
}
