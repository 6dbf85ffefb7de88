#include "knockers.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>

#include <atomic>
#include <cstring>
#include <stdexcept>
#include <thread>

#include "e2e/clock.h"
#include "e2e/loopback.h"

namespace inlet::stress {

namespace {

constexpr int kAnswer_ms = 60'000;

// The kernel's, whose header does not go together with the C library's.
struct AddressRequest {
  in6_addr address;
  uint32_t prefix;
  int interface;
};

sockaddr_storage ipv4(uint32_t address) {
  sockaddr_storage storage{};
  auto& name = reinterpret_cast<sockaddr_in&>(storage);
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(address);
  return storage;
}

sockaddr_storage ipv6(const in6_addr& address) {
  sockaddr_storage storage{};
  auto& name = reinterpret_cast<sockaddr_in6&>(storage);
  name.sin6_family = AF_INET6;
  name.sin6_addr = address;
  return storage;
}

in6_addr host_of(uint32_t network, uint32_t host) {
  in6_addr address{};
  address.s6_addr[0] = 0xfd;
  address.s6_addr[6] = static_cast<uint8_t>(network >> 8);
  address.s6_addr[7] = static_cast<uint8_t>(network);
  address.s6_addr[15] = static_cast<uint8_t>(host);
  return address;
}

socklen_t length_of(const sockaddr_storage& name) {
  return name.ss_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
}

// Returns  whether the server has said that we are in; else it has refused us.
bool hears_that_it_is_in(int fd) {
  pollfd wait{fd, POLLIN, 0};
  if (poll(&wait, 1, kAnswer_ms) <= 0) throw std::runtime_error("neither let in nor refused");
  char byte;
  return recv(fd, &byte, 1, MSG_DONTWAIT) == 1;
}

// The system puts new addresses to use in the background.
void wait_until_usable(const sockaddr_storage& name) {
  const bench::Descriptor probe(bench::checked(socket(name.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  const uint64_t until_ns = bench::now_ns() + 20 * bench::kNsPerSecond;
  while (bind(probe.get(), reinterpret_cast<const sockaddr*>(&name), length_of(name)) != 0) {
    if (bench::now_ns() > until_ns) throw std::runtime_error("an address does not become usable");
    bench::sleep_ms(1);
  }
}

bool raise_loopback(int fd) {
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  return ioctl(fd, SIOCSIFFLAGS, &request) == 0;
}

}  // namespace

Knockers Knockers::one_ipv4() {
  return {"127.0.0.1", {ipv4(INADDR_LOOPBACK)}};
}

Knockers Knockers::many_ipv4(uint32_t addresses) {
  std::vector<sockaddr_storage> from;
  for (uint32_t i = 0; i < addresses; ++i) from.push_back(ipv4(0x7f010001 + i));
  return {"127.0.0.1", std::move(from)};
}

Knockers Knockers::one_ipv6() {
  return {"::1", {ipv6(in6addr_loopback)}};
}

Knockers Knockers::many_ipv6(uint32_t networks, uint32_t hosts) {
  std::vector<sockaddr_storage> from;
  for (uint32_t host = 1; host <= hosts; ++host)
    for (uint32_t network = 1; network <= networks; ++network) from.push_back(ipv6(host_of(network, host)));
  return {"::1", std::move(from)};
}

bool Knockers::enter_ipv6_networks(uint32_t networks, uint32_t hosts) {
  if (unshare(CLONE_NEWNET) != 0) return false;
  const bench::Descriptor control(bench::checked(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
  if (!raise_loopback(control.get())) return false;
  AddressRequest request{{}, 128, static_cast<int>(if_nametoindex("lo"))};
  for (uint32_t network = 1; network <= networks; ++network)
    for (uint32_t host = 1; host <= hosts; ++host) {
      request.address = host_of(network, host);
      bench::checked(ioctl(control.get(), SIOCSIFADDR, &request), "SIOCSIFADDR");
    }
  for (const sockaddr_storage& each : many_ipv6(networks, hosts).from_) wait_until_usable(each);
  return true;
}

sockaddr_storage Knockers::server_at(uint16_t port) const {
  sockaddr_storage name = from_.front().ss_family == AF_INET ? ipv4(INADDR_LOOPBACK) : ipv6(in6addr_loopback);
  // The port lies at the same place in both.
  reinterpret_cast<sockaddr_in&>(name).sin_port = htons(port);
  return name;
}

bench::Descriptor Knockers::connect(uint16_t port, uint32_t index, int flags) const {
  const sockaddr_storage& mine = from_[index % from_.size()];
  const sockaddr_storage server = server_at(port);
  bench::Descriptor client(bench::checked(socket(mine.ss_family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0), "socket"));
  const auto* name = reinterpret_cast<const sockaddr*>(&mine);
  bench::checked(bind(client.get(), name, length_of(mine)), "bind");
  const auto* peer = reinterpret_cast<const sockaddr*>(&server);
  if (::connect(client.get(), peer, length_of(server)) != 0 && errno != EINPROGRESS) client.reset();
  return client;
}

KnockResult Knockers::knock(uint16_t port, uint32_t count) const {
  std::vector<bench::Descriptor> clients;
  for (uint32_t i = 0; i < count; ++i) clients.push_back(connect(port, i, SOCK_NONBLOCK));
  KnockResult result;
  for (bench::Descriptor& each : clients) {
    if (each && hears_that_it_is_in(each.get()))
      result.served.push_back(std::move(each));
    else
      ++result.refused;
  }
  return result;
}

ChurnResult Knockers::churn(uint16_t port, unsigned threads, uint32_t for_ms) const {
  const uint64_t until_ns = bench::now_ns() + for_ms * bench::kNsPerMs;
  std::atomic<unsigned long long> attempted{0}, served{0}, refused{0};
  std::vector<std::thread> workers;
  for (unsigned i = 0; i < threads; ++i)
    workers.emplace_back([&, i] {
      while (bench::now_ns() < until_ns) {
        bench::Descriptor client = connect(port, i, 0);
        ++attempted;
        const bool in = client && hears_that_it_is_in(client.get());
        ++(in ? served : refused);
        if (!in) continue;
        send(client.get(), "x", 1, MSG_NOSIGNAL);
        hears_that_it_is_in(client.get());  // the end
      }
    });
  for (std::thread& each : workers) each.join();
  return {attempted, served, refused};
}

}  // namespace inlet::stress
