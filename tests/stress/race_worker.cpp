#include "race_worker.h"

#include <windows.h>
#include <ws2tcpip.h>

#include <algorithm>
#include <vector>

namespace inlet::stress {
namespace {

constexpr size_t kKnockersKept = 16;
constexpr int kBacklog = 8;
constexpr uint32_t kMessageMax = 64;
constexpr uint32_t kSelectMax = 4;

sockaddr_in loopback(uint16_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return name;
}

uint16_t port_of(SOCKET s) {
  sockaddr_in name{};
  int size = sizeof(name);
  return ::getsockname(s, reinterpret_cast<sockaddr*>(&name), &size) == 0 ? ntohs(name.sin_port) : uint16_t{0};
}

// A reset leaves no TIME_WAIT behind, of which so many connections would leave more than there are ports.
void close_hard(SOCKET s) {
  const LINGER now{1, 0};
  ::setsockopt(s, SOL_SOCKET, SO_LINGER, reinterpret_cast<const char*>(&now), sizeof(now));
}

void set_nonblocking(SOCKET s) {
  u_long on = 1;
  ::ioctlsocket(s, FIONBIO, &on);
}

bool is_not_socket(int result) {
  return result == SOCKET_ERROR && ::WSAGetLastError() == WSAENOTSOCK;
}

}  // namespace

const char* text_of(Wrong wrong) {
  switch (wrong) {
    case Wrong::byte: return "bytes of another connection";
    case Wrong::accepted: return "connections of another listener";
    case Wrong::quiet: return "data where nobody sends";
    case Wrong::answered: return "answers of closed sockets";
    case Wrong::refused: return "open sockets that were none";
    case Wrong::failed: return "sockets that could not be made or closed";
  }
  return "?";
}

RaceWorker::RaceWorker(Slots& slots, uint64_t seed, bool misuse) : slots_(slots), misuse_(misuse), generator_(seed) {
  pair_listener_ = make_socket(SOCK_STREAM);
  const sockaddr_in any = loopback(0);
  if (::bind(pair_listener_, reinterpret_cast<const sockaddr*>(&any), sizeof(any)) != 0 ||
      ::listen(pair_listener_, kBacklog) != 0)
    count(Wrong::failed);
  pair_address_ = loopback(port_of(pair_listener_));
}

RaceWorker::~RaceWorker() {
  for (SOCKET s : knockers_) ::closesocket(s);
  ::closesocket(pair_listener_);
}

// --- sockets

SOCKET RaceWorker::make_socket(int type) {
  const SOCKET s = ::socket(AF_INET, type, 0);
  if (s == INVALID_SOCKET) count(Wrong::failed);
  return s;
}

// Another handle of the same socket, in the place of the first one.
SOCKET RaceWorker::through_duplicate(SOCKET s) {
  WSAPROTOCOL_INFOW info{};
  if (::WSADuplicateSocketW(s, ::GetCurrentProcessId(), &info) != 0) count(Wrong::failed);
  const SOCKET copy = ::WSASocketW(0, 0, 0, &info, 0, WSA_FLAG_OVERLAPPED);
  if (copy == INVALID_SOCKET) count(Wrong::failed);
  close_socket(s);
  return copy;
}

bool RaceWorker::make_pair(std::array<SOCKET, 2>& ends) {
  ends[0] = make_socket(SOCK_STREAM);
  if (::connect(ends[0], reinterpret_cast<const sockaddr*>(&pair_address_), sizeof(pair_address_)) != 0) return false;
  ends[1] = ::accept(pair_listener_, nullptr, nullptr);
  for (SOCKET s : ends) {
    close_hard(s);
    set_nonblocking(s);
  }
  if (random(4) == 0) ends[0] = through_duplicate(ends[0]);
  return ends[1] != INVALID_SOCKET;
}

SOCKET RaceWorker::make_listener(uint32_t* port) {
  const SOCKET s = make_socket(SOCK_STREAM);
  const sockaddr_in any = loopback(0);
  set_nonblocking(s);
  if (::bind(s, reinterpret_cast<const sockaddr*>(&any), sizeof(any)) != 0 || ::listen(s, kBacklog) != 0)
    count(Wrong::failed);
  *port = port_of(s);
  return s;
}

void RaceWorker::close_socket(SOCKET s) {
  if (s != INVALID_SOCKET && ::closesocket(s) != 0) count(Wrong::failed);
}

void RaceWorker::open_claimed(Slot& slot) {
  std::array<SOCKET, 2> sockets{INVALID_SOCKET, INVALID_SOCKET};
  uint32_t identity = 0;
  switch (slot.kind()) {
    case SlotKind::pair:
      if (!make_pair(sockets)) count(Wrong::failed);
      identity = slot.next_byte();
      break;
    case SlotKind::listener: sockets[0] = make_listener(&identity); break;
    case SlotKind::quiet: {
      const sockaddr_in any = loopback(0);
      sockets[0] = make_socket(SOCK_DGRAM);
      set_nonblocking(sockets[0]);
      if (::bind(sockets[0], reinterpret_cast<const sockaddr*>(&any), sizeof(any)) != 0) count(Wrong::failed);
      break;
    }
  }
  for (SOCKET s : sockets) slots_.note(s);
  slot.end_replace(sockets, identity);
}

void RaceWorker::open(Slot& slot) {
  slot.begin_replace();
  open_claimed(slot);
}

void RaceWorker::close(Slot& slot) {
  for (SOCKET s : slot.begin_replace()) close_socket(s);
  slot.end_replace({INVALID_SOCKET, INVALID_SOCKET}, 0);
}

// --- operations

// A socket of a slot as this thread knows it; it looks again only now and then, so many are closed long since.
RaceWorker::View RaceWorker::view(SlotKind kind) {
  size_t first = 0;
  size_t number = kPairs;
  if (kind == SlotKind::listener) first = kPairs, number = kListeners;
  if (kind == SlotKind::quiet) first = kPairs + kListeners, number = kQuiet;
  const size_t index = first + random(static_cast<uint32_t>(number));
  const Slot& slot = slots_.all[index];
  Snapshot& snapshot = snapshots_[index];
  if (snapshot.version == 0 || random(4) == 0) slot.look(snapshot);
  const Age age = slot.age_of(snapshot);
  const SOCKET s = snapshot.sockets[kind == SlotKind::pair ? random(2) : 0];
  ++findings_.by_age[static_cast<size_t>(age)];
  return {slot, snapshot, age, misused(s, age)};
}

SOCKET RaceWorker::misused(SOCKET s, Age age) {
  if (!misuse_ || age != Age::closed || s == INVALID_SOCKET) return s;
  ++findings_.misused;
  return slots_.latest_at(s);
}

// After an operation on one socket.
void RaceWorker::judge(const View& view, bool not_socket) {
  if (view.before == Age::closed && !not_socket) count(Wrong::answered);
  if (not_socket && view.slot.age_of(view.snapshot) == Age::current) count(Wrong::refused);
}

void RaceWorker::send_some() {
  char message[kMessageMax];
  const View to = view(SlotKind::pair);
  std::fill_n(message, kMessageMax, static_cast<char>(to.snapshot.identity));
  const int result = ::send(to.s, message, static_cast<int>(1 + random(kMessageMax)), 0);
  judge(to, is_not_socket(result));
  if (result > 0) findings_.sent_bytes += static_cast<uint64_t>(result);
}

void RaceWorker::receive_some() {
  char message[2 * kMessageMax];
  const View from = view(SlotKind::pair);
  const int result = ::recv(from.s, message, sizeof(message), 0);
  judge(from, is_not_socket(result));
  if (result <= 0) return;
  findings_.received_bytes += static_cast<uint64_t>(result);
  const auto own = static_cast<char>(from.snapshot.identity);
  if (!std::all_of(message, message + result, [own](char byte) { return byte == own; })) count(Wrong::byte);
}

void RaceWorker::accept_one() {
  const View at = view(SlotKind::listener);
  const SOCKET s = ::accept(at.s, nullptr, nullptr);
  judge(at, s == INVALID_SOCKET && ::WSAGetLastError() == WSAENOTSOCK);
  if (s == INVALID_SOCKET) return;
  ++findings_.accepted;
  if (port_of(s) != at.snapshot.identity) count(Wrong::accepted);
  close_hard(s);
  close_socket(s);
}

// Several sockets at once: one that is closed makes the whole call fail.
void RaceWorker::select_some() {
  fd_set readable{};
  std::vector<View> views;
  for (uint32_t left = 1 + random(kSelectMax); left > 0; --left) {
    views.push_back(view(random(2) == 0 ? SlotKind::quiet : SlotKind::pair));
    readable.fd_array[readable.fd_count++] = views.back().s;
  }
  const timeval at_once{0, 0};
  const bool not_socket = is_not_socket(::select(0, &readable, nullptr, nullptr, &at_once));
  ++findings_.selects;
  const bool one_closed = std::ranges::any_of(views, [](const View& one) { return one.before == Age::closed; });
  if (one_closed && !not_socket) count(Wrong::answered);
  const bool all_open =
      std::ranges::all_of(views, [](const View& one) { return one.slot.age_of(one.snapshot) == Age::current; });
  if (not_socket && all_open) count(Wrong::refused);
  for (const View& one : views) {
    if (not_socket || one.slot.kind() != SlotKind::quiet || !FD_ISSET(one.s, &readable)) continue;
    // One that is closed meanwhile may be readable.
    if (one.slot.age_of(one.snapshot) == Age::current) count(Wrong::quiet);
  }
}

// Gives the accepts something to find.
void RaceWorker::knock() {
  const View at = view(SlotKind::listener);
  const sockaddr_in name = loopback(static_cast<uint16_t>(at.snapshot.identity));
  const SOCKET s = make_socket(SOCK_STREAM);
  close_hard(s);
  set_nonblocking(s);
  ::connect(s, reinterpret_cast<const sockaddr*>(&name), sizeof(name));
  knockers_.push_back(s);
  if (knockers_.size() <= kKnockersKept) return;
  close_socket(knockers_.front());
  knockers_.pop_front();
}

void RaceWorker::replace() {
  Slot& slot = slots_.all[random(static_cast<uint32_t>(slots_.all.size()))];
  if (!slot.claim()) return;
  for (SOCKET s : slot.begin_replace()) close_socket(s);
  open_claimed(slot);
  slot.release();
  ++findings_.replaced;
}

void RaceWorker::operate() {
  const uint32_t what = random(100);
  if (what < 30) return send_some();
  if (what < 65) return receive_some();
  if (what < 77) return accept_one();
  if (what < 90) return select_some();
  if (what < 93) return knock();
  replace();
}

void RaceWorker::run(uint64_t operations) {
  for (; operations > 0; --operations) {
    operate();
    ++findings_.operations;
  }
}

}  // namespace inlet::stress
