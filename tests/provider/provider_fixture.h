// What the tests of the base provider share: a started table, addresses of the loopback, and a look at the open
// descriptors.
#pragma once

#include <gtest/gtest.h>
#include <ws2spi.h>
#include <ws2tcpip.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>

namespace inlet::provider::test {

inline size_t open_descriptors() {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

// Tries until it is so. Even on the loopback a packet may arrive a little after the call that sent it.
template <class Condition>
bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

// An address of either family, always with room for both.
struct Name {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };
  int size;

  sockaddr* get() { return &any; }
  const sockaddr* get() const { return &any; }
  u_short port() const { return v4.sin_port; }
};

inline Name loopback(int family = AF_INET, u_short port = 0) {
  Name name;
  std::memset(&name, 0, sizeof(name));
  name.any.sa_family = static_cast<ADDRESS_FAMILY>(family);
  name.v4.sin_port = port;
  if (family == AF_INET6) {
    name.v6.sin6_addr = in6addr_loopback;
    name.size = sizeof(name.v6);
  } else {
    name.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    name.size = sizeof(name.v4);
  }
  return name;
}

inline Name wildcard(int family = AF_INET, u_short port = 0) {
  Name name = loopback(family, port);
  if (family == AF_INET6)
    name.v6.sin6_addr = in6addr_any;
  else
    name.v4.sin_addr.s_addr = 0;
  return name;
}

// Starts the provider before each test and checks after it that everything was given back.
class ProviderTest : public testing::Test {
 protected:
  void SetUp() override {
    warm_up();
    descriptors_ = open_descriptors();
    start();
  }
  void TearDown() override {
    if (started_) cleanup();
    EXPECT_EQ(open_descriptors(), descriptors_) << "descriptors leak";
  }

  void start() {
    WSPDATA data{};
    ASSERT_EQ(WSPStartup(0x0202, &data, nullptr, WSPUPCALLTABLE{}, &wsp), 0);
    started_ = true;
  }
  void cleanup() {
    int error = 0;
    EXPECT_EQ(wsp.lpWSPCleanup(&error), 0) << error;
    started_ = false;
  }

  // Each returns 0 or the error code.
  int bind(SOCKET s, const Name& name) { return bind_raw(s, name.get(), name.size); }
  int bind_raw(SOCKET s, const sockaddr* name, int size) {
    int error = 0;
    return wsp.lpWSPBind(s, name, size, &error) == 0 ? 0 : error;
  }
  int listen(SOCKET s, int backlog = 8) {
    int error = 0;
    return wsp.lpWSPListen(s, backlog, &error) == 0 ? 0 : error;
  }
  int connect(SOCKET s, const Name& name) { return connect_raw(s, name.get(), name.size); }
  int connect_raw(SOCKET s, const sockaddr* name, int size) {
    int error = 0;
    return wsp.lpWSPConnect(s, name, size, nullptr, nullptr, nullptr, nullptr, &error) == 0 ? 0 : error;
  }
  int shutdown(SOCKET s, int how) {
    int error = 0;
    return wsp.lpWSPShutdown(s, how, &error) == 0 ? 0 : error;
  }
  int close(SOCKET s) {
    int error = 0;
    return wsp.lpWSPCloseSocket(s, &error) == 0 ? 0 : error;
  }
  int local_name(SOCKET s, Name* name) {
    int error = 0;
    name->size = sizeof(sockaddr_in6);
    return wsp.lpWSPGetSockName(s, name->get(), &name->size, &error) == 0 ? 0 : error;
  }
  int peer_name(SOCKET s, Name* name) {
    int error = 0;
    name->size = sizeof(sockaddr_in6);
    return wsp.lpWSPGetPeerName(s, name->get(), &name->size, &error) == 0 ? 0 : error;
  }
  int set_nonblocking(SOCKET s, u_long on = 1) {
    int error = 0;
    DWORD returned = 0;
    return wsp.lpWSPIoctl(s, FIONBIO, &on, sizeof(on), nullptr, 0, &returned, nullptr, nullptr, nullptr, &error) == 0
               ? 0
               : error;
  }
  template <class T>
  int set_option(SOCKET s, int level, int name, T value) {
    int error = 0;
    return wsp.lpWSPSetSockOpt(s, level, name, reinterpret_cast<const char*>(&value), sizeof(value), &error) == 0
               ? 0
               : error;
  }
  // The value of an option of four bytes; fails the test when it cannot be read.
  int option(SOCKET s, int level, int name) {
    int error = 0;
    int value = 0;
    int size = sizeof(value);
    EXPECT_EQ(wsp.lpWSPGetSockOpt(s, level, name, reinterpret_cast<char*>(&value), &size, &error), 0) << error;
    return value;
  }

  // Bytes, or the error code as a negative number.
  int recv(SOCKET s, void* data, size_t size, DWORD flags = 0) {
    WSABUF buffer{static_cast<ULONG>(size), static_cast<CHAR*>(data)};
    DWORD count = 0;
    int error = 0;
    const int result = wsp.lpWSPRecv(s, &buffer, 1, &count, &flags, nullptr, nullptr, nullptr, &error);
    return result == 0 ? static_cast<int>(count) : -error;
  }
  int send(SOCKET s, const void* data, size_t size, DWORD flags = 0) {
    WSABUF buffer{static_cast<ULONG>(size), static_cast<CHAR*>(const_cast<void*>(data))};
    DWORD count = 0;
    int error = 0;
    const int result = wsp.lpWSPSend(s, &buffer, 1, &count, flags, nullptr, nullptr, nullptr, &error);
    return result == 0 ? static_cast<int>(count) : -error;
  }
  int send(SOCKET s, const std::string& text) { return send(s, text.data(), text.size()); }
  // Receives exactly as much as asked for, or less when the stream ends.
  std::string recv_text(SOCKET s, size_t size) {
    std::string text(size, '\0');
    size_t done = 0;
    while (done < size) {
      const int got = recv(s, text.data() + done, size - done);
      if (got <= 0) break;
      done += static_cast<size_t>(got);
    }
    text.resize(done);
    return text;
  }

  SOCKET make_socket(int family = AF_INET, int type = SOCK_STREAM, int protocol = 0) {
    int error = 0;
    return wsp.lpWSPSocket(family, type, protocol, nullptr, 0, WSA_FLAG_OVERLAPPED, &error);
  }
  SOCKET make_bound(int family = AF_INET, int type = SOCK_STREAM) {
    SOCKET s = make_socket(family, type);
    EXPECT_EQ(bind(s, loopback(family)), 0);
    return s;
  }
  SOCKET make_listener(int family = AF_INET, int backlog = 8) {
    SOCKET s = make_bound(family);
    EXPECT_EQ(listen(s, backlog), 0);
    return s;
  }
  SOCKET accept(SOCKET listener, int* code = nullptr) {
    int error = 0;
    SOCKET s = wsp.lpWSPAccept(listener, nullptr, nullptr, nullptr, 0, &error);
    if (code != nullptr) *code = s == INVALID_SOCKET ? error : 0;
    return s;
  }
  // Client and server end of a connection.
  std::pair<SOCKET, SOCKET> make_pair(int family = AF_INET) {
    SOCKET listener = make_listener(family);
    Name name;
    EXPECT_EQ(local_name(listener, &name), 0);
    SOCKET client = make_socket(family);
    EXPECT_EQ(connect(client, name), 0);
    SOCKET server = accept(listener);
    EXPECT_NE(server, INVALID_SOCKET);
    EXPECT_EQ(close(listener), 0);
    return {client, server};
  }
  // Ends a connection with a reset that the other end has certainly seen.
  void reset(SOCKET s) {
    EXPECT_EQ(set_option(s, SOL_SOCKET, SO_LINGER, LINGER{1, 0}), 0);
    EXPECT_EQ(close(s), 0);
  }

  WSPPROC_TABLE wsp{};

 private:
  // The first wait of a thread opens its wake descriptor, which stays open as long as the thread lives.
  void warm_up() {
    start();
    SOCKET s = make_bound(AF_INET, SOCK_DGRAM);
    EXPECT_EQ(set_option(s, SOL_SOCKET, SO_RCVTIMEO, DWORD{1}), 0);
    char byte = 0;
    EXPECT_EQ(recv(s, &byte, 1), -WSAETIMEDOUT);
    EXPECT_EQ(close(s), 0);
    cleanup();
  }

  bool started_ = false;
  size_t descriptors_ = 0;
};

}  // namespace inlet::provider::test
