#include <io.h>

#include <cstdio>
#include <thread>

#include "overlapped_fixture.h"

namespace inlet::provider::test {
namespace {

class ConnectingEx : public OverlappedTest {
 protected:
  void SetUp() override {
    OverlappedTest::SetUp();
    SOCKET s = make_socket();
    connect_ex = extension<LPFN_CONNECTEX>(s, WSAID_CONNECTEX);
    disconnect_ex = extension<LPFN_DISCONNECTEX>(s, WSAID_DISCONNECTEX);
    transmit_file = extension<LPFN_TRANSMITFILE>(s, WSAID_TRANSMITFILE);
    listener = make_listener();
    ASSERT_EQ(local_name(listener, &name), 0);
  }

  int start(SOCKET s, const Name& to, Io& io, PVOID data = nullptr, DWORD size = 0) {
    DWORD sent = 0;
    const BOOL done = connect_ex(s, to.get(), to.size, data, size, &sent, &io.overlapped);
    return io.started(s, done != FALSE, WSAGetLastError());
  }
  // 0, or the last error.
  int disconnect(SOCKET s, DWORD flags, Io* io = nullptr, DWORD reserved = 0) {
    const BOOL done = disconnect_ex(s, io == nullptr ? nullptr : &io->overlapped, flags, reserved);
    if (io != nullptr) return io->started(s, done != FALSE, WSAGetLastError());
    return done != FALSE ? 0 : WSAGetLastError();
  }
  int update(SOCKET s) {
    int error = 0;
    return wsp.lpWSPSetSockOpt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, nullptr, 0, &error) == 0 ? 0 : error;
  }
  // An address where nobody listens.
  Name nobody() {
    SOCKET s = make_bound();
    Name found;
    EXPECT_EQ(local_name(s, &found), 0);
    EXPECT_EQ(close(s), 0);
    return found;
  }

  LPFN_CONNECTEX connect_ex = nullptr;
  LPFN_DISCONNECTEX disconnect_ex = nullptr;
  LPFN_TRANSMITFILE transmit_file = nullptr;
  SOCKET listener = INVALID_SOCKET;
  Name name{};
};

TEST_F(ConnectingEx, ConnectsAndSendsTheFirstData) {
  SOCKET client = make_bound();
  char words[] = "first words";
  Io io;
  EXPECT_EQ(start(client, name, io, words, 11), WSA_IO_PENDING);
  SOCKET server = accept(listener);
  EXPECT_EQ(result_of(client, io, true), 11);
  EXPECT_TRUE(io.told_once());
  EXPECT_EQ(recv_text(server, 11), "first words");
  EXPECT_NE(option(client, SOL_SOCKET, SO_CONNECT_TIME), -1);
}

TEST_F(ConnectingEx, NeedsTheContextForNames) {
  SOCKET client = make_bound();
  Io io;
  EXPECT_EQ(update(client), WSAENOTCONN);
  EXPECT_EQ(start(client, name, io), WSA_IO_PENDING);
  EXPECT_EQ(result_of(client, io, true), 0);
  SOCKET server = accept(listener);
  Name found;
  EXPECT_EQ(peer_name(client, &found), WSAENOTCONN);
  EXPECT_EQ(shutdown(client, SD_SEND), WSAENOTCONN);
  EXPECT_EQ(connect(client, name), WSAEINVAL);
  EXPECT_EQ(start(client, name, io), WSAEISCONN);
  EXPECT_EQ(send(client, "x"), 1) << "data go through";
  EXPECT_EQ(recv_text(server, 1), "x");
  EXPECT_EQ(update(client), 0);
  EXPECT_EQ(peer_name(client, &found), 0);
  EXPECT_EQ(found.port(), name.port());
  EXPECT_EQ(connect(client, name), WSAEISCONN);
  EXPECT_EQ(shutdown(client, SD_SEND), 0);
}

TEST_F(ConnectingEx, RefusalIsTheEndOfTheOperationNotOfTheSocket) {
  SOCKET client = make_bound();
  Io io;
  EXPECT_EQ(start(client, nobody(), io), WSA_IO_PENDING);
  EXPECT_EQ(result_of(client, io, true), -WSAECONNREFUSED);
  EXPECT_EQ(win32_error_of(io.overlapped.Internal), 1225u);
  EXPECT_TRUE(io.told_once());
  Io again;
  EXPECT_EQ(start(client, name, again), WSA_IO_PENDING);
  EXPECT_EQ(result_of(client, again, true), 0);
}

TEST_F(ConnectingEx, ChecksItsArguments) {
  Io io;
  EXPECT_EQ(start(INVALID_SOCKET, name, io), WSAENOTSOCK);
  SOCKET fresh = make_socket();
  EXPECT_FALSE(connect_ex(fresh, name.get(), name.size, nullptr, 0, nullptr, nullptr));
  EXPECT_EQ(WSAGetLastError(), WSA_INVALID_PARAMETER);
  EXPECT_EQ(start(fresh, name, io), WSAEINVAL) << "not bound";
  EXPECT_EQ(start(listener, name, io), WSAEINVAL);
  auto [client, server] = make_pair();
  EXPECT_EQ(start(client, name, io), WSAEISCONN);
  SOCKET bound = make_bound();
  EXPECT_FALSE(connect_ex(bound, nullptr, name.size, nullptr, 0, nullptr, &io.overlapped));
  EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
  Name short_name = name;
  short_name.size = 8;
  EXPECT_EQ(start(bound, short_name, io), WSAEFAULT);
  EXPECT_EQ(start(bound, loopback(AF_INET6, name.port()), io), WSAEAFNOSUPPORT);
  EXPECT_EQ(io.event.times(), 0);
}

// --- DisconnectEx

TEST_F(ConnectingEx, DisconnectEndsTheSendingSide) {
  auto [client, server] = make_pair();
  Io io;
  EXPECT_EQ(disconnect(client, 0, &io), WSA_IO_PENDING);
  EXPECT_EQ(result_of(client, io, true), 0);
  char byte = 0;
  EXPECT_EQ(recv(server, &byte, 1), 0);
  EXPECT_EQ(send(client, "x"), -WSAESHUTDOWN);
  ASSERT_EQ(send(server, "y"), 1);
  EXPECT_EQ(recv_text(client, 1), "y") << "the other direction goes on";
  EXPECT_EQ(connect(client, name), WSAEISCONN);
  EXPECT_EQ(disconnect(client, 0), 0) << "again, and without a structure";
}

TEST_F(ConnectingEx, DisconnectChecksItsArguments) {
  auto [client, server] = make_pair();
  EXPECT_EQ(disconnect(INVALID_SOCKET, 0), WSAENOTSOCK);
  EXPECT_EQ(disconnect(make_socket(), 0), WSAENOTCONN);
  EXPECT_EQ(disconnect(client, 1), WSAEINVAL);
  EXPECT_EQ(disconnect(client, 0, nullptr, 1), WSAEINVAL);
}

TEST_F(ConnectingEx, ConnectedSocketCanConnectAgain) {
  SOCKET client = make_bound();
  Name before, after;
  ASSERT_EQ(local_name(client, &before), 0);
  Io first, end, second;
  EXPECT_EQ(start(client, name, first), WSA_IO_PENDING);
  EXPECT_EQ(result_of(client, first, true), 0);
  SOCKET server = accept(listener);
  ASSERT_EQ(send(client, "one"), 3);
  EXPECT_EQ(disconnect(client, TF_REUSE_SOCKET, &end), WSA_IO_PENDING);
  EXPECT_EQ(result_of(client, end, true), 0);
  EXPECT_EQ(recv_text(server, 4), "one") << "and then the end, not a reset";
  EXPECT_EQ(send(client, "x"), -WSAENOTCONN);
  ASSERT_EQ(local_name(client, &after), 0);
  EXPECT_EQ(after.port(), before.port());
  SOCKET other_listener = make_listener();
  Name other;
  ASSERT_EQ(local_name(other_listener, &other), 0);
  EXPECT_EQ(start(client, other, second), WSA_IO_PENDING);
  EXPECT_EQ(result_of(client, second, true), 0);
  SOCKET other_server = accept(other_listener);
  ASSERT_EQ(send(client, "two"), 3);
  EXPECT_EQ(recv_text(other_server, 3), "two");
}

TEST_F(ConnectingEx, AcceptedSocketCanAcceptAgain) {
  auto accept_ex = extension<LPFN_ACCEPTEX>(listener, WSAID_ACCEPTEX);
  constexpr DWORD kRoom = sizeof(sockaddr_in) + 16;
  SOCKET client = make_socket();
  ASSERT_EQ(connect(client, name), 0);
  SOCKET server = accept(listener);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(disconnect(server, TF_REUSE_SOCKET), 0);
    char byte = 0;
    EXPECT_EQ(recv(client, &byte, 1), 0);
    Io io(128);
    EXPECT_FALSE(accept_ex(listener, server, io.data.data(), 0, kRoom, kRoom, nullptr, &io.overlapped));
    EXPECT_EQ(io.started(listener, false, WSAGetLastError()), WSA_IO_PENDING);
    client = make_socket();
    ASSERT_EQ(connect(client, name), 0);
    EXPECT_EQ(result_of(listener, io, true), 0);
    ASSERT_EQ(send(server, "again"), 5);
    EXPECT_EQ(recv_text(client, 5), "again");
  }
}

TEST_F(ConnectingEx, ReuseCancelsReceivesThatWait) {
  auto [client, server] = make_pair();
  Io io;
  EXPECT_EQ(recv_overlapped(server, io), WSA_IO_PENDING);
  EXPECT_EQ(disconnect(server, TF_REUSE_SOCKET), 0);
  EXPECT_EQ(result_of(server, io), -WSA_OPERATION_ABORTED);
}

// --- TransmitFile

struct TestFile {
  explicit TestFile(const std::string& text) : file(std::tmpfile()) {
    std::fwrite(text.data(), 1, text.size(), file);
    std::rewind(file);
  }
  ~TestFile() { std::fclose(file); }
  TestFile(const TestFile&) = delete;
  TestFile& operator=(const TestFile&) = delete;
  HANDLE handle() const { return reinterpret_cast<HANDLE>(_get_osfhandle(fileno(file))); }

  std::FILE* file;
};

TEST_F(ConnectingEx, TransmitsHeadFileAndTail) {
  TestFile file("the file");
  auto [client, server] = make_pair();
  char head[] = "<";
  char tail[] = ">";
  TRANSMIT_FILE_BUFFERS buffers{head, 1, tail, 1};
  EXPECT_TRUE(transmit_file(client, file.handle(), 0, 0, nullptr, &buffers, 0)) << WSAGetLastError();
  EXPECT_EQ(recv_text(server, 10), "<the file>");
  EXPECT_TRUE(transmit_file(client, nullptr, 0, 0, nullptr, &buffers, 0));
  EXPECT_EQ(recv_text(server, 2), "<>") << "no file at all";
}

TEST_F(ConnectingEx, TransmitsAPartAndEndsTheConnection) {
  TestFile file("0123456789");
  auto [client, server] = make_pair();
  Io io;
  io.overlapped.Offset = 3;
  const BOOL done = transmit_file(client, file.handle(), 4, 0, &io.overlapped, nullptr, TF_DISCONNECT);
  EXPECT_EQ(io.started(client, done != FALSE, WSAGetLastError()), 0);
  EXPECT_EQ(result_of(client, io, true), 4);
  EXPECT_TRUE(io.told_once());
  EXPECT_EQ(recv_text(server, 100), "3456");
}

TEST_F(ConnectingEx, TransmitsMoreThanTheSocketTakesAtOnce) {
  const std::string content(24 << 20, 'f');
  TestFile file(content);
  auto [client, server] = make_pair();
  Io io;
  EXPECT_FALSE(transmit_file(client, file.handle(), 0, 0, &io.overlapped, nullptr, TF_DISCONNECT));
  EXPECT_EQ(io.started(client, false, WSAGetLastError()), WSA_IO_PENDING);
  Io behind(std::string("x"));
  EXPECT_EQ(send_overlapped(client, behind), WSA_IO_PENDING);
  EXPECT_TRUE(recv_text(server, content.size() + 1) == content) << "the end, then nothing more";
  EXPECT_EQ(result_of(client, io, true), static_cast<int>(content.size()));
  EXPECT_EQ(result_of(client, behind, true), -WSAESHUTDOWN);
}

TEST_F(ConnectingEx, TransmitChecksItsArguments) {
  TestFile file("x");
  auto [client, server] = make_pair();
  auto code = [&](SOCKET s, HANDLE handle, LPTRANSMIT_FILE_BUFFERS buffers, DWORD flags) {
    return transmit_file(s, handle, 0, 0, nullptr, buffers, flags) ? 0 : WSAGetLastError();
  };
  TRANSMIT_FILE_BUFFERS broken{nullptr, 1, nullptr, 0};
  EXPECT_EQ(code(INVALID_SOCKET, file.handle(), nullptr, 0), WSAENOTSOCK);
  EXPECT_EQ(code(make_socket(), file.handle(), nullptr, 0), WSAENOTCONN);
  EXPECT_EQ(code(client, file.handle(), &broken, 0), WSAEFAULT);
  EXPECT_EQ(code(client, file.handle(), nullptr, 0x1000), WSAEINVAL);
  EXPECT_EQ(code(client, reinterpret_cast<HANDLE>(0x1234), nullptr, 0), WSAEINVAL);
  EXPECT_EQ(_get_osfhandle(-1), reinterpret_cast<INT_PTR>(INVALID_HANDLE_VALUE));
}

}  // namespace
}  // namespace inlet::provider::test
