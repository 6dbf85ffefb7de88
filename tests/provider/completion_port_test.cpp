#include "provider/completion_port.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "provider/linux/thread_alert.h"

namespace inlet::provider {
namespace {

using Outcome = CompletionPort::Outcome;
using Packet = CompletionPort::Packet;

Packet packet(ULONG_PTR key) {
  return {static_cast<DWORD>(key * 10), key, nullptr, 0};
}

// The key of the packet taken, or -1.
int64_t take(CompletionPort& port, DWORD timeout_ms = 0) {
  Packet taken;
  size_t count = 0;
  return port.get({&taken, 1}, &count, timeout_ms, false) == Outcome::taken ? static_cast<int64_t>(taken.key) : -1;
}

TEST(CompletionPort, GivesPacketsInTheirOrder) {
  CompletionPort port;
  OVERLAPPED overlapped{};
  EXPECT_TRUE(port.post({1, 2, &overlapped, 3}));
  EXPECT_TRUE(port.post(packet(5)));
  Packet first;
  size_t count = 0;
  EXPECT_EQ(port.get({&first, 1}, &count, 0, false), Outcome::taken);
  EXPECT_EQ(count, 1u);
  EXPECT_EQ(first.bytes, 1u);
  EXPECT_EQ(first.key, 2u);
  EXPECT_EQ(first.overlapped, &overlapped);
  EXPECT_EQ(first.status, 3u);
  EXPECT_EQ(take(port), 5);
  EXPECT_EQ(take(port), -1);
}

TEST(CompletionPort, GivesSeveralAtOnce) {
  CompletionPort port;
  for (ULONG_PTR key = 0; key < 5; ++key) port.post(packet(key));
  std::array<Packet, 3> room;
  size_t count = 0;
  EXPECT_EQ(port.get(room, &count, INFINITE, false), Outcome::taken);
  EXPECT_EQ(count, 3u);
  EXPECT_EQ(room[2].key, 2u);
  EXPECT_EQ(port.get(room, &count, INFINITE, false), Outcome::taken);
  EXPECT_EQ(count, 2u) << "what is there, without waiting for more";
}

TEST(CompletionPort, WaitsNoLongerThanAsked) {
  CompletionPort port;
  const auto before = std::chrono::steady_clock::now();
  Packet room;
  size_t count = 7;
  EXPECT_EQ(port.get({&room, 1}, &count, 20, false), Outcome::timed_out);
  EXPECT_EQ(port.get({&room, 1}, &count, 20, true), Outcome::timed_out);
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(40));
  EXPECT_EQ(count, 0u);
}

TEST(CompletionPort, ClosingEndsAllWaits) {
  CompletionPort port;
  std::atomic<int> ended = 0;
  std::vector<std::thread> threads;
  for (bool alertable : {false, true, false})
    threads.emplace_back([&, alertable] {
      Packet room;
      size_t count = 0;
      EXPECT_EQ(port.get({&room, 1}, &count, INFINITE, alertable), Outcome::closed);
      ++ended;
    });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // usually they sleep then; both orders must work
  EXPECT_EQ(ended, 0);
  port.close();
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(port.post(packet(1))) << "dropped, which is no failure";
  EXPECT_EQ(take(port, INFINITE), -1);
}

TEST(CompletionPort, RunsProcedureCallsWhenThereIsNoPacket) {
  CompletionPort port;
  int calls = 0;
  auto count_call = [](DWORD_PTR number) { ++*reinterpret_cast<int*>(number); };
  Packet room;
  size_t count = 0;
  ThreadAlert::current()->queue_apc(count_call, reinterpret_cast<DWORD_PTR>(&calls));
  port.post(packet(1));
  EXPECT_EQ(port.get({&room, 1}, &count, INFINITE, true), Outcome::taken);
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(port.get({&room, 1}, &count, 1, false), Outcome::timed_out) << "not alertable";
  EXPECT_EQ(port.get({&room, 1}, &count, INFINITE, true), Outcome::alerted);
  EXPECT_EQ(calls, 1);
}

// Eight threads take what four post, in all the ways there are of waiting, while procedure calls come in between. Every packet
// comes out once. A lost wake-up would leave a packet behind, and the test would never end.
TEST(CompletionPort, LosesNoPacketAndNoWakeUpUnderLoad) {
  constexpr int kPosters = 4;
  constexpr int kTakers = 8;
  constexpr int kEach = 20'000;
  CompletionPort port;
  std::vector<std::atomic<int>> seen(kPosters * kEach);
  std::atomic<int> left = kPosters * kEach;
  std::array<std::shared_ptr<ThreadAlert>, kTakers> alerts;
  std::atomic<int> ready = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kTakers; ++i)
    threads.emplace_back([&, i] {
      alerts[i] = ThreadAlert::current();
      ++ready;
      std::array<Packet, 3> room;
      while (true) {
        size_t count = 0;
        const DWORD timeout_ms = i % 3 == 0 ? 1 : INFINITE;
        const size_t size = 1 + static_cast<size_t>(i % 3);
        const Outcome outcome = port.get({room.data(), size}, &count, timeout_ms, i % 2 == 0);
        if (outcome == Outcome::closed) return;
        for (size_t k = 0; k < count; ++k) ++seen[room[k].key];
        if (count != 0 && (left -= static_cast<int>(count)) == 0) port.close();
      }
    });
  while (ready < kTakers) std::this_thread::yield();
  for (int i = 0; i < kPosters; ++i)
    threads.emplace_back([&, i] {
      for (int k = 0; k < kEach; ++k) {
        port.post(packet(static_cast<ULONG_PTR>(i * kEach + k)));
        if (k % 16 == 0) alerts[k / 16 % kTakers]->queue_apc([](DWORD_PTR) {}, 0);
        if (k % 50 == 0) std::this_thread::yield();  // so that the takers fall asleep again and again
      }
    });
  for (auto& thread : threads) thread.join();
  for (auto& times : seen) ASSERT_EQ(times, 1);
}

}  // namespace
}  // namespace inlet::provider
