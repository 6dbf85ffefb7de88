// The headers under UNICODE: names without A or W are the W forms, and text is UTF-16.
#define UNICODE
#define _UNICODE
#include <gtest/gtest.h>
#include <tchar.h>
#include <windows.h>

#include <string>

namespace {

static_assert(std::is_same_v<TCHAR, char16_t>);

TEST(Unicode, TextIsUtf16) {
  TCHAR text[16];
  _tcscpy(text, TEXT("Abc"));
  _tcscat(text, _T("def"));
  EXPECT_EQ(_tcslen(text), 6u);
  EXPECT_EQ(_tcscmp(text, u"Abcdef"), 0);
  EXPECT_LT(_tcscmp(text, u"Abcdeg"), 0);
  EXPECT_GT(_tcscmp(text, u"Abcde"), 0);
  EXPECT_EQ(_tcsicmp(text, u"aBCDEF"), 0);
  EXPECT_NE(_tcsicmp(text, u"aBCDE"), 0);
  EXPECT_EQ(_tcsncmp(text, u"Abcxyz", 3), 0);
  EXPECT_EQ(_tcschr(text, 'd'), text + 3);
  EXPECT_EQ(_tcschr(text, 'x'), nullptr);
  EXPECT_EQ(_tcsrchr(text, 0), text + 6);
  EXPECT_EQ(_tcsstr(text, u"cde"), text + 2);
  EXPECT_EQ(_tcsstr(text, u"cdf"), nullptr);
  EXPECT_EQ(_ttoi(_T(" -42x")), -42);
  EXPECT_EQ(lstrlen(text), 6);
  EXPECT_EQ(std::u16string(lstrcpyn(text, TEXT("too long for it"), 5)), u"too ");
}

TEST(Unicode, NamesAreTheWideForms) {
  HANDLE event = CreateEvent(nullptr, TRUE, TRUE, TEXT("unicode"));
  ASSERT_NE(event, nullptr);
  EXPECT_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
  HANDLE narrow = CreateEventA(nullptr, TRUE, TRUE, "unicode");
  EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_ALREADY_EXISTS));
  EXPECT_TRUE(CloseHandle(narrow));
  EXPECT_TRUE(CloseHandle(event));
  testing::internal::CaptureStderr();
  EXPECT_EQ(MessageBox(nullptr, TEXT("\u00e4"), nullptr, MB_OK), IDOK);
  OutputDebugString(TEXT("debug\n"));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "Error: \xc3\xa4\ndebug\n");
}

TEST(Unicode, ErrorTextsAreUtf16) {
  TCHAR* text = nullptr;
  const DWORD length =
      FormatMessage(FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS,
                    nullptr, 10054, 0, reinterpret_cast<LPTSTR>(&text), 0, nullptr);
  ASSERT_NE(text, nullptr);
  EXPECT_EQ(std::u16string(text), u"The connection was reset by the peer.\r\n");
  EXPECT_EQ(length, _tcslen(text));
  EXPECT_EQ(LocalFree(text), nullptr);
}

}  // namespace
