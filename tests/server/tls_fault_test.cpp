// TLS over sockets that give and take little, and whose calls fail one after the other.
#include <iostream>

#include "base/error.h"
#include "provider/fault.h"
#include "support/environment.h"
#include "support/tls_fixture.h"

namespace inlet::test {
namespace {

namespace faults = provider::fault;
using provider::Function;

class TlsFaults : public TlsTest {
 protected:
  void SetUp() override {
    faults::clear();
    TlsTest::SetUp();
  }
  void TearDown() override {
    faults::clear();
    TlsTest::TearDown();
  }

  // A client of ours through its whole life. Returns what came back of the text.
  std::string live(const std::string& text) {
    const SOCKET socket = connect("localhost", world_.client());
    if (socket == INVALID_SOCKET) return "<no connection>";
    std::string got(text.size(), '\0');
    size_t used = 0;
    std::thread writer([&] {
      const auto size = static_cast<INT>(text.size());
      if (InetWrite(socket, reinterpret_cast<const BYTE*>(text.data()), size) != size)
        InetAbort(socket);  // nobody will answer
    });
    while (used < got.size()) {
      const INT more =
          InetRead(socket, reinterpret_cast<BYTE*>(got.data()) + used, static_cast<INT>(got.size() - used));
      if (more <= 0) break;
      used += static_cast<size_t>(more);
    }
    if (used < got.size()) InetAbort(socket);  // the writer may be waiting for room
    writer.join();
    InetPeek(socket, nullptr, 0);
    InetShutdown(socket, INET_SHUTDOWN_WRITE);
    InetDisconnect(socket);
    got.resize(used);
    return got;
  }

  void limit(Function function, uint32_t bytes) {
    faults::Rule rule;
    rule.function = function;
    rule.limit_bytes = bytes;
    faults::add(rule);
  }

  Variable layers_{"INLET_LAYERS", "fault"};
};

TEST_F(TlsFaults, ShortReadsAndWritesChangeNothing) {
  Program program(echo_on_read);
  ASSERT_NE(start(program, world_.server(), 20), INVALID_SOCKET);
  const std::string text(20'000, 'z');
  for (const uint32_t bytes : {7u, 100u, 5'000u}) {
    faults::clear();
    limit(Function::Recv, bytes);
    limit(Function::Send, bytes);
    EXPECT_TRUE(live(text) == text) << "at most " << bytes << " bytes at once";
  }
  ASSERT_TRUE(program.wait_for(INET_EVENT_DISCONNECT, 3));  // else the stop might be quicker than the last good-bye
  program.stop();
  EXPECT_EQ(program.count(INET_EVENT_CONNECT), 3u);
  EXPECT_EQ(program.count(INET_EVENT_DISCONNECT), 3u);
  EXPECT_EQ(program.error_of(INET_EVENT_DISCONNECT), 0u);
}

// Nothing hangs, leaks (TearDown looks) or is told twice, and the next client is served.
TEST_F(TlsFaults, EachCallFailsOnce) {
  Program program(echo_on_read);
  ASSERT_NE(start(program, world_.server(), 5), INVALID_SOCKET);
  const std::string text(3'000, 'z');
  for (const Function function : {Function::Recv, Function::Send, Function::Ioctl, Function::Shutdown}) {
    faults::clear();
    ASSERT_EQ(live(text), text);
    const uint64_t calls = faults::calls(function);
    for (const Error code : {Error::conn_reset, Error::net_down})
      for (uint64_t n = 1; n <= calls; ++n) {
        SCOPED_TRACE(std::string(provider::name_of(function)) + " call " + std::to_string(n));
        faults::clear();
        faults::Rule rule;
        rule.function = function;
        rule.first = rule.last = n;
        rule.code = wsa_code(code);
        faults::add(rule);
        const auto began = std::chrono::steady_clock::now();
        live(text);
        EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(2'000))
            << "somebody was left waiting";
        faults::clear();
        EXPECT_EQ(live(text), text) << "the next client is served";
      }
    std::cout << provider::name_of(function) << ": " << calls << " calls\n";
  }
  program.stop();
  EXPECT_EQ(program.count(INET_EVENT_CONNECT), program.count(INET_EVENT_DISCONNECT));
}

}  // namespace
}  // namespace inlet::test
