#include "base/short_slices.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>

#include <thread>

#include "support/scheduling.h"

namespace inlet::test {
namespace {

// Each test has a thread of its own, so that none leaves anything behind.
template <class Body>
void on_a_thread(Body body) {
  std::thread(body).join();
}

bool system_has_slices() {
  return slice_ns_of() != 0;
}

TEST(ShortSlices, AreTakenAndGivenBack) {
  if (!system_has_slices()) GTEST_SKIP() << "this system has no slices that a thread can ask for";
  on_a_thread([] {
    const uint64_t usual_ns = slice_ns_of();
    ASSERT_NE(usual_ns, kShortSlice_ns);
    take_short_slices(true);
    EXPECT_EQ(slice_ns_of(), kShortSlice_ns);
    take_short_slices(true);
    EXPECT_EQ(slice_ns_of(), kShortSlice_ns);
    take_short_slices(false);
    EXPECT_EQ(slice_ns_of(), usual_ns);
  });
}

TEST(ShortSlices, AreGivenBackByAThreadThatInheritedThem) {
  if (!system_has_slices()) GTEST_SKIP() << "this system has no slices that a thread can ask for";
  on_a_thread([] {
    const uint64_t usual_ns = slice_ns_of();
    take_short_slices(true);
    on_a_thread([usual_ns] {
      EXPECT_EQ(slice_ns_of(), kShortSlice_ns) << "else there is nothing to give back";
      take_short_slices(false);
      EXPECT_EQ(slice_ns_of(), usual_ns);
    });
  });
}

TEST(ShortSlices, LeaveTheNicenessAsItIs) {
  on_a_thread([] {
    const int before = getpriority(PRIO_PROCESS, 0);
    if (before >= 19) GTEST_SKIP() << "nothing is left to step back";
    ASSERT_EQ(setpriority(PRIO_PROCESS, 0, before + 1), 0);
    take_short_slices(true);
    EXPECT_EQ(getpriority(PRIO_PROCESS, 0), before + 1);
    take_short_slices(false);
    EXPECT_EQ(getpriority(PRIO_PROCESS, 0), before + 1);
  });
}

TEST(ShortSlices, LeaveThePolicyAsItIs) {
  for (const int policy : {SCHED_BATCH, SCHED_IDLE}) {
    on_a_thread([policy] {
      const sched_param none{};
      ASSERT_EQ(sched_setscheduler(0, policy, &none), 0);
      take_short_slices(true);
      EXPECT_EQ(sched_getscheduler(0), policy);
      take_short_slices(false);
      EXPECT_EQ(sched_getscheduler(0), policy);
    });
  }
}

}  // namespace
}  // namespace inlet::test
