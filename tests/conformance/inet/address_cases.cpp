// Addresses: of sockets, and as text.
#include "cases.h"
#include "inet_world.h"
#include "support/net_namespace.h"

namespace conformance {
namespace {

std::string parsed(LPCSTR text, INT family) {
  INTERNET_ADDRESS address{7, {}};
  const std::string result = said_zero(InetGetAddressA(text, family, &address));
  return say({result, number(address.ipFamily)});
}

std::string printed(INT family, INT capacity) {
  INTERNET_ADDRESS address{family, {127, 0, 0, 1}};
  char text[INET_ADDRESS_STRLEN] = "?";
  const std::string result = counted(InetFormatAddressA(&address, text, capacity));
  return say({result, text});
}

}  // namespace

void add_address_cases(Suite& suite) {
  suite.table(
      "address", "InetGetAddress",
      {{"v4", "an IPv4 address", "ok, 1", "sheet 5.6", [] { return parsed("10.0.0.1", INET_ADDRESS_UNKNOWN); }},
       {"v6", "an IPv6 address", "ok, 2", "sheet 5.6", [] { return parsed("::1", INET_ADDRESS_UNKNOWN); }},
       {"name", "a name", "ST_ERROR_INVALID_ADDRESS, 0", "sheet 5.6",
        [] { return parsed("localhost", INET_ADDRESS_UNKNOWN); }},
       {"other-family", "IPv6 where IPv4 is asked for", "ST_ERROR_INVALID_ADDRESS, 0", "sheet 5.6",
        [] { return parsed("::1", INET_ADDRESS_IPV4); }},
       {"family", "an unknown family", "ST_ERROR_INVALID_PARAMETER, 0", "sheet 5.6", [] { return parsed("::1", 3); }},
       {"no-text", "NULL", "ST_ERROR_INVALID_PARAMETER, 0", "sheet 5.6",
        [] { return parsed(nullptr, INET_ADDRESS_UNKNOWN); }}});
  suite.table("address-text", "InetFormatAddress",
              {{"fits", "an IPv4 address", "9, 127.0.0.1", "sheet 5.6",
                [] { return printed(INET_ADDRESS_IPV4, INET_ADDRESS_STRLEN); }},
               {"small", "the buffer is too small", "ST_ERROR_INVALID_SIZE, ", "sheet 5.6",
                [] { return printed(INET_ADDRESS_IPV4, 9); }},
               {"family", "no family", "ST_ERROR_INVALID_PARAMETER, ", "sheet 5.6",
                [] { return printed(INET_ADDRESS_UNKNOWN, INET_ADDRESS_STRLEN); }}});
  suite.table("peer-address", "InetGetPeerAddress",
              {{"connected", "the port of the other end", "yes", "sheet 3.6",
                [] {
                  const PlainPair pair;
                  UINT port = 0;
                  InetGetPeerAddress(pair.ours, nullptr, &port);
                  return yes_no(port == port_of(pair.listener));
                }},
               {"listener", "a listener has no peer", "ok, 0", "sheet 3.6", [] {
                  const Plain listener(listen_anywhere());
                  UINT port = 7;
                  const std::string result = said_zero(InetGetPeerAddress(listener, nullptr, &port));
                  return say({result, number(port)});
                }}});
  suite.table("local-address", "InetGetLocalAddress",
              {{"no-interface", "this machine's, where no interface is up", "ST_ERROR_ADDRESS_UNAVAILABLE", "sheet 3.6",
                [] {
                  if (!inlet::test::enter_network_namespace())
                    throw SetupFailed("no privilege for a network of its own");
                  INTERNET_ADDRESS address;
                  return said_zero(InetGetLocalAddress(INVALID_SOCKET, &address, nullptr));
                }},
               {"connected", "this end is the other's peer", "yes", "sheet 3.6", [] {
                  const PlainPair pair;
                  UINT port = 0;
                  InetGetPeerAddress(pair.theirs, nullptr, &port);
                  return yes_no(port == port_of(pair.ours));
                }}});
  suite.table("server-address", "InetGetServerAddress", {{"port", "where it listens", "yes", "sheet 1.14", [] {
                                                            const InetServer server;
                                                            UINT port = 0;
                                                            InetGetServerAddress(server.handle(), nullptr, &port);
                                                            return yes_no(port == server.port());
                                                          }}});
}

}  // namespace conformance
