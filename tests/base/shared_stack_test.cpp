#include "base/shared_stack.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

namespace inlet::test {
namespace {

struct Tag;
struct Element : Queued<Tag> {
  int from = 0, number = 0;
};

TEST(SharedStack, GivesTheOldestFirstAndLeavesThemFree) {
  SharedStack<Element, Tag> stack;
  EXPECT_TRUE(stack.empty());
  Element elements[3];
  for (int i = 0; i < 3; ++i) {
    elements[i].number = i;
    stack.push(elements[i]);
    EXPECT_TRUE(elements[i].is_queued()) << "the lowest one too";
  }
  EXPECT_FALSE(stack.empty());
  std::vector<int> taken;
  stack.drain([&](Element& element) {
    EXPECT_FALSE(element.is_queued());
    taken.push_back(element.number);
  });
  EXPECT_EQ(taken, (std::vector<int>{0, 1, 2}));
  EXPECT_TRUE(stack.empty());
}

TEST(SharedStack, WhatIsTakenMayBePushedAgainAtOnce) {
  SharedStack<Element, Tag> stack;
  Element one, other;
  stack.push(one);
  stack.push(other);
  int times = 0;
  stack.drain([&](Element& element) {
    ++times;
    stack.push(element);
  });
  EXPECT_EQ(times, 2);
  stack.drain([&](Element&) { ++times; });
  EXPECT_EQ(times, 4);
}

TEST(SharedStack, LosesNothingWhileSeveralPush) {
  constexpr int kThreads = 3, kEach = 2000;
  SharedStack<Element, Tag> stack;
  std::vector<std::unique_ptr<Element[]>> elements;
  for (int from = 0; from < kThreads; ++from) {
    elements.push_back(std::make_unique<Element[]>(kEach));
    for (int i = 0; i < kEach; ++i)
      elements.back()[static_cast<size_t>(i)].from = from, elements.back()[static_cast<size_t>(i)].number = i;
  }
  std::vector<std::thread> threads;
  for (auto& own : elements)
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) stack.push(own[static_cast<size_t>(i)]);
    });
  std::vector<int> next(kThreads, 0);
  int taken = 0;
  while (taken < kThreads * kEach)
    stack.drain([&](Element& element) {
      EXPECT_EQ(element.number, next[static_cast<size_t>(element.from)]++) << "each thread's in order";
      ++taken;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(stack.empty());
}

}  // namespace
}  // namespace inlet::test
