// Threads of the library's own: named, and deaf to signals, which belong to the program that we live in.
#pragma once

#include <pthread.h>
#include <signal.h>

#include <thread>
#include <utility>

namespace inlet {

// Starts a thread. The name is what debuggers and ps show, at most 15 characters.
// Throws   std::system_error when the system has no more threads.
template <class Body>
std::thread start_thread(const char* name, Body body) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  struct Restore {
    ~Restore() { pthread_sigmask(SIG_SETMASK, &mask, nullptr); }
    const sigset_t& mask;
  } restore{before};
  return std::thread([name, body = std::move(body)]() mutable {
    pthread_setname_np(pthread_self(), name);
    body();
  });
}

}  // namespace inlet
