// WSPCancelBlockingCall, from the blocking hook of a program of the 1.1 manner.
#include "provider_fixture.h"

namespace inlet::provider::test {
namespace {

WSPPROC_TABLE* table = nullptr;

BOOL CALLBACK cancel(DWORD_PTR context) {
  int error = 0;
  *reinterpret_cast<int*>(context) = table->lpWSPCancelBlockingCall(&error) == 0 ? 0 : error;
  return TRUE;
}

int WSPAPI query_hook(DWORD, LPBLOCKINGCALLBACK* hook, PDWORD_PTR context, LPINT) {
  static int canceled;
  *hook = cancel;
  *context = reinterpret_cast<DWORD_PTR>(&canceled);
  return 0;
}

class CancelCall : public ProviderTest {};

TEST_F(CancelCall, FailsWhenNothingWaits) {
  int error = 0;
  EXPECT_EQ(wsp.lpWSPCancelBlockingCall(&error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAEINVAL);
  EXPECT_EQ(wsp.lpWSPCancelBlockingCall(nullptr), SOCKET_ERROR);
}

TEST_F(CancelCall, EndsTheWaitAroundTheHook) {
  SOCKET listener = make_listener();
  auto [client, server] = make_pair();
  WSPUPCALLTABLE upcalls{};
  upcalls.lpWPUQueryBlockingCallback = query_hook;
  WSPDATA data{};
  ASSERT_EQ(WSPStartup(0x0202, &data, nullptr, upcalls, &wsp), 0);
  table = &wsp;
  char byte = 0;
  EXPECT_EQ(recv(server, &byte, 1), -WSAEINTR);
  int code = 0;
  accept(listener, &code);
  EXPECT_EQ(code, WSAEINTR);
  int error = 0;
  EXPECT_EQ(wsp.lpWSPCancelBlockingCall(&error), SOCKET_ERROR) << "the wait is over";
  // A cancelled accept leaves the listener unharmed.
  Name name;
  ASSERT_EQ(local_name(listener, &name), 0);
  ASSERT_EQ(connect(client = make_socket(), name), 0);
  EXPECT_NE(accept(listener), INVALID_SOCKET);
  EXPECT_EQ(wsp.lpWSPCleanup(&error), 0);
}

}  // namespace
}  // namespace inlet::provider::test
