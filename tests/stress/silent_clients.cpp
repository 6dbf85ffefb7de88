// Clients that never finish their TLS handshake do not hold up those that have, nor those that have just come; and each is gone at its
// deadline.
//
//   silent_clients [--silent 1000] [--dripping 1000] [--good 200] [--deadline-s 0] [--drip-ms 10000] [--measure-ms 8000]
//                  [--slack-us 1000]
//
// Good clients exchange 100 bytes over and over; one after the other of them comes anew, so handshakes are measured too. First they are
// alone, then among the others. A deadline of 0 is the library's. Checked: 99 of 100 exchanges, and handshakes, take at most twice
// as long as alone (and the slack, which is for the noise of the machine); nobody good is lost; every bad one is closed at its deadline.
#include <cswsock10.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <thread>
#include <vector>

#include "checks.h"
#include "e2e/arguments.h"
#include "e2e/loopback.h"
#include "silent_crowd.h"
#include "support/certificates.h"
#include "support/environment.h"

namespace inlet::stress {
namespace {

constexpr unsigned kThreads = 4;
constexpr size_t kMessage = 100;
constexpr int64_t kLibraryDeadline_ms = 10'000;
constexpr int64_t kLate_ms = 1'500;  // a tick of the timers, and a busy machine

struct Plan {
  uint32_t silent, dripping, good;
  uint32_t deadline_s;
  int64_t drip_ms, measure_ms, slack_us;
};

using Clock = std::chrono::steady_clock;
int64_t us_since(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count();
}

struct Samples {
  std::vector<int64_t> exchanges_us, handshakes_us;
  uint32_t lost = 0;

  void add(const Samples& other) {
    exchanges_us.insert(exchanges_us.end(), other.exchanges_us.begin(), other.exchanges_us.end());
    handshakes_us.insert(handshakes_us.end(), other.handshakes_us.begin(), other.handshakes_us.end());
    lost += other.lost;
  }
};

int64_t percentile(std::vector<int64_t>& values, double share) {
  if (values.empty()) return 0;
  const size_t at = std::min(values.size() - 1, static_cast<size_t>(static_cast<double>(values.size()) * share));
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(at), values.end());
  return values[at];
}

// A server that echoes over TLS, with a certificate of its own.
class TlsEcho {
 public:
  explicit TlsEcho(uint32_t deadline_s) : certificate_(inlet::test::CertificatePlan{}), port_(bench::free_port()) {
    inlet::test::write_file(file_, certificate_.pem() + certificate_.key_pem());
    SECURITYCREDENTIALS credentials{};
    credentials.dwSize = sizeof credentials;
    credentials.lpszCertStore = file_.c_str();
    server_ = InetServerStart("127.0.0.1", port_, 0, 0, deadline_s, INET_PRIORITY_NORMAL,
                              INET_OPTION_SECURE | INET_OPTION_REUSEADDRESS | INET_OPTION_NODELAY, on_event,
                              reinterpret_cast<DWORD_PTR>(this), &credentials);
  }
  ~TlsEcho() { InetServerStop(server_); }
  TlsEcho(const TlsEcho&) = delete;
  TlsEcho& operator=(const TlsEcho&) = delete;

  bool runs() const { return server_ != INVALID_SOCKET; }
  uint16_t port() const { return port_; }
  uint32_t connects() const { return connects_; }

 private:
  static VOID CALLBACK on_event(SOCKET client, UINT event, DWORD, DWORD_PTR self) {
    if (event == INET_EVENT_CONNECT) ++reinterpret_cast<TlsEcho*>(self)->connects_;
    if (event != INET_EVENT_READ) return;
    BYTE buffer[4096];
    const INT got = InetRead(client, buffer, sizeof buffer);
    if (got > 0) InetWrite(client, buffer, got);
  }

  inlet::test::Folder folder_;
  const std::string file_ = folder_ / "server.pem";
  inlet::test::Certificate certificate_;
  uint16_t port_;
  std::atomic<uint32_t> connects_{0};
  SOCKET server_ = INVALID_SOCKET;
};

// The good clients of one thread.
class Good {
 public:
  Good(uint16_t port, uint32_t count) : port_(port), sockets_(count, INVALID_SOCKET) {
    for (SOCKET& each : sockets_) each = connect();
  }
  ~Good() {
    for (const SOCKET each : sockets_) InetDisconnect(each);
  }

  // One exchange each, and one of them comes anew.
  void round(Samples& samples) {
    const size_t anew = turn_++ % sockets_.size();
    InetDisconnect(sockets_[anew]);
    const Clock::time_point begin = Clock::now();
    sockets_[anew] = connect();
    samples.handshakes_us.push_back(us_since(begin));
    for (const SOCKET each : sockets_) exchange(each, samples);
  }

 private:
  SOCKET connect() const {
    return InetConnect("127.0.0.1", port_, INET_PROTOCOL_TCP, 30,
                       INET_OPTION_SECURE | INET_OPTION_TRUSTEDSITE | INET_OPTION_NODELAY, nullptr);
  }
  static void exchange(SOCKET socket, Samples& samples) {
    BYTE message[kMessage] = {1, 2, 3};
    const Clock::time_point begin = Clock::now();
    bool good = InetWrite(socket, message, kMessage) == static_cast<INT>(kMessage);
    for (size_t used = 0; good && used < kMessage;) {
      const INT got = InetRead(socket, message + used, static_cast<INT>(kMessage - used));
      good = got > 0;
      if (good) used += static_cast<size_t>(got);
    }
    samples.exchanges_us.push_back(us_since(begin));
    samples.lost += good ? 0 : 1;
  }

  const uint16_t port_;
  std::vector<SOCKET> sockets_;
  size_t turn_ = 0;
};

Samples measure(std::vector<std::unique_ptr<Good>>& good, int64_t length_ms) {
  std::vector<Samples> each(good.size());
  std::vector<std::thread> threads;
  const Clock::time_point end = Clock::now() + std::chrono::milliseconds(length_ms);
  for (size_t i = 0; i < good.size(); ++i)
    threads.emplace_back([&, i] {
      while (Clock::now() < end) good[i]->round(each[i]);
    });
  for (std::thread& thread : threads) thread.join();
  Samples all;
  for (const Samples& one : each) all.add(one);
  return all;
}

void print(const char* when, Samples& samples) {
  std::printf("%s: %zu exchanges, p50 %lld us, p99 %lld us; %zu handshakes, p50 %lld us, p99 %lld us; %u lost\n", when,
              samples.exchanges_us.size(), static_cast<long long>(percentile(samples.exchanges_us, 0.5)),
              static_cast<long long>(percentile(samples.exchanges_us, 0.99)), samples.handshakes_us.size(),
              static_cast<long long>(percentile(samples.handshakes_us, 0.5)),
              static_cast<long long>(percentile(samples.handshakes_us, 0.99)), samples.lost);
}

void check_p99(Checks& checks, std::vector<int64_t>& alone, std::vector<int64_t>& among, int64_t slack_us,
               const char* what) {
  const int64_t before = percentile(alone, 0.99), after = percentile(among, 0.99);
  checks.is_true(after <= 2 * before + slack_us, std::string("p99 of ") + what +
                                                     " has more than doubled: " + std::to_string(before) + " us to " +
                                                     std::to_string(after) + " us");
}

void check_crowd(Checks& checks, SilentCrowd& crowd, const Plan& plan) {
  const int64_t deadline_ms = plan.deadline_s ? int64_t{plan.deadline_s} * 1000 : kLibraryDeadline_ms;
  checks.equal(crowd.refused(), 0, "bad clients that could not connect");
  const bool gone = wait_until(deadline_ms + 10'000, [&] { return crowd.present() == 0; });
  checks.is_true(gone, std::to_string(crowd.present()) + " bad clients are still connected");
  if (!gone) return;
  const auto [first, last] = std::minmax_element(crowd.lasted_ms().begin(), crowd.lasted_ms().end());
  std::printf("bad clients were kept %lld to %lld ms\n", static_cast<long long>(*first), static_cast<long long>(*last));
  checks.is_true(*first >= deadline_ms - 100, "one was closed before its deadline");
  checks.is_true(*last <= deadline_ms + kLate_ms, "one was kept longer than its deadline");
}

int run(const Plan& plan) {
  Checks checks;
  if (!InetInitialize(nullptr, nullptr)) return 2;
  {
    TlsEcho server(plan.deadline_s);
    if (!checks.is_true(server.runs(), "the server starts")) return 2;
    std::vector<std::unique_ptr<Good>> good;
    for (unsigned i = 0; i < kThreads; ++i) good.push_back(std::make_unique<Good>(server.port(), plan.good / kThreads));
    measure(good, plan.measure_ms / 4);  // warms up
    Samples alone = measure(good, plan.measure_ms);
    print("alone", alone);
    SilentCrowd crowd({server.port(), plan.silent, plan.dripping, plan.drip_ms});
    Samples among = measure(good, plan.measure_ms);
    print("among bad ones", among);
    checks.equal(alone.lost + among.lost, 0, "exchanges of good clients that failed");
    check_p99(checks, alone.exchanges_us, among.exchanges_us, plan.slack_us, "exchanges");
    check_p99(checks, alone.handshakes_us, among.handshakes_us, plan.slack_us, "handshakes");
    check_crowd(checks, crowd, plan);
    const uint32_t known = server.connects();
    good.clear();
    checks.equal(server.connects(), known, "sessions that the program has heard of since");
  }
  InetUninitialize();
  return checks.verdict("silent_clients");
}

}  // namespace
}  // namespace inlet::stress

int main(int argc, char** argv) {
  try {
    inlet::bench::Arguments arguments(argc, argv);
    inlet::stress::Plan plan{};
    plan.silent = static_cast<uint32_t>(arguments.number("--silent", 1000, 0, 9000));
    plan.dripping = static_cast<uint32_t>(arguments.number("--dripping", 1000, 0, 9000));
    plan.good = static_cast<uint32_t>(arguments.number("--good", 200, 0, 9000));
    plan.deadline_s = static_cast<uint32_t>(arguments.number("--deadline-s", 0, 0, 10));
    plan.drip_ms = arguments.number("--drip-ms", 10'000, 1, 60'000);
    plan.measure_ms = arguments.number("--measure-ms", 8'000, 100, 60'000);
    plan.slack_us = arguments.number("--slack-us", 1'000, 0, 1'000'000);
    arguments.finish();
    return inlet::stress::run(plan);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "silent_clients: %s\n", error.what());
    return 2;
  }
}
