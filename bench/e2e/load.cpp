// The load generator: opens connections to an echo server on 127.0.0.1, checks every byte, measures.
//
//   load --port P [--connections N] [--size B] [--pipeline P] [--seconds S | --messages M] [--threads T] [--cpu K]
//        [--server-pid PID] [--tls] [--hold | --churn [--close-fin]]
//
// Returns  0 when every byte came back right; 1 when not; 2 when the run could not be made.
#include <cstdio>
#include <exception>

#include "e2e/arguments.h"
#include "e2e/load_plan.h"

namespace {

inlet::bench::LoadPlan plan_from(inlet::bench::Arguments arguments) {
  inlet::bench::LoadPlan plan;
  plan.port = static_cast<uint16_t>(arguments.number("--port", 0, 1, 65535));
  plan.connections = static_cast<unsigned>(arguments.number("--connections", 64, 1, 19000));
  plan.size_bytes = static_cast<unsigned>(arguments.number("--size", 64, 1, 1 << 20));
  plan.pipeline = static_cast<unsigned>(arguments.number("--pipeline", 1, 1, 1024));
  plan.seconds = arguments.real("--seconds", 3);
  plan.warm_up_seconds = arguments.real("--warm-up", 0.2);
  plan.messages = static_cast<uint64_t>(arguments.number("--messages", 0, 0, 1'000'000'000));
  plan.threads = static_cast<unsigned>(arguments.number("--threads", 1, 1, 64));
  plan.cpu = static_cast<int>(arguments.number("--cpu", -1, -1, 1023));
  plan.server_pid = static_cast<pid_t>(arguments.number("--server-pid", -1, -1, 1 << 30));
  plan.tls = arguments.flag("--tls");
  plan.close_fin = arguments.flag("--close-fin");
  if (arguments.flag("--churn")) plan.mode = inlet::bench::LoadMode::churn;
  if (arguments.flag("--hold")) plan.mode = inlet::bench::LoadMode::hold;
  arguments.finish();
  if (plan.port == 0) throw std::invalid_argument("--port is missing");
  return plan;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto plan = plan_from(inlet::bench::Arguments(argc, argv));
    const auto result = inlet::bench::run_load(plan);
    std::fputs(result.report(plan).c_str(), stdout);
    return result.clean() ? 0 : 1;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "load: %s\n", failure.what());
    return 2;
  }
}
