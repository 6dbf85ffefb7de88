// Who is found by number and by name, while clients come and go.
#include "server/directory.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace inlet::server::test {
namespace {

SOCKET handle_of(uint32_t id) {
  return uint64_t{1} << 63 | id;
}

// Returns number, which must be one more than that of the last one.
uint32_t add(Directory& directory, uint32_t number) {
  EXPECT_EQ(directory.add(handle_of(number)), number);
  return number;
}

void expect_same(const Directory& directory, const std::map<uint32_t, SOCKET>& model, uint32_t last) {
  std::vector<SOCKET> clients;
  for (const auto& each : model) clients.push_back(each.second);
  EXPECT_EQ(directory.clients(), clients);
  for (uint32_t id = 0; id <= last + 1; ++id)
    EXPECT_EQ(directory.find(id), model.contains(id) ? model.at(id) : INVALID_SOCKET) << id;
}

// The order in which clients leave decides where the row has gaps and when it is closed up: each in turn, then all mixed up.
TEST(Directory, FindsWhoIsThereWhateverOrderTheOthersLeaveIn) {
  std::mt19937 random(11);
  for (const int oldest_percent : {0, 50, 100}) {
    Directory directory;
    std::map<uint32_t, SOCKET> model;
    uint32_t last = 0;
    for (int step = 0; step < 600; ++step) {
      if (model.size() < 40 && (model.empty() || random() % 2 == 0)) {
        add(directory, ++last);
        model[last] = handle_of(last);
        continue;
      }
      auto leaves = model.begin();
      if (static_cast<int>(random() % 100) >= oldest_percent) std::advance(leaves, random() % model.size());
      directory.remove(leaves->first);
      directory.remove(leaves->first);  // harmless
      model.erase(leaves);
      if (step % 20 == 0) expect_same(directory, model, last);
    }
    expect_same(directory, model, last);
  }
}

// A server that stops has to reach clients that linger, which the program must not see any more.
TEST(Directory, OneThatIsHiddenIsFoundByNobodyButForEach) {
  Directory directory;
  for (uint32_t id = 1; id <= 3; ++id) add(directory, id);
  EXPECT_TRUE(directory.rename(2, "two"));
  directory.hide(2);
  EXPECT_EQ(directory.find(2), INVALID_SOCKET);
  EXPECT_EQ(directory.find("two"), INVALID_SOCKET);
  EXPECT_EQ(directory.moniker_of(2), "");
  EXPECT_EQ(directory.rename(2, "two").error(), Error::not_socket);
  EXPECT_TRUE(directory.rename(1, "two")) << "the name is free again";
  EXPECT_EQ(directory.clients(), (std::vector<SOCKET>{handle_of(1), handle_of(3)}));
  std::vector<SOCKET> all;
  const auto collect = [&](SOCKET client) { all.push_back(client); };
  directory.for_each(collect);
  EXPECT_EQ(all, (std::vector<SOCKET>{handle_of(1), handle_of(2), handle_of(3)}));
  directory.remove(1);
  directory.remove(2);
  all.clear();
  directory.for_each(collect);
  EXPECT_EQ(all, std::vector<SOCKET>{handle_of(3)});
}

TEST(Directory, AMonikerBelongsToOneClientUntilItLeavesOrIsRenamed) {
  Directory directory;
  const uint32_t a = add(directory, 1), b = add(directory, 2);
  EXPECT_TRUE(directory.rename(a, "Anna"));
  EXPECT_EQ(directory.rename(b, "aNNA").error(), Error::address_in_use);
  EXPECT_EQ(directory.moniker_of(b), "");
  EXPECT_TRUE(directory.rename(a, "ANNA")) << "its own, written another way";
  EXPECT_EQ(directory.moniker_of(a), "ANNA");
  EXPECT_EQ(directory.find("anna"), handle_of(a));
  EXPECT_TRUE(directory.rename(a, "Berta"));
  EXPECT_EQ(directory.find("anna"), INVALID_SOCKET);
  EXPECT_TRUE(directory.rename(b, "Anna"));
  EXPECT_TRUE(directory.rename(b, "")) << "no name any more";
  EXPECT_EQ(directory.find("anna"), INVALID_SOCKET);
  EXPECT_EQ(directory.moniker_of(b), "");
  directory.remove(a);
  EXPECT_EQ(directory.find("berta"), INVALID_SOCKET);
  EXPECT_EQ(directory.rename(a, "Clara").error(), Error::not_socket);
  EXPECT_TRUE(directory.rename(b, "berta")) << "it is free again";
}

}  // namespace
}  // namespace inlet::server::test
