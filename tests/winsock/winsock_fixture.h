// What the tests of Winsock's calls share: a process that has called WSAStartup.
#pragma once

#include <gtest/gtest.h>
#include <winsock2.h>

namespace inlet::winsock::test {

constexpr int kUntouched = 31999;  // a last error that no call sets

class WinsockTest : public testing::Test {
 protected:
  void SetUp() override {
    WSADATA data;
    ASSERT_EQ(WSAStartup(MAKEWORD(2, 2), &data), 0);
    WSASetLastError(kUntouched);
  }
  void TearDown() override { EXPECT_EQ(WSACleanup(), 0); }
};

}  // namespace inlet::winsock::test
