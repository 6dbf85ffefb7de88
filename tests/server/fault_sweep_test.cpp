// Every call that a server, a session and a plain client make to their provider fails once, in turn, with codes that its
// page documents. Nothing may leak, hang or crash, and the server must answer again within a second.
//
// Two codes are left out because they are statements rather than failures. WSAEWOULDBLOCK of reading and accepting says
// that an edge will tell when to come again, so a layer that says it without need takes the edge away. WSANOTINITIALISED
// of WSPCleanup says that nothing is left to be cleaned up.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <iostream>

#include "base/error.h"
#include "provider/fault.h"
#include "support/environment.h"
#include "support/inet_fixture.h"

namespace inlet::test {
namespace {

namespace faults = provider::fault;
using provider::Function;

struct Site {
  Function function;
  std::vector<Error> codes;
};

// Everything that is reached; Sweep.ReachesTheseFunctionsAndNoOther holds it to that.
const std::vector<Site>& sites() {
  using enum Error;
  static const std::vector<Site> all = {
      {Function::Accept, {conn_reset, too_many_files, no_buffers, net_down, canceled, invalid, not_socket}},
      {Function::Bind, {address_in_use, address_not_available, access_denied, no_buffers, net_down}},
      {Function::Cleanup, {net_down, invalid}},
      {Function::CloseSocket, {net_down, canceled, would_block, in_progress}},
      {Function::Connect, {conn_refused, timed_out, address_not_available, no_buffers, net_unreachable}},
      {Function::GetSockName, {net_down, invalid, fault}},
      {Function::GetSockOpt, {net_down, no_such_option, fault}},
      {Function::Ioctl, {net_down, invalid, fault, not_supported}},
      {Function::Listen, {address_in_use, too_many_files, no_buffers, invalid, not_supported, net_down}},
      {Function::Recv, {conn_reset, conn_aborted, net_down, timed_out, canceled, not_connected, not_socket}},
      {Function::Send, {conn_reset, net_down, no_buffers, would_block, canceled, not_connected, not_socket}},
      {Function::SetSockOpt, {net_down, fault, no_such_option, invalid, net_reset}},
      {Function::Shutdown, {not_connected, net_down, conn_reset}},
      {Function::Socket, {too_many_files, no_buffers, address_family_not_supported, net_down, access_denied}},
  };
  return all;
}

using Counts = std::array<uint64_t, provider::kFunctions>;

Counts count_calls() {
  Counts counts;
  for (size_t i = 0; i < counts.size(); ++i) counts[i] = faults::calls(static_cast<Function>(i));
  return counts;
}

// An Inet call that failed says why, with a code that has a name.
void expect_reason(bool failed) {
  if (!failed) return;
  const DWORD code = InetGetLastError();
  const Error error = error_of_inet_code(code);
  const bool own = error == Error::out_of_memory || error == Error::not_handle_owner;
  EXPECT_TRUE(code != 0 && (own || !name_of(error).empty())) << "the call failed with code " << code;
}

class Sweep : public testing::Test {
 protected:
  void SetUp() override {
    std::thread([] {}).join();  // a sanitizer's own thread appears with the first
    descriptors_ = open_descriptors();
    threads_ = threads();
    faults::clear();
  }
  void TearDown() override { faults::clear(); }

  // The whole life of a server with two clients, of which one comes through the layer too. Any call may fail.
  void live(Error code) {
    ASSERT_TRUE(InetInitialize(nullptr, nullptr));
    {
      Program program([this](SOCKET handle, UINT event, DWORD) { serve(handle, event); });
      const uint16_t port = free_port();
      SOCKET server = start(program, port);
      if (server == INVALID_SOCKET) {
        EXPECT_EQ(InetGetLastError(), inet_code(code)) << "the reason of the failed start";
        server = start(program, port);
        ASSERT_NE(server, INVALID_SOCKET) << "the fault is over, so it starts";
      }
      talk(server, port);
      counts_ = count_calls();
      faults::clear();
      answers(port);
      faults::clear();
      for (size_t i = 0; i < counts_.size(); ++i) before_[i] = counts_[i];
      stop(program, server);
    }
    InetUninitialize();
    const Counts last = count_calls();
    for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += last[i];
    EXPECT_EQ(open_descriptors(), descriptors_) << "descriptors were left open";
    EXPECT_EQ(threads_settled(threads_), threads_) << "threads were left running";
  }

  // With every option that costs a call, but restarted at one port.
  static SOCKET start(Program& program, uint16_t port) {
    const DWORD options = INET_OPTION_REUSEADDRESS | INET_OPTION_KEEPALIVE | INET_OPTION_NODELAY;
    return InetServerStart("::", port, 0, 0, 0, INET_PRIORITY_NORMAL, options, &Program::entry,
                           reinterpret_cast<DWORD_PTR>(&program), nullptr);
  }

  // Echoes; "bye" and "cut" end the session in the two ways there are.
  void serve(SOCKET handle, UINT event) {
    if (event == INET_EVENT_ACCEPT && rejecting_) InetReject(handle);
    if (event != INET_EVENT_READ) return;
    BYTE text[16];
    const INT got = InetRead(handle, text, sizeof text);
    if (got <= 0) return;
    if (text[0] == 'b') InetDisconnect(handle);
    if (text[0] == 'c') InetAbort(handle);
    InetWrite(handle, text, got);
  }

  // Clients that take what comes. Whatever fails, they are not left waiting.
  void talk(SOCKET server, uint16_t port) {
    INTERNET_ADDRESS address;
    UINT local_port = 0;
    expect_reason(InetGetLocalAddress(server, &address, &local_port) == INET_ERROR);
    {
      RawClient client(port);
      EXPECT_TRUE(client.connected());
      client.send("one") && client.receive(3) == "one" && client.send("two") && !client.receive(3).empty();
    }
    for (const char* last : {"bye", "cut"}) {
      RawClient client(port);
      client.send(last) && client.end();
    }
    rejecting_ = true;
    RawClient(port).end();
    rejecting_ = false;
    const SOCKET client = InetConnect("127.0.0.1", port, INET_PROTOCOL_TCP, 5, INET_OPTION_NODELAY, nullptr);
    expect_reason(client == INVALID_SOCKET);
    if (client == INVALID_SOCKET) return;
    exchange(client);
    InetDisconnect(client);
  }
  void exchange(SOCKET client) {
    BYTE text[16];
    const INT sent = InetWrite(client, reinterpret_cast<const BYTE*>("three"), 5);
    expect_reason(sent == INET_ERROR);
    if (sent == INET_ERROR) return;  // nobody will answer
    expect_reason(InetRead(client, text, sizeof text) == INET_ERROR);
    expect_reason(InetPeek(client, nullptr, 0) == INET_ERROR);
  }

  static void answers(uint16_t port) {
    const auto began = std::chrono::steady_clock::now();
    RawClient client(port);
    ASSERT_TRUE(client.connected());
    ASSERT_TRUE(client.send("ping"));
    EXPECT_EQ(client.receive(4), "ping") << "the server answers again";
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(1));
  }

  // The stop with one client still there, which is when the last call sites are reached.
  void stop(Program& program, SOCKET server) {
    arm_again();
    EXPECT_TRUE(InetServerStop(server)) << InetGetLastError();
    EXPECT_EQ(program.count(INET_EVENT_CONNECT), program.count(INET_EVENT_DISCONNECT))
        << "each client that was told of was told of to the end";
    EXPECT_EQ(program.count(INET_EVENT_STOP), 1u);
  }

  // The n-th call of the whole life may lie behind the part that was cleared.
  void arm_again() {
    if (!rule_ || rule_->first <= before_[static_cast<size_t>(rule_->function)]) return;
    faults::Rule rule = *rule_;
    rule.first -= before_[static_cast<size_t>(rule.function)];
    rule.last = rule.first;
    faults::add(rule);
  }

  void fail_each(const Site& site, bool after) {
    live(Error::none);
    const uint64_t calls = counts_[static_cast<size_t>(site.function)];
    uint64_t runs = 0;
    for (uint64_t n = 1; n <= calls; ++n)
      for (const Error code : site.codes) {
        SCOPED_TRACE(std::string(provider::name_of(site.function)) + " call " + std::to_string(n) + " fails with " +
                     std::string(name_of(code)) + (after ? ", after it was made" : ""));
        faults::clear();
        rule_ = faults::Rule{};
        rule_->function = site.function;
        rule_->first = rule_->last = n;
        rule_->code = wsa_code(code);
        rule_->after = after;
        faults::add(*rule_);
        const auto began = std::chrono::steady_clock::now();
        live(code);
        EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(1500))
            << "somebody was left waiting";
        ++runs;
      }
    std::cout << provider::name_of(site.function) << ": " << calls << " calls, " << runs << " runs\n";
  }

  std::atomic<bool> rejecting_{false};
  Variable layers_{"INLET_LAYERS", "fault"};
  unsigned descriptors_ = 0;
  unsigned threads_ = 0;
  Counts counts_{};  // of the last life
  Counts before_{};  // of its part before the stop
  std::optional<faults::Rule> rule_;
};

TEST_F(Sweep, ReachesTheseFunctionsAndNoOther) {
  live(Error::none);
  for (size_t i = 0; i < provider::kFunctions; ++i) {
    const auto function = static_cast<Function>(i);
    const bool listed =
        std::ranges::any_of(sites(), [function](const Site& site) { return site.function == function; });
    EXPECT_EQ(counts_[i] > 0, listed) << provider::name_of(function) << " was called " << counts_[i] << " times";
  }
}

class SweepOf : public Sweep, public testing::WithParamInterface<size_t> {};

TEST_P(SweepOf, EveryCallOnce) {
  fail_each(sites()[GetParam()], false);
}

// A socket was made, and then the caller is told that it was not.
TEST_P(SweepOf, EveryCallOnceAfterItWasMade) {
  const Site& site = sites()[GetParam()];
  if (provider::makes_socket(site.function)) fail_each(site, true);
}

INSTANTIATE_TEST_SUITE_P(Function, SweepOf, testing::Range(size_t{0}, sites().size()),
                         [](const auto& info) { return std::string(provider::name_of(sites()[info.param].function)); });

}  // namespace
}  // namespace inlet::test
