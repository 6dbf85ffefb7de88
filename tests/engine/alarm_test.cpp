// The alarm that its sleeper does not have to be woken for when it is put off.
#include "engine/alarm.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace inlet::engine::test {
namespace {

constexpr int64_t kHour_us = int64_t{3600} * 1'000'000;

TEST(Alarm, RingsForWhomeverComesLaterAndAtOnceForWhatIsPast) {
  Alarm alarm;
  ASSERT_TRUE(alarm.create());
  alarm.set(0);
  alarm.wait();
  alarm.set(-5);
  alarm.wait();
}

TEST(Alarm, PutOffItDoesNotRingAtTheFormerTime) {
  Alarm alarm;
  ASSERT_TRUE(alarm.create());
  alarm.set(1);
  alarm.set(kHour_us);
  std::atomic<bool> may_ring{false}, rang_early{false};
  std::thread sleeper([&] {
    alarm.wait();
    rang_early = !may_ring;
  });
  for (int i = 0; i < 100; ++i) alarm.set(kHour_us - i);
  may_ring = true;
  alarm.set(1);
  sleeper.join();
  EXPECT_FALSE(rang_early);
}

}  // namespace
}  // namespace inlet::engine::test
