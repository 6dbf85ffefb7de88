// Whole streams, cancelling and flushing over TLS: the same calls, and nothing that goes past the encryption.
#include <fcntl.h>
#include <io.h>
#include <windows.h>

#include <atomic>
#include <fstream>

#include "support/tls_fixture.h"

namespace inlet::test {
namespace {

class TlsStream : public TlsTest {};

// The kernel could send a file by itself, in clear text in the middle of TLS. It must not.
TEST_F(TlsStream, FilesGoOutEncrypted) {
  const std::string text(3'000'000, 'f');
  const std::string file = world_.file("body");
  std::ofstream(file, std::ios::binary) << text;
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event != INET_EVENT_CONNECT) return;
    const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
    DWORD length = 0;
    EXPECT_TRUE(
        InetWriteStream(client, reinterpret_cast<LPVOID>(_get_osfhandle(descriptor)), &length, INET_STREAM_HANDLE));
    EXPECT_EQ(length, text.size());
    close(descriptor);
  });
  ASSERT_NE(start(program, world_.server()), INVALID_SOCKET);
  ForeignClient client(port_);
  ASSERT_TRUE(client.shake());
  EXPECT_EQ(client.receive(text.size()), text);
}

TEST_F(TlsStream, EndsAtAMarkerAndLeavesTheRest) {
  std::atomic<bool> done{false};
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event != INET_EVENT_READ || done) return;
    char memory[64];
    DWORD length = sizeof memory;
    BYTE marker[] = {'\r', '\n', '.', '\r', '\n'};
    EXPECT_TRUE(InetReadStream(client, memory, &length, INET_STREAM_MEMORY, marker, sizeof marker));
    EXPECT_EQ(std::string(memory, length), "body\r\n.\r\n");
    char line[16];
    INT size = sizeof line;
    EXPECT_TRUE(InetReadLineA(client, line, &size));
    EXPECT_STREQ(line, "next");
    done = true;
  });
  ASSERT_NE(start(program, world_.server()), INVALID_SOCKET);
  ForeignClient client(port_);
  ASSERT_TRUE(client.shake());
  for (const char c : std::string("body\r\n.\r\nnext\r\n")) ASSERT_TRUE(client.send(std::string(1, c)));
  client.good_bye();
  ASSERT_TRUE(program.wait_for(INET_EVENT_DISCONNECT));
  EXPECT_TRUE(done);
}

TEST_F(TlsStream, IsCancelledWhileItWaits) {
  Program program;
  ASSERT_NE(start(program, world_.server()), INVALID_SOCKET);
  const SOCKET socket = connect("localhost", world_.client());
  ASSERT_NE(socket, INVALID_SOCKET);
  DWORD error = 0;
  std::thread reader([&] {
    char memory[4];
    DWORD length = sizeof memory;
    EXPECT_FALSE(InetReadStream(socket, memory, &length, INET_STREAM_MEMORY, nullptr, 0));
    error = InetGetLastError();
  });
  while (!InetIsBlocking(socket)) std::this_thread::yield();
  EXPECT_EQ(InetCancel(socket), 0);
  reader.join();
  EXPECT_EQ(error, ST_ERROR_OPERATION_CANCELED);
  EXPECT_TRUE(InetIsConnected(socket)) << "the connection goes on";
  InetDisconnect(socket);
}

TEST_F(TlsStream, FlushThrowsAwayWhatIsInsideTls) {
  Program program([](SOCKET client, UINT event, DWORD) {
    if (event == INET_EVENT_CONNECT) InetWrite(client, reinterpret_cast<const BYTE*>("unread"), 6);
    if (event == INET_EVENT_READ) echo(client);
  });
  ASSERT_NE(start(program, world_.server()), INVALID_SOCKET);
  const SOCKET socket = connect("localhost", world_.client());
  ASSERT_NE(socket, INVALID_SOCKET);
  ASSERT_TRUE(InetIsReadable(socket, 20'000, nullptr));
  EXPECT_EQ(InetFlush(socket), 0);
  EXPECT_EQ(InetPeek(socket, nullptr, 0), 0);
  EXPECT_EQ(InetWrite(socket, reinterpret_cast<const BYTE*>("on"), 2), 2);
  BYTE answer[8];
  EXPECT_EQ(InetRead(socket, answer, sizeof answer), 2) << "the connection goes on";
  InetDisconnect(socket);
}

}  // namespace
}  // namespace inlet::test
