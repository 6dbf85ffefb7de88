// Sleeping on a word of the program's memory. What the locks of windows.h stand on, which must do with the size they have there.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdint>

namespace inlet::winsock {

// Sleeps while the word is expected, until a wake, a signal or a time on the steady clock (nullptr: for ever). False when that
// time has come.
inline bool futex_wait(const void* word, uint32_t expected, const timespec* until = nullptr) {
  const long result =
      syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expected, until, nullptr, FUTEX_BITSET_MATCH_ANY);
  return result == 0 || errno != ETIMEDOUT;
}

inline void futex_wake(const void* word, int threads) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, threads, nullptr, nullptr, 0);
}
inline void futex_wake_all(const void* word) {
  futex_wake(word, INT_MAX);
}

}  // namespace inlet::winsock
