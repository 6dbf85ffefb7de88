// Listening: its errors, the backlog, and what a listener can and cannot do.
#include <climits>
#include <vector>

#include "cases.h"
#include "world.h"

namespace conformance {
namespace {

std::string listen_bound(int backlog) {
  Socket s = bound(tcp());
  return outcome(::listen(s, backlog));
}

std::string after_failed_bind() {
  Socket s = tcp();
  bind_to(s, v4_address(0xc0000201));
  return outcome(::listen(s, 1));
}

std::string on_connecting() {
  Silence silence;
  Socket s = silence.connecting(bound(tcp()));
  return outcome(::listen(s, 1));
}

std::string after_failed_connect() {
  Socket s = bound(tcp());
  const std::string connect_result = outcome(connect_at(s, closed_port()));
  const std::string listen_result = outcome(::listen(s, 4));
  Socket client = tcp();
  const std::string client_result = outcome(connect_at(client, local_of(s)));
  return say({connect_result, listen_result, client_result, made(::accept(s, nullptr, nullptr))});
}

std::string accepting_flag() {
  Socket s = bound(tcp());
  const std::string before = option(s, SOL_SOCKET, SO_ACCEPTCONN);
  must(::listen(s, 1), "listen");
  return say({before, option(s, SOL_SOCKET, SO_ACCEPTCONN)});
}

std::string second_wild_listener() {
  Socket one = tcp();
  Socket other = tcp();
  must(set_option(one, SOL_SOCKET, SO_REUSEADDR, BOOL{TRUE}), "SO_REUSEADDR");
  must(set_option(other, SOL_SOCKET, SO_REUSEADDR, BOOL{TRUE}), "SO_REUSEADDR");
  must(bind_to(one, wildcard()), "bind");
  must(bind_to(other, wildcard(AF_INET, local_of(one).port())), "bind");
  must(::listen(one, 1), "listen");
  return outcome(::listen(other, 1));
}

// --- the queue

// Not in every header.
constexpr int kPauseAccept = 0x3003;

// How many of `clients`, one after the other, are let in, and what the rest is told.
std::string knock(SOCKET server, int clients, std::vector<Socket>* connected_clients) {
  const Address address = local_of(server);
  int in = 0;
  std::string refused;
  for (int i = 0; i < clients; ++i) {
    Socket client = tcp(address.any.sa_family);
    if (connect_at(client, address) == 0) {
      ++in;
      connected_clients->push_back(std::move(client));
    } else {
      refused = last_error();
    }
  }
  return number(in) + (refused.empty() ? "" : " " + refused);
}

std::string backlog_of(int family, int backlog, int clients) {
  Socket server = listener(backlog, family);
  std::vector<Socket> in;
  return knock(server, clients, &in);
}

std::string dual_stack_backlog() {
  Socket server = tcp(AF_INET6);
  must(set_option(server, IPPROTO_IPV6, IPV6_V6ONLY, DWORD{0}), "IPV6_V6ONLY");
  must(bind_to(server, wildcard(AF_INET6)), "bind");
  must(::listen(server, 3), "listen");
  const u_short port = local_of(server).port();
  int in = 0;
  std::vector<Socket> clients;
  for (int i = 0; i < 5; ++i) {
    const int family = i % 2 == 0 ? AF_INET : AF_INET6;
    clients.push_back(tcp(family));
    if (connect_at(clients.back(), loopback(family, port)) == 0) ++in;
  }
  return number(in);
}

std::string one_accept_one_more() {
  Socket server = listener(2);
  std::vector<Socket> in;
  const std::string full = knock(server, 3, &in);
  Socket accepted(::accept(server, nullptr, nullptr));
  return say({full, knock(server, 2, &in)});
}

std::string raised() {
  Socket server = listener(2);
  std::vector<Socket> in;
  const std::string full = knock(server, 3, &in);
  must(::listen(server, 4), "listen");
  return say({full, knock(server, 3, &in)});
}

// The queue shrinks from 5 to 2: who is still there?
std::string trimmed() {
  Socket server = listener(5);
  std::vector<Socket> in;
  knock(server, 5, &in);
  must(::listen(server, 2), "listen");
  std::string fates;
  for (Socket& client : in) {
    if (!readable(client, 50))
      fates += "waits ";
    else
      fates += receive(client) + " ";
  }
  return fates;
}

std::string trimmed_order() {
  Socket server = listener(5);
  std::vector<Socket> in;
  knock(server, 5, &in);
  must(::listen(server, 2), "listen");
  std::string order;
  for (int i = 0; i < 2; ++i) {
    Address peer;
    Socket accepted(::accept(server, peer.get(), &peer.size));
    if (!accepted.valid()) return last_error();
    for (size_t k = 0; k < in.size(); ++k)
      if (local_of(in[k]) == peer) order += number(static_cast<long long>(k));
  }
  nonblocking(server);
  return say({order, made(::accept(server, nullptr, nullptr))});
}

std::string full_stays_listening() {
  Socket server = listener(1);
  std::vector<Socket> in;
  knock(server, 3, &in);
  return say({option(server, SOL_SOCKET, SO_ACCEPTCONN), yes_no(readable(server, 0))});
}

std::string port_kept_after_full() {
  Socket server = listener(1);
  const Address before = local_of(server);
  std::vector<Socket> in;
  knock(server, 3, &in);
  Socket accepted(::accept(server, nullptr, nullptr));
  return say({yes_no(local_of(server) == before), knock(server, 1, &in)});
}

std::string pause_accept() {
  Socket server = listener(4);
  if (set_option(server, SOL_SOCKET, kPauseAccept, DWORD{1}) != 0) return last_error();
  std::vector<Socket> in;
  const std::string paused = knock(server, 1, &in);
  must(set_option(server, SOL_SOCKET, kPauseAccept, DWORD{0}), "SO_PAUSE_ACCEPT");
  return say({paused, knock(server, 1, &in)});
}

std::string on_listener(std::string (*call)(SOCKET)) {
  Socket s = listener();
  return call(s);
}

std::string closing_resets_queue() {
  Socket server = listener();
  Socket client = connect_to(server);
  must(server.close(), "closesocket");
  if (!readable(client)) return "nothing happens";
  return receive(client);
}

std::string closing_spares_accepted() {
  Socket server = listener();
  Socket client = connect_to(server);
  Socket accepted(::accept(server, nullptr, nullptr));
  must(server.close(), "closesocket");
  must(send_text(accepted, "x"), "send");
  return receive(client);
}

}  // namespace

void add_listen_cases(Suite& suite) {
  suite.table(
      "listen", "listen",
      {
          {"handle-0", "the handle is 0", "WSAENOTSOCK", "obs:test_listen", [] { return outcome(::listen(0, 1)); }},
          {"handle-garbage", "the handle is 0xdeadbeef", "WSAENOTSOCK", "obs:test_listen",
           [] { return outcome(::listen(0xdeadbeef, 1)); }},
          {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "obs:test_listen",
           [] { return outcome(::listen(INVALID_SOCKET, 1)); }},
          {"closed", "the socket was closed", "WSAENOTSOCK", "sheet 3.10",
           [] {
             Socket s = tcp();
             const SOCKET stale = s;
             s.close();
             return outcome(::listen(stale, 1));
           }},
          {"unbound", "not bound", "WSAEINVAL", "obs:test_listen",
           [] {
             Socket s = tcp();
             return outcome(::listen(s, 1));
           }},
          {"unbound-backlog--2", "not bound, backlog -2", "WSAEINVAL", "obs:test_listen",
           [] {
             Socket s = tcp();
             return outcome(::listen(s, -2));
           }},
          {"unbound-somaxconn", "not bound, SOMAXCONN", "WSAEINVAL", "obs:test_listen",
           [] {
             Socket s = tcp();
             return outcome(::listen(s, SOMAXCONN));
           }},
          {"failed-bind", "the bind failed", "WSAEINVAL", "obs:test_listen", after_failed_bind},
          {"udp-bound", "datagram socket, bound", "WSAEOPNOTSUPP", "obs:test_listen",
           [] {
             Socket s = bound(udp());
             return outcome(::listen(s, 1));
           }},
          {"udp-unbound", "datagram socket, not bound: the type is judged first", "WSAEOPNOTSUPP", "obs:test_listen",
           [] {
             Socket s = udp();
             return outcome(::listen(s, 1));
           }},
          {"connected-client", "connected by connect", "WSAEISCONN", "spi:listen",
           [] {
             Pair pair = connected();
             return outcome(::listen(pair.client, 1));
           }},
          {"connected-accepted", "connected by accept", "WSAEISCONN", "spi:listen",
           [] {
             Pair pair = connected();
             return outcome(::listen(pair.server, 1));
           }},
          {"connecting", "a connect is running", "WSAEINVAL", "sheet 3.6 E3", on_connecting},
          {"after-failed-connect", "after a refused connect: listens, and accepts", "WSAECONNREFUSED, 0, 0, ok",
           "obs:test_connect", after_failed_connect},
          {"backlog-0", "backlog 0", "0", "obs:test_listen", [] { return listen_bound(0); }},
          {"backlog-1", "backlog 1", "0", "spi:listen", [] { return listen_bound(1); }},
          {"backlog--1", "backlog -1", "0", "sheet 3.10", [] { return listen_bound(-1); }},
          {"backlog-min", "backlog INT_MIN", "0", "sheet 3.10", [] { return listen_bound(INT_MIN); }},
          {"backlog-100000", "backlog 100000", "0", "spi:listen", [] { return listen_bound(100000); }},
          {"somaxconn", "SOMAXCONN", "0", "obs:test_listen", [] { return listen_bound(SOMAXCONN); }},
          {"hint-500", "SOMAXCONN_HINT(500)", "0", "sheet 3.10", [] { return listen_bound(-500); }},
          {"hint-1", "SOMAXCONN_HINT(1)", "0", "sheet 3.2 B3", [] { return listen_bound(-1); }},
          {"backlog-0-accepts", "with backlog 0 one client gets in", "ok", "sheet 3.2 B6",
           [] {
             Socket s = listener(0);
             Socket client = connect_to(s);
             return made(::accept(s, nullptr, nullptr));
           }},
          {"twice", "listen again", "0, 0", "obs:test_listen",
           [] {
             Socket s = bound(tcp());
             const std::string first = outcome(::listen(s, 0));
             return say({first, outcome(::listen(s, SOMAXCONN))});
           }},
          {"accepting-flag", "SO_ACCEPTCONN before and after", "0, 1", "obs:test_listen", accepting_flag},
          {"accepting-flag-set", "SO_ACCEPTCONN cannot be set", "WSAENOPROTOOPT", "obs:test_listen",
           [] {
             return on_listener([](SOCKET s) { return outcome(set_option(s, SOL_SOCKET, SO_ACCEPTCONN, BOOL{TRUE})); });
           }},
          {"second-wild", "the wildcard and port are listened on already", "WSAEADDRINUSE", "sheet 3.5 A2",
           second_wild_listener, Where::native},
          {"v6", "IPv6", "0", "sheet 3",
           [] {
             Socket s = bound(tcp(AF_INET6), AF_INET6);
             return outcome(::listen(s, 1));
           }},
          {"name-kept", "the name of a listener is that of the bind", "yes", "sheet 3.7 V2",
           [] {
             Socket s = bound(tcp());
             const Address before = local_of(s);
             must(::listen(s, 1), "listen");
             return yes_no(local_of(s) == before);
           }},
      });
  suite.table(
      "listener", "listen",
      {
          {"connect", "connect on a listener", "WSAEINVAL", "obs:test_connect",
           [] { return on_listener([](SOCKET s) { return outcome(connect_at(s, loopback(AF_INET, htons(9)))); }); }},
          {"send", "send on a listener", "WSAENOTCONN", "sheet 5.5",
           [] { return on_listener([](SOCKET s) { return outcome(send_text(s, "x")); }); }},
          {"recv", "recv on a listener", "WSAENOTCONN", "sheet 5.5",
           [] { return on_listener([](SOCKET s) { return receive(s); }); }},
          {"shutdown-send", "shutdown(SD_SEND) on a listener", "WSAENOTCONN", "obs:test_shutdown",
           [] { return on_listener([](SOCKET s) { return outcome(::shutdown(s, SD_SEND)); }); }},
          {"shutdown-receive", "shutdown(SD_RECEIVE) on a listener", "WSAENOTCONN", "obs:test_shutdown",
           [] { return on_listener([](SOCKET s) { return outcome(::shutdown(s, SD_RECEIVE)); }); }},
          {"shutdown-both", "shutdown(SD_BOTH) on a listener", "WSAENOTCONN", "sheet 3.7 V2",
           [] { return on_listener([](SOCKET s) { return outcome(::shutdown(s, SD_BOTH)); }); }},
          {"shutdown-keeps-listening", "a refused shutdown changes nothing: clients get in", "ok", "sheet 0.2 #4",
           [] {
             Socket s = listener();
             ::shutdown(s, SD_RECEIVE);
             Socket client = connect_to(s);
             return made(::accept(s, nullptr, nullptr));
           }},
          {"getpeername", "getpeername of a listener", "WSAENOTCONN", "sheet 3.7 V2",
           [] {
             return on_listener([](SOCKET s) {
               Address address;
               return outcome(::getpeername(s, address.get(), &address.size));
             });
           }},
          {"conditional-accept-late", "SO_CONDITIONAL_ACCEPT cannot be changed any more", "WSAEINVAL",
           "con:so-conditional-accept",
           [] {
             return on_listener(
                 [](SOCKET s) { return outcome(set_option(s, SOL_SOCKET, SO_CONDITIONAL_ACCEPT, DWORD{1})); });
           }},
          {"close-resets-queue", "a waiting client sees a reset when the listener closes", "WSAECONNRESET", "sheet 2.6",
           closing_resets_queue},
          {"close-spares-accepted", "an accepted socket outlives the listener", "'x'", "sheet 2.6",
           closing_spares_accepted},
      });
  suite.table(
      "backlog", "listen",
      {
          {"1-of-3", "backlog 1, three clients: one in, the others are refused", "1 WSAECONNREFUSED", "spi:listen",
           [] { return backlog_of(AF_INET, 1, 3); }, Where::native},
          {"5-of-8", "backlog 5, eight clients", "5 WSAECONNREFUSED", "spi:listen",
           [] { return backlog_of(AF_INET, 5, 8); }, Where::native},
          {"0-is-1", "backlog 0 is 1", "1 WSAECONNREFUSED", "sheet 3.2 B6", [] { return backlog_of(AF_INET, 0, 3); },
           Where::native},
          {"v6-3-of-5", "backlog 3, IPv6", "3 WSAECONNREFUSED", "spi:listen", [] { return backlog_of(AF_INET6, 3, 5); },
           Where::native},
          {"dual-stack-3-of-5", "backlog 3, dual stack, clients of both families", "3", "spi:listen",
           dual_stack_backlog, Where::native},
          {"not-full", "as many clients as the backlog: all in", "5", "spi:listen",
           [] { return backlog_of(AF_INET, 5, 5); }},
          {"accept-frees-one", "each accept lets one more in", "2 WSAECONNREFUSED, 1 WSAECONNREFUSED", "sheet 3.3 Q4",
           one_accept_one_more, Where::native},
          {"raised", "listen again with more", "2 WSAECONNREFUSED, 2 WSAECONNREFUSED", "spi:listen", raised,
           Where::native},
          {"trimmed", "listen again with less: the youngest are reset",
           "waits waits WSAECONNRESET WSAECONNRESET WSAECONNRESET ", "spi:listen sheet 3.4 R2", trimmed, Where::native},
          {"trimmed-order", "and accept gives the oldest, in order", "01, WSAEWOULDBLOCK", "sheet 3.10", trimmed_order,
           Where::native},
          {"full-stays-listening", "a full listener is a listener, and readable", "1, yes", "sheet 6.2 #38",
           full_stays_listening, Where::native},
          {"full-keeps-port", "a listener that was full keeps its port", "yes, 1", "sheet 6.5", port_kept_after_full,
           Where::native},
          {"pause", "SO_PAUSE_ACCEPT refuses clients while it is set", "0 WSAECONNREFUSED, 1",
           "con:sol-socket-socket-options", pause_accept, Where::native},
      });
}

}  // namespace conformance
