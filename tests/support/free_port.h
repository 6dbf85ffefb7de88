// A port of the loopback at which nobody listens.
//
// It lies below the range that the system gives to outgoing connections, so that none of those takes it between the look and its
// use: other tests make thousands of them at the same time.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <random>

namespace inlet::test {

// Returns  0 when there is none.
inline uint16_t free_port() {
  constexpr int kTries = 1000;
  thread_local std::minstd_rand random{std::random_device{}()};
  std::uniform_int_distribution<int> ports(10000, 30000);
  for (int i = 0; i < kTries; ++i) {
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_ANY);
    name.sin_port = htons(static_cast<uint16_t>(ports(random)));
    const bool is_free = ::bind(probe, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0;
    ::close(probe);
    if (is_free) return ntohs(name.sin_port);
  }
  return 0;
}

}  // namespace inlet::test
