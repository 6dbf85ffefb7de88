// The way from a handle to its object, which every Inet call goes: in the cache, and through more sessions than the cache holds.
#include <benchmark/benchmark.h>

#include <memory>
#include <random>
#include <vector>

#include "server/handle_table.h"

namespace inlet::bench {
namespace {

constexpr size_t kSession_bytes = 256;  // as much as a session, so that neighbours lie as far apart

struct Thing {
  explicit Thing(SOCKET) {}
  char room[kSession_bytes] = {};
};
using Table = server::HandleTable<Thing, server::HandleKind::session>;

std::vector<SOCKET> fill(Table& table, int64_t count) {
  std::vector<SOCKET> handles;
  for (int64_t i = 0; i < count; ++i) handles.push_back(table.insert().first);
  std::shuffle(handles.begin(), handles.end(), std::mt19937(1));
  return handles;
}

void retire_all(Table& table, const std::vector<SOCKET>& handles) {
  for (const SOCKET handle : handles) {
    table.retire(handle);
    table.unpin_owner(handle);
  }
}

// As an API call does: a counted reference, which is given back.
void handle_pin(benchmark::State& state) {
  const auto table = std::make_unique<Table>();
  const auto handles = fill(*table, state.range(0));
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(table->pin(handles[next]).get());
    if (++next == handles.size()) next = 0;
  }
  retire_all(*table, handles);
}
BENCHMARK(handle_pin)->Arg(1)->Arg(64)->Arg(1000)->Arg(100000);

// As the driver does for an event.
void handle_peek(benchmark::State& state) {
  const auto table = std::make_unique<Table>();
  const auto handles = fill(*table, state.range(0));
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(table->peek(handles[next]));
    if (++next == handles.size()) next = 0;
  }
  retire_all(*table, handles);
}
BENCHMARK(handle_peek)->Arg(1)->Arg(1000)->Arg(100000);

void handle_life(benchmark::State& state) {
  const auto table = std::make_unique<Table>();
  for (auto _ : state) retire_all(*table, {table->insert().first});
}
BENCHMARK(handle_life);

}  // namespace
}  // namespace inlet::bench
