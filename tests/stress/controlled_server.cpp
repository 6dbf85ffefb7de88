#include "controlled_server.h"

#include <algorithm>
#include <cstring>

#include "e2e/clock.h"
#include "steady_clients.h"

namespace inlet::stress {

ControlledServer::ControlledServer(uint16_t port, uint64_t seed, unsigned controls_inside)
    : controls_inside_(controls_inside), random_(seed) {
  handle_ = InetServerStart("127.0.0.1", port, 0, 0, 5, INET_PRIORITY_NORMAL, INET_OPTION_REUSEADDRESS,
                            &ControlledServer::on_event, reinterpret_cast<DWORD_PTR>(this), nullptr);
}

VOID CALLBACK ControlledServer::on_event(SOCKET handle, UINT event, DWORD, DWORD_PTR parameter) {
  auto& self = *reinterpret_cast<ControlledServer*>(parameter);
  const EventLedger::Entry entry(self.ledger_, handle, event);
  if (event == INET_EVENT_ACCEPT) {
    ++self.accepts_;
    if (self.dice() % 50 == 0 && InetReject(handle) == 0) ++self.rejects_;
  }
  if (event == INET_EVENT_READ) self.on_read(handle);
}

void ControlledServer::on_read(SOCKET client) {
  BYTE bytes[512];
  const INT got = InetRead(client, bytes, sizeof bytes);
  if (got > 0) InetWrite(client, bytes, got);
  if (controls_inside_ == 0 || handle_ == INVALID_SOCKET) return;
  const uint64_t thrown = dice();
  if (thrown % controls_inside_ != 0) return;
  std::mt19937_64 random(thrown);
  use(static_cast<Control>(random() % kControls), random);
}

uint64_t ControlledServer::dice() {
  const std::scoped_lock lock(mutex_);
  return random_();
}

// Before the stop every control works; from then on the handle may be dead, or the server in no state for it.
void ControlledServer::note(bool answer, const char* call, bool may_fail) {
  if (answer || may_fail) return;
  const DWORD error = InetGetLastError();
  if (stopping_ &&
      (error == ST_ERROR_INVALID_HANDLE || error == ST_ERROR_INVALID_STATE || error == ST_ERROR_NOT_HANDLE_OWNER))
    return;
  char text[100];
  std::snprintf(text, sizeof text, "%s fails with %x", call, error);
  const std::scoped_lock lock(mutex_);
  if (std::find(wrong_.begin(), wrong_.end(), text) == wrong_.end()) wrong_.push_back(text);
}

std::vector<std::string> ControlledServer::wrong_answers() {
  const std::scoped_lock lock(mutex_);
  return wrong_;
}

void ControlledServer::use(Control control, std::mt19937_64& random) {
  const auto limit = [&random](unsigned most) -> UINT { return random() % 3 == 0 ? 0 : 1 + random() % most; };
  switch (control) {
    case Control::suspend: return note(InetServerSuspend(handle_), "suspend");
    case Control::suspend_and_disconnect:
      return note(InetServerSuspendEx(handle_, INET_SUSPEND_DISCONNECT), "suspend and disconnect");
    case Control::resume: return note(InetServerResume(handle_), "resume");
    case Control::throttle: return note(InetServerThrottle(handle_, limit(20), limit(8), random() % 3), "throttle");
    case Control::restart: return note(InetServerRestart(handle_), "restart");
    case Control::lock: return lock(random);
    case Control::broadcast: return broadcast();
    case Control::priority:
      return note(InetSetServerPriority(handle_, static_cast<INT>(random() % 5)) != INET_PRIORITY_INVALID, "priority");
    case Control::enumerate: return enumerate(false, random);
    case Control::disconnect: return enumerate(true, random);
    case Control::ask: return ask(random);
  }
}

void ControlledServer::lock(std::mt19937_64& random) {
  const bool locked = InetServerLock(handle_);
  note(locked, "lock");
  if (!locked) return;
  const auto inside = static_cast<Control>(random() % kControls);
  if (inside == Control::lock)
    bench::sleep_ms(random() % 3);
  else
    use(inside, random);
  note(InetServerUnlock(handle_), "unlock");
}

void ControlledServer::broadcast() {
  BYTE bytes[40];
  std::memset(bytes, kBroadcastByte, sizeof bytes);
  note(InetServerBroadcast(handle_, bytes, sizeof bytes) != INET_ERROR, "broadcast");
}

void ControlledServer::enumerate(bool disconnect, std::mt19937_64& random) {
  SOCKET clients[64];
  const INT count = InetEnumServerClients(handle_, clients, 64);
  note(count != INET_ERROR, "enumerate");
  if (!disconnect || count <= 0) return;
  // Each may have gone since.
  InetDisconnect(clients[random() % static_cast<uint64_t>(count)]);
}

// What is asked about a client may fail, because it may go meanwhile; so may the address, while a restart has no listener.
void ControlledServer::ask(std::mt19937_64& random) {
  INTERNET_ADDRESS address;
  UINT port = 0;
  note(InetGetServerAddress(handle_, &address, &port) == 0, "address", true);
  note(InetGetServerStatus(handle_) != INET_ERROR, "status");
  note(InetGetServerThreadId(handle_) != 0, "thread");
  note(InetSetServerTimeout(handle_, 5) == 0, "timeout");
  SOCKET client = INVALID_SOCKET;
  if (InetEnumServerClients(handle_, &client, 1) == 0 || client == INVALID_SOCKET) return;
  const std::string moniker = "client " + std::to_string(random() % 20);
  InetSetClientMonikerA(client, moniker.c_str());
  InetFindClientMonikerA(handle_, moniker.c_str());
  InetGetClientHandle(handle_, InetGetClientId(client));
  InetGetClientIdleTime(client);
  InetGetClientThreadId(client);
  InetSetClientPriority(client, static_cast<INT>(random() % 5));
}

void ControlledServer::open_all() {
  note(InetServerThrottle(handle_, 0, 0, 0), "throttle");
  note(InetServerResume(handle_), "resume");
}

}  // namespace inlet::stress
