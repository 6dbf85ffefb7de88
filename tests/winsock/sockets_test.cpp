// End to end over the loopback with the BSD and the WSA calls, and the checks that Winsock makes before a provider is asked.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <mswsock.h>
#include <winsock2.h>
#include <ws2tcpip.h>

namespace {

class Sockets : public testing::Test {
 protected:
  void SetUp() override {
    WSADATA data{};
    ASSERT_EQ(WSAStartup(MAKEWORD(2, 2), &data), 0);
  }
  void TearDown() override { EXPECT_EQ(WSACleanup(), 0); }
};

sockaddr_in loopback(u_short port = 0) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = port;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return name;
}

const sockaddr* any(const sockaddr_in& name) {
  return reinterpret_cast<const sockaddr*>(&name);
}

// A connected pair, through all the BSD calls that it takes.
struct Pair {
  SOCKET listener = INVALID_SOCKET;
  SOCKET client = INVALID_SOCKET;
  SOCKET server = INVALID_SOCKET;

  Pair() {
    listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    sockaddr_in name = loopback();
    EXPECT_EQ(bind(listener, any(name), sizeof(name)), 0);
    EXPECT_EQ(listen(listener, 5), 0);
    int length = sizeof(name);
    EXPECT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&name), &length), 0);
    client = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(connect(client, any(name), sizeof(name)), 0);
    server = accept(listener, nullptr, nullptr);
    EXPECT_NE(server, INVALID_SOCKET);
  }
  ~Pair() {
    for (SOCKET s : {listener, client, server}) closesocket(s);
  }
};

TEST_F(Sockets, TalkOverTheLoopback) {
  Pair pair;
  EXPECT_EQ(send(pair.client, "hello", 5, 0), 5);
  char text[16] = {};
  EXPECT_EQ(recv(pair.server, text, sizeof(text), 0), 5);
  EXPECT_STREQ(text, "hello");
  WSABUF pieces[2] = {{2, const_cast<char*>("wo")}, {3, const_cast<char*>("rld")}};
  DWORD count = 0;
  EXPECT_EQ(WSASend(pair.server, pieces, 2, &count, 0, nullptr, nullptr), 0);
  EXPECT_EQ(count, 5u);
  WSABUF whole{sizeof(text), text};
  DWORD flags = 0;
  EXPECT_EQ(WSARecv(pair.client, &whole, 1, &count, &flags, nullptr, nullptr), 0);
  EXPECT_EQ(std::string(text, count), "world");
  EXPECT_EQ(shutdown(pair.client, SD_SEND), 0);
  EXPECT_EQ(recv(pair.server, text, sizeof(text), 0), 0);
}

TEST_F(Sockets, LeaveNoErrorBehindASuccess) {
  Pair pair;
  char byte = 0;
  u_long on = 1;
  int type = 0;
  int length = sizeof(type);
  sockaddr_in name{};
  int name_length = sizeof(name);
  auto* out = reinterpret_cast<sockaddr*>(&name);
  const std::pair<const char*, std::function<bool()>> calls[] = {
      {"socket", [&] { return closesocket(socket(AF_INET, SOCK_DGRAM, 0)) == 0; }},
      {"send", [&] { return send(pair.client, "x", 1, 0) == 1; }},
      {"recv", [&] { return recv(pair.server, &byte, 1, 0) == 1; }},
      {"getsockopt",
       [&] { return getsockopt(pair.client, SOL_SOCKET, SO_TYPE, reinterpret_cast<char*>(&type), &length) == 0; }},
      {"setsockopt",
       [&] {
         const int yes = 1;
         return setsockopt(pair.client, IPPROTO_TCP, TCP_NODELAY, reinterpret_cast<const char*>(&yes), 4) == 0;
       }},
      {"getsockname", [&] { return getsockname(pair.client, out, &name_length) == 0; }},
      {"getpeername", [&] { return getpeername(pair.client, out, &name_length) == 0; }},
      {"ioctlsocket", [&] { return ioctlsocket(pair.client, FIONREAD, &on) == 0; }},
      {"shutdown", [&] { return shutdown(pair.client, SD_SEND) == 0; }},
  };
  for (const auto& [name_of_call, call] : calls) {
    WSASetLastError(1234);
    EXPECT_TRUE(call()) << name_of_call;
    EXPECT_EQ(WSAGetLastError(), 0) << name_of_call;
  }
}

// Every call with a handle, told by its name.
struct HandleCall {
  const char* name;
  std::function<bool(SOCKET)> fails;
};

std::vector<HandleCall> handle_calls() {
  static char bytes[64];
  static sockaddr_in name = loopback();
  static int length = sizeof(name);
  static DWORD count = 0;
  static DWORD flags = 0;
  static WSABUF buffer{sizeof(bytes), bytes};
  static u_long number = 0;
  static OVERLAPPED overlapped{};
  static WSANETWORKEVENTS events{};
  static WSAPROTOCOL_INFOA narrow{};
  static WSAPROTOCOL_INFOW wide{};
  static WSAMSG message{};
  static int in_out = 0;
  sockaddr* out = reinterpret_cast<sockaddr*>(&name);
  return {
      {"bind", [=](SOCKET s) { return bind(s, out, length) != 0; }},
      {"listen", [](SOCKET s) { return listen(s, 1) != 0; }},
      {"accept", [](SOCKET s) { return accept(s, nullptr, nullptr) == INVALID_SOCKET; }},
      {"WSAAccept", [](SOCKET s) { return WSAAccept(s, nullptr, nullptr, nullptr, 0) == INVALID_SOCKET; }},
      {"connect", [=](SOCKET s) { return connect(s, out, length) != 0; }},
      {"WSAConnect", [=](SOCKET s) { return WSAConnect(s, out, length, nullptr, nullptr, nullptr, nullptr) != 0; }},
      {"send", [](SOCKET s) { return send(s, bytes, 1, 0) < 0; }},
      {"recv", [](SOCKET s) { return recv(s, bytes, 1, 0) < 0; }},
      {"sendto", [=](SOCKET s) { return sendto(s, bytes, 1, 0, out, length) < 0; }},
      {"recvfrom", [](SOCKET s) { return recvfrom(s, bytes, 1, 0, nullptr, nullptr) < 0; }},
      {"WSASend", [](SOCKET s) { return WSASend(s, &buffer, 1, &count, 0, nullptr, nullptr) != 0; }},
      {"WSARecv", [](SOCKET s) { return WSARecv(s, &buffer, 1, &count, &flags, nullptr, nullptr) != 0; }},
      {"WSASendTo", [=](SOCKET s) { return WSASendTo(s, &buffer, 1, &count, 0, out, length, nullptr, nullptr) != 0; }},
      {"WSARecvFrom",
       [](SOCKET s) { return WSARecvFrom(s, &buffer, 1, &count, &flags, nullptr, nullptr, nullptr, nullptr) != 0; }},
      {"WSASendMsg", [](SOCKET s) { return WSASendMsg(s, &message, 0, &count, nullptr, nullptr) != 0; }},
      {"WSARecvEx", [](SOCKET s) { return WSARecvEx(s, bytes, 1, &in_out) < 0; }},
      {"WSASendDisconnect", [](SOCKET s) { return WSASendDisconnect(s, nullptr) != 0; }},
      {"WSARecvDisconnect", [](SOCKET s) { return WSARecvDisconnect(s, nullptr) != 0; }},
      {"shutdown", [](SOCKET s) { return shutdown(s, SD_BOTH) != 0; }},
      {"closesocket", [](SOCKET s) { return closesocket(s) != 0; }},
      {"getsockname", [=](SOCKET s) { return getsockname(s, out, &length) != 0; }},
      {"getpeername", [=](SOCKET s) { return getpeername(s, out, &length) != 0; }},
      {"getsockopt", [](SOCKET s) { return getsockopt(s, SOL_SOCKET, SO_TYPE, bytes, &length) != 0; }},
      {"setsockopt", [](SOCKET s) { return setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, bytes, 4) != 0; }},
      {"ioctlsocket", [](SOCKET s) { return ioctlsocket(s, FIONREAD, &number) != 0; }},
      {"WSAIoctl",
       [](SOCKET s) {
         return WSAIoctl(s, FIONREAD, nullptr, 0, &number, sizeof(number), &count, nullptr, nullptr) != 0;
       }},
      {"WSAEventSelect", [](SOCKET s) { return WSAEventSelect(s, nullptr, 0) != 0; }},
      {"WSAEnumNetworkEvents", [](SOCKET s) { return WSAEnumNetworkEvents(s, nullptr, &events) != 0; }},
      {"WSAAsyncSelect", [](SOCKET s) { return WSAAsyncSelect(s, nullptr, 0, 0) != 0; }},
      {"WSAGetOverlappedResult",
       [](SOCKET s) { return !WSAGetOverlappedResult(s, &overlapped, &count, FALSE, &flags); }},
      {"WSADuplicateSocketA", [](SOCKET s) { return WSADuplicateSocketA(s, 1, &narrow) != 0; }},
      {"WSADuplicateSocketW", [](SOCKET s) { return WSADuplicateSocketW(s, 1, &wide) != 0; }},
      {"WSAJoinLeaf",
       [=](SOCKET s) {
         return WSAJoinLeaf(s, out, length, nullptr, nullptr, nullptr, nullptr, JL_BOTH) == INVALID_SOCKET;
       }},
      {"WSAGetQOSByName", [](SOCKET s) { return !WSAGetQOSByName(s, &buffer, nullptr); }},
      {"AcceptEx", [](SOCKET s) { return !AcceptEx(s, s, bytes, 0, 0, 32, &count, &overlapped); }},
      {"TransmitFile", [](SOCKET s) { return !TransmitFile(s, nullptr, 0, 0, nullptr, nullptr, 0); }},
      {"select",
       [](SOCKET s) {
         fd_set set;
         FD_ZERO(&set);
         FD_SET(s, &set);
         return select(0, nullptr, &set, nullptr, nullptr) < 0;
       }},
      {"WSAPoll",
       [](SOCKET s) {
         WSAPOLLFD element{s, POLLRDNORM, 0};
         return WSAPoll(&element, 1, 0) < 0;
       }},
  };
}

TEST(SocketsWithoutStartup, AreNotInitialised) {
  WSACleanup();
  for (const HandleCall& call : handle_calls()) {
    WSASetLastError(0);
    EXPECT_TRUE(call.fails(INVALID_SOCKET)) << call.name;
    EXPECT_EQ(WSAGetLastError(), WSANOTINITIALISED) << call.name;
  }
  DWORD bytes = 0;
  const std::pair<const char*, std::function<bool()>> others[] = {
      {"socket", [] { return socket(AF_INET, SOCK_STREAM, 0) == INVALID_SOCKET; }},
      {"WSASocketW", [] { return WSASocketW(AF_INET, SOCK_STREAM, 0, nullptr, 0, 0) == INVALID_SOCKET; }},
      {"WSASocketA", [] { return WSASocketA(AF_INET, SOCK_STREAM, 0, nullptr, 0, 0) == INVALID_SOCKET; }},
      {"WSAEnumProtocolsW", [&] { return WSAEnumProtocolsW(nullptr, nullptr, &bytes) < 0; }},
      {"WSAEnumProtocolsA", [&] { return WSAEnumProtocolsA(nullptr, nullptr, &bytes) < 0; }},
      {"WSAProviderConfigChange", [] { return WSAProviderConfigChange(nullptr, nullptr, nullptr) != 0; }},
      {"WSASetBlockingHook", [] { return WSASetBlockingHook(nullptr) == nullptr; }},
      {"WSAUnhookBlockingHook", [] { return WSAUnhookBlockingHook() != 0; }},
      {"WSACancelBlockingCall", [] { return WSACancelBlockingCall() != 0; }},
      {"select of nothing", [] { return select(0, NULL, NULL, NULL, NULL) < 0; }},
  };
  for (const auto& [name, fails] : others) {
    WSASetLastError(0);
    EXPECT_TRUE(fails()) << name;
    EXPECT_EQ(WSAGetLastError(), WSANOTINITIALISED) << name;
  }
}

TEST_F(Sockets, AreJudgedByTheirHandleFirst) {
  const SOCKET closed = socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(closesocket(closed), 0);
  const SOCKET strange[] = {INVALID_SOCKET, 0, 0xdeadbeef, SOCKET{1} << 63, closed, closed + (SOCKET{1} << 32)};
  for (SOCKET s : strange)
    for (const HandleCall& call : handle_calls()) {
      WSASetLastError(0);
      EXPECT_TRUE(call.fails(s)) << call.name << " " << s;
      EXPECT_EQ(WSAGetLastError(), WSAENOTSOCK) << call.name << " " << s;
    }
}

TEST_F(Sockets, DoNotReachOneThatHasTakenTheirPlace) {
  const SOCKET old = socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(closesocket(old), 0);
  const SOCKET current = socket(AF_INET, SOCK_DGRAM, 0);
  EXPECT_EQ(static_cast<uint32_t>(old), static_cast<uint32_t>(current)) << "the test wants the same descriptor";
  EXPECT_EQ(closesocket(old), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAENOTSOCK);
  EXPECT_EQ(closesocket(current), 0);
}

TEST_F(Sockets, AreMadeByTheArgumentMatrix) {
  struct Row {
    int family, type, protocol, code;
  };
  const Row rows[] = {
      {AF_INET, SOCK_STREAM, IPPROTO_TCP, 0},
      {AF_INET, SOCK_DGRAM, IPPROTO_UDP, 0},
      {AF_INET6, SOCK_STREAM, 0, 0},
      {AF_INET, 0, 0, 0},
      {AF_INET, 0, IPPROTO_UDP, 0},
      {0, SOCK_STREAM, IPPROTO_TCP, 0},
      {0xcafe, SOCK_STREAM, IPPROTO_TCP, WSAEAFNOSUPPORT},
      {AF_INET, 0xcafe, IPPROTO_TCP, WSAESOCKTNOSUPPORT},
      {0xcafe, 0xcafe, IPPROTO_TCP, WSAESOCKTNOSUPPORT},
      {AF_INET, SOCK_STREAM, 0xcafe, WSAEPROTONOSUPPORT},
      {AF_INET, SOCK_STREAM, IPPROTO_UDP, WSAEPROTONOSUPPORT},
      {AF_INET, SOCK_DGRAM, IPPROTO_TCP, WSAEPROTONOSUPPORT},
      {0, SOCK_STREAM, 0, WSAEINVAL},
      {0, 0, 0, WSAEINVAL},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(testing::Message() << row.family << " " << row.type << " " << row.protocol);
    WSASetLastError(1234);
    const SOCKET s = socket(row.family, row.type, row.protocol);
    EXPECT_EQ(s != INVALID_SOCKET, row.code == 0);
    EXPECT_EQ(WSAGetLastError(), row.code);
    if (s != INVALID_SOCKET) closesocket(s);
  }
}

std::vector<WSAPROTOCOL_INFOW> protocols() {
  DWORD bytes = 0;
  EXPECT_EQ(WSAEnumProtocolsW(nullptr, nullptr, &bytes), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAENOBUFS);
  std::vector<WSAPROTOCOL_INFOW> infos(bytes / sizeof(WSAPROTOCOL_INFOW));
  EXPECT_EQ(WSAEnumProtocolsW(nullptr, infos.data(), &bytes), static_cast<int>(infos.size()));
  return infos;
}

TEST_F(Sockets, AreMadeFromAnEntryOfTheCatalog) {
  const auto infos = protocols();
  ASSERT_GE(infos.size(), 4u);
  for (WSAPROTOCOL_INFOW info : infos) {
    const SOCKET s = WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, 0);
    ASSERT_NE(s, INVALID_SOCKET) << info.dwCatalogEntryId;
    int type = 0;
    int length = sizeof(type);
    EXPECT_EQ(getsockopt(s, SOL_SOCKET, SO_TYPE, reinterpret_cast<char*>(&type), &length), 0);
    EXPECT_EQ(type, info.iSocketType);
    closesocket(s);
  }
  WSAPROTOCOL_INFOW unknown = infos.front();
  unknown.dwCatalogEntryId = 0xbad;
  EXPECT_EQ(WSASocketW(0, 0, 0, &unknown, 0, 0), INVALID_SOCKET);
  EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
  EXPECT_EQ(WSASocketW(AF_INET, SOCK_STREAM, 0, nullptr, 0, 0x8000), INVALID_SOCKET);
  EXPECT_EQ(WSAGetLastError(), WSAEINVAL) << "an unknown flag";
}

TEST_F(Sockets, ListTheCatalogInBothForms) {
  const auto wide = protocols();
  DWORD bytes = 0;
  EXPECT_EQ(WSAEnumProtocolsA(nullptr, nullptr, &bytes), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAENOBUFS);
  EXPECT_EQ(bytes, wide.size() * sizeof(WSAPROTOCOL_INFOA));
  std::vector<WSAPROTOCOL_INFOA> narrow(wide.size());
  --bytes;
  EXPECT_EQ(WSAEnumProtocolsA(nullptr, narrow.data(), &bytes), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAENOBUFS);
  EXPECT_EQ(WSAEnumProtocolsA(nullptr, narrow.data(), &bytes), static_cast<int>(wide.size()));
  for (size_t i = 0; i < wide.size(); ++i) {
    EXPECT_EQ(narrow[i].dwCatalogEntryId, wide[i].dwCatalogEntryId);
    EXPECT_EQ(narrow[i].dwProviderFlags & PFL_HIDDEN, 0u);
    EXPECT_TRUE(
        std::equal(narrow[i].szProtocol, narrow[i].szProtocol + strlen(narrow[i].szProtocol) + 1, wide[i].szProtocol));
    const SOCKET s = WSASocketA(0, 0, 0, &narrow[i], 0, WSA_FLAG_OVERLAPPED);
    EXPECT_NE(s, INVALID_SOCKET);
    closesocket(s);
  }
  INT udp_only[] = {IPPROTO_UDP, 0};
  INT nothing[] = {0};
  bytes = static_cast<DWORD>(narrow.size() * sizeof(WSAPROTOCOL_INFOA));
  EXPECT_EQ(WSAEnumProtocolsA(udp_only, narrow.data(), &bytes), 2);
  EXPECT_EQ(narrow[0].iProtocol, IPPROTO_UDP);
  EXPECT_EQ(WSAEnumProtocolsA(nothing, narrow.data(), &bytes), 0);
  EXPECT_EQ(WSAEnumProtocolsA(nullptr, narrow.data(), nullptr), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
}

TEST_F(Sockets, NothingToSelectIsAnError) {
  fd_set empty;
  FD_ZERO(&empty);
  timeval soon{0, 0};
  EXPECT_EQ(select(0, nullptr, nullptr, nullptr, &soon), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
  WSASetLastError(0);
  EXPECT_EQ(select(0, &empty, &empty, &empty, &soon), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
  WSASetLastError(0);
  EXPECT_EQ(select(0, NULL, NULL, NULL, NULL), SOCKET_ERROR) << "the C library's would sleep for ever";
  EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
}

TEST_F(Sockets, PollChecksWhatItIsGiven) {
  WSAPOLLFD none[2] = {{INVALID_SOCKET, POLLRDNORM, 0}, {0, POLLWRNORM, 0}};
  EXPECT_EQ(WSAPoll(nullptr, 0, 0), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
  EXPECT_EQ(WSAPoll(none, 0, 0), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
  EXPECT_EQ(WSAPoll(nullptr, 1, 0), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
  EXPECT_EQ(WSAPoll(none, 2, 0), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAENOTSOCK);
  EXPECT_EQ(none[0].revents, POLLNVAL);
  EXPECT_EQ(none[1].revents, POLLNVAL);
  none[1].events = POLLPRI;
  EXPECT_EQ(WSAPoll(none, 2, 0), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
}

TEST_F(Sockets, LookIntoASet) {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(SOCKET{8}, &set);
  EXPECT_TRUE(__WSAFDIsSet(8, &set));
  EXPECT_FALSE(__WSAFDIsSet(9, &set));
  EXPECT_FALSE(__WSAFDIsSet(8, nullptr));
}

TEST_F(Sockets, ReceiveWithFlagsThatComeBack) {
  Pair pair;
  char byte = 0;
  int flags = 0;
  ASSERT_EQ(send(pair.client, "ab", 2, 0), 2);
  EXPECT_EQ(WSARecvEx(pair.server, &byte, 1, &flags), 1);
  EXPECT_EQ(flags, 0);
  EXPECT_EQ(WSARecvEx(pair.server, &byte, 1, nullptr), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
  EXPECT_EQ(WSARecvEx(pair.server, &byte, 1, &flags), 1);
  EXPECT_EQ(byte, 'b') << "the failed call took nothing";
}

TEST_F(Sockets, NegativeLengthsAreFaults) {
  Pair pair;
  char byte = 0;
  EXPECT_EQ(send(pair.client, &byte, -1, 0), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
  ASSERT_EQ(send(pair.client, "x", 1, 0), 1);
  EXPECT_EQ(recv(pair.server, &byte, -1, 0), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
  EXPECT_EQ(recv(pair.server, &byte, 1, 0), 1);
}

TEST_F(Sockets, ClosingOneEndsTheCallThatWaitsOnIt) {
  Pair pair;
  std::atomic<int> code{0};
  std::thread waiter([&] {
    char byte = 0;
    code = recv(pair.server, &byte, 1, 0) == SOCKET_ERROR ? WSAGetLastError() : -1;
  });
  std::this_thread::yield();
  EXPECT_EQ(closesocket(pair.server), 0);
  waiter.join();
  EXPECT_TRUE(code == WSAEINTR || code == WSAENOTSOCK) << code;
}

TEST_F(Sockets, TheLastCleanupClosesThem) {
  const SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(WSACleanup(), 0);
  EXPECT_EQ(closesocket(s), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSANOTINITIALISED);
  WSADATA data{};
  ASSERT_EQ(WSAStartup(MAKEWORD(2, 2), &data), 0);
  EXPECT_EQ(closesocket(s), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAENOTSOCK);
}

TEST_F(Sockets, CallsRaceWithTheLastCleanupWithoutHarm) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i)
    callers.emplace_back([&] {
      while (!stop) {
        const SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
        char byte = 0;
        if (s == INVALID_SOCKET) continue;
        EXPECT_EQ(recv(s, &byte, 1, 0), SOCKET_ERROR);
        closesocket(s);
      }
    });
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(WSACleanup(), 0);
    WSADATA data{};
    EXPECT_EQ(WSAStartup(MAKEWORD(2, 2), &data), 0);
  }
  stop = true;
  for (std::thread& caller : callers) caller.join();
}

// --- Windows Sockets 1.1

TEST_F(Sockets, HaveNoBlockingHooksInVersion2) {
  WSASetLastError(0);
  EXPECT_EQ(WSASetBlockingHook(nullptr), nullptr);
  EXPECT_EQ(WSAGetLastError(), WSAEOPNOTSUPP);
  EXPECT_EQ(WSAUnhookBlockingHook(), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAEOPNOTSUPP);
  EXPECT_EQ(WSACancelBlockingCall(), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAEOPNOTSUPP);
  EXPECT_FALSE(WSAIsBlocking());
}

struct HookRun {
  int calls = 0;
  bool was_blocking = false;
};
HookRun hook_run;

INT_PTR WINAPI cancel_at_the_third_call() {
  hook_run.was_blocking = WSAIsBlocking();
  if (++hook_run.calls == 3) {
    EXPECT_EQ(WSACancelBlockingCall(), 0);
  }
  return FALSE;
}

TEST(BlockingHooks, RunWhileACallWaitsAndCanCancelIt) {
  WSADATA data{};
  ASSERT_EQ(WSAStartup(MAKEWORD(1, 1), &data), 0);
  hook_run = {};
  {
    Pair pair;
    EXPECT_EQ(WSACancelBlockingCall(), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAEINVAL) << "nothing is blocked";
    EXPECT_EQ(WSASetBlockingHook(cancel_at_the_third_call), nullptr);
    EXPECT_EQ(WSASetBlockingHook(cancel_at_the_third_call), &cancel_at_the_third_call) << "the one before";
    char byte = 0;
    EXPECT_EQ(recv(pair.server, &byte, 1, 0), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAEINTR);
    EXPECT_EQ(hook_run.calls, 3);
    EXPECT_TRUE(hook_run.was_blocking);
    EXPECT_FALSE(WSAIsBlocking());
    EXPECT_EQ(WSAUnhookBlockingHook(), 0);
    ASSERT_EQ(send(pair.client, "x", 1, 0), 1);
    EXPECT_EQ(recv(pair.server, &byte, 1, 0), 1);
    EXPECT_EQ(hook_run.calls, 3) << "unhooked";
  }
  EXPECT_EQ(WSACleanup(), 0);
}

}  // namespace
