// One byte over a pair of sockets: the bare calls, and the same through the provider's table. The difference is what layer 1
// adds to a call.
#include <winsock2.h>
#include <ws2spi.h>

#include <benchmark/benchmark.h>

#include <cstdlib>

#include "micro/bare_calls.h"
#include "provider/chain.h"
#include "provider/table.h"

namespace inlet::bench {
namespace {

std::shared_ptr<provider::Provider> start_provider() {
  static provider::ProviderSet set{WSPUPCALLTABLE{}};
  auto found = set.find(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  if (!found) std::abort();
  return *found;
}

// A connection whose one end is the provider's and whose other end is a bare descriptor; neither blocks.
struct Pair {
  Pair() {
    auto listener = provider->socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int length = sizeof name;
    auto* any = reinterpret_cast<sockaddr*>(&name);
    if (!listener || !provider->bind(*listener, any, length) || !provider->listen(*listener, 1) ||
        !provider->local_name(*listener, any, &length))
      std::abort();
    far = bare_connect(ntohs(name.sin_port));
    near = *provider->accept(*listener, nullptr, nullptr);
    if (!provider->ioctl(near, static_cast<DWORD>(FIONBIO), 1)) std::abort();
    provider->dispose(*listener);
  }
  ~Pair() { provider->dispose(near); }

  std::shared_ptr<provider::Provider> provider = start_provider();
  SOCKET near = INVALID_SOCKET;
  Descriptor far;
};

void send_bare(benchmark::State& state) {
  const auto [near, far] = bare_pair();
  char byte = 1;
  for (auto _ : state) {
    benchmark::DoNotOptimize(bare_send(near.get(), &byte, 1));
    benchmark::DoNotOptimize(bare_recv(far.get(), &byte, 1));
  }
}
BENCHMARK(send_bare);

void send_through_provider(benchmark::State& state) {
  const Pair pair;
  char byte = 1;
  for (auto _ : state) {
    benchmark::DoNotOptimize(pair.provider->send(pair.near, &byte, 1, 0));
    benchmark::DoNotOptimize(bare_recv(pair.far.get(), &byte, 1));
  }
}
BENCHMARK(send_through_provider);

// The cheapest calls there are: nothing is there to be received.
void empty_recv_bare(benchmark::State& state) {
  const auto [near, far] = bare_pair();
  char byte = 0;
  for (auto _ : state) benchmark::DoNotOptimize(bare_recv(near.get(), &byte, 1));
}
BENCHMARK(empty_recv_bare);

void empty_recv_through_provider(benchmark::State& state) {
  const Pair pair;
  char byte = 0;
  for (auto _ : state) benchmark::DoNotOptimize(pair.provider->recv(pair.near, &byte, 1, 0));
}
BENCHMARK(empty_recv_through_provider);

}  // namespace
}  // namespace inlet::bench
