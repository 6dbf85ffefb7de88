#include "e2e/peers/peer.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <thread>
#include <vector>

#include "e2e/arguments.h"
#include "e2e/clock.h"
#include "e2e/loopback.h"
#include "e2e/process_facts.h"

namespace inlet::bench {

namespace {

constexpr int kBacklog = 4096;
constexpr uint64_t kNap_ms = 1000;

void end_with_success(int) {
  _exit(0);
}

void prepare_signals() {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  signal(SIGTERM, end_with_success);
  signal(SIGINT, end_with_success);
  signal(SIGPIPE, SIG_IGN);
}

std::vector<Descriptor> open_listeners(uint16_t port, unsigned count) {
  std::vector<Descriptor> listeners;
  for (unsigned i = 0; i < count; ++i) {
    listeners.push_back(listen_loopback(port, kBacklog, count > 1));
    set_option(listeners.back().get(), IPPROTO_TCP, TCP_NODELAY, 1);  // what it accepts inherits it
    port = local_port(listeners.back().get());
  }
  return listeners;
}

void serve_all(uint16_t port, const PeerOptions& options, Serve serve) {
  const std::vector<Descriptor> listeners = open_listeners(port, options.shards);
  std::printf("port=%u\n", local_port(listeners[0].get()));
  std::fflush(stdout);
  std::vector<std::thread> others;
  for (unsigned i = 1; i < options.shards; ++i) {
    others.emplace_back([&, i] { serve(listeners[i].get(), options); });
  }
  serve(listeners[0].get(), options);
  for (std::thread& other : others) other.join();
}

}  // namespace

int run_peer(int argc, char** argv, const char* name, Serve serve) {
  try {
    prepare_signals();
    Arguments arguments(argc, argv);
    PeerOptions options;
    const auto port = static_cast<uint16_t>(arguments.number("--port", 0, 0, 65535));
    options.shards = static_cast<unsigned>(arguments.number("--shards", 1, 1, 64));
    options.tls = arguments.text("--tls", "");
    options.blockers = arguments.flag("--blockers");
    options.broadcast = arguments.flag("--broadcast");
    pin_to_cpu(static_cast<int>(arguments.number("--cpu", -1, -1, 1023)));
    arguments.finish();
    serve_all(port, options, serve);
    return 0;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "%s: %s\n", name, failure.what());
    return 2;
  }
}

void block_if_told(char& mode, const void* received) {
  if (mode == 0) mode = *static_cast<const char*>(received);
  if (mode == 'S') sleep_ms(kNap_ms);
}

}  // namespace inlet::bench
