// Which sockets may share an address and a port: the matrix of the documents, all of it, and what was observed beside it.
#include "cases.h"
#include "world.h"

namespace conformance {
namespace {

enum class Class { by_default, reuse, exclusive };

constexpr const char* kClassNames[] = {"default", "reuse", "exclusive"};
constexpr const char* kPlaceNames[] = {"wild", "specific"};

// Rows: the first socket; columns: the second. Default, reuse, exclusive; of each wildcard, then specific.
constexpr const char* kMatrix[6][6] = {
    {"WSAEADDRINUSE", "0", "WSAEACCES", "0", "WSAEADDRINUSE", "0"},
    {"0", "WSAEADDRINUSE", "0", "WSAEACCES", "WSAEADDRINUSE", "WSAEADDRINUSE"},
    {"WSAEADDRINUSE", "0", "0", "0", "WSAEADDRINUSE", "0"},
    {"0", "WSAEADDRINUSE", "0", "0", "WSAEADDRINUSE", "WSAEADDRINUSE"},
    {"WSAEADDRINUSE", "WSAEACCES", "WSAEACCES", "WSAEACCES", "WSAEADDRINUSE", "WSAEACCES"},
    {"0", "WSAEADDRINUSE", "0", "WSAEACCES", "WSAEADDRINUSE", "WSAEADDRINUSE"},
};

void apply(SOCKET s, Class kind) {
  if (kind == Class::reuse) must(set_option(s, SOL_SOCKET, SO_REUSEADDR, BOOL{TRUE}), "SO_REUSEADDR");
  if (kind == Class::exclusive) must(set_option(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, BOOL{TRUE}), "SO_EXCLUSIVEADDRUSE");
}

Address place(bool specific, u_short port) {
  return specific ? loopback(AF_INET, port) : wildcard(AF_INET, port);
}

// How the second bind ends.
std::string share(int type, int first, int second) {
  Socket one(::socket(AF_INET, type, 0));
  Socket other(::socket(AF_INET, type, 0));
  apply(one, static_cast<Class>(first / 2));
  apply(other, static_cast<Class>(second / 2));
  must(bind_to(one, place(first % 2 == 1, 0)), "bind");
  return outcome(bind_to(other, place(second % 2 == 1, local_of(one).port())));
}

std::string row_name(int index) {
  return std::string(kClassNames[index / 2]) + "-" + kPlaceNames[index % 2];
}

void add_matrix(Suite& suite, int type, const char* prefix) {
  for (int first = 0; first < 6; ++first)
    for (int second = 0; second < 6; ++second)
      suite.add({std::string(prefix) + row_name(first) + "." + row_name(second), "bind",
                 "first " + row_name(first) + ", then " + row_name(second), kMatrix[first][second],
                 "sheet 4.4 con:using-so-reuseaddr-and-so-exclusiveaddruse",
                 [type, first, second] { return share(type, first, second); }});
}

std::string both_options(int first, int second) {
  Socket s = tcp();
  const std::string one = outcome(set_option(s, SOL_SOCKET, first, BOOL{TRUE}));
  return say({one, outcome(set_option(s, SOL_SOCKET, second, BOOL{TRUE}))});
}

std::string cleared_between() {
  Socket s = tcp();
  must(set_option(s, SOL_SOCKET, SO_REUSEADDR, BOOL{TRUE}), "SO_REUSEADDR");
  must(set_option(s, SOL_SOCKET, SO_REUSEADDR, BOOL{FALSE}), "SO_REUSEADDR");
  return outcome(set_option(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, BOOL{TRUE}));
}

// Two sockets listen, one on the wildcard and one on the loopback. Which of them gets a connection to the loopback?
std::string specific_wins() {
  Socket wild = tcp();
  must(bind_to(wild, wildcard()), "bind");
  must(::listen(wild, 4), "listen");
  Socket specific = tcp();
  const Address address = loopback(AF_INET, local_of(wild).port());
  must(bind_to(specific, address), "bind");
  must(::listen(specific, 4), "listen");
  Socket client = tcp();
  must(connect_at(client, address), "connect");
  return say({yes_no(readable(specific)), yes_no(readable(wild, 20))});
}

std::string first_listener_wins() {
  Socket first = tcp();
  Socket second = tcp();
  apply(first, Class::reuse);
  apply(second, Class::reuse);
  must(bind_to(first, loopback()), "bind");
  const Address address = local_of(first);
  must(bind_to(second, address), "bind");
  must(::listen(first, 4), "listen");
  must(::listen(second, 4), "listen");
  Socket client = tcp();
  must(connect_at(client, address), "connect");
  return say({yes_no(readable(first)), yes_no(readable(second, 20))});
}

std::string next_listener_takes_over() {
  Socket first = tcp();
  Socket second = tcp();
  apply(first, Class::reuse);
  apply(second, Class::reuse);
  must(bind_to(first, loopback()), "bind");
  const Address address = local_of(first);
  must(bind_to(second, address), "bind");
  must(::listen(first, 4), "listen");
  must(::listen(second, 4), "listen");
  must(first.close(), "closesocket");
  Socket client = tcp();
  must(connect_at(client, address), "connect");
  return yes_no(readable(second));
}

Socket dual_stack(Class kind) {
  Socket s = tcp(AF_INET6);
  must(set_option(s, IPPROTO_IPV6, IPV6_V6ONLY, DWORD{0}), "IPV6_V6ONLY");
  apply(s, kind);
  must(bind_to(s, wildcard(AF_INET6)), "bind");
  return s;
}

std::string dual_then_v4(Class kind) {
  Socket dual = dual_stack(kind);
  Socket v4 = tcp();
  return outcome(bind_to(v4, wildcard(AF_INET, local_of(dual).port())));
}

std::string mapped_then_v4() {
  Socket dual = tcp(AF_INET6);
  must(set_option(dual, IPPROTO_IPV6, IPV6_V6ONLY, DWORD{0}), "IPV6_V6ONLY");
  Address mapped = wildcard(AF_INET6);
  unsigned char* bytes = mapped.v6.sin6_addr.s6_addr;
  bytes[10] = bytes[11] = 0xff;
  bytes[12] = 127;
  bytes[15] = 1;
  must(bind_to(dual, mapped), "bind");
  Socket v4 = tcp();
  return outcome(bind_to(v4, loopback(AF_INET, local_of(dual).port())));
}

std::string v6only_then_v4() {
  Socket v6 = tcp(AF_INET6);
  must(bind_to(v6, wildcard(AF_INET6)), "bind");
  Socket v4 = tcp();
  return outcome(bind_to(v4, wildcard(AF_INET, local_of(v6).port())));
}

std::string option_after_bind() {
  Socket one = bound(tcp());
  Socket other = tcp();
  // Too late to count.
  set_option(one, SOL_SOCKET, SO_REUSEADDR, BOOL{TRUE});
  apply(other, Class::reuse);
  return outcome(bind_to(other, local_of(one)));
}

std::string v6_pair(Class first, Class second) {
  Socket one = tcp(AF_INET6);
  Socket other = tcp(AF_INET6);
  apply(one, first);
  apply(other, second);
  must(bind_to(one, loopback(AF_INET6)), "bind");
  return outcome(bind_to(other, local_of(one)));
}

}  // namespace

void add_sharing_cases(Suite& suite) {
  add_matrix(suite, SOCK_STREAM, "sharing.tcp.");
  add_matrix(suite, SOCK_DGRAM, "sharing.udp.");
  suite.table("sharing", "bind",
              {
                  {"reuse-then-exclusive", "both options on one socket: the second fails", "0, WSAEINVAL",
                   "obs:test_reuseaddr", [] { return both_options(SO_REUSEADDR, SO_EXCLUSIVEADDRUSE); }},
                  {"exclusive-then-reuse", "the other way round", "0, WSAEINVAL", "obs:test_reuseaddr",
                   [] { return both_options(SO_EXCLUSIVEADDRUSE, SO_REUSEADDR); }},
                  {"cleared-between", "unless the first was cleared", "0", "obs:test_reuseaddr", cleared_between},
                  {"specific-wins", "wildcard and loopback listen: who gets a connection to the loopback", "yes, no",
                   "obs:test_reuseaddr", specific_wins},
                  {"first-wins", "two listeners on one address: the first gets the connection", "yes, no",
                   "obs:test_reuseaddr", first_listener_wins},
                  {"next-takes-over", "after the first has closed, the next gets it", "yes", "obs:test_reuseaddr",
                   next_listener_takes_over},
                  {"dual-default-v4", "dual-stack wildcard, then IPv4 wildcard", "0", "obs:test_reuseaddr",
                   [] { return dual_then_v4(Class::by_default); }},
                  {"dual-exclusive-v4", "dual-stack wildcard, exclusive, then IPv4 wildcard", "WSAEACCES",
                   "obs:test_reuseaddr", [] { return dual_then_v4(Class::exclusive); }},
                  {"mapped-v4", "an IPv4 address through IPv6, then the same", "WSAEADDRINUSE", "obs:test_reuseaddr",
                   mapped_then_v4},
                  {"v6only-v4", "IPv6 wildcard, then IPv4 wildcard", "0", "sheet 4.9", v6only_then_v4},
                  {"late-option", "SO_REUSEADDR of the first socket set after its bind", "WSAEACCES", "sheet 4.4",
                   option_after_bind},
                  {"v6-default-default", "the same IPv6 address", "WSAEADDRINUSE", "sheet 4.4",
                   [] { return v6_pair(Class::by_default, Class::by_default); }},
                  {"v6-default-reuse", "the same IPv6 address, the second with REUSE", "WSAEACCES", "sheet 4.4",
                   [] { return v6_pair(Class::by_default, Class::reuse); }},
                  {"v6-reuse-reuse", "the same IPv6 address, both with REUSE", "0", "sheet 4.4",
                   [] { return v6_pair(Class::reuse, Class::reuse); }},
                  {"v6-exclusive-reuse", "the same IPv6 address, exclusive then REUSE", "WSAEACCES", "sheet 4.4",
                   [] { return v6_pair(Class::exclusive, Class::reuse); }},
              });
}

}  // namespace conformance
