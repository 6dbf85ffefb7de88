// The W forms: the same functions in UTF-16.
#include "support/inet_fixture.h"

namespace inlet::test {
namespace {

class TextForms : public InetTest {
 protected:
  void connect() {
    program_ = std::make_unique<Program>();
    ASSERT_NE(program_->start(port_, 10), INVALID_SOCKET);
    ours_ = InetConnectW(u"127.0.0.1", port_, INET_PROTOCOL_TCP, 10, 0, nullptr);
    ASSERT_NE(ours_, INVALID_SOCKET);
    ASSERT_TRUE(program_->wait_for(INET_EVENT_CONNECT));
    for (const Seen& each : program_->seen())
      if (each.event == INET_EVENT_CONNECT) client_ = each.handle;
  }
  void send(const std::string& bytes) {
    ASSERT_EQ(InetWrite(ours_, reinterpret_cast<const BYTE*>(bytes.data()), static_cast<INT>(bytes.size())),
              static_cast<INT>(bytes.size()));
  }
  // The next line into a buffer of so many characters.
  std::u16string line(INT capacity) {
    std::u16string text(static_cast<size_t>(capacity), u'?');
    INT length = capacity;
    EXPECT_TRUE(InetReadLineW(client_, text.data(), &length)) << std::hex << InetGetLastError();
    text.resize(static_cast<size_t>(length));
    return text;
  }
  void TearDown() override {
    if (ours_ != INVALID_SOCKET) InetDisconnect(ours_);
    program_.reset();
    InetTest::TearDown();
  }

  std::unique_ptr<Program> program_;
  SOCKET client_ = INVALID_SOCKET;
  SOCKET ours_ = INVALID_SOCKET;
};

TEST_F(TextForms, ReadLineMakesUtf16OfUtf8) {
  connect();
  send("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80\r\n");
  EXPECT_EQ(line(64), u"gr\u00fc\u00df \u20ac \U0001f600");
}

TEST_F(TextForms, ACharacterThatDoesNotFitBeginsTheNextPart) {
  connect();
  send(
      "ab\xf0\x9f\x98\x80"
      "c\n");
  EXPECT_EQ(line(4), u"ab");  // one unit is left, and the character needs two
  EXPECT_EQ(line(4),
            u"\U0001f600"
            u"c");
}

TEST_F(TextForms, AFullBufferDoesNotWaitForTheLineEnd) {
  connect();
  send("\xe2\x82\xac\xe2\x82\xac");
  EXPECT_EQ(line(3), u"\u20ac\u20ac");
}

TEST_F(TextForms, BytesThatAreNoUtf8BecomeReplacements) {
  connect();
  send("a\xff\xc3(\x80\n");
  EXPECT_EQ(line(16), u"a\ufffd\ufffd(\ufffd");
}

TEST_F(TextForms, BadBytesNeverOverflowTheBuffer) {
  connect();
  send("\xe0\x80\xe0\x80\xe0\x80\n");
  EXPECT_EQ(line(4), u"\ufffd\ufffd\ufffd");
  EXPECT_EQ(line(4), u"\ufffd\ufffd\ufffd");
}

TEST_F(TextForms, WriteLineSendsUtf8) {
  connect();
  INT sent = 0;
  ASSERT_TRUE(InetWriteLineW(ours_, u"\u20ac 5\n", &sent));
  EXPECT_EQ(sent, 7);
  char text[16];
  INT length = sizeof text;
  ASSERT_TRUE(InetReadLineA(client_, text, &length));
  EXPECT_EQ(std::string(text), "\xe2\x82\xac 5");
}

TEST_F(TextForms, IllFormedTextIsAnInvalidParameter) {
  connect();
  const WCHAR lone[] = {0xd800, 0};
  EXPECT_FALSE(InetWriteLineW(ours_, lone, nullptr));
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_PARAMETER);
  EXPECT_EQ(InetConnectW(lone, 1, INET_PROTOCOL_TCP, 1, 0, nullptr), INVALID_SOCKET);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_PARAMETER);
}

TEST_F(TextForms, MonikersAreTheSameInBothForms) {
  connect();
  ASSERT_TRUE(InetSetClientMonikerW(client_, u"J\u00fcrgen"));
  char narrow[32];
  EXPECT_EQ(InetGetClientMonikerA(client_, narrow, sizeof narrow), 7);
  EXPECT_EQ(std::string(narrow), "J\xc3\xbcrgen");
  WCHAR wide[32];
  EXPECT_EQ(InetGetClientMonikerW(client_, wide, 32), 6);
  EXPECT_EQ(std::u16string(wide), u"J\u00fcrgen");
  EXPECT_EQ(InetFindClientMonikerW(InetGetClientServer(client_), u"j\u00fcRGEN"), client_);
}

TEST_F(TextForms, AServerStartsWithAWideAddress) {
  Program program;
  const SOCKET server = InetServerStartW(u"127.0.0.1", port_, 0, 0, 0, INET_PRIORITY_NORMAL, INET_OPTION_REUSEADDRESS,
                                         &Program::entry, reinterpret_cast<DWORD_PTR>(&program), nullptr);
  ASSERT_NE(server, INVALID_SOCKET);
  EXPECT_TRUE(InetServerStop(server));
}

TEST_F(TextForms, AddressesAndErrorsInUtf16) {
  INTERNET_ADDRESS address;
  ASSERT_EQ(InetGetAddressW(u"::1", INET_ADDRESS_UNKNOWN, &address), 0);
  WCHAR text[INET_ADDRESS_STRLEN];
  EXPECT_EQ(InetFormatAddressW(&address, text, INET_ADDRESS_STRLEN), 3);
  EXPECT_EQ(std::u16string(text), u"::1");
  EXPECT_EQ(InetFormatAddressW(&address, text, 3), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_SIZE);
  char narrow[64];
  WCHAR wide[64];
  EXPECT_EQ(InetGetErrorStringA(ST_ERROR_OPERATION_TIMEOUT, narrow, 64),
            InetGetErrorStringW(ST_ERROR_OPERATION_TIMEOUT, wide, 64));
  for (size_t i = 0; narrow[i]; ++i) EXPECT_EQ(static_cast<WCHAR>(narrow[i]), wide[i]);
}

}  // namespace
}  // namespace inlet::test
