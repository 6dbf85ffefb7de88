#include "winsock/socket_map.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "winsock/context_handles.h"
#include "winsock/upcalls.h"

namespace inlet::winsock {
namespace {

// Tables that differ in one entry; never called here.
ProcTable make_table(uintptr_t number) {
  WSPPROC_TABLE table{};
  table.lpWSPCleanup = reinterpret_cast<LPWSPCLEANUP>(number);
  return keep_table(table);
}

TEST(SocketMap, KeepsEqualTablesOnce) {
  ProcTable first = make_table(1);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(make_table(1), first);
  EXPECT_NE(make_table(2), first);
}

TEST(SocketMap, FindsByTheLowBits) {
  const SOCKET a = SOCKET{7} << 32 | 1234567;
  const SOCKET b = SOCKET{7} << 32 | 1234568;
  EXPECT_EQ(find_table(a), nullptr);
  ASSERT_TRUE(map_socket(a, make_table(1)));
  EXPECT_EQ(find_table(a), make_table(1));
  EXPECT_EQ(find_table(b), nullptr) << "the place beside it";
  ASSERT_TRUE(map_socket(a, make_table(2)));
  EXPECT_EQ(find_table(a), make_table(2));
}

TEST(SocketMap, HasLimits) {
  EXPECT_EQ(find_table(INVALID_SOCKET), nullptr);
  EXPECT_EQ(find_table(kMapChunks * kMapChunkSlots), nullptr);
  EXPECT_FALSE(map_socket(kMapChunks * kMapChunkSlots, make_table(1)));
  EXPECT_TRUE(map_socket(kMapChunks * kMapChunkSlots - 1, make_table(1)));
  EXPECT_FALSE(map_socket(INVALID_SOCKET, make_table(1)));
}

TEST(SocketMap, KnowsTheTablesOfCatalogEntries) {
  EXPECT_EQ(find_entry_table(0), nullptr);
  EXPECT_EQ(find_entry_table(4711), nullptr);
  set_entry_table(4711, make_table(1));
  EXPECT_EQ(find_entry_table(4711), make_table(1));
  set_entry_table(4711, make_table(2));
  EXPECT_EQ(find_entry_table(4711), make_table(2));
}

TEST(SocketMap, CanBeReadWhileItGrows) {
  constexpr SOCKET kFirst = 3 << kMapChunkBits;
  constexpr SOCKET kLast = 60 << kMapChunkBits;
  ProcTable table = make_table(3);
  std::vector<std::thread> writers;
  for (SOCKET offset : {0, 1})
    writers.emplace_back([=] {
      for (SOCKET s = kFirst + offset; s < kLast; s += 2) EXPECT_TRUE(map_socket(s, table));
    });
  for (SOCKET s = kFirst; s < kLast; ++s) {
    ProcTable found = find_table(s);
    EXPECT_TRUE(found == nullptr || found == table);
  }
  for (std::thread& writer : writers) writer.join();
  for (SOCKET s = kFirst; s < kLast; ++s) ASSERT_EQ(find_table(s), table);
}

TEST(ContextHandles, StandForTheirContextUntilTheyAreClosed) {
  auto handle = make_context_handle(make_table(1), 42);
  ASSERT_TRUE(handle.ok());
  EXPECT_NE(*handle, INVALID_SOCKET);
  EXPECT_EQ(*context_of(*handle), 42u);
  EXPECT_EQ(find_table(*handle), make_table(1));
  EXPECT_TRUE(map_socket(*handle, make_table(2)));
  EXPECT_EQ(find_table(*handle), make_table(2));
  EXPECT_TRUE(close_context_handle(*handle));
  EXPECT_FALSE(close_context_handle(*handle)) << "closed already";
  EXPECT_EQ(context_of(*handle).error(), Error::not_socket);
  EXPECT_EQ(find_table(*handle), nullptr);
  EXPECT_FALSE(map_socket(*handle, make_table(1)));
}

TEST(ContextHandles, AreNotMistakenForALaterOneOfTheirPlace) {
  auto first = make_context_handle(nullptr, 1);
  ASSERT_TRUE(close_context_handle(*first));
  auto second = make_context_handle(nullptr, 2);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(static_cast<uint32_t>(*first), static_cast<uint32_t>(*second)) << "the place is used again";
  EXPECT_NE(*first, *second);
  EXPECT_FALSE(context_of(*first).ok());
  EXPECT_EQ(*context_of(*second), 2u);
  EXPECT_TRUE(close_context_handle(*second));
}

TEST(ContextHandles, AreFewerThanWhatIsNoHandle) {
  for (SOCKET s : {INVALID_SOCKET, SOCKET{0}, SOCKET{1} << 63, SOCKET{1} << 32 | 1}) {
    EXPECT_FALSE(context_of(s).ok()) << s;
    EXPECT_FALSE(close_context_handle(s)) << s;
  }
}

TEST(ContextHandles, NeverShowAForeignContext) {
  constexpr int kRounds = 20000;
  std::atomic<SOCKET> shown{INVALID_SOCKET};
  std::atomic<bool> done{false};
  // The context is the handle's number that follows, so a reader can tell whether the two belong together.
  std::thread maker([&] {
    for (DWORD_PTR i = 1; i <= kRounds; ++i) {
      auto handle = make_context_handle(nullptr, i);
      shown.store(*handle);
      EXPECT_EQ(*context_of(*handle), i);
      close_context_handle(*handle);
    }
    done = true;
  });
  DWORD_PTR last = 0;
  while (!done) {
    const SOCKET s = shown.load();
    auto first = context_of(s);
    auto second = context_of(s);
    if (!first || !second) continue;
    EXPECT_EQ(*first, *second);
    EXPECT_GE(*first, last) << "handles are made in the order of their contexts";
    last = *first;
  }
  maker.join();
}

// A provider that is not IFS, as far as Winsock sees it: handles from the upcall, calls with them.
DWORD_PTR asked_for = 0;

int WSPAPI shutdown_of_contexts(SOCKET s, int how, LPINT code) {
  const WSPUPCALLTABLE up = upcall_table();
  if (up.lpWPUQuerySocketHandleContext(s, &asked_for, code) != 0) return SOCKET_ERROR;
  *code = WSAENETRESET;
  return how == SD_BOTH ? 0 : SOCKET_ERROR;
}

int WSPAPI close_of_contexts(SOCKET s, LPINT code) {
  return upcall_table().lpWPUCloseSocketHandle(s, code);
}

TEST(ContextHandles, LeadCallsToTheProviderThatMadeThem) {
  constexpr DWORD kEntry = 4712;
  WSADATA data{};
  ASSERT_EQ(WSAStartup(MAKEWORD(2, 2), &data), 0);
  WSPPROC_TABLE table{};
  table.lpWSPShutdown = shutdown_of_contexts;
  table.lpWSPCloseSocket = close_of_contexts;
  set_entry_table(kEntry, keep_table(table));
  const WSPUPCALLTABLE up = upcall_table();
  int code = 0;
  const SOCKET s = up.lpWPUCreateSocketHandle(kEntry, 99, &code);
  ASSERT_NE(s, INVALID_SOCKET);
  EXPECT_EQ(shutdown(s, SD_BOTH), 0);
  EXPECT_EQ(asked_for, 99u);
  EXPECT_EQ(WSAGetLastError(), 0) << "a code beside a success means nothing";
  EXPECT_EQ(shutdown(s, SD_SEND), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAENETRESET);
  EXPECT_EQ(closesocket(s), 0);
  EXPECT_EQ(closesocket(s), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAENOTSOCK);
  EXPECT_EQ(up.lpWPUModifyIFSHandle(kEntry, s, &code), INVALID_SOCKET) << "only IFS handles are published so";
  EXPECT_EQ(code, WSAEINVAL);
  EXPECT_EQ(WSACleanup(), 0);
}

}  // namespace
}  // namespace inlet::winsock
