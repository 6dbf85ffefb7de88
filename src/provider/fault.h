// The fault layer: makes calls fail, short or slow on purpose, so that tests reach every branch that only bad luck does.
//
// It stands in a chain like any layer: INLET_LAYERS=fault. Rules come from a test through this header, or from
// INLET_FAULT when the layer starts first:
//
//     rules    := rule { ";" rule }
//     rule     := "seed=" number | function ":" part { "," part }
//     part     := which [ "=" code ] | "limit=" bytes | "delay=" milliseconds | "after"
//     which    := n            the n-th call           | n "-" m | n "+"
//               | "every=" n   every n-th              | "p=" 0..1   each with that probability
//     code     := 10054 or WSAECONNRESET
//
//     WSPRecv:3=10054;WSPSend:limit=7;WSPAccept:every=5=10024;WSPConnect:p=0.1=WSAETIMEDOUT,delay=20
//
// Calls are counted from 1, per function, since the rules were last cleared. Without a number all calls are meant. A
// call that fails is not made at all; "after" makes it first and fails then, and a socket that it made is closed.
// limit concerns WSPRecv and WSPSend on streams, and no read that asked for all (MSG_WAITALL).
//
// This header needs none of Winsock, so that tests may use the system's sockets beside it.
//
// Thread   Rules may change while calls run. A call costs one atomic addition when it has no rule; it never allocates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "provider/functions.h"

namespace inlet::provider::fault {

struct Rule {
  static constexpr uint64_t kNoEnd = UINT64_MAX;

  Function function = Function::Accept;
  uint64_t first = 1;  // the calls first..last
  uint64_t last = kNoEnd;
  uint64_t every = 1;        // of these every n-th: first + n - 1 is the first one hit
  double probability = 1.0;  // of these, chosen by the seed and the number of the call alone
  int code = 0;              // 0: the call does not fail
  bool after = false;
  uint32_t limit_bytes = 0;  // 0: none
  uint32_t delay_ms = 0;     // before the call
};

// Adds a rule. When several fit a call, the first that fails it decides; limits and delays of all apply.
void add(const Rule& rule);
// Removes all rules, sets all counters to 0 and the seed to 1.
void clear();
void set_seed(uint64_t seed);

// How many calls of a function came since clear(), failed ones included; how many of them a rule has failed.
uint64_t calls(Function function);
uint64_t failures(Function function);

// Adds the rules of a text.
// Errors   invalid  it does not follow the grammar; nothing is added
Result<void> configure(std::string_view text);

}  // namespace inlet::provider::fault
