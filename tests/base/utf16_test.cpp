#include "base/utf16.h"

#include <gtest/gtest.h>

namespace inlet {
namespace {

struct Pair {
  std::string_view utf8;
  std::u16string_view utf16;
};

TEST(Utf16, ConvertsBothWays) {
  const Pair pairs[] = {{"", u""},
                        {"localhost", u"localhost"},
                        {"\x7f", u"\x7f"},
                        {"\xc2\x80", u"\u0080"},
                        {"\xdf\xbf", u"\u07ff"},
                        {"\xe0\xa0\x80", u"\u0800"},
                        {"\xed\x9f\xbf", u"\ud7ff"},
                        {"\xee\x80\x80", u"\ue000"},
                        {"\xef\xbf\xbf", u"\uffff"},
                        {"\xf0\x90\x80\x80", u"\U00010000"},
                        {"\xf4\x8f\xbf\xbf", u"\U0010ffff"},
                        {{"a\0b", 3}, {u"a\0b", 3}},
                        {"gr\xc3\xbc\xc3\x9f", u"gr\u00fc\u00df"}};
  for (const Pair& pair : pairs) {
    EXPECT_EQ(utf16_of(pair.utf8), pair.utf16) << pair.utf8;
    EXPECT_EQ(utf8_of(pair.utf16), pair.utf8) << pair.utf8;
    EXPECT_EQ(to_utf16(pair.utf8), pair.utf16) << pair.utf8;
    EXPECT_EQ(to_utf8(pair.utf16), pair.utf8) << pair.utf8;
  }
}

TEST(Utf16, RefusesOrReplacesBadUtf8) {
  const Pair pairs[] = {{"\x80", u"\ufffd"},
                        {"a\xff"
                         "b",
                         u"a\ufffdb"},
                        {"\xc0\x80", u"\ufffd\ufffd"},                      // overlong NUL
                        {"\xc1\xbf", u"\ufffd\ufffd"},                      // overlong U+007F
                        {"\xe0\x9f\xbf", u"\ufffd\ufffd\ufffd"},            // overlong U+07FF
                        {"\xed\xa0\x80", u"\ufffd\ufffd\ufffd"},            // a surrogate
                        {"\xf4\x90\x80\x80", u"\ufffd\ufffd\ufffd\ufffd"},  // above U+10FFFF
                        {"\xf5\x80", u"\ufffd\ufffd"},
                        {"\xe2\x82", u"\ufffd"},  // cut: one part, one replacement
                        {"\xe2\x82"
                         "a",
                         u"\ufffd"
                         u"a"},
                        {"\xf0\x9f\x98", u"\ufffd"}};
  for (const Pair& pair : pairs) {
    EXPECT_EQ(utf16_of(pair.utf8), std::nullopt);
    EXPECT_EQ(to_utf16(pair.utf8), pair.utf16) << testing::PrintToString(pair.utf8);
  }
}

TEST(Utf16, RefusesOrReplacesLoneSurrogates) {
  const char16_t high = 0xd83d;
  const char16_t low = 0xde00;
  EXPECT_EQ(utf8_of(std::u16string{high, low}), "\xf0\x9f\x98\x80");
  for (const std::u16string& text : {std::u16string{high}, std::u16string{low}})
    EXPECT_EQ(utf8_of(text), std::nullopt) << testing::PrintToString(text);
  EXPECT_EQ(utf8_of(std::u16string{low, high}), std::nullopt);
  EXPECT_EQ(to_utf8(std::u16string{low, high}), "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(to_utf8(std::u16string{high, u'a'}),
            "\xef\xbf\xbd"
            "a");
}

}  // namespace
}  // namespace inlet
