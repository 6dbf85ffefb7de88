#include "provider/catalog_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <thread>
#include <vector>

#include "base/utf16.h"
#include "support/environment.h"

namespace inlet::provider::test {
namespace {

constexpr GUID kSome = {0x12345678, 0x9abc, 0xdef0, {0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe}};

class CatalogFile : public testing::Test {
 protected:
  void write(const std::string& text) { std::ofstream(path_) << text; }
  std::string read() {
    std::ifstream in(path_);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static Result<void> install_one(Catalog& catalog) {
    WSAPROTOCOL_INFOW info = provider::catalog()[1];
    info.ProtocolChain.ChainLen = LAYERED_PROTOCOL;
    return catalog.install(kSome, u"/lib/größe.so", {&info, 1});
  }

  inlet::test::Folder folder_;
  const std::string path_ = folder_ / "catalog";
  inlet::test::Variable variable_{"INLET_CATALOG", path_};
};

TEST_F(CatalogFile, IsTheBaseAloneWhenThereIsNone) {
  auto catalog = read_catalog();
  ASSERT_TRUE(catalog.ok());
  EXPECT_EQ(catalog->entries().size(), 6u);
}

TEST_F(CatalogFile, KeepsEveryField) {
  Catalog before;
  ASSERT_TRUE(install_one(before).ok());
  const WSAPROTOCOL_INFOW tcp = catalog()[0];
  GUID other = kSome;
  other.Data1 = 7;
  ASSERT_TRUE(before.install_over(other, u"/lib/b.so", u"Zähler \U0001F50D", 0x20066, {&tcp, 1}).ok());
  ASSERT_TRUE(before.set_categories(kSome, LSP_FIREWALL | LSP_SYSTEM).ok());
  const DWORD order[] = {1104 - 1, 1101, 1003, 1001, 1002, 1004, 1006, 1005, 1102};
  ASSERT_TRUE(before.reorder(order).ok());

  auto after = parse_catalog(print_catalog(before));
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(after->next_id(), before.next_id());
  ASSERT_EQ(after->entries().size(), before.entries().size());
  for (size_t i = 0; i < before.entries().size(); ++i) {
    EXPECT_EQ(std::memcmp(&after->entries()[i].info, &before.entries()[i].info, sizeof(WSAPROTOCOL_INFOW)), 0) << i;
    EXPECT_EQ(after->entries()[i].path, before.entries()[i].path) << i;
    EXPECT_EQ(after->entries()[i].categories, before.entries()[i].categories) << i;
  }
}

TEST_F(CatalogFile, UnderstandsWhatPeopleWrite) {
  auto catalog = parse_catalog(
      "inlet-catalog 1\n"
      "# the counter, over TCP\n"
      "next 1103\n\n"
      "[1102]\n  name=Counter over TCP\n path = /lib/count.so\nchain = 1101   1001\nfamily = 2\ntype = 1\n"
      "protocol = 6 0\r\n[1101]\nname = Counter\npath = /lib/count.so\nchain =\n[1003]\n");
  ASSERT_TRUE(catalog.ok());
  EXPECT_EQ((*catalog->choose(AF_INET, SOCK_STREAM, IPPROTO_TCP, nullptr))->info.dwCatalogEntryId, 1102u);
  EXPECT_EQ(catalog->entries()[2].info.dwCatalogEntryId, 1003u) << "its section gives a base entry its place";
  EXPECT_EQ(catalog->entries()[2].info.iAddressFamily, AF_INET6);
  EXPECT_EQ(catalog->entries().size(), 8u);
}

TEST_F(CatalogFile, RefusesWhatItDoesNotUnderstand) {
  const std::string good = "inlet-catalog 1\nnext 1102\n";
  for (const char* bad : {"", "inlet-catalog 2\n"}) EXPECT_EQ(parse_catalog(bad).error(), Error::no_recovery) << bad;
  for (const char* bad :
       {"name = before any section\n", "[x]\n", "[1101\n", "[1101]\n", "[1101]\npath = /a\nunknown = 1\n",
        "[1101]\npath = /a\nchain = 1\n", "[1101]\npath = /a\nchain = 1 2 3 4 5 6 7 8\n",
        "[1101]\npath = /a\ntype = one\n", "[1101]\npath = /a\nprovider = {}\n", "[1101]\npath = /a\nprotocol = 6\n",
        "[1102]\npath = /a\n", "[7]\npath = /a\n", "[1001]\n[1001]\n", "next\n", "next x\n"})
    EXPECT_EQ(parse_catalog(good + bad).error(), Error::no_recovery) << bad;
  write("no catalog");
  EXPECT_EQ(read_catalog().error(), Error::no_recovery);
  EXPECT_EQ(edit_catalog(Lock::wait, install_one).error(), Error::no_recovery);
  EXPECT_EQ(read(), "no catalog") << "what is not understood is not written over";
}

TEST_F(CatalogFile, IsReplacedAsAWhole) {
  ASSERT_TRUE(edit_catalog(Lock::wait, install_one).ok());
  EXPECT_EQ(read_catalog()->find_provider(kSome)->path, u"/lib/größe.so");
  const std::string before = read();
  EXPECT_EQ(edit_catalog(Lock::wait, install_one).error(), Error::no_recovery) << "installed already";
  EXPECT_EQ(read(), before) << "an edit that fails changes nothing";
}

TEST_F(CatalogFile, SaysSoWhenSomebodyElseIsWriting) {
  const int other = open((path_ + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_EQ(flock(other, LOCK_EX), 0);
  EXPECT_EQ(edit_catalog(Lock::try_only, install_one).error(), Error::try_again);
  close(other);
  EXPECT_TRUE(edit_catalog(Lock::try_only, install_one).ok());
}

TEST_F(CatalogFile, LosesNoChangeOfManyAtOnce) {
  std::vector<std::thread> writers;
  for (uint32_t i = 0; i < 4; ++i)
    writers.emplace_back([i] {
      for (uint32_t j = 0; j < 5; ++j) {
        auto edited = edit_catalog(Lock::wait, [&](Catalog& catalog) {
          WSAPROTOCOL_INFOW info{};
          GUID id = kSome;
          id.Data1 = i * 100 + j;
          return catalog.install(id, u"/lib/a.so", {&info, 1});
        });
        EXPECT_TRUE(edited.ok());
      }
    });
  for (auto& writer : writers) writer.join();
  EXPECT_EQ(read_catalog()->entries().size(), 26u);
}

TEST_F(CatalogFile, CannotBeWrittenWhereNothingMayBe) {
  inlet::test::Variable nowhere("INLET_CATALOG", "/proc/inlet/catalog");
  EXPECT_EQ(edit_catalog(Lock::wait, install_one).error(), Error::no_recovery);
}

TEST(Guid, IsTextAndBack) {
  EXPECT_EQ(print_guid(kSome), "{12345678-9ABC-DEF0-1032-547698BADCFE}");
  EXPECT_TRUE(same_guid(*parse_guid("{12345678-9abc-def0-1032-547698badcfe}"), kSome));
  for (const char* bad : {"", "{12345678-9abc-def0-1032-547698badcf}", "{12345678-9abc-def0-1032-547698badcfg}",
                          "12345678-9abc-def0-1032-547698badcfe00", "{12345678 9abc-def0-1032-547698badcfe}"})
    EXPECT_EQ(parse_guid(bad).error(), Error::invalid) << bad;
}

}  // namespace
}  // namespace inlet::provider::test
