// Randomised sessions under the rules of the sheet's section 2 (session_rules.h has the list), and with every byte accounted for.
//
//   recorder [--sessions 10000] [--seed 1] [--threads 40] [--life 400]
//
// A server lives for some hundred sessions, then the next one starts. Clients and handlers follow scripts (session_script.h): random
// sizes, half-closes, resets, silences, slow handlers, blocking reads, exceptions, InetDisconnect, InetAbort and InetShutdown, and
// a thread beside them ends sessions from outside and changes their priorities. Every third server is stopped in the middle, from
// outside or from a callback, and every fourth stands on a provider that reads and writes a few bytes only, and late.
//
// Bytes
//   always    what arrives is right at its place; nobody receives more than was sent
//   complete  when neither side ends a session early, everything arrives, on both sides, and both see the end of the stream
//   leaving   what a handler has written before InetDisconnect arrives, unless the client had gone first
//
// Returns  0 when no rule was broken. The seed repeats the scripts.
#include <cswsock10.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <thread>

#include "checks.h"
#include "e2e/arguments.h"
#include "e2e/loopback.h"
#include "e2e/pattern.h"
#include "e2e/process_facts.h"
#include "provider/fault.h"
#include "session_rules.h"
#include "session_script.h"
#include "wild_clients.h"

namespace inlet::stress {
namespace {

constexpr UINT kTimeout_s = 1;

struct Plan {
  uint32_t sessions;
  uint64_t seed;
  unsigned threads;
  uint32_t life;
};

// How a server's life ends.
enum class Ending { complete, outside, inside };

class Life {
 public:
  Life(const Plan& plan, WildClients& clients, uint32_t number, uint32_t first, uint32_t count)
      : plan_(plan),
        clients_(clients),
        first_(first),
        count_(count),
        random_(plan.seed + number),
        ending_(number % 3 != 2   ? Ending::complete
                : number % 2 == 0 ? Ending::outside
                                  : Ending::inside),
        rules_(first, count, kTimeout_s) {}

  void run(Checks& checks) {
    const auto port = static_cast<uint16_t>(bench::free_port());
    stop_after_ =
        ending_ == Ending::complete ? UINT32_MAX : count_ / 4 + static_cast<uint32_t>(random_() % (count_ / 2));
    handle_ = InetServerStart("127.0.0.1", port, 0, 0, kTimeout_s, INET_PRIORITY_NORMAL,
                              INET_OPTION_REUSEADDRESS | INET_OPTION_NODELAY, &Life::on_event,
                              reinterpret_cast<DWORD_PTR>(this), nullptr);
    if (!checks.is_true(handle_ != INVALID_SOCKET, "the server starts")) return;
    rules_.server_is(handle_);
    clients_.order({port, first_, count_});
    std::thread meddler([this] { meddle(); });
    if (ending_ != Ending::complete)
      checks.is_true(wait_until(120'000, [this] { return rules_.connects() >= stop_after_; }), "the clients come");
    if (ending_ == Ending::complete) clients_.wait();
    if (ending_ == Ending::complete) check_all_leave(checks);
    meddling_ = false;
    meddler.join();
    rules_.stop_begins();
    if (ending_ != Ending::inside) checks.is_true(InetServerStop(handle_), "the server stops");
    checks.is_true(wait_until(35'000, [this] { return InetGetServerStatus(handle_) == INET_ERROR; }),
                   "the server ends");
    rules_.check_end();
    if (ending_ != Ending::complete) clients_.wait();
    for (uint32_t id = first_; id < first_ + count_; ++id) check_bytes(rules_.record(id), clients_.outcome(id));
  }

  const SessionRules& rules() const { return rules_; }

 private:
  static VOID CALLBACK on_event(SOCKET handle, UINT event, DWORD error, DWORD_PTR parameter) {
    auto& self = *reinterpret_cast<Life*>(parameter);
    SessionRules::Callback callback(self.rules_, handle, event, error);
    if (SessionRecord* record = callback.record()) self.act(*record, event);
  }

  void act(SessionRecord& record, UINT event) {
    const SessionScript script = script_of(plan_.seed, record.id);
    if (event == INET_EVENT_CONNECT && script.server == ServerWay::floods) write(record, script.flood_bytes);
    if (event == INET_EVENT_CONNECT) stop_inside();
    if (event == INET_EVENT_READ) on_read(record, script);
  }

  void stop_inside() {
    if (ending_ != Ending::inside || rules_.connects() < stop_after_ || stop_called_.exchange(true)) return;
    rules_.stop_begins();
    if (!InetServerStop(handle_)) rules_.broken("InetServerStop fails in a callback", nullptr);
  }

  void on_read(SessionRecord& record, const SessionScript& script) {
    switch (script.server) {
      case ServerWay::ignores: return;
      case ServerWay::sink:
      case ServerWay::floods: read_first(record, script.buffer_bytes); return;
      case ServerWay::greedy: return be_greedy(record, script.buffer_bytes);
      case ServerWay::lines: return read_line(record);
      case ServerWay::sleepy: bench::sleep_ms(record.reads % 3); break;
      default: break;
    }
    const size_t got = read_first(record, script.buffer_bytes);
    if (got != 0) write(record, got);
    if (record.reads != script.turn) return;
    if (script.server == ServerWay::throws) {
      record.threw = true;
      throw 1;
    }
    if (script.server == ServerWay::leaves) record.ended_here = InetDisconnect(record.handle) == 0;
    if (script.server == ServerWay::aborts) record.ended_here = InetAbort(record.handle) == 0;
    if (script.server == ServerWay::shuts) InetShutdown(record.handle, INET_SHUTDOWN_WRITE);
  }

  // The one read of a READ that is promised not to wait.
  size_t read_first(SessionRecord& record, uint32_t size) {
    const uint64_t from_ns = bench::now_ns();
    DWORD available = 0;
    if (record.reads % 2 == 0 && !InetIsReadable(record.handle, 0, &available) && !is_being_ended(record) &&
        InetGetLastError() == 0)
      rules_.broken("READ and nothing to read", &record);
    const size_t got = read(record, size);
    if (got == 0 && InetGetLastError() == ST_ERROR_OPERATION_TIMEOUT &&
        bench::now_ns() - from_ns > bench::kNsPerSecond / 2)
      rules_.broken("the first read of a READ waits", &record);
    return got;
  }

  size_t read(SessionRecord& record, uint32_t size) {
    BYTE bytes[8192];
    InetSetLastError(0);
    const INT got = InetRead(record.handle, bytes, static_cast<INT>(std::min<size_t>(size, sizeof bytes)));
    if (got == INET_ERROR && InetGetLastError() == ST_ERROR_OPERATION_TIMEOUT) record.ran_out = true;
    if (got <= 0) return 0;
    const auto count = static_cast<size_t>(got);
    record.wrong_bytes += bench::Pattern(record.id).wrong(record.read_bytes, {bytes, count});
    record.read_bytes += count;
    record.note_activity();
    return count;
  }

  void be_greedy(SessionRecord& record, uint32_t wanted) {
    size_t total = read_first(record, wanted);
    for (size_t more = total; more != 0 && total < wanted; total += more)
      more = read(record, wanted - static_cast<uint32_t>(total));
    if (total != 0) write(record, total);
  }

  // Activity before, because only the library knows when bytes came that were not enough for a line.
  void read_line(SessionRecord& record) {
    char line[256];
    INT length = sizeof line;
    record.note_activity();
    if (!InetReadLine(record.handle, line, &length) && InetGetLastError() == ST_ERROR_OPERATION_TIMEOUT)
      record.ran_out = true;
  }

  // The next bytes of the client's pattern, which for an echo are those that were read.
  void write(SessionRecord& record, size_t size) {
    std::vector<unsigned char> bytes(size);
    bench::Pattern(record.id).fill(record.written_bytes, bytes);
    if (size > 4096) record.was_full = true;
    const INT sent = InetWrite(record.handle, bytes.data(), static_cast<INT>(size));
    if (sent > 0) record.written_bytes += static_cast<uint64_t>(sent);
    if (sent != static_cast<INT>(size) && InetGetLastError() == ST_ERROR_OPERATION_TIMEOUT) record.ran_out = true;
    record.note_activity();
  }

  bool is_being_ended(const SessionRecord& record) const {
    return rules_.is_stopping() || record.meddled || record.ended_here;
  }

  // Another thread that ends sessions and changes their priorities, one in twenty.
  void meddle() {
    std::mt19937_64 random(plan_.seed ^ first_);
    uint32_t due = 20;
    while (meddling_) {
      bench::sleep_ms(1);
      if (rules_.connects() < due) continue;
      due += 20;
      SOCKET some[64];
      const INT count = InetEnumServerClients(handle_, some, 64);
      if (count <= 0) continue;
      const SOCKET chosen = some[random() % static_cast<uint64_t>(count)];
      InetSetClientPriority(chosen, static_cast<INT>(random() % 5));
      LPVOID data = nullptr;
      if (!InetGetClientData(chosen, &data) || !data) continue;
      static_cast<SessionRecord*>(data)->meddled = true;
      random() % 2 == 0 ? InetDisconnect(chosen) : InetAbort(chosen);
    }
  }

  void check_all_leave(Checks& checks) {
    checks.is_true(wait_until(30'000, [this] { return rules_.connects() == rules_.disconnects(); }),
                   "every session ends by itself");
    checks.is_true(wait_until(10'000, [this] { return InetEnumServerClients(handle_, nullptr, 0) == 0; }),
                   "no client is listed");
    checks.is_true(wait_until(10'000, [this] { return rules_.idles() != 0; }), "IDLE comes");
  }

  void check_bytes(const SessionRecord& record, const ClientOutcome& seen) {
    const SessionScript script = script_of(plan_.seed, record.id);
    const auto rule = [&](bool holds, const char* what) {
      if (holds) return;
      rules_.broken(std::string(what) + ": way " + std::to_string(static_cast<int>(script.client)) + " and " +
                        std::to_string(static_cast<int>(script.server)) + ", sent " + std::to_string(seen.sent_bytes) +
                        " of " + std::to_string(script.send_bytes) + ", read " + std::to_string(record.read_bytes) +
                        ", written " + std::to_string(record.written_bytes) + ", received " +
                        std::to_string(seen.received_bytes) + ", client's end " +
                        std::to_string(static_cast<int>(seen.end)) + ", reason " + std::to_string(record.reason),
                    &record);
    };
    rule(seen.end != ClientEnd::none && seen.end != ClientEnd::stuck, "a client is left alone");
    rule(record.wrong_bytes == 0 && seen.wrong_bytes == 0, "wrong bytes");
    rule(record.read_bytes <= seen.sent_bytes, "read more than was sent");
    rule(seen.received_bytes <= record.written_bytes, "received more than was written");
    if (script.server == ServerWay::ignores) rule(record.reads <= seen.sends + 1, "READ without a new arrival");
    if (record.stopped || record.meddled || !record.connected || seen.end == ClientEnd::refused) return;
    if (script.is_complete()) check_complete(script, record, seen, rule);
    const bool patient = script.client == ClientWay::half || script.client == ClientWay::quiet;
    if (script.server == ServerWay::leaves && record.ended_here && patient)
      rule(seen.received_bytes == record.written_bytes && seen.end == ClientEnd::ended, "lost before InetDisconnect");
  }

  template <class Rule>
  void check_complete(const SessionScript& script, const SessionRecord& record, const ClientOutcome& seen, Rule rule) {
    rule(record.read_bytes == script.send_bytes && seen.sent_bytes == script.send_bytes, "not everything was read");
    rule(seen.received_bytes == record.written_bytes, "not everything was received");
    rule(record.written_bytes == script.answer_bytes(), "not everything was answered");
    rule(record.reason == 0, "an error although nobody failed");
    rule(script.client == ClientWay::answers || seen.end == ClientEnd::ended, "not ended in order");
    if (script.client == ClientWay::quiet && script.quiet_ms > 2'000 && script.server != ServerWay::greedy)
      rule(record.quiet_timeouts != 0, "no TIMEOUT in a silence of two periods");
  }

  const Plan plan_;
  WildClients& clients_;
  const uint32_t first_, count_;
  std::mt19937_64 random_;
  const Ending ending_;
  SessionRules rules_;
  std::atomic<SOCKET> handle_{INVALID_SOCKET};
  uint32_t stop_after_ = UINT32_MAX;
  std::atomic<bool> stop_called_{false}, meddling_{true};
};

// Every fourth server's provider reads and writes little at once, and sometimes late.
void prepare_provider(uint32_t number, uint64_t seed) {
  setenv("INLET_LAYERS", number % 4 == 3 ? "fault" : "", 1);
  provider::fault::clear();
  provider::fault::set_seed(seed + number);
  if (number % 4 != 3) return;
  const auto understood = provider::fault::configure(
      "WSPRecv:p=0.5,limit=300;WSPSend:p=0.5,limit=700;WSPRecv:p=0.02,delay=2;WSPAccept:p=0.1,delay=1");
  if (!understood) throw std::runtime_error("the rules of the fault layer");
}

int run(const Plan& plan) {
  std::printf("seed %llu\n", static_cast<unsigned long long>(plan.seed));
  WildClients clients(plan.seed, plan.sessions, plan.threads);
  std::thread([] {}).join();  // what the C library and a sanitizer make at the first thread counts as there before
  Checks checks;
  const size_t descriptors = bench::own_descriptors(), threads = bench::own_threads();
  uint64_t connects = 0, events = 0, violations = 0;
  uint32_t number = 0;
  for (uint32_t first = 0; first < plan.sessions; first += plan.life, ++number) {
    prepare_provider(number, plan.seed);
    checks.is_true(InetInitialize(nullptr, nullptr), "InetInitialize");
    Life life(plan, clients, number, first, std::min(plan.life, plan.sessions - first));
    life.run(checks);
    InetUninitialize();
    connects += life.rules().connects();
    events += life.rules().events();
    violations += life.rules().violations();
  }
  std::printf("%u sessions at %u servers: %llu reached CONNECT, %llu events\n", plan.sessions, number,
              static_cast<unsigned long long>(connects), static_cast<unsigned long long>(events));
  checks.equal(violations, 0, "broken rules");
  wait_until(2'000, [&] { return bench::own_threads() == threads; });
  checks.equal(bench::own_threads(), threads, "threads at the end");
  checks.equal(bench::own_descriptors(), descriptors, "descriptors at the end");
  return checks.verdict("recorder");
}

}  // namespace
}  // namespace inlet::stress

int main(int argc, char** argv) {
  try {
    inlet::bench::Arguments arguments(argc, argv);
    const inlet::stress::Plan plan{static_cast<uint32_t>(arguments.number("--sessions", 10'000, 10, 60'000)),
                                   static_cast<uint64_t>(arguments.number("--seed", 1, 0, 1LL << 40)),
                                   static_cast<unsigned>(arguments.number("--threads", 40, 1, 1000)),
                                   static_cast<uint32_t>(arguments.number("--life", 400, 10, 60'000))};
    arguments.finish();
    return inlet::stress::run(plan);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "recorder: %s\n", failure.what());
    return 2;
  }
}
