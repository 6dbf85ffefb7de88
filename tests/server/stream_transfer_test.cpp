// Whole streams: into and out of memory, global memory, files and other sockets; their ends, failures, progress and figures.
#include <fcntl.h>
#include <io.h>
#include <windows.h>

#include <atomic>
#include <fstream>
#include <numeric>
#include <sstream>

#include "base/clock.h"
#include "base/limits.h"
#include "server/stream_ends.h"
#include "support/environment.h"
#include "support/inet_fixture.h"

namespace inlet::test {
namespace {

std::string pattern(size_t size) {
  std::string text(size, '\0');
  uint32_t state = 1;
  for (char& c : text) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return text;
}

std::string contents(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// A connection between a plain socket of ours and a raw peer, over a server that only passes the handle on.
class Streams : public InetTest {
 protected:
  void SetUp() override {
    InetTest::SetUp();
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(port_);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ASSERT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
    ASSERT_EQ(listen(listener_, 5), 0);
    std::tie(ours_, peer_) = connected();
  }
  void TearDown() override {
    if (peer_ >= 0) close(peer_);
    close(listener_);
    InetTest::TearDown();
  }

  std::pair<SOCKET, int> connected() {
    const SOCKET ours = InetConnect("127.0.0.1", port_, INET_PROTOCOL_TCP, 20, 0, nullptr);
    EXPECT_NE(ours, INVALID_SOCKET);
    return {ours, accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)};
  }
  void send(const std::string& text) {
    ASSERT_EQ(::send(peer_, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  void close_peer() {
    close(peer_);
    peer_ = -1;
  }
  std::string received(size_t size) {
    std::string text(size, '\0');
    const ssize_t got = recv(peer_, text.data(), size, MSG_WAITALL);
    text.resize(got < 0 ? 0 : static_cast<size_t>(got));
    return text;
  }

  int listener_ = -1;
  SOCKET ours_ = INVALID_SOCKET;
  int peer_ = -1;
  Folder folder_;
};

TEST_F(Streams, FillMemoryUpToTheLimit) {
  send("0123456789");
  char memory[8] = "";
  DWORD length = 4;
  ASSERT_TRUE(InetReadStream(ours_, memory, &length, INET_STREAM_MEMORY, nullptr, 0));
  EXPECT_EQ(length, 4u);
  EXPECT_EQ(std::string(memory, 4), "0123");
  close_peer();
  length = sizeof memory;
  ASSERT_TRUE(InetReadStream(ours_, memory, &length, INET_STREAM_DEFAULT, nullptr, 0)) << "the close is an end";
  EXPECT_EQ(std::string(memory, length), "456789");
}

TEST_F(Streams, EndAtAMarkerOfManyPacketsAndLeaveTheRest) {
  const std::string text = "first body\r\n.\r\r\n.\r\nsecond line\r\n";
  std::thread sender([&] {
    const int on = 1;
    setsockopt(peer_, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof on);
    for (const char c : text) ::send(peer_, &c, 1, MSG_NOSIGNAL);
  });
  HGLOBAL block = nullptr;
  DWORD length = 0;
  BYTE marker[] = {'\r', '\n', '.', '\r', '\n'};
  EXPECT_TRUE(InetReadStream(ours_, &block, &length, INET_STREAM_HGLOBAL, marker, sizeof marker));
  sender.join();
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(GlobalSize(block), length);
  EXPECT_STREQ(static_cast<char*>(GlobalLock(block)), "first body\r\n.\r\r\n.\r\n");
  EXPECT_FALSE(GlobalUnlock(block));
  EXPECT_EQ(GlobalFree(block), nullptr);
  char line[32];
  INT size = sizeof line;
  EXPECT_TRUE(InetReadLineA(ours_, line, &size));
  EXPECT_STREQ(line, "second line");
}

TEST_F(Streams, OfMegabytesIntoGlobalMemory) {
  const std::string text = pattern(5'000'001);
  std::thread sender([&] {
    send(text);
    shutdown(peer_, SHUT_WR);
  });
  HGLOBAL block = nullptr;
  DWORD length = 0;
  EXPECT_TRUE(InetReadStream(ours_, &block, &length, INET_STREAM_DEFAULT, nullptr, 0));
  sender.join();
  ASSERT_EQ(length, text.size());
  EXPECT_EQ(std::string(static_cast<char*>(GlobalLock(block)), length), text);
  GlobalUnlock(block);
  GlobalFree(block);
  INETSTREAMINFO info{};
  ASSERT_TRUE(InetGetStreamInfo(ours_, &info));
  EXPECT_EQ(info.dwStreamCopied, text.size());
  EXPECT_EQ(info.dwStreamMode, static_cast<DWORD>(INET_STREAM_MODE_READ));
  EXPECT_EQ(info.dwStreamThread, GetCurrentThreadId());
  EXPECT_EQ(info.dwStreamError, 0u);
  EXPECT_EQ(info.dwTimeEstimated, 0u);
}

TEST_F(Streams, KeepWhatCameBeforeAFailure) {
  ASSERT_EQ(InetSetTimeout(ours_, 1), 0);
  send("half");
  HGLOBAL block = nullptr;
  DWORD length = 0;
  EXPECT_FALSE(InetReadStream(ours_, &block, &length, INET_STREAM_HGLOBAL, nullptr, 0));
  EXPECT_EQ(InetGetLastError(), ST_ERROR_OPERATION_TIMEOUT);
  EXPECT_EQ(length, 4u);
  ASSERT_NE(block, nullptr);
  EXPECT_STREQ(static_cast<char*>(block), "half");
  GlobalFree(block);
  INETSTREAMINFO info{};
  EXPECT_TRUE(InetGetStreamInfo(ours_, &info));
  EXPECT_EQ(info.dwStreamError, ST_ERROR_OPERATION_TIMEOUT);
  send("more");
  length = 4;
  char memory[4];
  EXPECT_TRUE(InetReadStream(ours_, memory, &length, 0, nullptr, 0)) << "the connection goes on";
}

TEST_F(Streams, AreStoredInFilesAndGoneOnWith) {
  const std::string file = folder_ / "stored";
  send("one\ntwo");
  DWORD length = 4;
  ASSERT_TRUE(InetStoreStream(ours_, file.c_str(), &length, 0, INET_STREAM_DEFAULT));
  EXPECT_EQ(contents(file), "one\n");
  close_peer();
  length = 0;
  ASSERT_TRUE(InetStoreStream(ours_, file.c_str(), &length, 3, INET_STREAM_CONVERT));
  EXPECT_EQ(length, 3u);
  EXPECT_EQ(contents(file), "onetwo") << "what was behind the offset is gone";
}

TEST_F(Streams, TellWhatIsWrongWithAFile) {
  const auto store = [&](const std::string& name, DWORD offset = 0) {
    DWORD length = 1;
    EXPECT_FALSE(InetStoreStream(ours_, name.c_str(), &length, offset, 0)) << name;
    EXPECT_EQ(length, 0u);
    return InetGetLastError();
  };
  send("data");
  EXPECT_EQ(store(""), ST_ERROR_INVALID_FILE_NAME);
  EXPECT_EQ(store(folder_ / "."), ST_ERROR_INVALID_FILE_NAME);
  EXPECT_EQ(store(folder_ / std::string(300, 'n')), ST_ERROR_INVALID_FILE_NAME);
  EXPECT_EQ(store(folder_ / "no/file"), ST_ERROR_FILE_NOT_FOUND);
  EXPECT_EQ(store(folder_ / "short", 10), ST_ERROR_INVALID_PARAMETER);
  EXPECT_EQ(store("/sys/kernel/notes"), ST_ERROR_ACCESS_DENIED);
  EXPECT_EQ(store("/dev/full"), ST_ERROR_FILE_WRITE_FAILED);
}

TEST_F(Streams, GoOutOfFilesByTheKernel) {
  const std::string text = pattern(3'000'007);
  const std::string file = folder_ / "file";
  std::ofstream(file, std::ios::binary) << text;
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(lseek(descriptor, 7, SEEK_SET), 7);
  std::string got;
  std::thread receiver([&] { got = received(3'000'000); });
  DWORD length = 0;
  EXPECT_TRUE(
      InetWriteStream(ours_, reinterpret_cast<LPVOID>(_get_osfhandle(descriptor)), &length, INET_STREAM_HANDLE));
  receiver.join();
  EXPECT_EQ(length, 3'000'000u);
  EXPECT_EQ(got, text.substr(7));
  EXPECT_EQ(lseek(descriptor, 0, SEEK_CUR), 3'000'007) << "the file stands behind what was sent";
  length = 1;
  EXPECT_FALSE(
      InetWriteStream(ours_, reinterpret_cast<LPVOID>(_get_osfhandle(descriptor)), &length, INET_STREAM_HANDLE));
  EXPECT_EQ(InetGetLastError(), ST_ERROR_FILE_READ_FAILED) << "nothing is left";
  close(descriptor);
}

// Large ones go by way of a pipe, a part at a time, and what a part leaves behind comes first the next time.
TEST_F(Streams, GoOutOfLargeFilesWhole) {
  const std::string text = pattern((24 << 20) + 4321);
  const std::string file = folder_ / "file";
  std::ofstream(file, std::ios::binary) << text;
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(lseek(descriptor, 321, SEEK_SET), 321);
  std::string got;
  std::thread receiver([&] {
    for (std::string part = received(50'000); !part.empty(); part = received(50'000)) got += part;
  });
  DWORD length = 0;
  EXPECT_TRUE(
      InetWriteStream(ours_, reinterpret_cast<LPVOID>(_get_osfhandle(descriptor)), &length, INET_STREAM_HANDLE));
  InetDisconnect(ours_);
  receiver.join();
  EXPECT_EQ(length, text.size() - 321);
  EXPECT_TRUE(got == text.substr(321));
  close(descriptor);
}

// There are pipes for a few only; the rest go without.
TEST_F(Streams, GoOutOfMoreLargeFilesThanThereArePipes) {
  const std::string text = pattern(kFilePipeWorth_bytes + 99);
  const std::string file = folder_ / "file";
  std::ofstream(file, std::ios::binary) << text;
  constexpr size_t kMany = kFilePipesMax + 4;
  std::vector<std::pair<SOCKET, int>> pairs = {{ours_, std::exchange(peer_, -1)}};
  while (pairs.size() < kMany) pairs.push_back(connected());
  std::atomic<size_t> sent{0};
  std::vector<std::thread> senders;
  for (const auto& [ours, peer] : pairs)
    senders.emplace_back([&, ours = ours] {
      const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
      DWORD length = 0;
      if (InetWriteStream(ours, reinterpret_cast<LPVOID>(_get_osfhandle(descriptor)), &length, INET_STREAM_HANDLE) &&
          length == text.size())
        ++sent;
      InetDisconnect(ours);
      close(descriptor);
    });
  for (const auto& [ours, peer] : pairs) {
    peer_ = peer;
    EXPECT_TRUE(received(text.size() + 1) == text);
    close(peer_);
  }
  peer_ = -1;
  for (std::thread& sender : senders) sender.join();
  EXPECT_EQ(sent, kMany);
}

TEST_F(Streams, OfFilesGiveUpWhenThePeerTakesNothing) {
  const std::string file = folder_ / "file";
  std::ofstream(file, std::ios::binary) << std::string(16 << 20, 'x');
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(InetSetTimeout(ours_, 1), 0);
  DWORD length = 0;
  EXPECT_FALSE(
      InetWriteStream(ours_, reinterpret_cast<LPVOID>(_get_osfhandle(descriptor)), &length, INET_STREAM_HANDLE));
  EXPECT_EQ(InetGetLastError(), ST_ERROR_OPERATION_TIMEOUT);
  EXPECT_GT(length, 0u);
  EXPECT_EQ(lseek(descriptor, 0, SEEK_CUR), static_cast<off_t>(length));
  close(descriptor);
  std::thread closer([&] { InetDisconnect(ours_); });
  EXPECT_EQ(received(16 << 20).size(), length) << "what was still in the pipe has not been sent";
  closer.join();
}

TEST_F(Streams, GoOutOfPipesAndMemory) {
  int pipe_ends[2];
  ASSERT_EQ(pipe2(pipe_ends, O_CLOEXEC), 0);
  ASSERT_EQ(write(pipe_ends[1], "a\nb", 3), 3);
  close(pipe_ends[1]);
  DWORD length = 0;
  EXPECT_TRUE(InetWriteStream(ours_, reinterpret_cast<LPVOID>(_get_osfhandle(pipe_ends[0])), &length,
                              INET_STREAM_HANDLE | INET_STREAM_CONVERT));
  EXPECT_EQ(received(4), "a\r\nb");
  close(pipe_ends[0]);
  char text[] = "some text";
  EXPECT_TRUE(InetWriteStream(ours_, text, nullptr, INET_STREAM_DEFAULT)) << "up to its terminator";
  EXPECT_EQ(received(9), "some text");
  char16_t wide[] = u"\u20ac\n";
  length = 0;
  EXPECT_TRUE(InetWriteStream(ours_, wide, &length, INET_STREAM_MEMORY | INET_STREAM_UNICODE | INET_STREAM_CONVERT));
  EXPECT_EQ(length, 4u) << "bytes of the source";
  EXPECT_EQ(received(5), "\xe2\x82\xac\r\n");
  HGLOBAL block = GlobalAlloc(GMEM_MOVEABLE, 5);
  std::memcpy(GlobalLock(block), "block", 5);
  GlobalUnlock(block);
  EXPECT_TRUE(InetWriteStream(ours_, block, nullptr, INET_STREAM_HGLOBAL));
  EXPECT_EQ(received(5), "block");
  GlobalFree(block);
  EXPECT_FALSE(InetWriteStream(ours_, block, nullptr, INET_STREAM_HGLOBAL)) << "a block that was freed";
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_PARAMETER);
}

TEST_F(Streams, GoFromOneSocketToAnother) {
  auto [other, other_peer] = connected();
  const std::string text = pattern(300'000);
  std::thread sender([&] {
    send(text);
    shutdown(peer_, SHUT_WR);
  });
  std::string got(text.size(), '\0');
  std::thread receiver([&, far = other_peer] { recv(far, got.data(), got.size(), MSG_WAITALL); });
  DWORD length = 0;
  EXPECT_TRUE(InetReadStream(ours_, reinterpret_cast<LPVOID>(other), &length, INET_STREAM_SOCKET, nullptr, 0));
  sender.join();
  receiver.join();
  EXPECT_EQ(length, text.size());
  EXPECT_EQ(got, text);
  ::send(other_peer, "back", 4, MSG_NOSIGNAL);
  length = 4;
  EXPECT_TRUE(InetWriteStream(ours_, reinterpret_cast<LPVOID>(other), &length, INET_STREAM_SOCKET));
  EXPECT_EQ(received(4), "back");
  close(other_peer);
  InetDisconnect(other);
}

// A pipe whose reader has gone used to end the whole program with a signal.
TEST_F(Streams, FailWhenNobodyReadsThePipe) {
  int pipe_ends[2];
  ASSERT_EQ(pipe2(pipe_ends, O_CLOEXEC), 0);
  close(pipe_ends[0]);
  send("data");
  DWORD length = 4;
  EXPECT_FALSE(InetReadStream(ours_, reinterpret_cast<LPVOID>(_get_osfhandle(pipe_ends[1])), &length,
                              INET_STREAM_HANDLE, nullptr, 0));
  EXPECT_EQ(InetGetLastError(), ST_ERROR_FILE_WRITE_FAILED);
  close(pipe_ends[1]);
}

TEST_F(Streams, AreOneAtATimeInEachDirection) {
  std::thread reader([&] {
    char memory[4];
    DWORD length = 4;
    EXPECT_TRUE(InetReadStream(ours_, memory, &length, 0, nullptr, 0));
  });
  while (!InetIsBlocking(ours_)) std::this_thread::yield();
  INETSTREAMINFO info{};
  EXPECT_TRUE(InetGetStreamInfo(ours_, &info));
  EXPECT_EQ(info.dwStreamSize, 4u);
  EXPECT_EQ(info.dwStreamCopied, 0u);
  char memory[4];
  DWORD length = 4;
  EXPECT_FALSE(InetReadStream(ours_, memory, &length, 0, nullptr, 0));
  EXPECT_EQ(InetGetLastError(), ST_ERROR_OPERATION_IN_PROGRESS);
  EXPECT_EQ(length, 0u);
  char text[] = "x";
  EXPECT_TRUE(InetWriteStream(ours_, text, nullptr, 0)) << "the other direction is free";
  send("data");
  reader.join();
}

TEST(StreamEnds, SayThatMemoryIsOut) {
  server::GlobalSink sink;
  EXPECT_EQ(sink.room(SIZE_MAX - 1).error(), Error::out_of_memory);
  ASSERT_TRUE(sink.put("kept", 4));
  EXPECT_EQ(sink.room(SIZE_MAX - 5).error(), Error::out_of_memory);
  auto block = sink.release();
  ASSERT_TRUE(block);
  EXPECT_STREQ(static_cast<char*>(*block), "kept");
  GlobalFree(*block);
}

// Progress of a server's client, told from inside the call that its callback makes.
TEST_F(Streams, TellTheirProgress) {
  ManualTime time;
  InetUninitialize();  // the plain socket of the fixture is not needed
  ASSERT_TRUE(InetInitialize(nullptr, nullptr));
  std::atomic<unsigned> told{0}, inside{0};
  std::atomic<DWORD> copied{0}, moved{0};
  std::atomic<bool> reading{false}, done{false};
  const uint16_t port = free_port();
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event == INET_EVENT_PROGRESS) {
      ++told;
      inside += reading ? 1 : 0;
      INETSTREAMINFO info{};
      EXPECT_TRUE(InetGetStreamInfo(client, &info));
      copied = info.dwStreamCopied;
    }
    if (event != INET_EVENT_READ || done) return;
    reading = true;
    HGLOBAL block = nullptr;
    DWORD length = 30;
    EXPECT_TRUE(InetReadStream(client, &block, &length, INET_STREAM_HGLOBAL, nullptr, 0));
    GlobalFree(block);
    moved = length;
    reading = false;
    done = true;
  });
  const SOCKET server = program.start(port);
  RawClient raw(port);
  ASSERT_TRUE(raw.send("0123456789"));
  SOCKET client = INVALID_SOCKET;
  ASSERT_TRUE(program.wait_for(INET_EVENT_READ));
  ASSERT_EQ(InetEnumServerClients(server, &client, 1), 1);
  INETSTREAMINFO info{};
  const auto wait_copied = [&](DWORD count) {
    do InetGetStreamInfo(client, &info);
    while (info.dwStreamCopied < count && !done);
  };
  wait_copied(10);
  EXPECT_EQ(told, 0u) << "time stands still";
  time.advance_ms(kStreamProgress_ms);
  ASSERT_TRUE(raw.send("0123456789"));
  while (copied == 0 && !done) std::this_thread::yield();
  EXPECT_TRUE(copied == 20u || copied == 10u)
      << copied << ": the clock may have moved before the first ten were looked at";
  wait_copied(20);
  time.advance_ms(kStreamProgress_ms - 1);
  ASSERT_TRUE(raw.send("0123456789"));
  while (!done) std::this_thread::yield();
  EXPECT_EQ(moved, 30u);
  EXPECT_EQ(told, 1u) << "not more often than documented";
  EXPECT_EQ(inside, 1u);
}

TEST_F(Streams, EndWhenTheProgramThrowsFromProgress) {
  ManualTime time;
  const uint16_t port = free_port();
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event == INET_EVENT_PROGRESS) throw 1;
    if (event != INET_EVENT_READ) return;
    char memory[20];
    DWORD length = sizeof memory;
    EXPECT_FALSE(InetReadStream(client, memory, &length, INET_STREAM_MEMORY, nullptr, 0));
    EXPECT_EQ(InetGetLastError(), ST_ERROR_OPERATION_CANCELED);
  });
  const SOCKET server = program.start(port);
  RawClient raw(port);
  ASSERT_TRUE(raw.send("x"));
  ASSERT_TRUE(program.wait_for(INET_EVENT_READ));
  SOCKET client = INVALID_SOCKET;
  ASSERT_EQ(InetEnumServerClients(server, &client, 1), 1);
  while (!InetIsBlocking(client)) std::this_thread::yield();
  time.advance_ms(kStreamProgress_ms);
  ASSERT_TRUE(raw.send("y"));
  ASSERT_TRUE(program.wait_for(INET_EVENT_DISCONNECT));
  EXPECT_EQ(program.error_of(INET_EVENT_ERROR), ST_ERROR_SYSTEM_FAILURE);
}

}  // namespace
}  // namespace inlet::test
