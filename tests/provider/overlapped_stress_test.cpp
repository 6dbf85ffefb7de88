// Many overlapped operations, cancelled and closed under way, from several threads: each ends exactly once, and what arrives is
// what was sent, in order.
#include <cstring>
#include <random>
#include <thread>

#include "overlapped_fixture.h"

namespace inlet::provider::test {
namespace {

class OverlappedStress : public OverlappedTest {
 protected:
  // Waits until it has ended, then looks that it was told once.
  void settle(Io& io) {
    ASSERT_TRUE(eventually([&] { return !io.pending(); }));
    EXPECT_TRUE(io.told_once());
  }
};

constexpr int kThreads = 4;

// The bytes of a stream at a place are known, so a lost, doubled or swapped one shows.
char byte_at(uint64_t place) {
  return static_cast<char>((place * 131 + (place >> 8) * 17) & 0xff);
}

TEST_F(OverlappedStress, StreamsKeepTheirBytesInOrder) {
  constexpr uint64_t kBytes = 4 << 20;
  auto run = [&](int seed) {
    auto [client, server] = make_pair();
    std::thread sender([&, s = client] {
      std::mt19937 random(static_cast<unsigned>(seed));
      uint64_t place = 0;
      while (place < kBytes) {
        // Several at once; order is the order of the calls.
        std::vector<std::unique_ptr<Io>> batch;
        for (int i = 0; i < 8 && place < kBytes; ++i) {
          std::string data(std::min<uint64_t>(kBytes - place, 1 + random() % 60'000), '\0');
          for (char& c : data) c = byte_at(place++);
          batch.push_back(std::make_unique<Io>(std::move(data)));
          const int code = send_overlapped(s, *batch.back());
          EXPECT_TRUE(code == 0 || code == WSA_IO_PENDING) << code;
        }
        for (auto& io : batch) {
          settle(*io);
          EXPECT_EQ(io->overlapped.InternalHigh, io->data.size());
        }
      }
      EXPECT_EQ(shutdown(s, SD_SEND), 0);
    });
    std::mt19937 random(static_cast<unsigned>(seed) + 1);
    uint64_t place = 0;
    bool ended = false;
    while (!ended) {
      std::vector<std::unique_ptr<Io>> batch;
      for (int i = 0; i < 6; ++i) {
        batch.push_back(std::make_unique<Io>(1 + random() % 40'000));
        const int code = recv_overlapped(server, *batch.back());
        EXPECT_TRUE(code == 0 || code == WSA_IO_PENDING) << code;
      }
      // Now and then one is cancelled; then it has taken nothing.
      if (random() % 4 == 0) (void)cancel_io(server, &batch[random() % batch.size()]->overlapped, false);
      for (auto& io : batch) {
        settle(*io);
        const auto got = static_cast<size_t>(io->overlapped.InternalHigh);
        if (io->overlapped.Internal == kStatusCancelled) {
          EXPECT_EQ(got, 0u);
          continue;
        }
        EXPECT_EQ(io->overlapped.Internal, 0u);
        if (got == 0) ended = true;
        for (size_t i = 0; i < got; ++i) ASSERT_EQ(io->data[i], byte_at(place + i)) << place + i;
        place += got;
      }
    }
    sender.join();
    EXPECT_EQ(place, kBytes);
    EXPECT_EQ(close(client), 0);
    EXPECT_EQ(close(server), 0);
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(run, i * 10);
  for (std::thread& thread : threads) thread.join();
}

TEST_F(OverlappedStress, EveryOperationEndsOnceWhateverHappens) {
  constexpr int kRounds = 150;
  std::atomic<int> ended{0};
  auto run = [&](int seed) {
    std::mt19937 random(static_cast<unsigned>(seed));
    for (int round = 0; round < kRounds; ++round) {
      auto [client, server] = make_pair();
      std::vector<std::unique_ptr<Io>> ios;
      for (int i = 0; i < 12; ++i) ios.push_back(std::make_unique<Io>(i % 3 == 2 ? 300'000 : 1000));
      std::vector<char> started(ios.size());
      // One thread starts, one cancels, one feeds, and in the end one closes under all of them.
      std::thread starter([&, s = server] {
        for (size_t i = 0; i < ios.size(); ++i) {
          const int code = i % 3 == 2 ? send_overlapped(s, *ios[i]) : recv_overlapped(s, *ios[i]);
          started[i] = code == 0 || code == WSA_IO_PENDING;
        }
        // A thread that ends would cancel what it has started, before the others get at it.
        for (size_t i = 0; i < ios.size(); ++i)
          if (started[i]) settle(*ios[i]);
      });
      std::thread canceller([&, s = server, turns = random() % 30] {
        for (unsigned i = 0; i < turns; ++i)
          (void)cancel_io(s, i % 5 == 0 ? nullptr : &ios[i % ios.size()]->overlapped, false);
      });
      for (unsigned i = random() % 6; i > 0; --i) send(client, "feed");
      if (random() % 3 == 0) recv_text(client, random() % 100'000);
      canceller.join();
      const bool peer_first = random() % 2 == 0;
      EXPECT_EQ(close(peer_first ? client : server), 0);
      if (peer_first) (void)cancel_io(server, nullptr, false);
      EXPECT_EQ(close(peer_first ? server : client), 0);
      starter.join();
      for (size_t i = 0; i < ios.size(); ++i) {
        EXPECT_EQ(ios[i]->event.times(), started[i] ? 1 : 0);
        ended += started[i];
      }
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(run, 100 + i);
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(ended.load(), kThreads * kRounds);
}

TEST_F(OverlappedStress, AcceptsEndOnceWhateverHappens) {
  constexpr DWORD kRoom = sizeof(sockaddr_in) + 16;
  constexpr int kRounds = 100;
  SOCKET any = make_socket();
  auto accept_ex = extension<LPFN_ACCEPTEX>(any, WSAID_ACCEPTEX);
  auto run = [&](int seed) {
    std::mt19937 random(static_cast<unsigned>(seed));
    for (int round = 0; round < kRounds; ++round) {
      SOCKET listener = make_listener(AF_INET, 64);
      Name name;
      ASSERT_EQ(local_name(listener, &name), 0);
      std::vector<std::unique_ptr<Io>> ios;
      std::vector<SOCKET> acceptors;
      for (int i = 0; i < 6; ++i) {
        ios.push_back(std::make_unique<Io>(256));
        acceptors.push_back(make_socket());
        EXPECT_FALSE(accept_ex(listener, acceptors.back(), ios.back()->data.data(), i % 2 == 0 ? 0 : 10, kRoom, kRoom,
                               nullptr, &ios.back()->overlapped));
        EXPECT_EQ(ios.back()->started(listener, false, WSAGetLastError()), WSA_IO_PENDING);
      }
      std::thread closer([&, turns = random() % 6] {
        for (unsigned i = 0; i < turns; ++i) close(acceptors[i]);
      });
      std::thread clients([&, turns = random() % 6] {
        for (unsigned i = 0; i < turns; ++i) {
          SOCKET client = make_socket();
          if (connect(client, name) == 0 && i % 2 == 0) send(client, "x");
          close(client);
        }
      });
      if (random() % 2 == 0) (void)cancel_io(listener, nullptr, false);
      closer.join();
      clients.join();
      EXPECT_EQ(close(listener), 0);
      for (auto& io : ios) settle(*io);
      for (SOCKET s : acceptors) close(s);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(run, 1000 + i);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace inlet::provider::test
