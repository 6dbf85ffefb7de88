#include "provider/fault.h"

#include <vector>

#include "provider/chain.h"
#include "provider/fault_rules.h"
#include "provider_fixture.h"
#include "support/environment.h"

namespace inlet::provider::test {
namespace {

using fault::Rule;
using inlet::test::Variable;

// Calls an entry of the table with nothing but zeros, whatever it is. Returns the code; 0 when it succeeded.
template <class R, class... A>
int call_blank(R (*entry)(A...), Function function) {
  int error = 0;
  auto argument = [&error]<class T>(T*) {
    if constexpr (std::is_same_v<T, LPINT>)
      return &error;
    else
      return T{};
  };
  // lpErrno is the last one; another LPINT before it gets the same address, which no entry minds here.
  const R result = entry(argument(static_cast<A*>(nullptr))...);
  return result == static_cast<R>(failure_value(function)) ? error : 0;
}

std::vector<int> call_all(const WSPPROC_TABLE& table) {
  std::vector<int> codes;
#define INLET_X(name) codes.push_back(call_blank(table.lpWSP##name, Function::name));
  INLET_WSP_FUNCTIONS(INLET_X)
#undef INLET_X
  return codes;
}

class Fault : public ProviderTest {
 protected:
  void SetUp() override {
    ProviderTest::SetUp();
    fault::clear();
    auto chain = start_provider_chain(AF_INET, SOCK_STREAM, IPPROTO_TCP, WSPUPCALLTABLE{});
    ASSERT_TRUE(chain.ok());
    chain_ = std::move(*chain);
    wsp = chain_->table();
    fault::clear();
  }
  void TearDown() override {
    fault::clear();
    chain_.reset();
    ProviderTest::TearDown();
  }
  // How many calls of a function were failed, of so many.
  static std::vector<uint64_t> failed_calls(const char* rules, uint64_t calls) {
    fault::clear();
    EXPECT_TRUE(fault::configure(rules).ok()) << rules;
    std::vector<uint64_t> failed;
    for (uint64_t i = 1; i <= calls; ++i)
      if (fault::judge(Function::Recv).code != 0) failed.push_back(i);
    return failed;
  }

  Variable layers_{"INLET_LAYERS", "fault"};
  std::shared_ptr<Provider> chain_;
};

TEST_F(Fault, FailsEveryFunctionWithAnyCode) {
  for (size_t i = 0; i < kFunctions; ++i) {
    Rule rule;
    rule.function = static_cast<Function>(i);
    rule.code = 20000 + static_cast<int>(i);
    fault::add(rule);
  }
  const std::vector<int> codes = call_all(chain_->table());
  ASSERT_EQ(codes.size(), 30u);
  for (size_t i = 0; i < kFunctions; ++i) {
    EXPECT_EQ(codes[i], 20000 + static_cast<int>(i)) << kFunctionNames[i];
    EXPECT_EQ(fault::calls(static_cast<Function>(i)), 1u) << kFunctionNames[i];
    EXPECT_EQ(fault::failures(static_cast<Function>(i)), 1u) << kFunctionNames[i];
  }
}

TEST_F(Fault, ChoosesCallsByTheirNumber) {
  using Calls = std::vector<uint64_t>;
  EXPECT_EQ(failed_calls("WSPRecv:3=10054", 8), (Calls{3}));
  EXPECT_EQ(failed_calls("WSPRecv:2-4=10054", 8), (Calls{2, 3, 4}));
  EXPECT_EQ(failed_calls("WSPRecv:6+=10054", 8), (Calls{6, 7, 8}));
  EXPECT_EQ(failed_calls("WSPRecv:every=3=10054", 8), (Calls{3, 6}));
  EXPECT_EQ(failed_calls("WSPRecv:5+=10054;WSPRecv:1=WSAEINTR", 6), (Calls{1, 5, 6}));
  EXPECT_EQ(failed_calls("WSPRecv:4+,every=2=10054", 8), (Calls{5, 7}));
  EXPECT_EQ(failed_calls("WSPRecv:limit=1;WSPSend:1=10054", 8), Calls{});
  EXPECT_EQ(failed_calls("WSPRecv:code=10054", 2), (Calls{1, 2}));
}

TEST_F(Fault, RepeatsItsChancesFromTheSeed) {
  const auto first = failed_calls("WSPRecv:p=0.2=10054", 1000);
  EXPECT_EQ(failed_calls("WSPRecv:p=0.2=10054", 1000), first);
  EXPECT_NE(failed_calls("seed=77;WSPRecv:p=0.2=10054", 1000), first);
  EXPECT_GT(first.size(), 140u);
  EXPECT_LT(first.size(), 260u);
}

TEST_F(Fault, UnderstandsTheGrammarAndNothingElse) {
  auto parsed =
      fault::parse_rules("WSPRecv:3=10054;;WSPSend:limit=7,delay=20;WSPAccept:every=5=WSAEMFILE,after;seed=9");
  ASSERT_TRUE(parsed.ok());
  ASSERT_EQ(parsed->rules.size(), 3u);
  EXPECT_EQ(parsed->rules[0].first, 3u);
  EXPECT_EQ(parsed->rules[0].last, 3u);
  EXPECT_EQ(parsed->rules[1].limit_bytes, 7u);
  EXPECT_EQ(parsed->rules[1].delay_ms, 20u);
  EXPECT_EQ(parsed->rules[2].code, WSAEMFILE);
  EXPECT_EQ(parsed->rules[2].every, 5u);
  EXPECT_TRUE(parsed->rules[2].after);
  EXPECT_EQ(parsed->seed, 9u);
  for (const char* bad : {"Recv:3=10054", "WSPRecv", "WSPRecv:", "WSPRecv:0=10054", "WSPRecv:x=10054", "WSPRecv:3=",
                          "WSPRecv:3=WSANOTHING", "WSPRecv:limit=0", "WSPRecv:every=0=1", "WSPRecv:4-3=10054",
                          "WSPRecv:p=-1=10054", "seed=", "seed=x", "WSPRecv:3=0", "WSPRecv:delay=fast"}) {
    EXPECT_EQ(fault::configure(bad).error(), Error::invalid) << bad;
  }
  EXPECT_EQ(failed_calls("", 5), std::vector<uint64_t>()) << "a text that is not understood adds nothing";
}

TEST_F(Fault, DoesNotMakeACallThatItFails) {
  auto [client, server] = make_pair();
  ASSERT_EQ(send(client, "abc"), 3);
  ASSERT_TRUE(fault::configure("WSPRecv:1+=10054;WSPCloseSocket:1=10050").ok());
  char byte = 0;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(recv(server, &byte, 1), -WSAECONNRESET);
  EXPECT_EQ(fault::calls(Function::Recv), 3u);
  const uint64_t closed = fault::calls(Function::CloseSocket);
  fault::clear();
  EXPECT_EQ(recv_text(server, 3), "abc") << "nothing was lost below";
  (void)closed;
  ASSERT_TRUE(fault::configure("WSPCloseSocket:1=10050").ok());
  EXPECT_EQ(close(client), WSAENETDOWN);
  EXPECT_EQ(send(client, "still here"), 10);
  EXPECT_EQ(close(client), 0);
  EXPECT_EQ(close(server), 0);
}

TEST_F(Fault, ClosesTheSocketOfACreationThatFailsAfterwards) {
  ASSERT_TRUE(fault::configure("WSPSocket:1=WSAENOBUFS,after;WSPAccept:1=WSAENETDOWN,after").ok());
  const size_t before = open_descriptors();
  int error = 0;
  EXPECT_EQ(wsp.lpWSPSocket(AF_INET, SOCK_STREAM, 0, nullptr, 0, 0, &error), INVALID_SOCKET);
  EXPECT_EQ(error, WSAENOBUFS);
  EXPECT_EQ(open_descriptors(), before);
  SOCKET listener = make_listener();
  Name name;
  ASSERT_EQ(local_name(listener, &name), 0);
  SOCKET client = make_socket();
  ASSERT_EQ(connect(client, name), 0);
  int code = 0;
  EXPECT_EQ(accept(listener, &code), INVALID_SOCKET);
  EXPECT_EQ(code, WSAENETDOWN);
  char byte = 0;
  EXPECT_EQ(recv(client, &byte, 1), 0) << "the connection was taken and closed";
  EXPECT_EQ(close(client), 0);
  EXPECT_EQ(close(listener), 0);
}

TEST_F(Fault, LeavesAFailureFromBelowAsItIs) {
  ASSERT_TRUE(fault::configure("WSPBind:1=WSAEACCES,after").ok());
  SOCKET s = make_socket();
  EXPECT_EQ(bind_raw(s, nullptr, 0), WSAEFAULT);
  EXPECT_EQ(close(s), 0);
}

TEST_F(Fault, ShortensReadsAndWrites) {
  auto [client, server] = make_pair();
  ASSERT_TRUE(fault::configure("WSPRecv:limit=3;WSPSend:limit=5").ok());
  EXPECT_EQ(send(client, "0123456789"), 5);
  char text[8] = {};
  EXPECT_EQ(recv(server, text, sizeof text), 3);
  EXPECT_EQ(recv(server, text, sizeof text, MSG_PEEK), 2);
  EXPECT_EQ(recv(server, text, 2), 2);

  char first[2], second[1], third[4];
  WSABUF buffers[] = {{2, first}, {1, second}, {4, third}};
  EXPECT_EQ(send(client, "abcde"), 5);
  DWORD moved = 0, flags = 0;
  int error = 0;
  ASSERT_EQ(wsp.lpWSPRecv(server, buffers, 3, &moved, &flags, nullptr, nullptr, nullptr, &error), 0) << error;
  EXPECT_EQ(moved, 3u) << "the limit is for all buffers together";
  EXPECT_EQ(buffers[2].len, 4u) << "the caller's array is not touched";
  EXPECT_EQ(std::string(first, 2) + second[0], "abc");
  EXPECT_EQ(close(client), 0);
  EXPECT_EQ(close(server), 0);
}

TEST_F(Fault, DelaysBeforeTheCall) {
  ASSERT_TRUE(fault::configure("WSPGetSockName:1,delay=30").ok());
  SOCKET s = make_bound();
  Name name;
  auto timed = [&] {
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(local_name(s, &name), 0);
    return std::chrono::steady_clock::now() - began;
  };
  EXPECT_GE(timed(), std::chrono::milliseconds(30));
  EXPECT_LT(timed(), std::chrono::milliseconds(30)) << "one call only";
  EXPECT_EQ(close(s), 0);
}

TEST_F(Fault, ToleratesAMissingErrorPointer) {
  ASSERT_TRUE(fault::configure("WSPCloseSocket:1=10050").ok());
  EXPECT_EQ(wsp.lpWSPCloseSocket(INVALID_SOCKET, nullptr), SOCKET_ERROR);
}

TEST_F(Fault, CountsCallsOfManyThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([this] {
      int error = 0;
      for (int i = 0; i < 1000; ++i) wsp.lpWSPShutdown(INVALID_SOCKET, SD_SEND, &error);
    });
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(fault::configure("WSPShutdown:every=2=10050").ok());
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(fault::calls(Function::Shutdown), 4000u);
}

}  // namespace
}  // namespace inlet::provider::test
