#include "base/clock.h"

#include <gtest/gtest.h>

#include <atomic>
#include <climits>

namespace inlet {
namespace {

TEST(Deadline, NeverNeverComes) {
  EXPECT_FALSE(Deadline::never().expired());
  EXPECT_EQ(Deadline::never().poll_timeout_ms(), -1);
}

TEST(Deadline, AWaitIsNeverShorterThanAsked) {
  const Deadline soon = Deadline::after_ms(50);
  EXPECT_FALSE(soon.expired());
  EXPECT_GE(soon.poll_timeout_ms() + now_ms(), soon.ms());
  EXPECT_EQ(Deadline::after_ms(-1).poll_timeout_ms(), 0);
  EXPECT_EQ(Deadline::after_ms(int64_t{INT_MAX} * 10).poll_timeout_ms(), INT_MAX);
}

TEST(Deadline, TheSoonerOfTwo) {
  ManualTime time;
  EXPECT_EQ(Deadline::never().or_after_ms(5).ms(), now_ms() + 5);
  EXPECT_EQ(Deadline::after_ms(3).or_after_ms(5).ms(), now_ms() + 3);
  EXPECT_EQ(Deadline::after_ms(9).or_after_ms(5).ms(), now_ms() + 5);
}

struct Counter : TimeListener {
  Counter() { start_listening(); }
  ~Counter() { stop_listening(); }
  void time_changed() override { ++calls; }
  std::atomic<int> calls{0};
};

TEST(ManualTime, StandsStillUntilItIsMovedAndTellsSo) {
  Counter counter;
  {
    ManualTime time;
    const int64_t start = now_ms();
    const Deadline deadline = Deadline::after_ms(1000);
    EXPECT_EQ(deadline.poll_timeout_ms(), -1) << "a wait ends when the clock is set, not by itself";
    time.advance_ms(999);
    EXPECT_EQ(now_ms(), start + 999);
    EXPECT_FALSE(deadline.expired());
    time.advance_ms(1);
    EXPECT_TRUE(deadline.expired());
    EXPECT_EQ(deadline.poll_timeout_ms(), 0);
    EXPECT_EQ(counter.calls, 2);
  }
  EXPECT_EQ(counter.calls, 3) << "going back to real time is a change too";
  EXPECT_FALSE(time_is_manual());
}

}  // namespace
}  // namespace inlet
