// A pile that any thread may add to and one takes away as a whole: no lock, no allocation.
#pragma once

#include <atomic>

#include "base/list.h"

namespace inlet {

// Of elements that are in no queue of the same tag.
template <class T, class Tag>
class SharedStack {
 public:
  // Thread   Any. The element is the taker's from here on.
  void push(T& element) {
    Queued<Tag>& link = element;
    INLET_ASSERT(!link.is_queued());
    Queued<Tag>* top = top_.load(std::memory_order_relaxed);
    do {
      link.next_ = top ? top : &link;  // the lowest is its own next: no element of a pile looks as if it were in none
    } while (!top_.compare_exchange_weak(top, &link, std::memory_order_seq_cst, std::memory_order_relaxed));
  }

  bool empty() const { return top_.load(std::memory_order_seq_cst) == nullptr; }

  // Calls take(T&) for each element, oldest first; it is in no queue then.
  // Thread   One at a time.
  template <class Take>
  void drain(Take take) {
    Queued<Tag>* newest = top_.exchange(nullptr, std::memory_order_acq_rel);
    Queued<Tag>* oldest = nullptr;
    while (newest) {
      Queued<Tag>* const lower = newest->next_ == newest ? nullptr : newest->next_;
      newest->next_ = oldest;
      oldest = newest;
      newest = lower;
    }
    while (oldest) {
      Queued<Tag>* const next = oldest->next_;
      oldest->next_ = nullptr;
      take(*static_cast<T*>(oldest));
      oldest = next;
    }
  }

 private:
  std::atomic<Queued<Tag>*> top_{nullptr};
};

}  // namespace inlet
