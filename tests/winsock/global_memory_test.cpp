// Blocks of global memory: their size, their locks, and handles that are no more.
#include <gtest/gtest.h>
#include <windows.h>

#include <cstring>

namespace inlet::test {
namespace {

TEST(GlobalMemory, KeepsSizeAndContents) {
  HGLOBAL block = GlobalAlloc(GHND, 10);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(GlobalSize(block), 10u);
  auto* memory = static_cast<char*>(GlobalLock(block));
  EXPECT_EQ(std::string(memory, 10), std::string(10, '\0'));
  std::memcpy(memory, "0123456789", 10);
  EXPECT_STREQ(memory, "0123456789") << "a zero stands behind it";
  EXPECT_FALSE(GlobalUnlock(block));
  block = GlobalReAlloc(block, 100'000, GMEM_ZEROINIT);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(GlobalSize(block), 100'000u);
  memory = static_cast<char*>(GlobalLock(block));
  EXPECT_EQ(std::string(memory, 10), "0123456789");
  EXPECT_EQ(memory[99'999], '\0');
  GlobalUnlock(block);
  EXPECT_EQ(GlobalFree(block), nullptr);
}

TEST(GlobalMemory, CountsLocks) {
  HGLOBAL block = GlobalAlloc(GMEM_MOVEABLE, 10);
  GlobalLock(block);
  GlobalLock(block);
  EXPECT_EQ(GlobalReAlloc(block, 100, 0), nullptr) << "somebody has its address";
  EXPECT_TRUE(GlobalUnlock(block));
  SetLastError(1);
  EXPECT_FALSE(GlobalUnlock(block));
  EXPECT_EQ(GetLastError(), static_cast<DWORD>(NO_ERROR));
  EXPECT_FALSE(GlobalUnlock(block));
  EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_NOT_LOCKED));
  GlobalFree(block);
}

TEST(GlobalMemory, KnowsWhatIsNoBlock) {
  HGLOBAL block = GlobalAlloc(GMEM_FIXED, 10);
  GlobalFree(block);
  for (HGLOBAL wrong : {block, HGLOBAL{nullptr}}) {
    SetLastError(0);
    EXPECT_EQ(GlobalLock(wrong), nullptr);
    EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_INVALID_HANDLE));
    EXPECT_EQ(GlobalSize(wrong), 0u);
    EXPECT_EQ(GlobalReAlloc(wrong, 1, 0), nullptr);
    EXPECT_FALSE(GlobalUnlock(wrong));
  }
  EXPECT_EQ(GlobalFree(block), block);
  EXPECT_EQ(GlobalFree(nullptr), nullptr);
  EXPECT_EQ(GlobalAlloc(GMEM_MOVEABLE, SIZE_MAX), nullptr);
  EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_NOT_ENOUGH_MEMORY));
}

}  // namespace
}  // namespace inlet::test
