// The loops that compare layer 2 with the bare system calls: written once, compiled for each side.
//
// A side is a struct of static functions over its own Socket type: open_pair, listen_loopback, connect_to, accept, close,
// send, recv, set_nonblocking. No file can see both sides, because their headers give other numbers to the same names.
//
//   turn    one thread holds both ends: send and recv there and back; nothing ever waits, so this is the calls alone
//   ping    two threads, each waits for the other's message
//   accept  one thread connects, accepts and closes both ends
#ifndef INLET_BENCH_LAYER2_LOOPS_H
#define INLET_BENCH_LAYER2_LOOPS_H

#include <sched.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <thread>

#include "e2e/clock.h"
#include "e2e/pattern.h"

namespace inlet::bench {

struct Layer2Work {
  enum class Loop { turn, ping, accept } loop = Loop::turn;
  bool blocking = true;
  size_t size_bytes = 64;
  uint64_t rounds = 0;
};

struct Layer2Result {
  uint64_t span_ns = 0;
  uint64_t cpu_ns = 0;  // of the whole process
  uint64_t bad = 0;     // bytes that were wrong, and calls that failed
};

// raw.cpp and winsock.cpp of this name.
Layer2Result run_layer2_raw(const Layer2Work& work);
Layer2Result run_layer2_winsock(const Layer2Work& work);

constexpr size_t kLayer2BytesMax = 4096;
using Layer2Buffer = std::array<unsigned char, kLayer2BytesMax>;

// Takes the time from its making to stop().
class Stopwatch {
 public:
  void stop(Layer2Result& result) const {
    result.span_ns = now_ns() - from_ns_;
    result.cpu_ns = own_cpu_ns() - cpu_from_ns_;
  }

 private:
  const uint64_t from_ns_ = now_ns();
  const uint64_t cpu_from_ns_ = own_cpu_ns();
};

template <class Side>
struct Pair {
  typename Side::Socket a, b;
  explicit Pair(bool blocking) {
    auto listener = Side::listen_loopback();
    a = Side::connect_to(listener);
    b = Side::accept(listener);
    Side::close(listener);
    if (!blocking) Side::set_nonblocking(a), Side::set_nonblocking(b);
  }
  ~Pair() {
    Side::close(a);
    Side::close(b);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
};

// Sends all; a nonblocking socket that has no room is asked again, because nothing else waits on this thread.
template <class Side>
bool send_all(typename Side::Socket s, const unsigned char* data, size_t size) {
  while (size > 0) {
    const long sent = Side::send(s, data, size);
    if (sent < 0 && !Side::would_block()) return false;
    if (sent <= 0) continue;
    data += sent;
    size -= static_cast<size_t>(sent);
  }
  return true;
}

template <class Side>
bool recv_all(typename Side::Socket s, unsigned char* data, size_t size) {
  while (size > 0) {
    const long got = Side::recv(s, data, size);
    if (got == 0 || (got < 0 && !Side::would_block())) return false;
    if (got < 0) continue;
    data += got;
    size -= static_cast<size_t>(got);
  }
  return true;
}

// Every byte is checked, but against what was sent and not made anew: that would cost more than the calls.
inline uint64_t wrong_bytes(const unsigned char* sent, const unsigned char* got, size_t size) {
  if (std::memcmp(sent, got, size) == 0) return 0;
  uint64_t wrong = 0;
  for (size_t i = 0; i < size; ++i) wrong += sent[i] != got[i];
  return wrong;
}

// The number of the round goes into the first bytes, so that a message of another round is found.
inline void stamp(Layer2Buffer& message, uint64_t round) {
  std::memcpy(message.data(), &round, sizeof round);
}

template <class Side>
Layer2Result run_turns(const Layer2Work& work) {
  Pair<Side> pair(work.blocking);
  Layer2Buffer message, there, back;
  Pattern(1).fill(0, message);
  Layer2Result result;
  const size_t size = work.size_bytes;
  const Stopwatch watch;
  for (uint64_t round = 0; round < work.rounds; ++round) {
    stamp(message, round);
    const bool ok = send_all<Side>(pair.a, message.data(), size) && recv_all<Side>(pair.b, there.data(), size) &&
                    send_all<Side>(pair.b, there.data(), size) && recv_all<Side>(pair.a, back.data(), size);
    result.bad += ok ? wrong_bytes(message.data(), back.data(), size) : 1;
  }
  watch.stop(result);
  return result;
}

template <class Side>
uint64_t echo_rounds(typename Side::Socket s, const Layer2Work& work) {
  Layer2Buffer buffer;
  for (uint64_t round = 0; round < work.rounds; ++round)
    if (!recv_all<Side>(s, buffer.data(), work.size_bytes) || !send_all<Side>(s, buffer.data(), work.size_bytes))
      return 1;
  return 0;
}

// Both threads share one processor when the program is bound to one: then a message costs two switches between them and
// no sleep of a processor, which would be most of the time and differ from round to round.
template <class Side>
Layer2Result run_pings(const Layer2Work& work) {
  Pair<Side> pair(work.blocking);
  Layer2Buffer message, back;
  Pattern(2).fill(0, message);
  std::atomic<uint64_t> echo_bad{0};
  std::thread echo([&] { echo_bad = echo_rounds<Side>(pair.b, work); });
  Layer2Result result;
  const Stopwatch watch;
  for (uint64_t round = 0; round < work.rounds; ++round) {
    stamp(message, round);
    const bool ok =
        send_all<Side>(pair.a, message.data(), work.size_bytes) && recv_all<Side>(pair.a, back.data(), work.size_bytes);
    result.bad += ok ? wrong_bytes(message.data(), back.data(), work.size_bytes) : 1;
  }
  watch.stop(result);
  echo.join();
  result.bad += echo_bad;
  return result;
}

// The accepted end is closed hard, so that no round leaves a port in TIME_WAIT: they would run out within a second.
template <class Side>
Layer2Result run_accepts(const Layer2Work& work) {
  auto listener = Side::listen_loopback();
  Side::set_hard_close(listener);
  Layer2Result result;
  const Stopwatch watch;
  for (uint64_t round = 0; round < work.rounds; ++round) {
    auto client = Side::connect_to(listener);
    auto server = Side::accept(listener);
    result.bad += Side::valid(client) && Side::valid(server) ? 0 : 1;
    Side::close(server);
    Side::close(client);
  }
  watch.stop(result);
  Side::close(listener);
  return result;
}

template <class Side>
Layer2Result run_layer2(const Layer2Work& work) {
  switch (work.loop) {
    case Layer2Work::Loop::turn: return run_turns<Side>(work);
    case Layer2Work::Loop::ping: return run_pings<Side>(work);
    case Layer2Work::Loop::accept: return run_accepts<Side>(work);
  }
  return {};
}

}  // namespace inlet::bench

#endif
