// What the tests of WSPDuplicateSocket share: duplicating and opening, in this process and in another one.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "heir.h"
#include "provider_fixture.h"

namespace inlet::provider::test {

// Adds duplicates to a fixture.
template <class Fixture>
class WithDuplicates : public Fixture {
 protected:
  // Each returns 0 or the error code.
  int duplicate(SOCKET s, DWORD process, WSAPROTOCOL_INFOW* info) {
    int error = 0;
    return this->wsp.lpWSPDuplicateSocket(s, process, info, &error) == 0 ? 0 : error;
  }
  int open(WSAPROTOCOL_INFOW info, SOCKET* opened, DWORD flags = WSA_FLAG_OVERLAPPED) {
    int error = 0;
    constexpr int kFromInfo = FROM_PROTOCOL_INFO;
    *opened = this->wsp.lpWSPSocket(kFromInfo, kFromInfo, kFromInfo, &info, 0, flags, &error);
    return *opened != INVALID_SOCKET ? 0 : error;
  }

  WSAPROTOCOL_INFOW info_of(SOCKET s, DWORD process = own_process()) {
    WSAPROTOCOL_INFOW info{};
    EXPECT_EQ(duplicate(s, process, &info), 0);
    return info;
  }
  SOCKET duplicate_of(SOCKET s, DWORD flags = WSA_FLAG_OVERLAPPED) {
    SOCKET copy = INVALID_SOCKET;
    EXPECT_EQ(open(info_of(s), &copy, flags), 0);
    return copy;
  }
  static DWORD own_process() { return static_cast<DWORD>(::getpid()); }

  bool ends(SOCKET s) {
    char byte = 0;
    return this->recv(s, &byte, 1) == 0;
  }
};

using DuplicateTest = WithDuplicates<ProviderTest>;

// The second process. It ends with this object.
class Heir {
 public:
  Heir() {
    int in[2] = {-1, -1};
    int out[2] = {-1, -1};
    EXPECT_EQ(::pipe2(in, O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(out, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    std::string path = PROVIDER_HEIR;
    char* arguments[] = {path.data(), nullptr};
    EXPECT_EQ(::posix_spawn(&process_, path.c_str(), &actions, nullptr, arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(in[0]);
    ::close(out[1]);
    to_ = in[1];
    from_ = out[0];
  }
  ~Heir() { EXPECT_EQ(end(), 0) << "the second process failed"; }
  Heir(const Heir&) = delete;
  Heir& operator=(const Heir&) = delete;

  DWORD process() const { return static_cast<DWORD>(process_); }

  void order(Verb verb, uint32_t number = 0, const std::string& text = "") {
    const Order order{verb, number, static_cast<uint32_t>(text.size())};
    EXPECT_TRUE(write_all(to_, &order, sizeof(order)) && write_all(to_, text.data(), text.size()));
  }
  Answer answer(std::string* text = nullptr) {
    Answer answer{-1, 0, 0};
    std::string reply;
    EXPECT_TRUE(read_all(from_, &answer, sizeof(answer)) && read_text(from_, answer.size, &reply));
    if (text != nullptr) *text = reply;
    return answer;
  }
  Answer ask(Verb verb, uint32_t number = 0, const std::string& text = "") {
    order(verb, number, text);
    return answer();
  }

  void order_open(const WSAPROTOCOL_INFOW& info) {
    order(Verb::open, 0, std::string(reinterpret_cast<const char*>(&info), sizeof(info)));
  }
  int open(const WSAPROTOCOL_INFOW& info) {
    order_open(info);
    return answer().code;
  }
  int send(const std::string& text) { return ask(Verb::send, 0, text).code; }
  std::string receive(uint32_t size) {
    order(Verb::receive, size);
    std::string text;
    EXPECT_EQ(answer(&text).code, 0);
    return text;
  }

  // Returns  how it ended; 0 is well.
  int end() {
    if (process_ <= 0) return 0;
    ::close(to_);
    ::close(from_);
    int status = -1;
    ::waitpid(process_, &status, 0);
    process_ = -1;
    return status;
  }

 private:
  pid_t process_ = -1;
  int to_ = -1;
  int from_ = -1;
};

}  // namespace inlet::provider::test
