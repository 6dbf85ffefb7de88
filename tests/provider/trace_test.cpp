#include "provider/trace.h"

#include <cerrno>
#include <fstream>
#include <mutex>
#include <regex>
#include <vector>

#include "provider/chain.h"
#include "provider/fault.h"
#include "provider_fixture.h"
#include "support/environment.h"

namespace inlet::provider::test {
namespace {

using inlet::test::Variable;

class Trace : public ProviderTest {
 protected:
  void SetUp() override {
    ProviderTest::SetUp();
    trace::set_sink(take_line, this);
    trace::set_level(trace::Level::calls);
    auto chain = start_provider_chain(AF_INET, SOCK_STREAM, IPPROTO_TCP, WSPUPCALLTABLE{});
    ASSERT_TRUE(chain.ok());
    chain_ = std::move(*chain);
    fault::clear();
    wsp = chain_->table();
  }
  void TearDown() override {
    fault::clear();
    chain_.reset();
    trace::set_sink(nullptr, nullptr);
    trace::set_level(trace::Level::calls);
    ProviderTest::TearDown();
  }
  static void take_line(void* self, std::string_view line) {
    auto& test = *static_cast<Trace*>(self);
    std::lock_guard lock(test.mutex_);
    test.lines_.emplace_back(line);
  }
  std::vector<std::string> take() {
    std::lock_guard lock(mutex_);
    return std::exchange(lines_, {});
  }
  // Whether exactly one line came, and what follows time and thread matches.
  testing::AssertionResult told(const std::string& pattern) {
    const auto lines = take();
    if (lines.size() != 1) return testing::AssertionFailure() << lines.size() << " lines";
    const std::regex whole("[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\\.[0-9]{6} [0-9]+ " + pattern);
    if (!std::regex_match(lines[0], whole)) return testing::AssertionFailure() << lines[0];
    return testing::AssertionSuccess();
  }

  Variable layers_{"INLET_LAYERS", "trace,fault"};
  std::shared_ptr<Provider> chain_;
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

TEST_F(Trace, ShowsCallsWithArgumentsAndResults) {
  SOCKET s = make_socket();
  EXPECT_TRUE(told("WSPSocket\\(2, 1, 0, 0x0, 0, 1\\) = 0x[0-9a-f]+ \\([0-9]+ us\\)"));
  Name name = loopback();
  ASSERT_EQ(bind(s, name), 0);
  EXPECT_TRUE(told("WSPBind\\(0x[0-9a-f]+, 127\\.0\\.0\\.1:0, 16\\) = 0 \\([0-9]+ us\\)"));
  ASSERT_EQ(local_name(s, &name), 0);
  EXPECT_TRUE(told("WSPGetSockName\\(0x[0-9a-f]+, 127\\.0\\.0\\.1:" + std::to_string(ntohs(name.port())) +
                   ", \\[16\\]\\) = 0 \\([0-9]+ us\\)"));
  ASSERT_EQ(set_option(s, SOL_SOCKET, SO_KEEPALIVE, DWORD{1}), 0);
  EXPECT_TRUE(told("WSPSetSockOpt\\(0x[0-9a-f]+, 65535, 8, <0x1>, 4\\) = 0 \\([0-9]+ us\\)"));
  ASSERT_EQ(close(s), 0);
  EXPECT_TRUE(told("WSPCloseSocket\\(0x[0-9a-f]+\\) = 0 \\([0-9]+ us\\)"));
}

TEST_F(Trace, ShowsTheNameOfAnError) {
  EXPECT_EQ(close(INVALID_SOCKET), WSAENOTSOCK);
  EXPECT_TRUE(told("WSPCloseSocket\\(0xffffffffffffffff\\) = -1 WSAENOTSOCK 10038 \\([0-9]+ us\\)"));
}

TEST_F(Trace, SurvivesMemoryThatIsNotThere) {
  SOCKET s = make_socket();
  take();
  auto* nowhere = reinterpret_cast<sockaddr*>(0x10);
  ASSERT_TRUE(fault::configure("WSPBind:1=10014").ok());  // so that only the trace looks at it
  EXPECT_EQ(bind_raw(s, nowhere, 16), WSAEFAULT);
  EXPECT_TRUE(told("WSPBind\\(0x[0-9a-f]+, 0x10, 16\\) = -1 WSAEFAULT 10014 \\([0-9]+ us\\)"));
  EXPECT_EQ(wsp.lpWSPCloseSocket(INVALID_SOCKET, nullptr), SOCKET_ERROR) << "nor does it need lpErrno";
  EXPECT_EQ(close(s), 0);
}

TEST_F(Trace, ShowsDataWhenAsked) {
  auto [client, server] = make_pair();
  take();
  ASSERT_EQ(send(client, "plain"), 5);
  EXPECT_TRUE(told("WSPSend\\(0x[0-9a-f]+, \\{5\\}, 1, \\[5\\], 0, 0x0, 0x0, 0x0\\) = 0 \\([0-9]+ us\\)"));
  trace::set_level(trace::Level::data);
  ASSERT_EQ(recv_text(server, 5), "plain");
  EXPECT_TRUE(told("WSPRecv\\(0x[0-9a-f]+, \\{5\\}, 1, \\[5\\], \\[0\\], .* \\| 706c61696e"));
  ASSERT_EQ(send(client, std::string(100, 'x')), 100);
  const auto lines = take();
  std::string shown = " | ";
  for (int i = 0; i < 64; ++i) shown += "78";
  EXPECT_TRUE(lines.at(0).ends_with(shown + "..")) << lines.at(0);
  trace::set_level(trace::Level::off);
  EXPECT_EQ(close(client), 0);
  EXPECT_EQ(close(server), 0);
  EXPECT_TRUE(take().empty()) << "off is off";
}

TEST_F(Trace, TellsOfFailuresAloneWhenAsked) {
  SOCKET s = make_bound(AF_INET, SOCK_DGRAM);
  ASSERT_EQ(set_nonblocking(s), 0);
  take();
  trace::set_level(trace::Level::errors);
  char byte = 0;
  EXPECT_EQ(recv(s, &byte, 1), -WSAEWOULDBLOCK);
  Name name;
  ASSERT_EQ(local_name(s, &name), 0);
  EXPECT_TRUE(take().empty()) << "success, and having to wait, are no failures";
  EXPECT_EQ(listen(s), WSAEOPNOTSUPP);
  EXPECT_EQ(take().size(), 1u);
  EXPECT_EQ(close(s), 0);
}

TEST_F(Trace, ChangesNothing) {
  errno = 4711;
  EXPECT_EQ(close(INVALID_SOCKET), WSAENOTSOCK);
  EXPECT_EQ(errno, 4711);
  int error = 77;
  SOCKET s = make_bound();
  Name name;
  name.size = sizeof(sockaddr_in6);
  EXPECT_EQ(wsp.lpWSPGetSockName(s, name.get(), &name.size, &error), 0);
  EXPECT_EQ(error, 77) << "success leaves the code alone";
  EXPECT_EQ(close(s), 0);
}

TEST_F(Trace, TakesLinesOfManyThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([this] {
      for (int i = 0; i < 200; ++i) EXPECT_EQ(close(INVALID_SOCKET), WSAENOTSOCK);
    });
  for (auto& thread : threads) thread.join();
  const auto lines = take();
  EXPECT_EQ(lines.size(), 800u);
  for (const auto& line : lines) EXPECT_NE(line.find("WSPCloseSocket("), std::string::npos) << line;
}

TEST(TraceFile, IsAppendedToAndClosedWithTheLastUse) {
  inlet::test::Folder folder;
  Variable layers("INLET_LAYERS", "trace");
  Variable file("INLET_TRACE_FILE", folder / "trace");
  const size_t before = open_descriptors();
  for (int i = 0; i < 2; ++i) {
    auto chain = start_provider_chain(AF_INET, SOCK_STREAM, IPPROTO_TCP, WSPUPCALLTABLE{});
    ASSERT_TRUE(chain.ok());
    EXPECT_EQ((*chain)->close(INVALID_SOCKET).error(), Error::not_socket);
  }
  EXPECT_EQ(open_descriptors(), before);
  std::ifstream in(folder / "trace");
  size_t lines = 0, closes = 0;
  for (std::string line; std::getline(in, line); ++lines) closes += line.find("WSPCloseSocket(") != std::string::npos;
  EXPECT_EQ(closes, 2u);
  EXPECT_EQ(lines, 4u) << "and the two calls of WSPCleanup";
}

TEST(TraceFile, ThatCannotBeWrittenStopsNobody) {
  Variable layers("INLET_LAYERS", "trace");
  Variable file("INLET_TRACE_FILE", "/there/is/no/such/folder");
  auto chain = start_provider_chain(AF_INET, SOCK_STREAM, IPPROTO_TCP, WSPUPCALLTABLE{});
  ASSERT_TRUE(chain.ok());
  EXPECT_EQ((*chain)->close(INVALID_SOCKET).error(), Error::not_socket);
}

}  // namespace
}  // namespace inlet::provider::test
