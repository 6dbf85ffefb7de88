// WSPListen and WSPAccept: all codes of their pages, the condition function, a shortage of descriptors.
#include <climits>
#include <vector>

#include "conformance/native/descriptors.h"
#include "conformance/spi/cases.h"
#include "conformance/spi/table.h"

namespace conformance::spi {
namespace {

// What the condition function of a case calls and answers.
struct Condition {
  int answer = CF_ACCEPT;
  SOCKET listener = INVALID_SOCKET;
  std::string (*inside)(SOCKET) = nullptr;
  std::string inside_result;
};

int CALLBACK condition(LPWSABUF, LPWSABUF, LPQOS, LPQOS, LPWSABUF, LPWSABUF, GROUP*, DWORD_PTR context) {
  auto* self = reinterpret_cast<Condition*>(context);
  if (self->inside != nullptr) self->inside_result = self->inside(self->listener);
  return self->answer;
}

std::string accept_with(SOCKET s, Condition* how) {
  how->listener = s;
  int error = 0;
  const SOCKET accepted = wsp.lpWSPAccept(s, nullptr, nullptr, condition, reinterpret_cast<DWORD_PTR>(how), &error);
  return made(accepted, error);
}

// What a call from inside the condition function is told.
std::string inside(std::string (*call)(SOCKET)) {
  Handle server = listener();
  Handle client = connect_to(server);
  Condition how;
  how.inside = call;
  accept_with(server, &how);
  return how.inside_result;
}

std::string answered(int reply) {
  Handle server = listener();
  Handle client = connect_to(server);
  Condition how;
  how.answer = reply;
  return accept_with(server, &how);
}

std::string listen_code(int backlog) {
  Handle s = bound(tcp());
  return listen(s, backlog);
}

// Room for many, so that those who wait are left in the kernel and still need a descriptor.
std::string accept_without_descriptors() {
  Handle server = listener(100);
  Handle client = connect_to(server);
  std::string starved;
  {
    NoDescriptors shortage;
    starved = accept(server);
  }
  return say({starved, accept(server)});
}

std::string accept_twice_without_descriptors() {
  Handle server = listener(100);
  Handle one = connect_to(server);
  Handle other = connect_to(server);
  std::string starved;
  {
    NoDescriptors shortage;
    starved = accept(server);
    starved += " " + accept(server);
  }
  const std::string first = accept(server);
  return say({starved, first, accept(server)});
}

std::string socket_without_descriptors() {
  NoDescriptors shortage;
  int error = 0;
  const SOCKET s = wsp.lpWSPSocket(AF_INET, SOCK_STREAM, 0, nullptr, 0, 0, &error);
  return made(s, error);
}

std::string nonblocking_empty_without_descriptors() {
  Handle server = listener();
  nonblocking(server);
  NoDescriptors shortage;
  return accept(server);
}

std::string second_listener() {
  Handle one = tcp();
  Handle other = tcp();
  must(set_option(one, SOL_SOCKET, SO_REUSEADDR, BOOL{TRUE}), "SO_REUSEADDR");
  must(set_option(other, SOL_SOCKET, SO_REUSEADDR, BOOL{TRUE}), "SO_REUSEADDR");
  must(bind(one, wildcard()), "WSPBind");
  must(bind(other, wildcard(AF_INET, local_name(one).v4.sin_port)), "WSPBind");
  must(listen(one, 1), "WSPListen");
  return listen(other, 1);
}

std::string accept_short(int room) {
  Handle server = listener();
  Handle client = connect_to(server);
  Name name;
  int size = room;
  int error = 0;
  const SOCKET first = wsp.lpWSPAccept(server, name.get(), &size, nullptr, 0, &error);
  const std::string code = made(first, error);
  return say({code, std::to_string(size), accept(server)});
}

// Fills a queue and tells how many were let in and what the next was told.
std::string fill(int backlog, int clients) {
  Handle server = listener(backlog);
  const Name name = local_name(server);
  std::vector<Handle> in;
  std::string refusal = "nobody refused";
  for (int i = 0; i < clients; ++i) {
    Handle client = tcp();
    const std::string code = connect(client, name);
    if (code == "0")
      in.push_back(std::move(client));
    else
      refusal = code;
  }
  return say({std::to_string(in.size()), refusal});
}

std::string relisten(int first, int second, int clients_before, int clients_after) {
  Handle server = listener(first);
  const Name name = local_name(server);
  std::vector<Handle> in;
  int let_in = 0;
  for (int i = 0; i < clients_before; ++i) {
    in.push_back(tcp());
    connect(in.back(), name);
  }
  must(listen(server, second), "WSPListen");
  for (int i = 0; i < clients_after; ++i) {
    in.push_back(tcp());
    if (connect(in.back(), name) == "0") ++let_in;
  }
  nonblocking(server);
  int accepted = 0;
  while (accept(server) == "ok") ++accepted;
  return say({std::to_string(let_in), std::to_string(accepted)});
}

std::string deferred(bool then_listen) {
  Handle server = listener();
  Handle client = connect_to(server);
  Condition how;
  how.answer = CF_DEFER;
  const std::string code = accept_with(server, &how);
  if (then_listen) must(listen(server, 4), "WSPListen");
  return say({code, accept(server)});
}

std::string trimmed_client() {
  Handle server = listener(2);
  Handle one = connect_to(server);
  Handle other = connect_to(server);
  must(listen(server, 1), "WSPListen");
  return receive(other);
}

}  // namespace

void add_listen_cases(Suite& suite) {
  suite.table(
      "spi.WSPListen", "WSPListen",
      {
          {"ENOTSOCK", "not a socket", "WSAENOTSOCK", "spi:listen", [] { return listen(INVALID_SOCKET, 1); }},
          {"EINVAL", "not bound", "WSAEINVAL", "spi:listen",
           [] {
             Handle s = tcp();
             return listen(s, 1);
           }},
          {"EINVAL-failed-bind", "the bind failed", "WSAEINVAL", "obs:test_listen",
           [] {
             Handle s = tcp();
             bind(s, v4_name(0xc0000201));
             return listen(s, 1);
           }},
          {"EINVAL-connecting", "a connect is running", "WSAEINVAL", "sheet 3.6 E3",
           [] {
             Handle s = connecting(bound(tcp()));
             return listen(s, 1);
           }},
          {"EISCONN-client", "connected", "WSAEISCONN", "spi:listen",
           [] {
             Pair pair = connected();
             return listen(pair.client, 1);
           }},
          {"EISCONN-accepted", "accepted", "WSAEISCONN", "spi:listen",
           [] {
             Pair pair = connected();
             return listen(pair.server, 1);
           }},
          {"EISCONN-after-shutdown", "connected and shut down", "WSAEISCONN", "spi:listen",
           [] {
             Pair pair = connected();
             shutdown(pair.client, SD_BOTH);
             return listen(pair.client, 1);
           }},
          {"EOPNOTSUPP", "a datagram socket", "WSAEOPNOTSUPP", "spi:listen",
           [] {
             Handle s = bound(udp());
             return listen(s, 1);
           }},
          {"EOPNOTSUPP-unbound", "a datagram socket, not bound: the type first", "WSAEOPNOTSUPP", "obs:test_listen",
           [] {
             Handle s = udp();
             return listen(s, 1);
           }},
          {"EADDRINUSE", "the address, wild until now, is taken", "WSAEADDRINUSE", "spi:listen sheet 3.5",
           second_listener},
          {"EINPROGRESS", "inside a condition function", "WSAEINPROGRESS", "spi:listen",
           [] { return inside([](SOCKET s) { return listen(s, 1); }); }},
          {"backlog-0", "backlog 0", "0", "obs:test_listen", [] { return listen_code(0); }},
          {"backlog-negative", "backlog -1", "0", "sheet 3.2 B4", [] { return listen_code(-1); }},
          {"backlog-min", "backlog INT_MIN", "0", "sheet 3.2 B4", [] { return listen_code(INT_MIN); }},
          {"backlog-max", "SOMAXCONN", "0", "sheet 3.2 B2", [] { return listen_code(SOMAXCONN); }},
          {"backlog-hint", "SOMAXCONN_HINT(500)", "0", "sheet 3.2 B3", [] { return listen_code(SOMAXCONN_HINT(500)); }},
          {"exact-1", "backlog 1, 4 clients", "1, WSAECONNREFUSED", "spi:listen", [] { return fill(1, 4); }},
          {"exact-2", "backlog 2, 5 clients", "2, WSAECONNREFUSED", "spi:listen", [] { return fill(2, 5); }},
          {"exact-7", "backlog 7, 10 clients", "7, WSAECONNREFUSED", "spi:listen", [] { return fill(7, 10); }},
          {"exact-hint", "SOMAXCONN_HINT(3) means 200: 10 clients", "10, nobody refused", "sheet 3.2 B3",
           [] { return fill(SOMAXCONN_HINT(3), 10); }},
          {"again-less", "5 wait, then backlog 2: 2 are left", "0, 2", "spi:listen",
           [] { return relisten(5, 2, 5, 1); }},
          {"again-same", "3 wait, the same backlog", "0, 3", "sheet 3.4", [] { return relisten(3, 3, 3, 1); }},
          {"again-more", "2 wait, then backlog 4: 2 more", "2, 4", "spi:listen", [] { return relisten(2, 4, 3, 3); }},
          {"again-trimmed", "the trimmed client sees a reset", "WSAECONNRESET", "spi:listen", trimmed_client},
      });
  suite.table("spi.WSPAccept", "WSPAccept",
              {
                  {"EINVAL", "not listening", "WSAEINVAL", "spi:accept",
                   [] {
                     Handle s = bound(tcp());
                     return accept(s);
                   }},
                  {"EOPNOTSUPP", "a datagram socket", "WSAEOPNOTSUPP", "spi:accept",
                   [] {
                     Handle s = bound(udp());
                     return accept(s);
                   }},
                  {"EWOULDBLOCK", "nobody waits, nonblocking", "WSAEWOULDBLOCK", "spi:accept",
                   [] {
                     Handle s = listener();
                     nonblocking(s);
                     return accept(s);
                   }},
                  {"EFAULT", "the address length is 0: the connection stays", "WSAEFAULT, 0, ok", "spi:accept",
                   [] { return accept_short(0); }},
                  {"EFAULT-15", "the address length is one short", "WSAEFAULT, 15, ok", "spi:accept",
                   [] { return accept_short(15); }},
                  {"ECONNREFUSED", "CF_REJECT", "WSAECONNREFUSED", "spi:accept", [] { return answered(CF_REJECT); }},
                  {"TRY_AGAIN", "CF_DEFER", "WSATRY_AGAIN", "spi:accept", [] { return answered(CF_DEFER); }},
                  {"EINVAL-answer", "the condition is 77", "WSAEINVAL", "spi:accept", [] { return answered(77); }},
                  {"accepts", "CF_ACCEPT", "ok", "spi:accept", [] { return answered(CF_ACCEPT); }},
                  {"deferred", "a plain accept takes the deferred one", "WSATRY_AGAIN, ok", "spi:accept",
                   [] { return deferred(false); }},
                  {"deferred-listen", "also after listening again", "WSATRY_AGAIN, ok", "sheet 3.4 R4",
                   [] { return deferred(true); }},
                  {"EMFILE", "no descriptor: the connection stays", "WSAEMFILE, ok", "spi:accept sheet 3.3 Q5",
                   accept_without_descriptors},
                  {"EMFILE-two", "two wait, asked twice: none is lost", "WSAEMFILE WSAEMFILE, ok, ok", "sheet 3.3 Q5",
                   accept_twice_without_descriptors},
                  {"EMFILE-empty", "no descriptor and nobody waits", "WSAEWOULDBLOCK", "sheet 3.3 Q5",
                   nonblocking_empty_without_descriptors},
                  {"EINPROGRESS", "WSPAccept inside a condition function", "WSAEINPROGRESS", "spi:accept",
                   [] { return inside([](SOCKET s) { return accept(s); }); }},
              });
  suite.table("spi.WSPSocket", "WSPSocket",
              {
                  {"EMFILE", "no descriptor", "WSAEMFILE", "spi:socket", socket_without_descriptors},
              });
}

}  // namespace conformance::spi
