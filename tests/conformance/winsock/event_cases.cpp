// WSAEventSelect and WSAEnumNetworkEvents: the errors, and the rules E1 to E21 of what is recorded when.
#include <vector>

#include "cases.h"
#include "world.h"

namespace conformance {
namespace {

constexpr long kEverything = FD_READ | FD_WRITE | FD_OOB | FD_ACCEPT | FD_CONNECT | FD_CLOSE;

// An event object and what it saw of one socket.
class Watch {
 public:
  Watch() : event_(::WSACreateEvent()) {}
  ~Watch() { ::WSACloseEvent(event_); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  WSAEVENT event() const { return event_; }
  void select(SOCKET s, long mask = kEverything) { must(::WSAEventSelect(s, event_, mask), "WSAEventSelect"); }
  bool signalled(int timeout_ms = 0) const {
    return ::WSAWaitForMultipleEvents(1, &event_, FALSE, static_cast<DWORD>(timeout_ms), FALSE) == WSA_WAIT_EVENT_0;
  }
  // Waits for a signal, then asks what it was: "READ CLOSE(WSAECONNABORTED)", "-" for no signal within the time.
  std::string next(SOCKET s, int timeout_ms = 2000) {
    if (!signalled(timeout_ms)) return "-";
    return enumerate(s);
  }
  // Nothing more may come: gives it 25 ms to prove us wrong.
  std::string nothing(SOCKET s) { return next(s, 25); }
  // All that comes within a moment, one after the other, together.
  std::string settled(SOCKET s, int timeout_ms = 2000) {
    long seen = 0;
    WSANETWORKEVENTS all{};
    for (int wait = timeout_ms; signalled(wait); wait = 25) {
      WSANETWORKEVENTS now{};
      must(::WSAEnumNetworkEvents(s, event_, &now), "WSAEnumNetworkEvents");
      seen |= now.lNetworkEvents;
      for (int bit = 0; bit < FD_MAX_EVENTS; ++bit)
        if ((now.lNetworkEvents & 1 << bit) != 0) all.iErrorCode[bit] = now.iErrorCode[bit];
    }
    all.lNetworkEvents = seen;
    return text(all);
  }
  std::string enumerate(SOCKET s) {
    WSANETWORKEVENTS events{};
    if (::WSAEnumNetworkEvents(s, event_, &events) != 0) return last_error();
    return text(events);
  }

  static std::string text(const WSANETWORKEVENTS& events) {
    static constexpr const char* kNames[] = {"READ", "WRITE", "OOB", "ACCEPT", "CONNECT", "CLOSE"};
    std::string result;
    for (int bit = 0; bit < 6; ++bit) {
      if ((events.lNetworkEvents & 1 << bit) == 0) continue;
      result += (result.empty() ? "" : " ") + std::string(kNames[bit]);
      if (events.iErrorCode[bit] != 0) result += "(" + code_name(events.iErrorCode[bit]) + ")";
    }
    return result.empty() ? "none" : result;
  }

 private:
  WSAEVENT event_;
};

// A connected pair whose client is watched; its first FD_WRITE has been taken.
struct Watched {
  Pair pair = connected();
  Watch watch;

  Watched() {
    watch.select(pair.client);
    watch.settled(pair.client);
  }
  SOCKET client() const { return pair.client; }
  SOCKET server() const { return pair.server; }
};

struct Listening {
  Socket server = listener();
  Watch watch;
  std::vector<Socket> clients;

  explicit Listening(long mask = FD_ACCEPT) { watch.select(server, mask); }
  void knock() { clients.push_back(connect_to(server)); }
  Socket take() {
    Socket s(::accept(server, nullptr, nullptr));
    if (!s.valid()) throw SetupFailed("accept: " + last_error());
    return s;
  }
};

std::string select_code(SOCKET s, bool with_event, long mask) {
  Watch watch;
  return outcome(::WSAEventSelect(s, with_event ? watch.event() : nullptr, mask));
}

// --- E1 to E8: listeners

std::string e1() {
  Listening at;
  at.knock();
  const std::string first = at.watch.next(at.server);
  return say({first, at.watch.nothing(at.server)});
}

std::string e2() {
  Listening at;
  at.knock();
  const std::string first = at.watch.next(at.server);
  at.knock();
  return say({first, at.watch.next(at.server)});
}

std::string e3() {
  Listening at;
  at.knock();
  at.knock();
  at.watch.settled(at.server);
  Socket taken = at.take();
  const std::string more = at.watch.next(at.server);
  Socket last = at.take();
  return say({more, at.watch.nothing(at.server)});
}

std::string e4() {
  Listening at;
  at.knock();
  const std::string first = at.watch.next(at.server);
  at.watch.select(at.server, FD_ACCEPT);
  return say({first, at.watch.nothing(at.server)});
}

std::string e5(bool accept_first) {
  Socket server = listener();
  Socket client = connect_to(server);
  if (!readable(server)) return "lost";
  Socket accepted;
  if (accept_first) accepted = Socket(::accept(server, nullptr, nullptr));
  Watch watch;
  watch.select(server, FD_ACCEPT);
  return accept_first ? watch.nothing(server) : watch.next(server);
}

std::string e6_stays_signalled() {
  Listening at;
  at.knock();
  if (!at.watch.signalled(2000)) return "lost";
  at.watch.select(at.server, FD_CLOSE);
  return yes_no(at.watch.signalled());
}

std::string e6_signals_again() {
  Listening at;
  at.knock();
  if (!at.watch.signalled(2000)) return "lost";
  at.watch.select(at.server, FD_CLOSE);
  ::WSAResetEvent(at.watch.event());
  at.watch.select(at.server, FD_ACCEPT);
  return at.watch.next(at.server);
}

std::string e7() {
  Listening at(FD_ACCEPT | FD_READ | FD_WRITE | FD_CLOSE);
  at.knock();
  at.watch.settled(at.server);
  Socket accepted = at.take();
  return at.watch.settled(accepted);
}

std::string e7_reads_too() {
  Listening at(FD_ACCEPT | FD_READ | FD_WRITE | FD_CLOSE);
  at.knock();
  at.watch.settled(at.server);
  Socket accepted = at.take();
  at.watch.settled(accepted);
  must(send_text(at.clients[0], "x"), "send");
  return at.watch.settled(accepted);
}

std::string deferred_is_silent() {
  Listening at;
  at.knock();
  at.watch.settled(at.server);
  auto defer = [](LPWSABUF, LPWSABUF, LPQOS, LPQOS, LPWSABUF, LPWSABUF, GROUP*, DWORD_PTR) -> int { return CF_DEFER; };
  struct Condition {
    static int CALLBACK run(LPWSABUF, LPWSABUF, LPQOS, LPQOS, LPWSABUF, LPWSABUF, GROUP*, DWORD_PTR) {
      return CF_DEFER;
    }
  };
  (void)defer;
  const std::string code = made(::WSAAccept(at.server, nullptr, nullptr, &Condition::run, 0));
  return say({code, at.watch.nothing(at.server)});
}

// --- E9, E10: connecting

std::string e9() {
  Socket server = listener();
  Socket client = tcp();
  Watch watch;
  watch.select(client);
  const std::string code = outcome(connect_at(client, local_of(server)));
  return say({code, watch.settled(client)});
}

std::string e9_refused() {
  Socket client = tcp();
  Watch watch;
  watch.select(client);
  connect_at(client, closed_port());
  return watch.settled(client, 4000);
}

std::string e10() {
  Pair pair = connected();
  Watch watch;
  watch.select(pair.client, FD_CONNECT | FD_WRITE);
  return watch.settled(pair.client);
}

std::string e10_again() {
  Pair pair = connected();
  Watch watch;
  watch.select(pair.client, FD_CONNECT | FD_WRITE);
  watch.settled(pair.client);
  watch.select(pair.client, FD_CONNECT | FD_WRITE);
  return watch.nothing(pair.client);
}

// --- E11: writing

std::string e11(bool datagram) {
  Pair pair = datagram ? connected_udp() : connected();
  Watch watch;
  watch.select(pair.client, FD_WRITE);
  const std::string first = watch.next(pair.client);
  must(send_text(pair.client, "x"), "send");
  return say({first, watch.nothing(pair.client)});
}

std::string e11_after_would_block() {
  Pair pair = connected();
  Watch watch;
  watch.select(pair.client, FD_WRITE);
  watch.next(pair.client);
  std::string block(1 << 20, 'x');
  while (::send(pair.client, block.data(), static_cast<int>(block.size()), 0) > 0) {
  }
  const std::string code = last_error();
  const std::string full = watch.nothing(pair.client);
  nonblocking(pair.server);
  std::string room(1 << 20, ' ');
  std::string event = "-";
  for (int i = 0; i < 2000 && event == "-"; ++i) {
    while (::recv(pair.server, room.data(), static_cast<int>(room.size()), 0) > 0) {
    }
    event = watch.next(pair.client, 2);
  }
  return say({code, full, event});
}

// --- E12 to E15: reading

std::string e12() {
  Watched at;
  must(send_text(at.server(), "a"), "send");
  const std::string first = at.watch.next(at.client());
  return say({first, at.watch.nothing(at.client())});
}

std::string e12_further_arrival() {
  Watched at;
  must(send_text(at.server(), "a"), "send");
  const std::string first = at.watch.next(at.client());
  must(send_text(at.server(), "b"), "send");
  return say({first, at.watch.next(at.client())});
}

std::string e12_data_left() {
  Watched at;
  must(send_text(at.server(), "ab"), "send");
  const std::string first = at.watch.next(at.client());
  receive(at.client(), 1);
  const std::string second = at.watch.next(at.client());
  receive(at.client(), 1);
  return say({first, second, at.watch.nothing(at.client())});
}

std::string e13() {
  Watched at;
  must(send_text(at.server(), "a"), "send");
  const std::string first = at.watch.next(at.client());
  char byte;
  const std::string code = outcome(::recv(at.client(), &byte, -1, 0));
  return say({first, code, at.watch.nothing(at.client())});
}

std::string e14() {
  Watched at;
  char room[8];
  WSABUF buffer{sizeof(room), room};
  WSAOVERLAPPED overlapped{};
  Watch done;
  overlapped.hEvent = done.event();
  DWORD got = 0;
  DWORD flags = 0;
  const std::string code = outcome(::WSARecv(at.client(), &buffer, 1, &got, &flags, &overlapped, nullptr));
  must(send_text(at.server(), "abc"), "send");
  const std::string finished = yes_no(done.signalled(2000));
  return say({code, finished, at.watch.nothing(at.client())});
}

std::string e15_remembered() {
  Watched at;
  at.watch.select(at.client(), FD_CLOSE);
  must(send_text(at.server(), "a"), "send");
  readable(at.client());
  const std::string before = at.watch.nothing(at.client());
  at.watch.select(at.client(), FD_READ | FD_CLOSE);
  return say({before, at.watch.next(at.client())});
}

// --- E16 to E18: the end

std::string e16(bool close) {
  Watched at;
  if (close)
    at.pair.server.close();
  else
    must(::shutdown(at.server(), SD_SEND), "shutdown");
  const std::string first = at.watch.settled(at.client());
  return say({first, at.watch.nothing(at.client())});
}

std::string e16_unread() {
  Watched at;
  must(send_text(at.server(), "ab"), "send");
  must(::shutdown(at.server(), SD_SEND), "shutdown");
  const std::string first = at.watch.settled(at.client());
  receive(at.client(), 1);
  const std::string second = at.watch.next(at.client());
  receive(at.client(), 1);
  return say({first, second, at.watch.nothing(at.client())});
}

std::string e17() {
  Watched at;
  must(::shutdown(at.client(), SD_BOTH), "shutdown");
  return at.watch.nothing(at.client());
}

std::string e18() {
  Watched at;
  must(set_option(at.server(), SOL_SOCKET, SO_LINGER, linger{1, 0}), "SO_LINGER");
  at.pair.server.close();
  return at.watch.settled(at.client());
}

// --- E19 to E21

std::string e19(bool in_line) {
  Watched at;
  if (in_line) must(set_option(at.client(), SOL_SOCKET, SO_OOBINLINE, BOOL{TRUE}), "SO_OOBINLINE");
  must(::send(at.server(), "u", 1, MSG_OOB), "send");
  return at.watch.settled(at.client());
}

std::string e20() {
  Socket s = bound(tcp());
  Watch watch;
  watch.select(s);
  WSANETWORKEVENTS events;
  std::memset(&events, 0x5a, sizeof(events));
  must(::WSAEnumNetworkEvents(s, watch.event(), &events), "WSAEnumNetworkEvents");
  bool untouched = true;
  for (int code : events.iErrorCode) untouched = untouched && code == 0x5a5a5a5a;
  return say({number(events.lNetworkEvents), yes_no(untouched)});
}

std::string e21() {
  Watched at;
  at.pair.client.close();
  return yes_no(at.watch.signalled(25));
}

std::string enumerate_clears() {
  Watched at;
  must(send_text(at.server(), "a"), "send");
  if (!at.watch.signalled(2000)) return "lost";
  const std::string first = at.watch.enumerate(at.client());
  const std::string signalled = yes_no(at.watch.signalled());
  return say({first, signalled, at.watch.enumerate(at.client())});
}

std::string enumerate_without_event() {
  Watched at;
  must(send_text(at.server(), "a"), "send");
  if (!at.watch.signalled(2000)) return "lost";
  WSANETWORKEVENTS events{};
  must(::WSAEnumNetworkEvents(at.client(), nullptr, &events), "WSAEnumNetworkEvents");
  return say({Watch::text(events), yes_no(at.watch.signalled())});
}

std::string makes_nonblocking(long mask) {
  Pair pair = connected();
  Watch watch;
  must(::WSAEventSelect(pair.client, mask == 0 ? nullptr : watch.event(), mask), "WSAEventSelect");
  return receive(pair.client);
}

std::string fionbio_zero(bool cancelled) {
  Pair pair = connected();
  Watch watch;
  watch.select(pair.client, FD_READ);
  if (cancelled) must(::WSAEventSelect(pair.client, nullptr, 0), "WSAEventSelect");
  u_long off = 0;
  return outcome(::ioctlsocket(pair.client, FIONBIO, &off));
}

std::string cancelled_is_silent() {
  Watched at;
  must(::WSAEventSelect(at.client(), nullptr, 0), "WSAEventSelect");
  must(send_text(at.server(), "a"), "send");
  readable(at.client());
  return yes_no(at.watch.signalled(20));
}

std::string replaced_event() {
  Watched at;
  Watch other;
  other.select(at.client(), FD_READ);
  must(send_text(at.server(), "a"), "send");
  const std::string event = other.next(at.client());
  return say({event, yes_no(at.watch.signalled())});
}

std::string two_sockets_one_event() {
  Pair one = connected();
  Pair other = connected();
  Watch watch;
  watch.select(one.client, FD_READ);
  watch.select(other.client, FD_READ);
  must(send_text(other.server, "x"), "send");
  if (!watch.signalled(2000)) return "lost";
  WSANETWORKEVENTS first{};
  WSANETWORKEVENTS second{};
  must(::WSAEnumNetworkEvents(one.client, nullptr, &first), "WSAEnumNetworkEvents");
  must(::WSAEnumNetworkEvents(other.client, nullptr, &second), "WSAEnumNetworkEvents");
  return say({Watch::text(first), Watch::text(second)});
}

std::string udp_read() {
  Pair pair = connected_udp();
  Watch watch;
  watch.select(pair.server, FD_READ | FD_WRITE);
  watch.settled(pair.server);
  must(send_text(pair.client, "x"), "send");
  return watch.next(pair.server);
}

std::string select_does_not_consume() {
  Watched at;
  must(send_text(at.server(), "a"), "send");
  if (!at.watch.signalled(2000)) return "lost";
  readable(at.client());
  return at.watch.enumerate(at.client());
}

}  // namespace

void add_event_cases(Suite& suite) {
  suite.table(
      "WSAEventSelect", "WSAEventSelect",
      {
          {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "spi:eventselect",
           [] { return select_code(INVALID_SOCKET, true, FD_READ); }},
          {"null-event", "events but no event object", "WSAEINVAL", "spi:eventselect",
           [] {
             Socket s = tcp();
             return select_code(s, false, FD_READ);
           }},
          {"null-event-0", "no events, no event object", "0", "spi:eventselect",
           [] {
             Socket s = tcp();
             return select_code(s, false, 0);
           }},
          {"nonblocking", "makes the socket nonblocking", "WSAEWOULDBLOCK", "spi:eventselect",
           [] { return makes_nonblocking(FD_READ); }},
          {"nonblocking-0", "even with mask 0", "WSAEWOULDBLOCK", "sheet 2.13", [] { return makes_nonblocking(0); }},
          {"fionbio-0", "FIONBIO 0 while events are selected", "WSAEINVAL", "spi:eventselect",
           [] { return fionbio_zero(false); }},
          {"fionbio-0-cancelled", "FIONBIO 0 after the selection was cancelled", "0", "spi:eventselect",
           [] { return fionbio_zero(true); }},
          {"cancelled", "a cancelled selection is silent", "no", "spi:eventselect", cancelled_is_silent},
          {"replaced", "a second selection replaces the first", "READ, no", "spi:eventselect", replaced_event},
          {"shared-event", "two sockets share an event object", "none, READ", "spi:eventselect", two_sockets_one_event},
          {"udp-read", "a datagram arrives", "READ", "api:WSAEventSelect", udp_read},
          {"select-neutral", "select does not consume what was recorded", "READ",
           "obs:test_select_after_WSAEventSelect", select_does_not_consume},
          {"deferred", "FD_ACCEPT is silent after CF_DEFER", "WSATRY_AGAIN, -", "spi:accept", deferred_is_silent},
      });
  suite.table("WSAEnumNetworkEvents", "WSAEnumNetworkEvents",
              {
                  {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "spi:enumnetworkevents",
                   [] {
                     WSANETWORKEVENTS events;
                     return outcome(::WSAEnumNetworkEvents(INVALID_SOCKET, nullptr, &events));
                   }},
                  {"null-structure", "lpNetworkEvents is NULL", "WSAEFAULT", "spi:enumnetworkevents",
                   [] {
                     Socket s = tcp();
                     return outcome(::WSAEnumNetworkEvents(s, nullptr, nullptr));
                   }},
                  {"clears", "clears the record and resets the event", "READ, no, none", "spi:enumnetworkevents",
                   enumerate_clears},
                  {"no-event", "without an event object none is reset", "READ, yes", "spi:enumnetworkevents",
                   enumerate_without_event},
                  {"never-selected", "a socket without a selection", "0, none", "spi:enumnetworkevents",
                   [] {
                     Socket s = tcp();
                     WSANETWORKEVENTS events{};
                     const std::string code = outcome(::WSAEnumNetworkEvents(s, nullptr, &events));
                     return say({code, Watch::text(events)});
                   }},
              });
  constexpr const char* kSource = "sheet 5.9 obs:test_events";
  suite.table(
      "event", "WSAEventSelect",
      {
          {"E1", "a client knocks: FD_ACCEPT once", "ACCEPT, -", kSource, e1},
          {"E2", "a second client knocks before accept: again", "ACCEPT, ACCEPT", kSource, e2},
          {"E3", "accept while more wait: again; then no more", "ACCEPT, -", kSource, e3},
          {"E4", "selecting again after the event was taken: not repeated", "ACCEPT, -", kSource, e4},
          {"E5", "the client came before the selection", "ACCEPT", kSource, [] { return e5(false); }},
          {"E5-accepted", "and was accepted before", "-", kSource, [] { return e5(true); }},
          {"E6", "the mask is narrowed: the event object stays signalled", "yes", kSource, e6_stays_signalled},
          {"E6-again", "and is signalled again when the bit returns, never enumerated", "ACCEPT", kSource,
           e6_signals_again},
          {"E7", "an accepted socket inherits the selection and is writable", "WRITE", kSource, e7},
          {"E7-read", "and data for it is told", "READ", kSource, e7_reads_too},
          {"E9", "a connect completes", "WSAEWOULDBLOCK, WRITE CONNECT", kSource, e9},
          {"E9-refused", "a connect is refused", "CONNECT(WSAECONNREFUSED)", kSource, e9_refused},
          {"E10", "selecting on a connected socket", "WRITE CONNECT", kSource, e10},
          {"E10-again", "selecting again gives nothing", "-", kSource, e10_again},
          {"E11", "FD_WRITE once; a send does not bring it again", "WRITE, -", kSource, [] { return e11(false); }},
          {"E11-udp", "the same on a datagram socket", "WRITE, -", kSource, [] { return e11(true); }},
          {"E11-would-block", "after WSAEWOULDBLOCK it comes when there is room", "WSAEWOULDBLOCK, -, WRITE", kSource,
           e11_after_would_block},
          {"E12", "data arrives: FD_READ once", "READ, -", kSource, e12},
          {"E12-arrival", "more data arrives: again without a recv", "READ, READ", kSource, e12_further_arrival},
          {"E12-left", "a recv leaves data: again; then no more", "READ, READ, -", kSource, e12_data_left},
          {"E13", "a recv that fails brings nothing", "READ, WSAEFAULT, -", kSource, e13},
          {"E14", "a pending WSARecv takes the data: no FD_READ", "WSA_IO_PENDING, yes, -", kSource, e14},
          {"E15", "what was not selected is remembered", "-, READ", kSource, e15_remembered},
          {"E16", "the peer finishes: FD_CLOSE once", "CLOSE, -", kSource, [] { return e16(false); }},
          {"E16-closes", "the peer closes: FD_CLOSE once", "CLOSE, -", kSource, [] { return e16(true); }},
          {"E16-unread", "with unread data: FD_CLOSE at once, FD_READ for the rest, no second FD_CLOSE",
           "READ CLOSE, READ, -", kSource, e16_unread},
          {"E17", "the own shutdown tells nothing", "-", kSource, e17},
          {"E18", "the peer resets", "CLOSE(WSAECONNABORTED)", kSource, e18},
          {"E19", "urgent data", "OOB", kSource, [] { return e19(false); }},
          {"E19-inline", "urgent data, inline", "READ", kSource, [] { return e19(true); }},
          {"E20", "an unconnected socket has no events; error codes are untouched", "0, yes", kSource, e20},
          {"E21", "closing signals nothing", "no", kSource, e21},
      });
}

}  // namespace conformance
