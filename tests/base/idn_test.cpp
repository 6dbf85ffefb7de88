#include "base/idn.h"

#include <gtest/gtest.h>

namespace inlet {
namespace {

TEST(Idn, WritesLabelsInPunycode) {
  struct Row {
    const char* name;
    const char* ascii;
  };
  // The first was observed on Windows, the last ones are samples of RFC 3492, section 7.1.
  const Row rows[] = {{"テスト.winehq.org", "xn--zckzah.winehq.org"},
                      {"bücher.example", "xn--bcher-kva.example"},
                      {"münchen", "xn--mnchen-3ya"},
                      {"Bücher。Example.", "xn--bcher-kva.example."},
                      {"ü", "xn--tda"},
                      {"😀.x", "xn--e28h.x"},
                      {"他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye"},
                      {"3年b組金八先生", "xn--3b-ww4c5e180e575a65lsy2b"},
                      {"そのスピードで", "xn--d9juau41awczczp"},
                      {"localhost", "localhost"},
                      {"Stays.As.It.Is", "Stays.As.It.Is"},
                      {"", ""}};
  for (const Row& row : rows) EXPECT_EQ(ascii_name_of(row.name), row.ascii) << row.name;
}

TEST(Idn, RefusesWhatCannotBeAName) {
  EXPECT_EQ(ascii_name_of("\xff"), std::nullopt);
  EXPECT_EQ(ascii_name_of("\xc3\xbc" + std::string(63, 'a')), std::nullopt);
  EXPECT_EQ(ascii_name_of("\xc3\xbc" + std::string(60, 'a')), std::nullopt) << "too long in Punycode";
  EXPECT_EQ(ascii_name_of("\xc3\xbc" + std::string(100'000, 'a')), std::nullopt);
  EXPECT_NE(ascii_name_of("\xc3\xbc" + std::string(50, 'a')), std::nullopt);
}

}  // namespace
}  // namespace inlet
