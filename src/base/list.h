// Intrusive doubly linked lists: an element carries its links, so queueing never allocates.
#pragma once

#include "base/assert.h"

namespace inlet {

// Derive from Linked<Tag> once for each list that an element can be in at the same time.
template <class Tag>
class Linked {
 public:
  bool is_linked() const { return next_ != nullptr; }

  // Takes the element out of its list; harmless when it is in none.
  void unlink() {
    if (!next_) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = nullptr;
  }

  Linked() = default;
  Linked(const Linked&) = delete;
  Linked& operator=(const Linked&) = delete;

 private:
  template <class, class>
  friend class List;
  Linked* previous_ = nullptr;
  Linked* next_ = nullptr;
};

// First in, first out. Owns nothing; whoever owns the list guards it.
template <class T, class Tag>
class List {
 public:
  List() { head_.next_ = head_.previous_ = &head_; }
  ~List() { INLET_ASSERT(empty()); }
  List(const List&) = delete;
  List& operator=(const List&) = delete;

  bool empty() const { return head_.next_ == &head_; }

  void push_back(T& element) {
    Linked<Tag>& link = element;
    INLET_ASSERT(!link.is_linked());
    link.previous_ = head_.previous_;
    link.next_ = &head_;
    head_.previous_->next_ = &link;
    head_.previous_ = &link;
  }

  void push_front(T& element) {
    Linked<Tag>& link = element;
    INLET_ASSERT(!link.is_linked());
    link.previous_ = &head_;
    link.next_ = head_.next_;
    head_.next_->previous_ = &link;
    head_.next_ = &link;
  }

  T* front() { return empty() ? nullptr : static_cast<T*>(head_.next_); }

  T* pop_front() {
    T* first = front();
    if (first) static_cast<Linked<Tag>*>(first)->unlink();
    return first;
  }

  // Calls visit(T&) for each element; the visited one may unlink itself.
  template <class Visit>
  void for_each(Visit visit) {
    for (Linked<Tag>* at = head_.next_; at != &head_;) {
      Linked<Tag>* next = at->next_;
      visit(*static_cast<T*>(at));
      at = next;
    }
  }

 private:
  Linked<Tag> head_;
};

// Derive from Queued<Tag> once for each queue that an element can be in at the same time: half of Linked, and can leave only as the
// first.
template <class Tag>
class Queued {
 public:
  bool is_queued() const { return next_ != nullptr; }

  Queued() = default;
  Queued(const Queued&) = delete;
  Queued& operator=(const Queued&) = delete;

 private:
  template <class, class>
  friend class Queue;
  template <class, class>
  friend class SharedStack;
  Queued* next_ = nullptr;  // of the last one: the first
};

// First in, first out. Owns nothing; whoever owns the queue guards it.
template <class T, class Tag>
class Queue {
 public:
  Queue() = default;
  ~Queue() { INLET_ASSERT(empty()); }
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  bool empty() const { return last_ == nullptr; }

  void push_back(T& element) {
    Queued<Tag>& link = element;
    INLET_ASSERT(!link.is_queued());
    link.next_ = last_ ? last_->next_ : &link;
    if (last_) last_->next_ = &link;
    last_ = &link;
  }

  void push_front(T& element) {
    Queued<Tag>& link = element;
    INLET_ASSERT(!link.is_queued());
    link.next_ = last_ ? last_->next_ : &link;
    if (last_)
      last_->next_ = &link;
    else
      last_ = &link;
  }

  T* front() const { return last_ ? static_cast<T*>(last_->next_) : nullptr; }

  T* pop_front() {
    if (!last_) return nullptr;
    Queued<Tag>* const first = last_->next_;
    if (first == last_)
      last_ = nullptr;
    else
      last_->next_ = first->next_;
    first->next_ = nullptr;
    return static_cast<T*>(first);
  }

 private:
  Queued<Tag>* last_ = nullptr;
};

}  // namespace inlet
