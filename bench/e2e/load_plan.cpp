#include "e2e/load_plan.h"

#include <exception>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "e2e/churn_engine.h"
#include "e2e/echo_engine.h"
#include "e2e/process_facts.h"

namespace inlet::bench {

namespace {

LoadResult run_one(const LoadPlan& plan) {
  pin_to_cpu(plan.cpu);
  if (plan.mode == LoadMode::churn) return ChurnEngine(plan).run();
  return EchoEngine(plan).run();
}

// The share of thread `index`: connections divided as evenly as whole numbers allow, numbered without overlap.
LoadPlan share_of(const LoadPlan& plan, unsigned index) {
  LoadPlan share = plan;
  const unsigned least = plan.connections / plan.threads;
  const unsigned more = plan.connections % plan.threads;
  share.connections = least + (index < more ? 1 : 0);
  share.first_id = plan.first_id + (static_cast<uint64_t>(index) << 40);
  if (plan.cpu >= 0) share.cpu = plan.cpu + static_cast<int>(index);
  share.server_pid = index == 0 ? plan.server_pid : -1;
  share.threads = 1;
  return share;
}

void add(LoadResult& sum, const LoadResult& part) {
  sum.echoes += part.echoes;
  sum.window_ns = std::max(sum.window_ns, part.window_ns);
  sum.sent_bytes += part.sent_bytes;
  sum.received_bytes += part.received_bytes;
  sum.wrong_bytes += part.wrong_bytes;
  sum.lost_bytes += part.lost_bytes;
  sum.failures += part.failures;
  // Both are process-wide clocks, so the parts are the same time seen twice.
  sum.client_cpu_ns = std::max(sum.client_cpu_ns, part.client_cpu_ns);
  sum.server_cpu_ns = std::max(sum.server_cpu_ns, part.server_cpu_ns);
  sum.latency.merge(part.latency);
}

}  // namespace

LoadResult run_load(const LoadPlan& plan) {
  if (plan.threads == 0 || plan.connections < plan.threads)
    throw std::invalid_argument("more threads than connections");
  if (plan.pipeline == 0 || plan.size_bytes == 0) throw std::invalid_argument("size and pipeline start at 1");
  std::vector<LoadResult> parts(plan.threads);
  std::vector<std::exception_ptr> failures(plan.threads);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < plan.threads; ++i) {
    // A thread of its own even for one, so that pinning it leaves the caller's affinity alone.
    threads.emplace_back([&, i] {
      try {
        parts[i] = run_one(share_of(plan, i));
      } catch (...) {
        failures[i] = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  LoadResult sum;
  for (unsigned i = 0; i < plan.threads; ++i) {
    if (failures[i]) std::rethrow_exception(failures[i]);
    add(sum, parts[i]);
  }
  return sum;
}

std::string LoadResult::report(const LoadPlan& plan) const {
  std::ostringstream out;
  out.setf(std::ios::fixed);
  out.precision(1);
  out << "connections=" << plan.connections << "\nsize_bytes=" << plan.size_bytes << "\npipeline=" << plan.pipeline
      << "\nechoes=" << echoes << "\nwindow_ns=" << window_ns << "\nrate=" << rate()
      << "\np50_us=" << latency.percentile_us(0.50) << "\np90_us=" << latency.percentile_us(0.90)
      << "\np99_us=" << latency.percentile_us(0.99) << "\np999_us=" << latency.percentile_us(0.999)
      << "\nmax_us=" << latency.max_us() << "\nsent_bytes=" << sent_bytes << "\nreceived_bytes=" << received_bytes
      << "\nwrong_bytes=" << wrong_bytes << "\nlost_bytes=" << lost_bytes << "\nfailures=" << failures
      << "\nclient_cpu_ns=" << client_cpu_ns << "\n";
  if (plan.server_pid > 0)
    out << "server_cpu_ns=" << server_cpu_ns << "\nserver_ns_per_echo=" << server_ns_per_echo() << "\n";
  out << "# " << plan.connections << " x " << plan.size_bytes << " B: " << rate() << " echoes/s, p50 "
      << latency.percentile_us(0.50) << " us, p99 " << latency.percentile_us(0.99) << " us, max " << latency.max_us()
      << " us; " << wrong_bytes << " wrong, " << lost_bytes << " lost, " << failures << " failures\n";
  return out.str();
}

}  // namespace inlet::bench
