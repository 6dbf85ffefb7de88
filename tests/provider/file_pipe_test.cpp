// A large file on its way through a pipe: what stays in it, how long to wait, and what happens where there is no pipe.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>
#include <tuple>

#include "base/clock.h"
#include "base/limits.h"
#include "provider/send_file.h"
#include "provider_fixture.h"
#include "support/descriptor_limit.h"

namespace inlet::provider::test {
namespace {

class FilePipes : public ProviderTest {
 protected:
  void SetUp() override {
    ProviderTest::SetUp();
    std::tie(client_, server_) = make_pair();
    file_ = std::tmpfile();
    ASSERT_TRUE(file_);
    for (uint32_t i = 0; i < kFileBytes / 4; ++i) content_.append(reinterpret_cast<const char*>(&i), 4);
    ASSERT_EQ(std::fwrite(content_.data(), 1, content_.size(), file_), content_.size());
    ASSERT_EQ(std::fflush(file_), 0);
  }
  void TearDown() override {
    pipe_.reset();
    if (file_) std::fclose(file_);
    ProviderTest::TearDown();
  }

  ptrdiff_t send_some() {
    const ptrdiff_t sent =
        pipe_->send(static_cast<int>(client_ & 0xffffffff), fileno(file_), offset_, content_.size() - offset_);
    if (sent > 0) offset_ += static_cast<uint64_t>(sent);
    return sent;
  }
  // Returns  the negative errno that ended it, or 0 for the end of the file.
  ptrdiff_t send_until_full() {
    ptrdiff_t sent = 0;
    do sent = send_some();
    while (sent > 0);
    return sent;
  }

  static constexpr size_t kFileBytes = 48 << 20;
  std::FILE* file_ = nullptr;
  std::string content_;
  SOCKET client_ = INVALID_SOCKET, server_ = INVALID_SOCKET;
  std::optional<FilePipe> pipe_{std::in_place};
  uint64_t offset_ = 0;
};

TEST_F(FilePipes, WhatAFullSocketLeavesComesFirst) {
  std::string got;
  for (ptrdiff_t end = send_until_full(); offset_ < content_.size(); end = send_until_full()) {
    ASSERT_EQ(end, -EAGAIN);
    got += recv_text(server_, 1'000'003);
  }
  got += recv_text(server_, content_.size() - got.size());
  EXPECT_TRUE(got == content_);
  EXPECT_EQ(send_some(), 0) << "nothing is left of the file";
}

TEST_F(FilePipes, ThePauseGoesByWhatLeftTheSocket) {
  ManualTime time;
  ASSERT_EQ(send_until_full(), -EAGAIN);
  EXPECT_EQ(pipe_->take_pause_ms(), 0) << "nobody knows yet how fast it is";

  EXPECT_EQ(recv_text(server_, offset_).size(), offset_);
  time.advance_ms(60'000);
  ASSERT_EQ(send_until_full(), -EAGAIN);
  EXPECT_EQ(pipe_->take_pause_ms(), kFilePause_ms) << "half of it would take half a minute";
  EXPECT_EQ(pipe_->take_pause_ms(), 0) << "told once";

  const bool stood_still = eventually([&] {
    time.advance_ms(10);
    return send_until_full() == -EAGAIN && pipe_->take_pause_ms() == 0;
  });
  EXPECT_TRUE(stood_still) << "nothing leaves any more, so nobody knows how long that will last";
}

TEST_F(FilePipes, GoesWithoutWhereThereAreNoDescriptors) {
  ptrdiff_t first = 0;
  {
    const inlet::test::DescriptorLimit none;
    ASSERT_TRUE(none.is_set());
    first = send_some();
  }
  ASSERT_GT(first, 0);
  std::string got;
  std::thread reader([&] { got = recv_text(server_, content_.size()); });
  while (offset_ < content_.size()) {
    const ptrdiff_t sent = send_some();
    if (sent > 0) continue;
    ASSERT_EQ(sent, -EAGAIN);
    std::this_thread::yield();
  }
  reader.join();
  EXPECT_TRUE(got == content_);
}

TEST_F(FilePipes, TellsOfAPeerThatIsGone) {
  reset(server_);
  server_ = INVALID_SOCKET;
  EXPECT_TRUE(eventually([&] {
    const ptrdiff_t sent = send_until_full();
    return sent == -ECONNRESET || sent == -EPIPE;
  }));
}

TEST_F(FilePipes, TellsThatTheFileCannotBeRead) {
  const int unreadable = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  EXPECT_EQ(pipe_->send(static_cast<int>(client_ & 0xffffffff), unreadable, 0, kFilePipeWorth_bytes), -EBADF);
  ::close(unreadable);
}

}  // namespace
}  // namespace inlet::provider::test
