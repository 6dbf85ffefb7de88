#include "silent_crowd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>

namespace inlet::stress {
namespace {

// How a client's hello begins: a handshake record of 512 bytes.
constexpr unsigned char kHello[] = {22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3};

int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

int connected_socket(uint16_t port) {
  const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (made >= 0 && connect(made, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0) return made;
  if (made >= 0) close(made);
  return -1;
}

}  // namespace

SilentCrowd::SilentCrowd(const Plan& plan) : drip_ms_(plan.drip_ms), queue_(epoll_create1(EPOLL_CLOEXEC)) {
  members_.reserve(plan.silent + plan.dripping);
  for (uint32_t i = 0; i < plan.silent; ++i) add(plan, false);
  for (uint32_t i = 0; i < plan.dripping; ++i) add(plan, true);
  watcher_ = std::thread(&SilentCrowd::watch, this);
}

SilentCrowd::~SilentCrowd() {
  stopping_ = true;
  watcher_.join();
  for (const Member& member : members_)
    if (member.socket >= 0) close(member.socket);
  close(queue_);
}

void SilentCrowd::add(const Plan& plan, bool drips) {
  const int64_t before = now_ms();
  const int made = connected_socket(plan.port);
  if (made < 0) {
    ++refused_;
    return;
  }
  members_.push_back({made, before, drips ? before : INT64_MAX, 0});
  epoll_event interest{};
  interest.events = EPOLLIN;
  interest.data.u64 = members_.size() - 1;
  epoll_ctl(queue_, EPOLL_CTL_ADD, made, &interest);
  ++present_;
}

void SilentCrowd::watch() {
  while (!stopping_ && present_ != 0) {
    epoll_event events[64];
    const int count = epoll_wait(queue_, events, 64, 20);
    for (int i = 0; i < count; ++i) look(members_[events[i].data.u64]);
    const int64_t now = now_ms();
    for (Member& member : members_)
      if (member.socket >= 0 && now >= member.next_drip_ms) drip(member, now);
  }
}

void SilentCrowd::drip(Member& member, int64_t now) {
  const unsigned char byte = kHello[member.sent % sizeof kHello];
  [[maybe_unused]] const ssize_t sent = send(member.socket, &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
  ++member.sent;
  member.next_drip_ms = now + drip_ms_;
}

// Nothing but the end is expected: a server has nothing to say to them.
void SilentCrowd::look(Member& member) {
  char bytes[64];
  if (recv(member.socket, bytes, sizeof bytes, MSG_DONTWAIT) > 0) return;
  close(member.socket);
  member.socket = -1;
  lasted_ms_.push_back(now_ms() - member.since_ms);
  --present_;
}

}  // namespace inlet::stress
