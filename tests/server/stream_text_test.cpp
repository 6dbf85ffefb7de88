// What of a stream is stored and sent: markers over the borders of parts, line ends, the two forms of text, and limits.
#include "server/stream_text.h"

#include <gtest/gtest.h>

namespace inlet::server {
namespace {

struct Taken {
  std::string stored;
  std::string left;  // of the bytes that came
  bool complete;
};

// Feeds the text in parts of so many bytes. What is left of a part goes before the next one, as in a stream.
Taken take(const std::string& text, size_t part, StreamForm form, const std::string& marker,
           uint64_t room = UINT64_MAX) {
  StreamIntake intake(form, marker, room);
  Taken taken{};
  size_t at = 0;
  while (at < text.size() && !intake.is_complete())
    at += intake.take(text.data() + at, std::min(part, text.size() - at), taken.stored);
  if (!intake.is_complete()) intake.finish(taken.stored);
  taken.left = text.substr(at);
  taken.complete = intake.is_complete();
  return taken;
}

std::string utf16(std::u16string_view text) {
  return {reinterpret_cast<const char*>(text.data()), text.size() * 2};
}

TEST(StreamIntake, FindsTheMarkerHoweverTheStreamIsCut) {
  struct Row {
    const char *text, *marker, *stored, *left;
  };
  const Row rows[] = {
      {"onexxendtwo", "end", "onexxend", "two"},
      {"aaab", "aab", "aaab", ""},
      {"aabaabaaabrest", "aabaaab", "aabaabaaab", "rest"},
      {"abababac-", "ababac", "abababac", "-"},
      {"\r\n.\r\r\n.\r\nQUIT", "\r\n.\r\n", "\r\n.\r\r\n.\r\n", "QUIT"},
      {"xyz", "z", "xyz", ""},
  };
  for (const Row& row : rows)
    for (size_t part = 1; part <= 12; ++part) {
      const Taken taken = take(row.text, part, {}, row.marker);
      EXPECT_EQ(taken.stored, row.stored) << row.text << " in parts of " << part;
      EXPECT_EQ(taken.left, row.left) << row.text << " in parts of " << part;
      EXPECT_TRUE(taken.complete);
    }
  EXPECT_FALSE(take("nothing of that kind", 3, {}, "end").complete);
}

TEST(StreamIntake, ConvertsEveryLineEnd) {
  for (size_t part = 1; part <= 8; ++part) {
    EXPECT_EQ(take("a\nb\rc\r\nd\n\r\n\n", part, {true, false}, "").stored, "a\r\nb\r\nc\r\nd\r\n\r\n\r\n");
    EXPECT_EQ(take("a\n.\nb", part, {true, false}, "\n.\n").stored, "a\r\n.\r\n") << "the marker is what was sent";
  }
}

TEST(StreamIntake, StoresUtf16) {
  const std::u16string expected = u"grün 😀 \ufffdx\ufffd";
  for (size_t part = 1; part <= 8; ++part)
    EXPECT_EQ(take("gr\xc3\xbcn \xf0\x9f\x98\x80 \xc3x\xff", part, {false, true}, "").stored, utf16(expected)) << part;
  EXPECT_EQ(take("\xe2\x82", 1, {false, true}, "").stored, utf16(u"\ufffd")) << "cut off by the end";
  EXPECT_EQ(take("\xed\xa0\x80", 1, {false, true}, "").stored, utf16(u"\ufffd")) << "a surrogate";
  EXPECT_EQ(take("\xc0\x80", 8, {false, true}, "").stored, utf16(u"\ufffd\ufffd")) << "too long a form";
}

TEST(StreamIntake, NeverStoresMoreThanThereIsRoomFor) {
  const std::string text = "a\n\xf0\x9f\x98\x80\xc3\xbc\xf0\x9f\x98z\r\nq";
  for (const StreamForm form : {StreamForm{false, false}, {true, false}, {false, true}, {true, true}})
    for (uint64_t room = 1; room < 30; ++room)
      for (size_t part = 1; part < 6; ++part) {
        const Taken taken = take(text, part, form, "", room);
        EXPECT_LE(taken.stored.size(), room) << form.crlf << form.utf16 << " " << part;
        const std::string whole = take(text, part, form, "").stored;
        EXPECT_EQ(whole.substr(0, taken.stored.size()), taken.stored) << form.crlf << form.utf16 << " room " << room;
      }
}

TEST(StreamIntake, IsCompleteWhenFullWithoutAnotherByte) {
  EXPECT_TRUE(take("ab\n", 3, {true, false}, "", 4).complete);
  EXPECT_TRUE(take("ab", 2, {false, true}, "", 5).complete);
  EXPECT_EQ(take("ab\r\ncd", 6, {true, false}, "", 4).left, "cd") << "the line feed belongs to what is stored";
}

std::string sent(const std::string& data, size_t part, StreamForm form) {
  StreamOutflow outflow(form);
  std::string out;
  for (size_t at = 0; at < data.size(); at += part)
    outflow.take(data.data() + at, std::min(part, data.size() - at), out);
  outflow.finish(out);
  return out;
}

TEST(StreamOutflow, SendsLineEndsAndUtf8) {
  const std::u16string broken = {u'x', 0xd800, u'y', 0xdc00, 0xd83d};
  for (size_t part = 1; part <= 7; ++part) {
    EXPECT_EQ(sent("a\nb\rc\r\n", part, {true, false}), "a\r\nb\r\nc\r\n");
    EXPECT_EQ(sent(utf16(u"gr\u00fcn \u20ac\U0001f600\n"), part, {true, true}),
              "gr\xc3\xbcn \xe2\x82\xac\xf0\x9f\x98\x80\r\n");
    EXPECT_EQ(sent(utf16(broken), part, {false, true}), "x\xef\xbf\xbdy\xef\xbf\xbd\xef\xbf\xbd");
    EXPECT_EQ(sent("odd", part, {false, true}), "\xe6\x91\xaf\xef\xbf\xbd") << "half a unit at the end";
  }
}

}  // namespace
}  // namespace inlet::server
