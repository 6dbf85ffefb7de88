// A task whose steps a test can watch and fill in.
#pragma once

#include <atomic>
#include <functional>

#include "engine/shard.h"
#include "engine/task.h"

namespace inlet::engine::test {

class TestTask : public SimpleTask {
 public:
  static constexpr Signals kRun = kFirstFreeSignal;        // run once
  static constexpr Signals kBury = kFirstFreeSignal << 1;  // end

  void on_ready(poller::Ready) override {}
  void on_timer(int64_t now_ms) override {
    if (timer) timer(now_ms);
  }
  void on_signals(Signals signals) override {
    ++signalled;
    if (on_mail && (signals & kRun)) on_mail();
    if (signals & kRun) {
      if (running_)
        again_ = true;
      else
        run();
    }
    if (!(signals & kBury)) return;
    if (running_)
      ending_ = true;
    else
      shard()->bury(*this);
  }
  void perform() override {
    if (body) body();
  }
  void settle() override {
    running_ = false;
    if (on_settle) on_settle();
    ++settled;
    settled.notify_all();
    if (ending_)
      shard()->bury(*this);
    else if (std::exchange(again_, false))
      run();
  }
  bool may_settle_late() const override { return settles_late && !again_ && !ending_; }
  bool has_ended_as_usual() const override { return settles_late; }
  void release() override {
    released = true;
    released.notify_all();
  }

  void wait_settled(int times) {
    for (int seen = settled; seen < times; seen = settled) settled.wait(seen);
  }
  void end() {
    shard()->post(*this, kBury);
    released.wait(false);
  }

  std::function<void()> body;
  std::function<void()> on_mail;    // on the driver
  std::function<void()> on_settle;  // on the driver
  std::function<void(int64_t)> timer;
  bool settles_late = false;  // a run off the shard need not wake the driver
  bool metered = false;       // its runs are scheduled as costly ones that never wait
  std::atomic<int> settled{0};
  std::atomic<int> signalled{0};
  std::atomic<bool> released{false};

 private:
  void run() {
    running_ = true;
    metered ? shard()->schedule_metered(*this) : shard()->schedule(*this);
  }
  bool running_ = false;
  bool again_ = false;
  bool ending_ = false;
};

}  // namespace inlet::engine::test
