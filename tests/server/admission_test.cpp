// Who is counted, in total and by address, while clients come and go.
#include "server/admission.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace inlet::server::test {
namespace {

constexpr uint32_t kKeep = Admission::kKeep;

INTERNET_ADDRESS address(BYTE last) {
  INTERNET_ADDRESS address{};
  address.ipFamily = INET_ADDRESS_IPV4;
  address.ipNumber[0] = 10;
  address.ipNumber[3] = last;
  return address;
}

// Nobody is counted by address before a limit asks for it; then those who are in count, and those who have left do not.
TEST(Admission, ALimitForAddressesCountsThoseWhoAreIn) {
  Admission admission(0);
  std::atomic<Counted> marks[3];
  for (auto& mark : marks) mark = admission.enter(address(1));
  EXPECT_EQ(marks[0], Counted::in_total);
  EXPECT_FALSE(admission.lacks_addresses());
  admission.leave(address(1), marks[0].exchange(Counted::no));
  admission.set(kKeep, 2, kKeep);
  ASSERT_TRUE(admission.lacks_addresses());
  for (auto& mark : marks) admission.recount(address(1), mark);
  for (auto& mark : marks) admission.recount(address(1), mark);  // harmless
  admission.begin_addresses();
  EXPECT_FALSE(admission.lacks_addresses());
  EXPECT_EQ(admission.enter(address(1)), Counted::no) << "two are in";
  EXPECT_EQ(admission.enter(address(2)), Counted::by_address);
  admission.leave(address(1), marks[1].exchange(Counted::no));
  EXPECT_EQ(admission.enter(address(1)), Counted::by_address);
  EXPECT_EQ(admission.enter(address(1)), Counted::no);
  EXPECT_EQ(admission.count(), 3u);
}

TEST(Admission, TheTotalComesFirst) {
  Admission admission(2);
  const Counted first = admission.enter(address(1));
  EXPECT_EQ(admission.enter(address(2)), Counted::in_total);
  EXPECT_EQ(admission.enter(address(3)), Counted::no);
  admission.leave(address(1), first);
  EXPECT_EQ(admission.enter(address(3)), Counted::in_total);
  admission.set(0, kKeep, kKeep);
  EXPECT_EQ(admission.enter(address(4)), Counted::in_total);
}

// Clients leave on their shards' threads while the acceptor counts those who are in.
TEST(Admission, WhoLeavesWhileAllAreCountedIsCountedNoMore) {
  for (int round = 0; round < 200; ++round) {
    Admission admission(0);
    std::vector<std::atomic<Counted>> marks(32);
    for (auto& mark : marks) mark = admission.enter(address(1));
    admission.set(kKeep, 1, kKeep);
    std::thread leaving([&] {
      for (auto& mark : marks) admission.leave(address(1), mark.exchange(Counted::no));
    });
    for (auto& mark : marks) admission.recount(address(1), mark);
    leaving.join();
    admission.begin_addresses();
    EXPECT_EQ(admission.count(), 0u);
    const Counted alone = admission.enter(address(1));
    EXPECT_EQ(alone, Counted::by_address) << "nobody is left over";
    EXPECT_EQ(admission.enter(address(1)), Counted::no);
  }
}

}  // namespace
}  // namespace inlet::server::test
