// Event objects.
#pragma once

#include "winsock/dispatcher.h"

namespace inlet::winsock {

// Set until it is reset: by hand, or by the first wait that gets it.
class Event : public WaitObject {
 public:
  static constexpr ObjectKind kKind = ObjectKind::event;
  Event(bool manual_reset, bool set) : WaitObject(kKind), manual_reset_(manual_reset), set_(set) {}

  // Thread   Any; never waits.
  void set();
  void reset();
  // Lets through who waits now, and nobody else.
  void pulse();

  bool available_locked(const HeldMutexes&) const override { return set_; }
  bool take_locked(HeldMutexes&) override {
    if (!manual_reset_) set_ = false;
    return false;
  }

 private:
  const bool manual_reset_;
  bool set_;  // guarded by the dispatcher
};

// A new manual-reset event without a name. NULL when there is no memory; the last error is not touched.
HANDLE make_event();

}  // namespace inlet::winsock
