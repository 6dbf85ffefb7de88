// Shutting a connection down, one direction at a time.
#include "cases.h"
#include "world.h"

namespace conformance {
namespace {

std::string on_pair(std::string (*call)(Pair&)) {
  Pair pair = connected();
  return call(pair);
}

std::string after(int how, std::string (*call)(Pair&)) {
  Pair pair = connected();
  must(::shutdown(pair.client, how), "shutdown");
  return call(pair);
}

std::string send_client(Pair& pair) {
  return outcome(send_text(pair.client, "x"));
}
std::string receive_client(Pair& pair) {
  return receive(pair.client);
}

}  // namespace

void add_shutdown_cases(Suite& suite) {
  suite.table(
      "shutdown", "shutdown",
      {
          {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "spi:shutdown",
           [] { return outcome(::shutdown(INVALID_SOCKET, SD_SEND)); }},
          {"unconnected-send", "TCP, not connected, SD_SEND", "WSAENOTCONN", "obs:test_shutdown",
           [] {
             Socket s = tcp();
             return outcome(::shutdown(s, SD_SEND));
           }},
          {"unconnected-receive", "TCP, not connected, SD_RECEIVE", "WSAENOTCONN", "obs:test_shutdown",
           [] {
             Socket s = tcp();
             return outcome(::shutdown(s, SD_RECEIVE));
           }},
          {"unconnected-both", "TCP, not connected, SD_BOTH", "WSAENOTCONN", "obs:test_shutdown",
           [] {
             Socket s = tcp();
             return outcome(::shutdown(s, SD_BOTH));
           }},
          {"bound", "TCP, bound, not connected", "WSAENOTCONN", "spi:shutdown",
           [] {
             Socket s = bound(tcp());
             return outcome(::shutdown(s, SD_SEND));
           }},
          {"bad-how", "how is 3", "WSAEINVAL", "obs:test_shutdown",
           [] { return on_pair([](Pair& pair) { return outcome(::shutdown(pair.client, 3)); }); }},
          {"negative-how", "how is -1", "WSAEINVAL", "spi:shutdown",
           [] { return on_pair([](Pair& pair) { return outcome(::shutdown(pair.client, -1)); }); }},
          {"send", "SD_SEND", "0", "spi:shutdown",
           [] { return on_pair([](Pair& pair) { return outcome(::shutdown(pair.client, SD_SEND)); }); }},
          {"receive", "SD_RECEIVE", "0", "spi:shutdown",
           [] { return on_pair([](Pair& pair) { return outcome(::shutdown(pair.client, SD_RECEIVE)); }); }},
          {"both", "SD_BOTH", "0", "spi:shutdown",
           [] { return on_pair([](Pair& pair) { return outcome(::shutdown(pair.client, SD_BOTH)); }); }},
          {"send-twice", "SD_SEND again", "0", "obs:test_shutdown",
           [] { return after(SD_SEND, [](Pair& pair) { return outcome(::shutdown(pair.client, SD_SEND)); }); }},
          {"receive-twice", "SD_RECEIVE again", "0", "obs:test_shutdown",
           [] { return after(SD_RECEIVE, [](Pair& pair) { return outcome(::shutdown(pair.client, SD_RECEIVE)); }); }},
          {"both-twice", "SD_BOTH again", "0", "obs:test_shutdown",
           [] { return after(SD_BOTH, [](Pair& pair) { return outcome(::shutdown(pair.client, SD_BOTH)); }); }},
          {"send-then-send", "send after SD_SEND", "WSAESHUTDOWN", "obs:test_shutdown",
           [] { return after(SD_SEND, send_client); }},
          {"send-then-peer-end", "the peer sees the end", "end", "spi:shutdown",
           [] { return after(SD_SEND, [](Pair& pair) { return receive(pair.server); }); }},
          {"send-then-recv", "and we still receive", "'x'", "spi:shutdown",
           [] {
             return after(SD_SEND, [](Pair& pair) {
               must(send_text(pair.server, "x"), "send");
               return receive(pair.client);
             });
           }},
          {"receive-then-recv", "recv after SD_RECEIVE", "WSAESHUTDOWN", "obs:test_shutdown",
           [] { return after(SD_RECEIVE, receive_client); }},
          {"receive-then-send", "and we still send", "'x'", "spi:shutdown",
           [] {
             return after(SD_RECEIVE, [](Pair& pair) {
               must(send_text(pair.client, "x"), "send");
               return receive(pair.server);
             });
           }},
          {"both-then-send", "send after SD_BOTH", "WSAESHUTDOWN", "obs:test_shutdown",
           [] { return after(SD_BOTH, send_client); }},
          {"both-then-recv", "recv after SD_BOTH", "WSAESHUTDOWN", "obs:test_shutdown",
           [] { return after(SD_BOTH, receive_client); }},
          {"both-then-names", "both names after SD_BOTH", "0, 0", "obs:test_shutdown",
           [] {
             return after(SD_BOTH, [](Pair& pair) {
               Address local;
               Address peer;
               const std::string first = outcome(::getsockname(pair.client, local.get(), &local.size));
               return say({first, outcome(::getpeername(pair.client, peer.get(), &peer.size))});
             });
           }},
          {"send-flushes", "data sent before SD_SEND arrives before the end", "'abc', end", "spi:shutdown",
           [] {
             return on_pair([](Pair& pair) {
               must(send_text(pair.client, "abc"), "send");
               must(::shutdown(pair.client, SD_SEND), "shutdown");
               const std::string data = receive(pair.server);
               return say({data, receive(pair.server)});
             });
           }},
          {"receive-unread", "SD_RECEIVE with unread data, then recv", "WSAESHUTDOWN", "sheet 0.2 #5",
           [] {
             return on_pair([](Pair& pair) {
               must(send_text(pair.server, "abc"), "send");
               readable(pair.client);
               must(::shutdown(pair.client, SD_RECEIVE), "shutdown");
               return receive(pair.client);
             });
           }},
          {"after-peer-end", "SD_SEND after the peer has finished", "0", "spi:shutdown",
           [] {
             return on_pair([](Pair& pair) {
               must(::shutdown(pair.server, SD_SEND), "shutdown");
               receive(pair.client);
               return outcome(::shutdown(pair.client, SD_SEND));
             });
           }},
          {"udp-unconnected", "a datagram socket that is not connected", "0", "obs:test_shutdown",
           [] {
             Socket s = udp();
             return outcome(::shutdown(s, SD_BOTH));
           }},
          {"udp-then-recvfrom", "recvfrom after it", "WSAESHUTDOWN", "obs:test_shutdown",
           [] {
             Socket s = bound(udp());
             must(::shutdown(s, SD_BOTH), "shutdown");
             char byte;
             return outcome(::recvfrom(s, &byte, 1, 0, nullptr, nullptr));
           }},
          {"udp-then-sendto", "sendto after it", "WSAESHUTDOWN", "obs:test_shutdown",
           [] {
             Socket s = bound(udp());
             must(::shutdown(s, SD_BOTH), "shutdown");
             const Address address = loopback(AF_INET, htons(9));
             return outcome(::sendto(s, "x", 1, 0, address.get(), address.size));
           }},
          {"udp-bad-how", "a datagram socket, how is 3", "WSAEINVAL", "spi:shutdown",
           [] {
             Socket s = bound(udp());
             return outcome(::shutdown(s, 3));
           }},
      });
  suite.table("WSASendDisconnect", "WSASendDisconnect",
              {
                  {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "spi:senddisconnect",
                   [] { return outcome(::WSASendDisconnect(INVALID_SOCKET, nullptr)); }},
                  {"unconnected", "not connected", "WSAENOTCONN", "spi:senddisconnect",
                   [] {
                     Socket s = tcp();
                     return outcome(::WSASendDisconnect(s, nullptr));
                   }},
                  {"connected", "the peer sees the end", "0, end", "spi:senddisconnect",
                   [] {
                     return on_pair([](Pair& pair) {
                       const std::string result = outcome(::WSASendDisconnect(pair.client, nullptr));
                       return say({result, receive(pair.server)});
                     });
                   }},
                  {"then-send", "send afterwards", "WSAESHUTDOWN", "spi:senddisconnect",
                   [] {
                     return on_pair([](Pair& pair) {
                       must(::WSASendDisconnect(pair.client, nullptr), "WSASendDisconnect");
                       return send_client(pair);
                     });
                   }},
                  {"data", "disconnect data, which TCP does not have", "WSAENOPROTOOPT", "spi:senddisconnect",
                   [] {
                     return on_pair([](Pair& pair) {
                       char text[] = "bye";
                       WSABUF data{3, text};
                       return outcome(::WSASendDisconnect(pair.client, &data));
                     });
                   }},
              });
  suite.table(
      "WSARecvDisconnect", "WSARecvDisconnect",
      {
          {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "spi:recvdisconnect",
           [] { return outcome(::WSARecvDisconnect(INVALID_SOCKET, nullptr)); }},
          {"unconnected", "not connected", "WSAENOTCONN", "spi:recvdisconnect",
           [] {
             Socket s = tcp();
             return outcome(::WSARecvDisconnect(s, nullptr));
           }},
          {"connected", "connected", "0", "spi:recvdisconnect",
           [] { return on_pair([](Pair& pair) { return outcome(::WSARecvDisconnect(pair.client, nullptr)); }); }},
          {"then-recv", "recv afterwards", "WSAESHUTDOWN", "spi:recvdisconnect",
           [] {
             return on_pair([](Pair& pair) {
               must(::WSARecvDisconnect(pair.client, nullptr), "WSARecvDisconnect");
               return receive_client(pair);
             });
           }},
      });
}

}  // namespace conformance
