// Taking connections: addresses, order, inheritance, the condition function.
#include <atomic>
#include <thread>

#include "cases.h"
#include "world.h"

namespace conformance {
namespace {

struct Knock {  // a listener at which one client waits
  Socket server = listener();
  Socket client = connect_to(server);
};

std::string with_length(int length, int family = AF_INET) {
  Socket server = listener(8, family);
  Socket client = connect_to(server);
  Address address;
  int size = length;
  const std::string result = made(::accept(server, address.get(), &size));
  return say({result, number(size)});
}

std::string short_length_keeps_connection() {
  Knock knock;
  Address address;
  int size = 0;
  ::accept(knock.server, address.get(), &size);
  return made(::accept(knock.server, nullptr, nullptr));
}

std::string untouched_without_length() {
  Knock knock;
  Address address;
  const std::string result = made(::accept(knock.server, address.get(), nullptr));
  return say({result, number(address.any.sa_family)});
}

std::string address_is_the_clients() {
  Knock knock;
  Address peer;
  Socket accepted(::accept(knock.server, peer.get(), &peer.size));
  return say({yes_no(peer == local_of(knock.client)), yes_no(peer_of(accepted) == peer)});
}

std::string oldest_first() {
  Socket server = listener();
  Socket one = connect_to(server);
  Socket other = connect_to(server);
  Address peer;
  Socket accepted(::accept(server, peer.get(), &peer.size));
  return yes_no(peer == local_of(one));
}

std::string woken_by_close() {
  Socket server = listener();
  const SOCKET s = server;
  std::atomic<bool> failed{false};
  std::thread waiting([&] { failed = ::accept(s, nullptr, nullptr) == INVALID_SOCKET; });
  pause_ms(30);
  server.close();
  waiting.join();
  return failed ? "fails" : "succeeds";
}

std::string waits_for_client() {
  Socket server = listener();
  const Address address = local_of(server);
  std::thread later([address] {
    pause_ms(20);
    Socket client = tcp();
    connect_at(client, address);
    pause_ms(20);
  });
  const std::string result = made(::accept(server, nullptr, nullptr));
  later.join();
  return result;
}

std::string inherits_nonblocking(u_long on) {
  Knock knock;
  nonblocking(knock.server, on);
  if (on) readable(knock.server);
  Socket accepted(::accept(knock.server, nullptr, nullptr));
  if (!accepted.valid()) return last_error();
  must(set_option(accepted, SOL_SOCKET, SO_RCVTIMEO, DWORD{30}), "SO_RCVTIMEO");
  return receive(accepted);
}

std::string accepted_is_no_listener() {
  Knock knock;
  Socket accepted(::accept(knock.server, nullptr, nullptr));
  return say({option(accepted, SOL_SOCKET, SO_ACCEPTCONN), made(::accept(accepted, nullptr, nullptr))});
}

std::string listener_goes_on() {
  Knock knock;
  Socket accepted(::accept(knock.server, nullptr, nullptr));
  Socket next = connect_to(knock.server);
  return made(::accept(knock.server, nullptr, nullptr));
}

template <class T>
std::string inherits(int level, int name, T value) {
  Socket server = tcp();
  must(set_option(server, level, name, value), "setsockopt");
  must(bind_to(server, loopback()), "bind");
  must(::listen(server, 4), "listen");
  Socket client = connect_to(server);
  Socket accepted(::accept(server, nullptr, nullptr));
  if (!accepted.valid()) return last_error();
  T got{};
  int size = sizeof(got);
  if (::getsockopt(accepted, level, name, reinterpret_cast<char*>(&got), &size) != 0) return last_error();
  return std::memcmp(&got, &value, static_cast<size_t>(size)) == 0 ? "same" : "other";
}

std::string aborted_while_queued() {
  Knock knock;
  must(set_option(knock.client, SOL_SOCKET, SO_LINGER, linger{1, 0}), "SO_LINGER");
  must(knock.client.close(), "closesocket");
  pause_ms(10);
  nonblocking(knock.server);
  Socket accepted(::accept(knock.server, nullptr, nullptr));
  // The entry may stay, be reported as reset, or be gone; a server has to live with each.
  if (accepted.valid()) return "accepted or reset";
  const int code = ::WSAGetLastError();
  return code == WSAECONNRESET || code == WSAEWOULDBLOCK ? "accepted or reset" : code_name(code);
}

// --- the condition function

struct Question {
  int answer = CF_ACCEPT;
  int asked = 0;
  DWORD_PTR context = 0;
  bool caller_is_peer = false;
  bool callee_is_local = false;
  bool extras_are_null = false;
  Address client;
  Address server;
};

// The callback's context is a number of the caller's; the question itself is found here.
thread_local Question* question = nullptr;

bool same_address(const WSABUF* buffer, const Address& address) {
  return buffer != nullptr && buffer->len >= 8 && std::memcmp(buffer->buf, &address.any, 8) == 0;
}

int CALLBACK answer(LPWSABUF caller, LPWSABUF caller_data, LPQOS sqos, LPQOS gqos, LPWSABUF callee,
                    LPWSABUF callee_data, GROUP*, DWORD_PTR context) {
  ++question->asked;
  question->context = context;
  question->caller_is_peer = same_address(caller, question->client);
  question->callee_is_local = same_address(callee, question->server);
  question->extras_are_null = caller_data == nullptr && callee_data == nullptr && sqos == nullptr && gqos == nullptr;
  return question->answer;
}

struct Asked {
  Knock knock;
  Question asked;
  std::string result;

  explicit Asked(int reply) {
    asked.answer = reply;
    asked.client = local_of(knock.client);
    asked.server = local_of(knock.server);
    question = &asked;
    result = made(::WSAAccept(knock.server, nullptr, nullptr, answer, 4711));
  }
};

std::string deferred_then_accept() {
  Asked asked(CF_DEFER);
  Address peer;
  Socket accepted(::accept(asked.knock.server, peer.get(), &peer.size));
  return say({asked.result, yes_no(accepted.valid() && peer == asked.asked.client)});
}

std::string deferred_stays_first() {
  Asked asked(CF_DEFER);
  Socket second = connect_to(asked.knock.server);
  Address peer;
  Socket accepted(::accept(asked.knock.server, peer.get(), &peer.size));
  return yes_no(accepted.valid() && peer == asked.asked.client);
}

std::string deferred_twice() {
  Asked asked(CF_DEFER);
  const std::string again = made(::WSAAccept(asked.knock.server, nullptr, nullptr, answer, 0));
  return say({asked.result, again, number(asked.asked.asked), made(::accept(asked.knock.server, nullptr, nullptr))});
}

std::string rejected_client() {
  Asked asked(CF_REJECT);
  if (!readable(asked.knock.client)) return "nothing happens";
  return receive(asked.knock.client);
}

std::string rejected_then_next() {
  Asked asked(CF_REJECT);
  Socket second = connect_to(asked.knock.server);
  return made(::accept(asked.knock.server, nullptr, nullptr));
}

std::string plain_wsaaccept() {
  Knock knock;
  Address peer;
  Socket accepted(::WSAAccept(knock.server, peer.get(), &peer.size, nullptr, 0));
  return yes_no(accepted.valid() && peer == local_of(knock.client));
}

}  // namespace

void add_accept_cases(Suite& suite) {
  suite.table(
      "accept", "accept",
      {
          {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "spi:accept",
           [] { return made(::accept(INVALID_SOCKET, nullptr, nullptr)); }},
          {"handle-0", "the handle is 0", "WSAENOTSOCK", "spi:accept",
           [] { return made(::accept(0, nullptr, nullptr)); }},
          {"closed", "the listener was closed", "WSAENOTSOCK", "spi:accept",
           [] {
             Socket s = listener();
             const SOCKET stale = s;
             s.close();
             return made(::accept(stale, nullptr, nullptr));
           }},
          {"not-listening-bound", "bound, not listening", "WSAEINVAL", "obs:test_accept",
           [] {
             Socket s = bound(tcp());
             return made(::accept(s, nullptr, nullptr));
           }},
          {"not-listening-fresh", "a fresh socket", "WSAEINVAL", "spi:accept",
           [] {
             Socket s = tcp();
             return made(::accept(s, nullptr, nullptr));
           }},
          {"connected", "a connected socket", "WSAEINVAL", "spi:accept",
           [] {
             Pair pair = connected();
             return made(::accept(pair.client, nullptr, nullptr));
           }},
          {"udp", "a datagram socket", "WSAEOPNOTSUPP", "spi:accept",
           [] {
             Socket s = bound(udp());
             return made(::accept(s, nullptr, nullptr));
           }},
          {"would-block", "nonblocking, nobody waits", "WSAEWOULDBLOCK", "spi:accept",
           [] {
             Socket s = listener();
             nonblocking(s);
             return made(::accept(s, nullptr, nullptr));
           }},
          {"length-0", "the address length is 0", "WSAEFAULT, 0", "obs:test_accept", [] { return with_length(0); }},
          {"length-15", "the address length is one short", "WSAEFAULT, 15", "spi:accept",
           [] { return with_length(15); }},
          {"length-16", "the address length is exact", "ok, 16", "spi:accept", [] { return with_length(16); }},
          {"length-28", "the address length is longer: cut to the real one", "ok, 16", "spi:accept",
           [] { return with_length(28); }},
          {"v6-length-16", "IPv6, the length of IPv4", "WSAEFAULT, 16", "spi:accept",
           [] { return with_length(16, AF_INET6); }},
          {"v6-length-28", "IPv6, exact", "ok, 28", "spi:accept", [] { return with_length(28, AF_INET6); }},
          {"short-keeps-connection", "after a too short length the connection is still there", "ok", "sheet 2.4",
           short_length_keeps_connection},
          {"null-length", "an address but no length: succeeds, address untouched", "ok, 0", "obs:test_accept",
           untouched_without_length},
          {"address", "the address is the client's, and the new socket's peer", "yes, yes", "spi:accept",
           address_is_the_clients},
          {"oldest-first", "two wait", "yes", "spi:accept", oldest_first},
          {"closed-meanwhile", "the listener is closed while a thread waits in accept", "fails", "obs:test_accept",
           woken_by_close},
          {"waits", "blocking: waits for a client", "ok", "spi:accept", waits_for_client},
          {"inherits-blocking", "a blocking listener makes blocking sockets", "WSAETIMEDOUT", "spi:accept",
           [] { return inherits_nonblocking(0); }},
          {"inherits-nonblocking", "a nonblocking listener makes nonblocking sockets", "WSAEWOULDBLOCK", "spi:accept",
           [] { return inherits_nonblocking(1); }},
          {"no-listener", "an accepted socket does not listen", "0, WSAEINVAL", "spi:accept", accepted_is_no_listener},
          {"listener-stays", "the listener goes on", "ok", "spi:accept", listener_goes_on},
          {"inherits-reuseaddr", "SO_REUSEADDR", "same", "obs:test_accept_inheritance",
           [] { return inherits(SOL_SOCKET, SO_REUSEADDR, BOOL{TRUE}); }},
          {"inherits-keepalive", "SO_KEEPALIVE", "same", "obs:test_accept_inheritance",
           [] { return inherits(SOL_SOCKET, SO_KEEPALIVE, BOOL{TRUE}); }},
          {"inherits-oobinline", "SO_OOBINLINE", "same", "obs:test_accept_inheritance",
           [] { return inherits(SOL_SOCKET, SO_OOBINLINE, BOOL{TRUE}); }},
          {"inherits-sndbuf", "SO_SNDBUF", "same", "obs:test_accept_inheritance",
           [] { return inherits(SOL_SOCKET, SO_SNDBUF, int{0x13579}); }},
          {"inherits-rcvbuf", "SO_RCVBUF", "same", "obs:test_accept_inheritance",
           [] { return inherits(SOL_SOCKET, SO_RCVBUF, int{0x2468a}); }},
          {"inherits-sndtimeo", "SO_SNDTIMEO", "same", "obs:test_accept_inheritance",
           [] { return inherits(SOL_SOCKET, SO_SNDTIMEO, DWORD{0x1234}); }},
          {"inherits-rcvtimeo", "SO_RCVTIMEO", "same", "obs:test_accept_inheritance",
           [] { return inherits(SOL_SOCKET, SO_RCVTIMEO, DWORD{0x2345}); }},
          {"inherits-linger", "SO_LINGER", "same", "obs:test_accept_inheritance",
           [] {
             return inherits(SOL_SOCKET, SO_LINGER, linger{1, 0xff});
           }},
          {"inherits-nodelay", "TCP_NODELAY", "same", "obs:test_accept_inheritance",
           [] { return inherits(IPPROTO_TCP, TCP_NODELAY, BOOL{TRUE}); }},
          {"aborted-while-queued", "the client resets before it is accepted", "accepted or reset", "sheet 3.3 Q2",
           aborted_while_queued},
      });
  suite.table(
      "WSAAccept", "WSAAccept",
      {
          {"no-condition", "no condition function: like accept", "yes", "api:WSAAccept", plain_wsaaccept},
          {"CF_ACCEPT", "the condition is CF_ACCEPT", "ok", "spi:accept", [] { return Asked(CF_ACCEPT).result; }},
          {"CF_REJECT", "the condition is CF_REJECT", "WSAECONNREFUSED", "spi:accept",
           [] { return Asked(CF_REJECT).result; }},
          {"CF_DEFER", "the condition is CF_DEFER", "WSATRY_AGAIN", "obs:test_accept",
           [] { return Asked(CF_DEFER).result; }},
          {"bad-answer", "the condition is 3", "WSAEINVAL", "sheet 3.8 C4", [] { return Asked(3).result; }},
          {"asked-once", "the condition is asked once", "1", "spi:accept",
           [] { return number(Asked(CF_ACCEPT).asked.asked); }},
          {"context", "it gets the caller's number", "4711", "spi:accept",
           [] { return number(static_cast<long long>(Asked(CF_ACCEPT).asked.context)); }},
          {"caller-id", "lpCallerId is the peer's address", "yes", "spi:accept",
           [] { return yes_no(Asked(CF_ACCEPT).asked.caller_is_peer); }},
          {"callee-id", "lpCalleeId is the local address", "yes", "spi:accept",
           [] { return yes_no(Asked(CF_ACCEPT).asked.callee_is_local); }},
          {"extras", "data and QOS pointers are NULL", "yes", "sheet 2.4",
           [] { return yes_no(Asked(CF_ACCEPT).asked.extras_are_null); }},
          {"deferred-accept", "a plain accept takes the deferred connection", "WSATRY_AGAIN, yes", "obs:test_accept",
           deferred_then_accept},
          {"deferred-first", "the deferred connection stays the first", "yes", "spi:accept", deferred_stays_first},
          {"deferred-twice", "it can be deferred again", "WSATRY_AGAIN, WSATRY_AGAIN, 2, ok", "spi:accept",
           deferred_twice},
          {"rejected-client", "a rejected client sees a reset", "WSAECONNRESET", "sheet 3.8 C2", rejected_client},
          {"rejected-next", "after a rejection the listener goes on", "ok", "spi:accept", rejected_then_next},
          {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "spi:accept",
           [] { return made(::WSAAccept(INVALID_SOCKET, nullptr, nullptr, nullptr, 0)); }},
          {"not-listening", "bound, not listening", "WSAEINVAL", "spi:accept",
           [] {
             Socket s = bound(tcp());
             return made(::WSAAccept(s, nullptr, nullptr, nullptr, 0));
           }},
          {"would-block", "nonblocking, nobody waits", "WSAEWOULDBLOCK", "spi:accept",
           [] {
             Socket s = listener();
             nonblocking(s);
             return made(::WSAAccept(s, nullptr, nullptr, nullptr, 0));
           }},
      });
}

}  // namespace conformance
