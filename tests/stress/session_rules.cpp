#include "session_rules.h"

#include <processthreadsapi.h>

#include <cstdio>

#include "e2e/clock.h"
#include "wild_clients.h"

namespace inlet::stress {

namespace {

constexpr uint64_t kStaleTurn_ns = 300 * bench::kNsPerMs;

bool of_server(UINT event) {
  return event == INET_EVENT_ACCEPT || event == INET_EVENT_START || event == INET_EVENT_STOP ||
         event == INET_EVENT_IDLE;
}

char letter_of(UINT event) {
  switch (event) {
    case INET_EVENT_CONNECT: return 'C';
    case INET_EVENT_DISCONNECT: return 'D';
    case INET_EVENT_READ: return 'R';
    case INET_EVENT_WRITE: return 'W';
    case INET_EVENT_TIMEOUT: return 'T';
    case INET_EVENT_ERROR: return 'E';
    default: return '?';
  }
}

uint32_t id_of(const INTERNET_ADDRESS& address) {
  const BYTE* n = address.ipNumber;
  return (uint32_t{n[0]} << 24 | uint32_t{n[1]} << 16 | uint32_t{n[2]} << 8 | n[3]) - kFirstAddress;
}

}  // namespace

SessionRules::SessionRules(uint32_t first, uint32_t count, uint32_t timeout_s)
    : first_(first), count_(count), timeout_s_(timeout_s), records_(std::make_unique<SessionRecord[]>(count)) {
  for (uint32_t i = 0; i < count; ++i) records_[i].id = first + i;
}

SessionRules::Callback::Callback(SessionRules& rules, SOCKET handle, UINT event, DWORD error)
    : rules_(rules), event_(event) {
  ++rules.events_;
  if (rules.stopped_) rules.broken("an event after STOP", nullptr);
  if (!rules.started_ && event != INET_EVENT_START) rules.broken("an event before START", nullptr);
  if (of_server(event))
    rules.on_server_event(event);
  else
    begin(handle, error);
}

void SessionRules::Callback::begin(SOCKET handle, DWORD error) {
  record_ = rules_.find(handle, event_);
  if (!record_) return rules_.broken("a client without its data or its address", nullptr);
  if (record_->inside.exchange(true)) rules_.broken("two callbacks at the same time", record_);
  record_->events += letter_of(event_);
  if (event_ == INET_EVENT_CONNECT) record_->handle = handle;
  rules_.on_client_event(*record_, event_, error);
}

SessionRules::Callback::~Callback() {
  if (of_server(event_)) rules_.server_event_runs_ = false;
  if (!record_) return;
  record_->inside = false;
  if (event_ != INET_EVENT_DISCONNECT) return;
  ++rules_.disconnects_;
  --rules_.present_;
}

SessionRecord* SessionRules::find(SOCKET handle, UINT event) {
  if (event == INET_EVENT_CONNECT) return record_of_peer(handle);
  LPVOID data = nullptr;
  return InetGetClientData(handle, &data) ? static_cast<SessionRecord*>(data) : nullptr;
}

SessionRecord* SessionRules::record_of_peer(SOCKET handle) {
  INTERNET_ADDRESS address{};
  if (InetGetPeerAddress(handle, &address, nullptr) == INET_ERROR) return nullptr;
  const uint32_t id = id_of(address);
  return id >= first_ && id < first_ + count_ ? &record(id) : nullptr;
}

void SessionRules::on_server_event(UINT event) {
  if (server_event_runs_.exchange(true)) broken("two events of the server at the same time", nullptr);
  switch (event) {
    case INET_EVENT_START:
      if (started_.exchange(true)) broken("a second START", nullptr);
      return;
    case INET_EVENT_ACCEPT: return on_accept();
    case INET_EVENT_IDLE:
      ++idles_;
      if (present_ != 0) broken("IDLE while a client is there", nullptr);
      return;
    default: break;
  }
  if (present_ != 0) broken("STOP before the last DISCONNECT", nullptr);
  if (stopped_.exchange(true)) broken("a second STOP", nullptr);
}

void SessionRules::on_accept() {
  if (server_ == INVALID_SOCKET) return;  // InetServerStart has not returned yet
  SessionRecord* record = record_of_peer(server_);
  if (!record) return broken("ACCEPT without the client's address", nullptr);
  if (++record->accepts != 1) broken("a second ACCEPT", record);
}

void SessionRules::on_client_event(SessionRecord& record, UINT event, DWORD error) {
  if (record.over) broken("an event after DISCONNECT", &record);
  if (event == INET_EVENT_CONNECT) return on_connect(record);
  if (!record.connected) broken("an event before CONNECT", &record);
  if (record.threw && event != INET_EVENT_ERROR && event != INET_EVENT_DISCONNECT)
    broken("an event after an exception", &record);
  const bool ends = event == INET_EVENT_DISCONNECT || event == INET_EVENT_ERROR;
  if (record.writes == 0 && event != INET_EVENT_WRITE && !ends) broken("not WRITE after CONNECT", &record);
  check_identity(record);
  switch (event) {
    case INET_EVENT_WRITE:
      if (++record.writes > 1 && !record.was_full) broken("WRITE again without a full buffer", &record);
      return;
    case INET_EVENT_READ: ++record.reads; return;
    case INET_EVENT_TIMEOUT: return on_timeout(record, error);
    case INET_EVENT_DISCONNECT: return on_disconnect(record, error);
    case INET_EVENT_ERROR:
      if (!record.threw || record.error_seen) broken("ERROR without an exception", &record);
      record.error_seen = true;
      return;
    default: broken("an unknown event", &record);
  }
}

void SessionRules::on_connect(SessionRecord& record) {
  if (record.connected) broken("a second CONNECT", &record);
  if (server_ != INVALID_SOCKET && record.accepts != 1) broken("CONNECT without ACCEPT", &record);
  record.connected = true;
  record.number = InetGetClientId(record.handle);
  record.note_activity();
  if (!InetSetClientData(record.handle, &record)) broken("no client data", &record);
  ++connects_;
  ++present_;
  const std::scoped_lock lock(mutex_);
  if (record.number == 0 || !numbers_.insert(record.number).second) broken("a client's number twice", &record);
}

void SessionRules::check_identity(const SessionRecord& record) {
  if (InetGetClientThreadId(record.handle) != GetCurrentThreadId()) broken("another thread's callback", &record);
  if (InetGetClientId(record.handle) != record.number) broken("another number", &record);
  if (record_of_peer(record.handle) != &record) broken("another address", &record);
}

// The library notes activity with the time of the turn, which a busy machine can make old: hence the margin of our clock.
void SessionRules::on_timeout(SessionRecord& record, DWORD error) {
  if (error == ST_ERROR_OPERATION_TIMEOUT) {
    record.events.back() = 't';
    if (!record.ran_out) broken("TIMEOUT for a call that did not run out of time", &record);
    record.ran_out = false;
    return;
  }
  if (error != 0) broken("TIMEOUT with another error", &record);
  ++record.quiet_timeouts;
  const uint64_t periods = ++record.quiet_in_a_row;
  if (InetGetClientIdleTime(record.handle) < periods * timeout_s_ * 1000) broken("TIMEOUT too early", &record);
  if (bench::now_ns() - record.last_activity_ns < periods * timeout_s_ * bench::kNsPerSecond - kStaleTurn_ns)
    broken("TIMEOUT too early by our clock", &record);
}

void SessionRules::on_disconnect(SessionRecord& record, DWORD error) {
  if (record.threw && !record.error_seen) broken("an exception without ERROR", &record);
  record.over = true;
  record.reason = error;
  record.stopped = stopping_;
  BYTE byte;
  if (InetRead(record.handle, &byte, 1) != INET_ERROR) broken("a read in DISCONNECT succeeds", &record);
}

void SessionRules::check_end() {
  if (!stopped_) broken("no STOP", nullptr);
  if (connects_ != disconnects_) broken("not one DISCONNECT for each CONNECT", nullptr);
  for (uint32_t i = 0; i < count_; ++i)
    if (records_[i].connected != records_[i].over) broken("not one DISCONNECT for this CONNECT", &records_[i]);
}

void SessionRules::broken(const std::string& rule, const SessionRecord* record) {
  if (++violations_ > 20) return;
  std::printf("BROKEN: %s (client %u, events %s)\n", rule.c_str(), record ? record->id : 0,
              record ? record->events.c_str() : "");
  std::fflush(stdout);
}

}  // namespace inlet::stress
