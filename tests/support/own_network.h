// Runs a test where addresses may be changed.
#pragma once

#include <gtest/gtest.h>

#include <thread>

#include "support/net_namespace.h"

namespace inlet::test {

// The body runs on a thread with a network of its own, see net_namespace.h. Without the privilege the test is skipped.
template <class Body>
void in_own_network(Body body) {
  bool entered = false;
  std::thread thread([&] {
    entered = enter_network_namespace();
    if (entered) body();
  });
  thread.join();
  if (!entered) GTEST_SKIP() << "needs the privilege to make a network";
}

}  // namespace inlet::test
