// The trace of calls: what is recorded, under which flags, and that passwords and data stay out of it.
#include <fstream>
#include <regex>
#include <sstream>

#include "server/call_trace.h"
#include "support/environment.h"
#include "support/inet_fixture.h"

namespace inlet::test {
namespace {

class Trace : public InetTest {
 protected:
  std::string file() const { return folder_ / "trace.log"; }
  std::string text() const {
    std::ifstream in(file());
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
  }
  std::vector<std::string> lines() const {
    std::istringstream in(text());
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }
  bool has(const std::string& pattern) const { return std::regex_search(text(), std::regex(pattern)); }

  Folder folder_;
};

TEST_F(Trace, RecordsEachCallWithItsArgumentsResultAndError) {
  ASSERT_TRUE(InetEnableTrace(file().c_str(), TRACE_INFO));
  EXPECT_EQ(InetGetServicePort("ftp"), 21);
  EXPECT_EQ(InetFlush(42), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_HANDLE) << "the trace does not touch the last error";
  INTERNET_ADDRESS address;
  EXPECT_EQ(InetGetHostAddressW(u"127.0.0.\x31\u20ac", INET_ADDRESS_IPV4, nullptr), INET_ERROR);
  EXPECT_EQ(InetGetHostAddressA("127.0.0.1", INET_ADDRESS_IPV4, &address), 0);
  ASSERT_TRUE(InetDisableTrace());
  EXPECT_EQ(InetGetServicePort("ssh"), 22);
  const std::string head = R"(tests_server \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \d+ )";
  EXPECT_TRUE(has(head + R"(INF: InetGetServicePort\("ftp"\) returned 21\n)")) << text();
  EXPECT_TRUE(has(head + R"(ERR: InetFlush\(0x2a\) returned -1 \[0x80042736\]\n)")) << text();
  EXPECT_TRUE(has("InetGetHostAddress\\(\"127.0.0.1\u20ac\", 1, NULL\\) returned -1")) << text();
  EXPECT_TRUE(has(R"(InetGetHostAddress\("127.0.0.1", 1, 0x[0-9a-f]+\) returned 0)")) << text();
  EXPECT_FALSE(has("ssh"));
}

TEST_F(Trace, RecordsOnlyWhatTheFlagsAskFor) {
  const auto try_all = [&] {
    InetGetServicePort("ftp");
    InetFlush(42);
    server::trace::write("InetLikeRead(1)", "-1", Error::would_block, {});
  };
  ASSERT_TRUE(InetEnableTrace(file().c_str(), TRACE_ERROR));
  try_all();
  EXPECT_EQ(lines().size(), 1u) << text();
  EXPECT_TRUE(has("ERR: InetFlush"));
  ASSERT_TRUE(InetEnableTrace(file().c_str(), TRACE_WARNING)) << "again, with other flags";
  try_all();
  EXPECT_EQ(lines().size(), 3u) << text();
  EXPECT_TRUE(has("WRN: InetLikeRead"));
  ASSERT_TRUE(InetDisableTrace());
  try_all();
  EXPECT_EQ(lines().size(), 5u) << "enabled twice, disabled once";
  ASSERT_TRUE(InetDisableTrace());
  try_all();
  EXPECT_EQ(lines().size(), 5u);
  EXPECT_FALSE(InetDisableTrace());
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_STATE);
}

TEST_F(Trace, IsAppendedToAndLeavesRoomForLinesOfTheProgram) {
  std::ofstream(file()) << "before\n";
  ASSERT_TRUE(InetEnableTrace(file().c_str(), TRACE_INFO));
  const size_t after_enable = lines().size();
  std::ofstream(file(), std::ios::app) << "the program's own\n";
  InetGetServicePort("ftp");
  ASSERT_TRUE(InetDisableTrace());
  const auto all = lines();
  EXPECT_EQ(all.front(), "before");
  EXPECT_EQ(all.at(after_enable), "the program's own");
  EXPECT_NE(all.at(after_enable + 1).find("InetGetServicePort"), std::string::npos);
}

TEST_F(Trace, GoesToTheTemporaryFolderWithoutAName) {
  const Variable folder("TMPDIR", (folder_ / "").c_str());
  ASSERT_TRUE(InetEnableTrace(nullptr, TRACE_INFO));
  InetGetServicePort("ftp");
  ASSERT_TRUE(InetDisableTrace());
  EXPECT_TRUE(std::ifstream(folder_ / "CSTRACE.LOG").good());
}

TEST_F(Trace, SaysWhatIsWrongWithTheFile) {
  const auto enable = [&](const std::string& name, DWORD flags = TRACE_INFO) {
    EXPECT_FALSE(InetEnableTraceA(name.c_str(), flags)) << name;
    return InetGetLastError();
  };
  EXPECT_EQ(enable(file(), 8), ST_ERROR_INVALID_PARAMETER);
  EXPECT_EQ(enable(folder_ / "no/trace"), ST_ERROR_FILE_NOT_FOUND);
  EXPECT_EQ(enable(folder_ / "."), ST_ERROR_INVALID_FILE_NAME);
  EXPECT_EQ(enable(folder_ / std::string(300, 'n')), ST_ERROR_INVALID_FILE_NAME);
  EXPECT_EQ(enable("/sys/kernel/notes"), ST_ERROR_ACCESS_DENIED);
  ASSERT_EQ(symlink("/tmp", (folder_ / "link").c_str()), 0);
  EXPECT_EQ(enable(folder_ / "link"), ST_ERROR_FILE_NOT_CREATED);
  EXPECT_FALSE(server::trace::is_on());
}

TEST_F(Trace, ShowsDataInADumpOnlyAndSecretsNever) {
  using namespace inlet::server;
  const char data[] = "secret data 0123456789";
  const INT moved_bytes = 11;
  const auto record = [&] {
    trace::record(traced("InetLikeRead", moved(data), 5), INT{11}, Error::none);
    trace::record(traced("InetLikeReadLine", moved(data, &moved_bytes)), BOOL{TRUE}, Error::none);
    trace::record(traced("InetLikePeek", moved(static_cast<const void*>(nullptr))), INT{11}, Error::none);
    trace::record(traced("InetLikeWriteLine", moved_text("text\n")), BOOL{TRUE}, Error::none);
    trace::record(traced("InetLikeReadLine", moved(data, &moved_bytes)), BOOL{FALSE}, Error::timed_out);
    trace::record(traced("InetLikeCreate", secret("password"), secret(nullptr)), BOOL{TRUE}, Error::none);
  };
  ASSERT_TRUE(InetEnableTrace(file().c_str(), TRACE_INFO));
  record();
  EXPECT_FALSE(has("secret|73 65 63")) << text();
  EXPECT_TRUE(has(R"(InetLikeCreate\(\*\*\*, NULL\) returned 1)")) << text();
  ASSERT_TRUE(InetEnableTrace(file().c_str(), TRACE_HEXDUMP));
  record();
  ASSERT_TRUE(InetDisableTrace());
  ASSERT_TRUE(InetDisableTrace());
  EXPECT_TRUE(has(R"(0000  73 65 63 72 65 74 20 64 61 74 61 +secret data\n)")) << text();
  EXPECT_FALSE(has("0123456789")) << "only what was moved";
  EXPECT_FALSE(has("password"));
  EXPECT_TRUE(has(R"(0000  74 65 78 74 0a +text\.\n)")) << text();
}

TEST_F(Trace, OfASessionShowsDataOnlyInTheDump) {
  Program program([](SOCKET client, UINT event, DWORD) {
    if (event == INET_EVENT_READ) echo(client);
  });
  program.start(port_);
  const auto talk = [&](DWORD flags) {
    ASSERT_TRUE(InetEnableTrace(file().c_str(), flags));
    const SOCKET ours = InetConnect("127.0.0.1", port_, INET_PROTOCOL_TCP, 5, 0, nullptr);
    INT length = 64;
    char line[64];
    EXPECT_TRUE(InetWriteLine(ours, "pass phrase", nullptr));
    EXPECT_TRUE(InetReadLine(ours, line, &length));
    EXPECT_EQ(InetDisconnect(ours), 0);
    ASSERT_TRUE(program.wait_for(INET_EVENT_IDLE));
    ASSERT_TRUE(InetDisableTrace());
  };
  talk(TRACE_INFO);
  EXPECT_TRUE(has(R"(InetConnect\("127\.0\.0\.1", \d+, 6, 5, 0.*\) returned 0x)")) << text();
  EXPECT_TRUE(has(R"(INF: InetRead\(0x[0-9a-f]+, 0x[0-9a-f]+, 16384\) returned 13)")) << text();
  EXPECT_FALSE(has("pass phrase|70 61 73 73"));
  talk(TRACE_HEXDUMP);
  EXPECT_TRUE(has("70 61 73 73 20 70 68 72 61 73 65 +pass phrase\n")) << "without what the line does not show\n"
                                                                      << text();
}

TEST_F(Trace, WritesTextsOnOneLine) {
  using namespace inlet::server;
  std::string out;
  trace::show(out, "a\n\"b\\\x7f");
  EXPECT_EQ(out, R"("a\x0a\"b\\\x7f")");
  out.clear();
  trace::show(out, std::string(200, 'x').c_str());
  EXPECT_EQ(out, '"' + std::string(128, 'x') + "...\"");
}

TEST_F(Trace, OfManyThreadsKeepsRecordsWhole) {
  ASSERT_TRUE(InetEnableTrace(file().c_str(), TRACE_INFO));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([] {
      for (int round = 0; round < 50; ++round) InetGetServicePort("ftp");
    });
  for (std::thread& each : threads) each.join();
  ASSERT_TRUE(InetDisableTrace());
  unsigned records = 0;
  for (const std::string& line : lines())
    records += std::regex_match(line, std::regex(R"(tests_server .* INF: InetGetServicePort\("ftp"\) returned 21)"));
  EXPECT_EQ(records, 200u);
}

}  // namespace
}  // namespace inlet::test
