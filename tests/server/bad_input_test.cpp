// Every function of layer 3 given what it must refuse: the documented failure value and the documented error, each time.
#include <atomic>
#include <climits>
#include <set>
#include <thread>

#include "support/inet_fixture.h"

namespace inlet::test {
namespace {

VOID CALLBACK ignore_events(SOCKET, UINT, DWORD, DWORD_PTR) {}

// One call that must fail: what it is given, whether it failed, and with which error.
struct Case {
  std::string name;
  std::function<bool()> fails;
  DWORD error;
};

void run_cases(const std::vector<Case>& cases) {
  for (const Case& each : cases) {
    InetSetLastError(0);
    EXPECT_TRUE(each.fails()) << each.name << ": did not fail";
    EXPECT_EQ(InetGetLastError(), each.error) << each.name << ": 0x" << std::hex << InetGetLastError();
  }
}

SOCKET start_with(LPCSTR host, UINT port, UINT priority = INET_PRIORITY_NORMAL, DWORD options = INET_OPTION_NONE,
                  INETEVENTPROC program = &ignore_events) {
  return InetServerStart(host, port, 5, 0, 0, priority, options, program, 0, nullptr);
}

// Every function that takes a handle, so that each can be tried with each kind of bad one.
struct HandleCall {
  const char* name;
  bool for_servers;   // takes a server's handle
  bool for_sessions;  // takes the handle of a client session
  std::function<bool(SOCKET)> fails;
};

const std::vector<HandleCall>& handle_calls() {
  static BYTE buffer[8];
  static char line[8];
  static INT length;
  static void* data;
  static const std::vector<HandleCall> calls = {
      {"InetServerStop", true, false, [](SOCKET h) { return InetServerStop(h) == FALSE; }},
      {"InetGetServerStatus", true, false, [](SOCKET h) { return InetGetServerStatus(h) == INET_ERROR; }},
      {"InetGetServerThreadId", true, false, [](SOCKET h) { return InetGetServerThreadId(h) == 0; }},
      {"InetGetServerData", true, false, [](SOCKET h) { return InetGetServerData(h, &data) == FALSE; }},
      {"InetSetServerData", true, false, [](SOCKET h) { return InetSetServerData(h, nullptr) == FALSE; }},
      {"InetReject", true, false, [](SOCKET h) { return InetReject(h) == INET_ERROR; }},
      {"InetRead", false, true, [](SOCKET h) { return InetRead(h, buffer, 8) == INET_ERROR; }},
      {"InetPeek", false, true, [](SOCKET h) { return InetPeek(h, buffer, 8) == INET_ERROR; }},
      {"InetWrite", false, true, [](SOCKET h) { return InetWrite(h, buffer, 1) == INET_ERROR; }},
      {"InetReadLine", false, true,
       [](SOCKET h) {
         length = 8;
         return InetReadLine(h, line, &length) == FALSE;
       }},
      {"InetWriteLine", false, true, [](SOCKET h) { return InetWriteLine(h, "x", nullptr) == FALSE; }},
      {"InetIsReadable", false, true, [](SOCKET h) { return InetIsReadable(h, 0, nullptr) == FALSE; }},
      {"InetIsWritable", false, true, [](SOCKET h) { return InetIsWritable(h, 0) == FALSE; }},
      {"InetDisconnect", true, true, [](SOCKET h) { return InetDisconnect(h) == INET_ERROR; }},
      {"InetAbort", false, true, [](SOCKET h) { return InetAbort(h) == INET_ERROR; }},
      {"InetShutdown", false, true, [](SOCKET h) { return InetShutdown(h, INET_SHUTDOWN_WRITE) == INET_ERROR; }},
      {"InetGetClientData", false, true, [](SOCKET h) { return InetGetClientData(h, &data) == FALSE; }},
      {"InetSetClientData", false, true, [](SOCKET h) { return InetSetClientData(h, nullptr) == FALSE; }},
      {"InetGetPeerAddress", true, true,
       [](SOCKET h) { return InetGetPeerAddress(h, nullptr, nullptr) == INET_ERROR; }},
      {"InetGetLocalAddress", true, true,
       [](SOCKET h) { return InetGetLocalAddress(h, nullptr, nullptr) == INET_ERROR; }},
      {"InetReadStream", false, true,
       [](SOCKET h) {
         DWORD size = 8;
         return InetReadStream(h, buffer, &size, 0, nullptr, 0) == FALSE;
       }},
      {"InetWriteStream", false, true, [](SOCKET h) { return InetWriteStream(h, buffer, nullptr, 0) == FALSE; }},
      {"InetStoreStream", false, true, [](SOCKET h) { return InetStoreStream(h, "x", nullptr, 0, 0) == FALSE; }},
      {"InetGetStreamInfo", false, true,
       [](SOCKET h) {
         INETSTREAMINFO info;
         return InetGetStreamInfo(h, &info) == FALSE;
       }},
      {"InetFlush", false, true, [](SOCKET h) { return InetFlush(h) == INET_ERROR; }},
      {"InetCancel", false, true, [](SOCKET h) { return InetCancel(h) == INET_ERROR; }},
      {"InetGetStatus", true, true, [](SOCKET h) { return InetGetStatus(h) == INET_ERROR; }},
      {"InetIsConnected", true, true, [](SOCKET h) { return InetIsConnected(h) == FALSE; }},
      {"InetIsListening", true, true, [](SOCKET h) { return InetIsListening(h) == FALSE; }},
      {"InetIsClosed", true, true, [](SOCKET h) { return InetIsClosed(h) == FALSE; }},
      {"InetIsBlocking", true, true, [](SOCKET h) { return InetIsBlocking(h) == FALSE; }},
      {"InetIsUrgent", true, true, [](SOCKET h) { return InetIsUrgent(h) == FALSE; }},
      {"InetGetPeerName", false, true, [](SOCKET h) { return InetGetPeerName(h, line, 8) == INET_ERROR; }},
  };
  return calls;
}

void expect_dead(SOCKET handle, const char* what, DWORD error) {
  for (const HandleCall& call : handle_calls()) {
    // There it means this machine.
    const bool asks_for_machine = std::string(call.name) == "InetGetLocalAddress" && handle == INVALID_SOCKET;
    if (asks_for_machine && error != ST_ERROR_NOT_INITIALIZED) continue;
    InetSetLastError(0);
    EXPECT_TRUE(call.fails(handle)) << call.name << " with " << what;
    EXPECT_EQ(InetGetLastError(), error) << call.name << " with " << what << ": 0x" << std::hex << InetGetLastError();
  }
}

TEST(BeforeInitialize, EveryCallSaysSo) {
  expect_dead(INVALID_SOCKET, "no library", ST_ERROR_NOT_INITIALIZED);
  expect_dead(0, "no library", ST_ERROR_NOT_INITIALIZED);
  run_cases({
      {"start", [] { return start_with(nullptr, 5000) == INVALID_SOCKET; }, ST_ERROR_NOT_INITIALIZED},
      {"connect", [] { return InetConnect("127.0.0.1", 5000, INET_PROTOCOL_TCP, 1, 0, nullptr) == INVALID_SOCKET; },
       ST_ERROR_NOT_INITIALIZED},
  });
  InetUninitialize();  // one too many is harmless
}

TEST(Initialize, ChecksItsStructureAndCounts) {
  INITDATA data{};
  EXPECT_FALSE(InetInitialize(nullptr, &data));
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_PARAMETER);
  data.dwSize = sizeof data;
  ASSERT_TRUE(InetInitialize("any key", &data));
  EXPECT_EQ(data.dwVersionMajor, 10u);
  ASSERT_TRUE(InetInitialize(nullptr, nullptr));
  InetUninitialize();
  const SOCKET server = start_with(nullptr, free_port());
  EXPECT_NE(server, INVALID_SOCKET) << "still initialised once";
  InetUninitialize();
  EXPECT_EQ(InetGetServerStatus(server), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_NOT_INITIALIZED);
}

class BadInput : public InetTest {};

TEST_F(BadInput, OfServerStart) {
  Program taken;
  ASSERT_NE(taken.start(port_), INVALID_SOCKET);
  const auto invalid = [](SOCKET handle) { return handle == INVALID_SOCKET; };
  run_cases({
      {"no callback", [&] { return invalid(start_with(nullptr, 5000, INET_PRIORITY_NORMAL, 0, nullptr)); },
       ST_ERROR_INVALID_PARAMETER},
      {"port 0", [&] { return invalid(start_with(nullptr, 0)); }, ST_ERROR_INVALID_PARAMETER},
      {"port 65536", [&] { return invalid(start_with(nullptr, 65536)); }, ST_ERROR_INVALID_PARAMETER},
      {"port UINT_MAX", [&] { return invalid(start_with(nullptr, UINT_MAX)); }, ST_ERROR_INVALID_PARAMETER},
      {"priority 5", [&] { return invalid(start_with(nullptr, 5000, 5)); }, ST_ERROR_INVALID_PARAMETER},
      {"priority -1", [&] { return invalid(start_with(nullptr, 5000, static_cast<UINT>(-1))); },
       ST_ERROR_INVALID_PARAMETER},
      {"TLS without credentials", [&] { return invalid(start_with(nullptr, 5000, 2, INET_OPTION_SECURE)); },
       ST_ERROR_INVALID_PARAMETER},
      {"foreign address", [&] { return invalid(start_with("192.0.2.1", port_)); }, ST_ERROR_ADDRESS_UNAVAILABLE},
      {"foreign IPv6 address", [&] { return invalid(start_with("2001:db8::1", port_)); }, ST_ERROR_ADDRESS_UNAVAILABLE},
      {"no name", [&] { return invalid(start_with("no-such-host.invalid", port_)); }, ST_ERROR_HOST_NOT_FOUND},
      {"no address", [&] { return invalid(start_with("127.0.0.1.5", port_)); }, ST_ERROR_HOST_NOT_FOUND},
      {"port taken", [&] { return invalid(start_with("127.0.0.1", port_)); }, ST_ERROR_ADDRESS_IN_USE},
      {"port taken, all interfaces", [&] { return invalid(start_with(nullptr, port_)); }, ST_ERROR_ADDRESS_IN_USE},
      {"port taken, reuse", [&] { return invalid(start_with("127.0.0.1", port_, 2, INET_OPTION_REUSEADDRESS)); },
       ST_ERROR_ADDRESS_IN_USE},
  });
}

// Without REUSEADDRESS a server is exclusive, which Winsock tells apart from "in use" by another code.
TEST_F(BadInput, OfServersThatShareNothing) {
  Program taken;
  const auto strict = [&](LPCSTR host) {
    return InetServerStart(host, port_, 0, 0, 0, INET_PRIORITY_NORMAL, INET_OPTION_NONE, &Program::entry,
                           reinterpret_cast<DWORD_PTR>(&taken), nullptr);
  };
  const SOCKET server = strict(nullptr);
  ASSERT_NE(server, INVALID_SOCKET);
  for (LPCSTR host : {"127.0.0.1", "0.0.0.0", "::"}) {
    EXPECT_EQ(strict(host), INVALID_SOCKET) << host;
    EXPECT_EQ(InetGetLastError(), ST_ERROR_ADDRESS_IN_USE) << host;
  }
  EXPECT_TRUE(InetServerStop(server));
}

TEST_F(BadInput, OfServerStartThatIsNotBad) {
  const DWORD unknown_bits = 0xffff0000u;
  const SOCKET server = start_with("", free_port(), INET_PRIORITY_CRITICAL, unknown_bits | INET_OPTION_NODELAY);
  EXPECT_NE(server, INVALID_SOCKET) << "unknown bits are ignored, an empty address is all interfaces";
  EXPECT_TRUE(InetServerStop(server));
  const SOCKET huge = InetServerStart("localhost", free_port(), UINT_MAX, UINT_MAX, UINT_MAX, INET_PRIORITY_BACKGROUND,
                                      INET_OPTION_KEEPALIVE, &ignore_events, ~DWORD_PTR{0}, nullptr);
  EXPECT_NE(huge, INVALID_SOCKET) << "huge numbers are cut to their limits";
  EXPECT_TRUE(InetServerStop(huge));
}

TEST_F(BadInput, OfConnect) {
  const auto connect = [](LPCSTR host, UINT port, UINT protocol = INET_PROTOCOL_TCP, DWORD options = 0) {
    return InetConnect(host, port, protocol, 5, options, nullptr) == INVALID_SOCKET;
  };
  run_cases({
      {"no host", [&] { return connect(nullptr, 5000); }, ST_ERROR_INVALID_PARAMETER},
      {"empty host", [&] { return connect("", 5000); }, ST_ERROR_INVALID_PARAMETER},
      {"port 0", [&] { return connect("127.0.0.1", 0); }, ST_ERROR_INVALID_PARAMETER},
      {"port 65536", [&] { return connect("127.0.0.1", 65536); }, ST_ERROR_INVALID_PARAMETER},
      {"keep-alive of datagrams", [&] { return connect("127.0.0.1", 5000, INET_PROTOCOL_UDP, INET_OPTION_KEEPALIVE); },
       ST_ERROR_INVALID_OPTION},
      {"protocol 99", [&] { return connect("127.0.0.1", 5000, 99); }, ST_ERROR_INVALID_PROTOCOL},
      {"nobody listens, TLS", [&] { return connect("127.0.0.1", free_port(), INET_PROTOCOL_TCP, INET_OPTION_SECURE); },
       ST_ERROR_CONNECTION_REFUSED},
      {"no name", [&] { return connect("no-such-host.invalid", 5000); }, ST_ERROR_HOST_NOT_FOUND},
      {"nobody listens", [&] { return connect("127.0.0.1", free_port()); }, ST_ERROR_CONNECTION_REFUSED},
      {"nobody listens, IPv6", [&] { return connect("::1", free_port()); }, ST_ERROR_CONNECTION_REFUSED},
  });
}

TEST_F(BadInput, OfBuffersAndLengths) {
  Program program([](SOCKET client, UINT event, DWORD) {
    if (event == INET_EVENT_READ) echo(client);
  });
  const SOCKET server = program.start(port_);
  ASSERT_NE(server, INVALID_SOCKET);
  const SOCKET s = InetConnect("127.0.0.1", port_, INET_PROTOCOL_TCP, 10, 0, nullptr);
  ASSERT_NE(s, INVALID_SOCKET);
  BYTE buffer[8] = {};
  char text[64];
  INTERNET_ADDRESS address{};
  INTERNET_ADDRESS six{INET_ADDRESS_IPV6, {0x20, 1, 0xd, 0xb8}};
  const auto read_line = [&](LPSTR into, INT length) { return InetReadLine(s, into, &length) == FALSE; };
  run_cases({
      {"read NULL", [&] { return InetRead(s, nullptr, 8) == INET_ERROR; }, ST_ERROR_INVALID_PARAMETER},
      {"read 0", [&] { return InetRead(s, buffer, 0) == INET_ERROR; }, ST_ERROR_INVALID_PARAMETER},
      {"read -1", [&] { return InetRead(s, buffer, -1) == INET_ERROR; }, ST_ERROR_INVALID_PARAMETER},
      {"read INT_MIN", [&] { return InetRead(s, buffer, INT_MIN) == INET_ERROR; }, ST_ERROR_INVALID_PARAMETER},
      {"peek 0", [&] { return InetPeek(s, buffer, 0) == INET_ERROR; }, ST_ERROR_INVALID_PARAMETER},
      {"peek -1", [&] { return InetPeek(s, buffer, -1) == INET_ERROR; }, ST_ERROR_INVALID_PARAMETER},
      {"write NULL", [&] { return InetWrite(s, nullptr, 8) == INET_ERROR; }, ST_ERROR_INVALID_PARAMETER},
      {"write -1", [&] { return InetWrite(s, buffer, -1) == INET_ERROR; }, ST_ERROR_INVALID_PARAMETER},
      {"write INT_MIN", [&] { return InetWrite(s, buffer, INT_MIN) == INET_ERROR; }, ST_ERROR_INVALID_PARAMETER},
      {"read line NULL", [&] { return read_line(nullptr, 64); }, ST_ERROR_INVALID_PARAMETER},
      {"read line without length", [&] { return InetReadLine(s, text, nullptr) == FALSE; }, ST_ERROR_INVALID_PARAMETER},
      {"read line 0", [&] { return read_line(text, 0); }, ST_ERROR_INVALID_PARAMETER},
      {"read line 1", [&] { return read_line(text, 1); }, ST_ERROR_INVALID_PARAMETER},
      {"read line -1", [&] { return read_line(text, -1); }, ST_ERROR_INVALID_PARAMETER},
      {"shutdown 3", [&] { return InetShutdown(s, 3) == INET_ERROR; }, ST_ERROR_INVALID_PARAMETER},
      {"client data", [&] { return InetGetClientData(s, nullptr) == FALSE; }, ST_ERROR_INVALID_PARAMETER},
      {"server data", [&] { return InetGetServerData(server, nullptr) == FALSE; }, ST_ERROR_INVALID_PARAMETER},
      {"reject", [&] { return InetReject(server) == INET_ERROR; }, ST_ERROR_OPERATION_WOULD_BLOCK},
      {"address NULL text", [&] { return InetGetAddress(nullptr, 0, &address) == INET_ERROR; },
       ST_ERROR_INVALID_PARAMETER},
      {"address NULL result", [&] { return InetGetAddress("::1", 0, nullptr) == INET_ERROR; },
       ST_ERROR_INVALID_PARAMETER},
      {"address family 3", [&] { return InetGetAddress("::1", 3, &address) == INET_ERROR; },
       ST_ERROR_INVALID_PARAMETER},
      {"address -1", [&] { return InetGetAddress("::1", -1, &address) == INET_ERROR; }, ST_ERROR_INVALID_PARAMETER},
      {"no address", [&] { return InetGetAddress("localhost", 0, &address) == INET_ERROR; }, ST_ERROR_INVALID_ADDRESS},
      {"octal", [&] { return InetGetAddress("0177.0.0.1", 0, &address) == INET_ERROR; }, ST_ERROR_INVALID_ADDRESS},
      {"empty", [&] { return InetGetAddress("", 0, &address) == INET_ERROR; }, ST_ERROR_INVALID_ADDRESS},
      {"wrong family", [&] { return InetGetAddress("127.0.0.1", INET_ADDRESS_IPV6, &address) == INET_ERROR; },
       ST_ERROR_INVALID_ADDRESS},
      {"wrong family 2", [&] { return InetGetAddress("::1", INET_ADDRESS_IPV4, &address) == INET_ERROR; },
       ST_ERROR_INVALID_ADDRESS},
      {"format NULL", [&] { return InetFormatAddress(nullptr, text, 64) == INET_ERROR; }, ST_ERROR_INVALID_PARAMETER},
      {"format to NULL", [&] { return InetFormatAddress(&six, nullptr, 64) == INET_ERROR; },
       ST_ERROR_INVALID_PARAMETER},
      {"format 0", [&] { return InetFormatAddress(&six, text, 0) == INET_ERROR; }, ST_ERROR_INVALID_PARAMETER},
      {"format -1", [&] { return InetFormatAddress(&six, text, -1) == INET_ERROR; }, ST_ERROR_INVALID_PARAMETER},
      {"format too small", [&] { return InetFormatAddress(&six, text, 5) == INET_ERROR; }, ST_ERROR_INVALID_SIZE},
      {"format unknown family", [&] { return InetFormatAddress(&(address = {}), text, 64) == INET_ERROR; },
       ST_ERROR_INVALID_PARAMETER},
      {"error text to NULL", [&] { return InetGetErrorString(1, nullptr, 64) == 0; }, ST_ERROR_INVALID_PARAMETER},
      {"error text to 0", [&] { return InetGetErrorString(1, text, 0) == 0; }, ST_ERROR_INVALID_PARAMETER},
      {"error text to -1", [&] { return InetGetErrorString(1, text, -1) == 0; }, ST_ERROR_INVALID_PARAMETER},
  });
  EXPECT_EQ(InetWrite(s, nullptr, 0), 0) << "nothing to write is not a mistake";
  EXPECT_EQ(InetPeek(s, nullptr, 0), 0);
  EXPECT_EQ(InetDisconnect(s), 0);
}

TEST_F(BadInput, OfDeadAndForeignHandles) {
  Program program;
  const SOCKET server = program.start(port_);
  ASSERT_NE(server, INVALID_SOCKET);
  const SOCKET client = InetConnect("127.0.0.1", port_, INET_PROTOCOL_TCP, 10, 0, nullptr);
  ASSERT_TRUE(program.wait_for(INET_EVENT_CONNECT));
  SOCKET session = INVALID_SOCKET;
  for (const Seen& each : program.seen())
    if (each.event == INET_EVENT_CONNECT) session = each.handle;

  for (const SOCKET garbage : {SOCKET{0}, SOCKET{1}, SOCKET{5}, SOCKET{0xdeadbeef}, INVALID_SOCKET, INVALID_SOCKET - 1,
                               server ^ (SOCKET{1} << 32), session ^ (SOCKET{1} << 33), client ^ (SOCKET{1} << 32),
                               session | 0xffff, SOCKET{1} << 63})
    expect_dead(garbage, "garbage", ST_ERROR_INVALID_HANDLE);

  // The right handle for the wrong function.
  for (const HandleCall& call : handle_calls()) {
    if (!call.for_servers) {
      EXPECT_TRUE(call.fails(server)) << call.name << " with a server";
      EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_HANDLE) << call.name << " with a server";
    }
    if (!call.for_sessions) {
      EXPECT_TRUE(call.fails(client)) << call.name << " with a client";
      EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_HANDLE) << call.name << " with a client";
      EXPECT_TRUE(call.fails(session)) << call.name << " with a session";
    }
  }

  EXPECT_EQ(InetDisconnect(client), 0);
  expect_dead(client, "a closed client", ST_ERROR_INVALID_HANDLE);
  ASSERT_TRUE(program.wait_for(INET_EVENT_IDLE));
  expect_dead(session, "a session that is over", ST_ERROR_INVALID_HANDLE);
  ASSERT_TRUE(InetServerStop(server));
  expect_dead(server, "a stopped server", ST_ERROR_INVALID_HANDLE);

  // Slots are used again, handles are not.
  std::set<SOCKET> handles{client};
  Program again;
  ASSERT_NE(again.start(port_), server);
  for (int i = 0; i < 100; ++i) {
    const SOCKET next = InetConnect("127.0.0.1", port_, INET_PROTOCOL_TCP, 10, 0, nullptr);
    ASSERT_NE(next, INVALID_SOCKET);
    EXPECT_TRUE(handles.insert(next).second);
    EXPECT_EQ(InetDisconnect(next), 0);
  }
}

// While one thread works on a session another ends it: each call succeeds or fails with a documented error, and soon.
TEST_F(BadInput, OfAThreadWhoseClientIsBeingClosed) {
  Program program([](SOCKET client, UINT event, DWORD) {
    if (event == INET_EVENT_READ) echo(client);
  });
  ASSERT_NE(program.start(port_, 20), INVALID_SOCKET);
  for (int round = 0; round < 50; ++round) {
    RawClient peer(port_);
    ASSERT_TRUE(program.wait_for(INET_EVENT_CONNECT, static_cast<unsigned>(round) + 1));
    SOCKET session = INVALID_SOCKET;
    for (const Seen& each : program.seen())
      if (each.event == INET_EVENT_CONNECT) session = each.handle;
    std::atomic<int> undocumented{0};
    const auto check = [&](bool failed) {
      if (!failed) return true;
      const DWORD error = InetGetLastError();
      if (error != ST_ERROR_INVALID_HANDLE && error != ST_ERROR_OPERATION_CANCELED &&
          error != ST_ERROR_CONNECTION_ABORTED && error != ST_ERROR_CONNECTION_RESET &&
          error != ST_ERROR_CONNECTION_SHUTDOWN && error != ST_ERROR_NOT_CONNECTED)
        ++undocumented;
      return false;
    };
    std::thread writer([&] {
      const std::vector<BYTE> block(65536);
      while (check(InetWrite(session, block.data(), 65536) == INET_ERROR)) {
      }
    });
    std::thread reader([&] {
      BYTE byte;
      for (;;) {
        const INT got = InetRead(session, &byte, 1);
        if (got == 0 || !check(got == INET_ERROR)) return;
      }
    });
    if (round % 2)
      InetDisconnect(session);
    else
      InetAbort(session);
    writer.join();
    reader.join();
    EXPECT_EQ(undocumented, 0);
  }
}

TEST(ErrorText, IsThereForEveryCodeAndFitsAnyBuffer) {
  char text[256];
  const DWORD codes[] = {ST_ERROR_NOT_HANDLE_OWNER,     ST_ERROR_OPERATION_CANCELED, ST_ERROR_INVALID_PARAMETER,
                         ST_ERROR_INVALID_HANDLE,       ST_ERROR_ADDRESS_IN_USE,     ST_ERROR_ADDRESS_UNAVAILABLE,
                         ST_ERROR_CONNECTION_REFUSED,   ST_ERROR_OPERATION_TIMEOUT,  ST_ERROR_NOT_INITIALIZED,
                         ST_ERROR_HOST_NOT_FOUND,       ST_ERROR_CONNECTION_RESET,   ST_ERROR_TOO_MANY_FILES,
                         ST_ERROR_OPERATION_WOULD_BLOCK};
  std::set<std::string> texts;
  for (const DWORD code : codes) {
    const INT length = InetGetErrorString(code, text, sizeof text);
    ASSERT_GT(length, 0);
    EXPECT_EQ(std::strlen(text), static_cast<size_t>(length));
    EXPECT_TRUE(texts.insert(text).second) << text;
    char small[5];
    EXPECT_EQ(InetGetErrorString(code, small, sizeof small), 4);
    EXPECT_EQ(std::string(small), std::string(text).substr(0, 4));
  }
  EXPECT_GT(InetGetErrorString(0xffffffff, text, sizeof text), 0) << "an unknown code has a text too";
}

TEST(LastError, BelongsToItsThread) {
  InetSetLastError(7);
  std::thread([] {
    EXPECT_EQ(InetGetLastError(), 0u);
    InetSetLastError(9);
  }).join();
  EXPECT_EQ(InetGetLastError(), 7u);
  InetSetLastError(0);
  EXPECT_EQ(InetGetLastError(), 0u);
}

}  // namespace
}  // namespace inlet::test
