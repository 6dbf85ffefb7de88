#include "winsock/startup.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>

#include "winsock/last_error.h"
#include "winsock/upcalls.h"

namespace inlet::winsock {
namespace {

TEST(WinsockStartup, FollowsTheVersionTable) {
  struct Row {
    WORD requested;
    int result;
    WORD version;
  };
  const Row rows[] = {
      {MAKEWORD(0, 0), WSAVERNOTSUPPORTED, MAKEWORD(2, 2)},
      {MAKEWORD(0, 9), WSAVERNOTSUPPORTED, MAKEWORD(2, 2)},
      {MAKEWORD(1, 0), 0, MAKEWORD(1, 0)},
      {MAKEWORD(1, 1), 0, MAKEWORD(1, 1)},
      {MAKEWORD(1, 2), 0, MAKEWORD(1, 1)},
      {MAKEWORD(1, 255), 0, MAKEWORD(1, 1)},
      {MAKEWORD(2, 0), 0, MAKEWORD(2, 0)},
      {MAKEWORD(2, 1), 0, MAKEWORD(2, 1)},
      {MAKEWORD(2, 2), 0, MAKEWORD(2, 2)},
      {MAKEWORD(2, 3), 0, MAKEWORD(2, 2)},
      {MAKEWORD(3, 0), 0, MAKEWORD(2, 2)},
  };
  for (const Row& row : rows) {
    WSADATA data;
    std::memset(&data, 0xff, sizeof(data));
    EXPECT_EQ(WSAStartup(row.requested, &data), row.result) << row.requested;
    EXPECT_EQ(data.wVersion, row.version) << row.requested;
    EXPECT_EQ(data.wHighVersion, MAKEWORD(2, 2));
    EXPECT_STREQ(data.szDescription, "WinSock 2.0");
    EXPECT_STREQ(data.szSystemStatus, "Running");
    EXPECT_EQ(data.iMaxSockets, LOBYTE(row.version) == 1 ? 32767 : 0) << row.requested;
    EXPECT_EQ(data.iMaxUdpDg, LOBYTE(row.version) == 1 ? 65467 : 0);
    if (row.result == 0) {
      EXPECT_EQ(WSACleanup(), 0);
    }
  }
}

TEST(WinsockStartup, ChecksThePointerAfterTheVersion) {
  EXPECT_EQ(WSAStartup(MAKEWORD(2, 2), nullptr), WSAEFAULT);
  EXPECT_EQ(WSAStartup(0, nullptr), WSAVERNOTSUPPORTED);
}

TEST(WinsockStartup, IsCounted) {
  EXPECT_EQ(base_provider(), nullptr);
  WSADATA data{};
  ASSERT_EQ(WSAStartup(MAKEWORD(2, 2), &data), 0);
  ASSERT_EQ(WSAStartup(MAKEWORD(2, 2), &data), 0);
  EXPECT_EQ(WSACleanup(), 0);
  auto provider = base_provider();
  ASSERT_NE(provider, nullptr);
  auto s = provider->socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_TRUE(s.ok());
  provider.reset();
  EXPECT_EQ(WSACleanup(), 0);
  WSASetLastError(0);
  EXPECT_EQ(WSACleanup(), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSANOTINITIALISED);

  ASSERT_EQ(WSAStartup(MAKEWORD(2, 2), &data), 0);
  EXPECT_EQ(base_provider()->close(*s).error(), Error::not_socket) << "the last cleanup has closed it";
  EXPECT_EQ(WSACleanup(), 0);
}

TEST(LastError, IsOneSlotPerThread) {
  WSASetLastError(WSAECONNRESET);
  EXPECT_EQ(GetLastError(), static_cast<DWORD>(WSAECONNRESET));
  SetLastError(ERROR_INVALID_PARAMETER);
  EXPECT_EQ(WSAGetLastError(), ERROR_INVALID_PARAMETER);
  int other = -1;
  std::thread([&] { other = WSAGetLastError(); }).join();
  EXPECT_EQ(other, 0);
}

TEST(Upcalls, HaveNoEmptyEntry) {
  const WSPUPCALLTABLE table = upcall_table();
  uintptr_t entries[15];
  static_assert(sizeof(entries) == sizeof(table));
  std::memcpy(entries, &table, sizeof(entries));
  for (int i = 0; i < 15; ++i) EXPECT_NE(entries[i], 0u) << i;
}

TEST(Upcalls, EventsAreSetUntilTheyAreReset) {
  const WSPUPCALLTABLE up = upcall_table();
  int error = 0;
  WSAEVENT event = up.lpWPUCreateEvent(&error);
  ASSERT_NE(event, WSA_INVALID_EVENT);
  EXPECT_EQ(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
  EXPECT_TRUE(up.lpWPUSetEvent(event, &error));
  EXPECT_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
  EXPECT_EQ(WaitForSingleObject(event, INFINITE), WAIT_OBJECT_0) << "still set";
  EXPECT_TRUE(up.lpWPUResetEvent(event, &error));
  EXPECT_EQ(WaitForSingleObject(event, 1), WAIT_TIMEOUT);
  std::thread setter([&] {
    int ignored = 0;
    up.lpWPUSetEvent(event, &ignored);
  });
  EXPECT_EQ(WaitForSingleObject(event, INFINITE), WAIT_OBJECT_0);
  setter.join();
  EXPECT_TRUE(up.lpWPUCloseEvent(event, &error));
  for (auto call : {up.lpWPUCloseEvent, up.lpWPUSetEvent, up.lpWPUResetEvent}) {
    error = 0;
    EXPECT_FALSE(call(event, &error));
    EXPECT_EQ(error, WSA_INVALID_HANDLE);
  }
}

TEST(Upcalls, FailWithTheirDocumentedCodes) {
  const WSPUPCALLTABLE up = upcall_table();
  int error = 0;
  EXPECT_EQ(up.lpWPUModifyIFSHandle(1001, 42, &error), 42u);
  EXPECT_EQ(up.lpWPUModifyIFSHandle(1001, INVALID_SOCKET, &error), INVALID_SOCKET);
  EXPECT_EQ(error, WSAEINVAL);
  LPBLOCKINGCALLBACK hook = reinterpret_cast<LPBLOCKINGCALLBACK>(1);
  DWORD_PTR context = 1;
  EXPECT_EQ(up.lpWPUQueryBlockingCallback(1001, &hook, &context, &error), 0);
  EXPECT_EQ(hook, nullptr);
  EXPECT_EQ(up.lpWPUQueryBlockingCallback(1001, nullptr, &context, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAEFAULT);
  EXPECT_EQ(up.lpWPUCloseSocketHandle(42, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAENOTSOCK);
  EXPECT_EQ(up.lpWPUQuerySocketHandleContext(42, &context, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAENOTSOCK);
  GUID unknown{};
  int length = 8;
  EXPECT_EQ(up.lpWPUGetProviderPath(&unknown, nullptr, &length, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAEINVAL);
  EXPECT_EQ(up.lpWPUGetProviderPath(nullptr, nullptr, nullptr, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAEFAULT);
  EXPECT_EQ(up.lpWPUQueueApc(nullptr, nullptr, 0, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAEFAULT);
  fd_set set;
  FD_ZERO(&set);
  FD_SET(SOCKET{42}, &set);
  EXPECT_TRUE(up.lpWPUFDIsSet(42, &set));
  EXPECT_FALSE(up.lpWPUFDIsSet(43, &set));
}

}  // namespace
}  // namespace inlet::winsock
