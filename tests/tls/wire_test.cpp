#include "tls/wire.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace inlet::tls {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

struct WireTest : testing::Test {
  Wire wire;
  BioPtr bio{wire.make_bio()};

  std::string read(int size) {
    std::string text(static_cast<size_t>(size), '\0');
    const int got = BIO_read(bio.get(), text.data(), size);
    return text.substr(0, static_cast<size_t>(std::max(got, 0)));
  }
};

TEST_F(WireTest, GivesWhatWasOfferedInOrder) {
  ASSERT_TRUE(wire.offer(bytes_of("abc")));
  EXPECT_EQ(read(2), "ab");
  ASSERT_TRUE(wire.offer(bytes_of("def")));
  EXPECT_EQ(wire.unread(), 4u);
  EXPECT_EQ(BIO_pending(bio.get()), 4);
  EXPECT_EQ(read(10), "cdef");
  EXPECT_EQ(read(1), "");
  EXPECT_TRUE(BIO_should_read(bio.get())) << "there may be more";
}

TEST_F(WireTest, TellsTheEndAfterTheLastByte) {
  ASSERT_TRUE(wire.offer(bytes_of("a")));
  wire.offer_end();
  EXPECT_FALSE(BIO_eof(bio.get()));
  EXPECT_EQ(read(1), "a");
  EXPECT_TRUE(BIO_eof(bio.get()));
  EXPECT_EQ(read(1), "");
  EXPECT_FALSE(BIO_should_retry(bio.get()));
}

TEST_F(WireTest, TakesNoMoreOutputThanAllowed) {
  wire.set_output_max(4);
  EXPECT_EQ(BIO_write(bio.get(), "abc", 3), 3);
  EXPECT_EQ(BIO_write(bio.get(), "def", 3), 3) << "a record is taken whole";
  EXPECT_EQ(BIO_wpending(bio.get()), 6u);
  EXPECT_LE(BIO_write(bio.get(), "g", 1), 0);
  EXPECT_TRUE(BIO_should_write(bio.get()));
  wire.output().drop(3);
  EXPECT_EQ(BIO_write(bio.get(), "g", 1), 1);
}

TEST_F(WireTest, IsCutWhenMoreIsReadThanAllowed) {
  wire.allow(3);
  ASSERT_TRUE(wire.offer(bytes_of("abcdef")));
  EXPECT_EQ(read(6), "abc");
  EXPECT_FALSE(wire.is_cut()) << "whoever needs no more has kept the limit";
  EXPECT_EQ(read(1), "");
  EXPECT_TRUE(wire.is_cut());
  EXPECT_FALSE(BIO_should_retry(bio.get()));
  EXPECT_LE(BIO_write(bio.get(), "x", 1), 0);
  EXPECT_FALSE(BIO_should_retry(bio.get()));
}

TEST_F(WireTest, KeepsInputWhoseMemoryGoes) {
  {
    const std::string text = "short-lived";
    ASSERT_TRUE(wire.offer(bytes_of(text)));
    ASSERT_TRUE(wire.keep());
  }
  EXPECT_EQ(read(64), "short-lived");
}

TEST_F(WireTest, ShowsWhatComesNextWithoutTakingIt) {
  std::byte room[8];
  const auto seen = [&](size_t count) {
    const std::span<const std::byte> view = wire.view(count, room);
    return std::string(reinterpret_cast<const char*>(view.data()), view.size());
  };
  const std::string_view text = "abcdef";
  ASSERT_TRUE(wire.offer(bytes_of(text.substr(0, 2))));
  ASSERT_TRUE(wire.offer(bytes_of(text.substr(2))));  // keeps a copy of the first two
  EXPECT_EQ(wire.look(room), 6u);
  EXPECT_EQ(seen(2), "ab");
  EXPECT_EQ(seen(4), "abcd") << "that do not lie together";
  wire.drop_unread(3);
  EXPECT_EQ(seen(3), "def");
  EXPECT_EQ(wire.view(3, room).data(), bytes_of(text.substr(3)).data()) << "and these are not copied";
  EXPECT_EQ(wire.unread(), 3u);
  EXPECT_EQ(read(10), "def");
}

}  // namespace
}  // namespace inlet::tls
