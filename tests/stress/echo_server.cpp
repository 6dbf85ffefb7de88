#include "echo_server.h"

#include "e2e/clock.h"

namespace inlet::stress {

bool EchoServer::start(unsigned port) {
  handle_ =
      InetServerStart("127.0.0.1", port, 0, 0, 0, INET_PRIORITY_NORMAL, INET_OPTION_REUSEADDRESS | INET_OPTION_NODELAY,
                      &EchoServer::on_event, reinterpret_cast<DWORD_PTR>(this), nullptr);
  return handle_ != INVALID_SOCKET;
}

VOID CALLBACK EchoServer::on_event(SOCKET handle, UINT event, DWORD, DWORD_PTR param) {
  auto& self = *reinterpret_cast<EchoServer*>(param);
  const EventLedger::Entry entry(self.ledger_, handle, event);
  if (event == INET_EVENT_CONNECT) {
    // Client data marks those that are to block; it must still be there in every later event.
    const unsigned one_in = self.block_one_in_;
    if (one_in != 0 && self.accepted_++ % one_in == 0) InetSetClientData(handle, &self);
  }
  if (event == INET_EVENT_READ) self.on_read(handle);
}

void EchoServer::on_read(SOCKET client) {
  BYTE bytes[4096];
  const INT got = InetRead(client, bytes, sizeof bytes);
  if (got <= 0) return;
  LPVOID mark = nullptr;
  if (InetGetClientData(client, &mark) && mark != nullptr) return wait_for_more(client);
  const INT written = InetWrite(client, bytes, got);
  if (written > 0) echoed_bytes_ += static_cast<uint64_t>(written);
  if (ledger_.reads() >= stop_after_reads_) stop_from_here();
}

// The peer waits for its echo and sends nothing, so only the end of the session can end this.
void EchoServer::wait_for_more(SOCKET client) {
  BYTE more[4096];
  ++blocked_;
  const INT got = InetRead(client, more, sizeof more);
  const DWORD error = InetGetLastError();
  --blocked_;
  if (got == INET_ERROR && error == ST_ERROR_OPERATION_CANCELED) {
    ++canceled_;
  } else if (got == INET_ERROR && error == ST_ERROR_INVALID_HANDLE) {
    ++too_late_;
  } else {
    ++other_ends_;
    last_other_end_ = got == INET_ERROR ? error : static_cast<DWORD>(got);
  }
}

void EchoServer::stop_from_here() {
  if (!every_callback_stops_ && stop_begun_.exchange(true)) return;
  const uint64_t from_ns = bench::now_ns();
  ++stops_called_;
  if (InetServerStop(handle_)) ++stops_accepted_;
  const uint64_t took_ns = bench::now_ns() - from_ns;
  uint64_t slowest_ns = slowest_stop_ns_;
  while (took_ns > slowest_ns && !slowest_stop_ns_.compare_exchange_weak(slowest_ns, took_ns)) {
  }
}

}  // namespace inlet::stress
