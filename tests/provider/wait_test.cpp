// A thread that has to wait although the process has no descriptor left. It needs one to be woken by; a server whose table is
// full of clients lost those that were served by threads of their own, because their first receive failed.

#include <atomic>
#include <optional>
#include <thread>
#include <tuple>

#include "provider_fixture.h"
#include "support/descriptor_limit.h"

namespace inlet::provider::test {
namespace {

class WaitWithoutDescriptors : public ProviderTest {
 protected:
  void SetUp() override {
    ProviderTest::SetUp();
    std::tie(client_, server_) = make_pair();
    none_.emplace();
    ASSERT_TRUE(none_->is_set());
  }
  void TearDown() override {
    give_descriptors();
    ProviderTest::TearDown();
  }
  void give_descriptors() { none_.reset(); }

  SOCKET client_ = INVALID_SOCKET;
  SOCKET server_ = INVALID_SOCKET;
  std::optional<inlet::test::DescriptorLimit> none_;
};

TEST_F(WaitWithoutDescriptors, AReceiveWaitsForItsData) {
  std::string got;
  std::thread reader([&] { got = recv_text(server_, 2); });
  EXPECT_EQ(send(client_, "a"), 1);
  give_descriptors();
  EXPECT_EQ(send(client_, "b"), 1);
  reader.join();
  EXPECT_EQ(got, "ab");
}

TEST_F(WaitWithoutDescriptors, ACloseEndsAReceive) {
  char byte = 0;
  int result = 0;
  std::atomic<bool> begun{false};
  std::thread reader([&] {
    begun = true;
    result = recv(server_, &byte, 1);
  });
  EXPECT_TRUE(eventually([&] { return begun.load(); }));
  EXPECT_EQ(close(server_), 0);
  reader.join();
  EXPECT_TRUE(result == -WSAEINTR || result == -WSAENOTSOCK) << result;
}

TEST_F(WaitWithoutDescriptors, ATimeoutHolds) {
  ASSERT_EQ(set_option(server_, SOL_SOCKET, SO_RCVTIMEO, DWORD{60}), 0);
  char byte = 0;
  int result = 0;
  const auto begun = std::chrono::steady_clock::now();
  std::thread([&] { result = recv(server_, &byte, 1); }).join();
  EXPECT_EQ(result, -WSAETIMEDOUT);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(60));
}

TEST_F(WaitWithoutDescriptors, ASelectFindsWhatComes) {
  int found = 0;
  std::thread selector([&] {
    fd_set readable{1, {server_}};
    int error = 0;
    found = wsp.lpWSPSelect(0, &readable, nullptr, nullptr, nullptr, &error);
  });
  EXPECT_EQ(send(client_, "x"), 1);
  selector.join();
  EXPECT_EQ(found, 1);
}

TEST_F(WaitWithoutDescriptors, ASelectIsToldOfAClose) {
  int found = 0;
  std::atomic<bool> begun{false};
  std::thread selector([&] {
    fd_set readable{1, {server_}};
    int error = 0;
    begun = true;
    found = wsp.lpWSPSelect(0, &readable, nullptr, nullptr, nullptr, &error);
    if (found == SOCKET_ERROR) found = -error;
  });
  EXPECT_TRUE(eventually([&] { return begun.load(); }));
  EXPECT_EQ(close(server_), 0);
  selector.join();
  EXPECT_TRUE(found == 1 || found == -WSAENOTSOCK) << found;
}

}  // namespace
}  // namespace inlet::provider::test
