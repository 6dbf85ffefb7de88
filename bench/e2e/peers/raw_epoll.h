// What the two bare epoll servers share: waiting, and taking in newcomers.
#ifndef INLET_BENCH_RAW_EPOLL_H
#define INLET_BENCH_RAW_EPOLL_H

#include <sys/epoll.h>

#include <array>

#include "e2e/loopback.h"

namespace inlet::bench {

inline void watch(const Descriptor& epoll, int operation, int fd, uint32_t interest) {
  epoll_event event{};
  event.events = interest;
  event.data.fd = fd;
  checked(epoll_ctl(epoll.get(), operation, fd, &event), "epoll_ctl");
}

// Calls take(fd) for everyone who waits at the listener. Who finds no descriptor waits for the next time.
template <class Take>
void accept_all(int listener, Take take) {
  while (true) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    take(fd);
  }
}

// Level-triggered, for ever. Calls handle(fd, events) for each socket that is ready.
template <class Handle>
[[noreturn]] void loop(const Descriptor& epoll, Handle handle) {
  std::array<epoll_event, 512> events;
  while (true) {
    const int count = epoll_wait(epoll.get(), events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<size_t>(i)];
      handle(event.data.fd, event.events);
    }
  }
}

}  // namespace inlet::bench

#endif
