// The documented codes of WSPRecv, WSPSend and their relatives for datagrams, each with its condition, and which wins when two
// apply.
#include "conformance/spi/cases.h"
#include "conformance/spi/table.h"

namespace conformance::spi {
namespace {

std::string recv_raw(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD received, LPDWORD flags) {
  int error = 0;
  return answer(wsp.lpWSPRecv(s, buffers, count, received, flags, nullptr, nullptr, nullptr, &error), error);
}

std::string send_raw(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags = 0) {
  int error = 0;
  return answer(wsp.lpWSPSend(s, buffers, count, sent, flags, nullptr, nullptr, nullptr, &error), error);
}

std::string send_to(SOCKET s, const Name* to, int size, DWORD flags = 0) {
  char byte = 'x';
  WSABUF buffer{1, &byte};
  DWORD sent = 0;
  int error = 0;
  const int result = wsp.lpWSPSendTo(s, &buffer, 1, &sent, flags, to == nullptr ? nullptr : to->get(), size, nullptr,
                                     nullptr, nullptr, &error);
  return result == 0 ? std::to_string(sent) : code_name(error);
}

std::string receive_from(SOCKET s, int from_room) {
  char room[8];
  WSABUF buffer{sizeof(room), room};
  DWORD got = 0;
  DWORD flags = 0;
  Name from;
  int size = from_room;
  int error = 0;
  const int result =
      wsp.lpWSPRecvFrom(s, &buffer, 1, &got, &flags, from.get(), &size, nullptr, nullptr, nullptr, &error);
  return result == 0 ? std::to_string(got) : code_name(error);
}

}  // namespace

void add_transfer_cases(Suite& suite) {
  suite.table("spi.WSPRecv", "WSPRecv",
              {
                  {"EFAULT-buffers", "no buffer list", "WSAEFAULT", "spi:recv",
                   [] {
                     return on_pair([](Pair& pair) {
                       DWORD got = 0;
                       DWORD flags = 0;
                       return recv_raw(pair.client, nullptr, 1, &got, &flags);
                     });
                   }},
                  {"EFAULT-count", "no count", "WSAEFAULT", "spi:recv",
                   [] {
                     return on_pair([](Pair& pair) {
                       char byte;
                       WSABUF buffer{1, &byte};
                       DWORD flags = 0;
                       return recv_raw(pair.client, &buffer, 1, nullptr, &flags);
                     });
                   }},
                  {"EFAULT-flags", "no flags", "WSAEFAULT", "spi:recv",
                   [] {
                     return on_pair([](Pair& pair) {
                       char byte;
                       WSABUF buffer{1, &byte};
                       DWORD got = 0;
                       return recv_raw(pair.client, &buffer, 1, &got, nullptr);
                     });
                   }},
                  {"EINVAL-none", "no buffers", "WSAEINVAL", "obs:test_empty_recv",
                   [] {
                     return on_pair([](Pair& pair) {
                       char byte;
                       WSABUF buffer{1, &byte};
                       DWORD got = 0;
                       DWORD flags = 0;
                       return recv_raw(pair.client, &buffer, 0, &got, &flags);
                     });
                   }},
                  {"EFAULT-before-ENOTCONN", "not connected, no flags", "WSAEFAULT", "sheet 7.2",
                   [] {
                     return on_tcp([](SOCKET s) {
                       char byte;
                       WSABUF buffer{1, &byte};
                       DWORD got = 0;
                       return recv_raw(s, &buffer, 1, &got, nullptr);
                     });
                   }},
                  {"ENOTCONN", "not connected", "WSAENOTCONN", "spi:recv",
                   [] { return on_tcp([](SOCKET s) { return receive(s); }); }},
                  {"ENOTCONN-listener", "a listener", "WSAENOTCONN", "sheet 5.5",
                   [] {
                     Handle s = listener();
                     return receive(s);
                   }},
                  {"ENOTCONN-connecting", "connecting", "WSAENOTCONN", "sheet 5.5",
                   [] { return on_connecting([](SOCKET s) { return receive(s); }); }},
                  {"EINVAL-unbound", "a datagram socket that is not bound", "WSAEINVAL", "sheet 5.5",
                   [] {
                     Handle s = udp();
                     return receive(s);
                   }},
                  {"ESHUTDOWN", "after SD_RECEIVE", "WSAESHUTDOWN", "spi:recv",
                   [] {
                     return on_pair([](Pair& pair) {
                       must(shutdown(pair.client, SD_RECEIVE), "WSPShutdown");
                       return receive(pair.client);
                     });
                   }},
                  {"EWOULDBLOCK", "nothing there, nonblocking", "WSAEWOULDBLOCK", "spi:recv",
                   [] {
                     return on_pair([](Pair& pair) {
                       nonblocking(pair.client);
                       return receive(pair.client);
                     });
                   }},
                  {"EOPNOTSUPP", "an unknown flag", "WSAEOPNOTSUPP", "spi:recv",
                   [] { return on_pair([](Pair& pair) { return receive(pair.client, 0x4000); }); }},
                  {"ETIMEDOUT", "SO_RCVTIMEO is over", "WSAETIMEDOUT", "spi:recv",
                   [] {
                     return on_pair([](Pair& pair) {
                       must(set_option(pair.client, SOL_SOCKET, SO_RCVTIMEO, DWORD{20}), "SO_RCVTIMEO");
                       return receive(pair.client);
                     });
                   }},
                  {"ECONNRESET", "the peer has reset, twice", "WSAECONNRESET, WSAECONNRESET", "obs:test_tcp_reset",
                   [] {
                     return on_pair([](Pair& pair) {
                       must(set_option(pair.server, SOL_SOCKET, SO_LINGER, LINGER{1, 0}), "SO_LINGER");
                       pair.server.close();
                       const std::string first = receive(pair.client);
                       return say({first, receive(pair.client)});
                     });
                   }},
                  {"end", "the peer has closed", "end, end", "spi:recv",
                   [] {
                     return on_pair([](Pair& pair) {
                       pair.server.close();
                       const std::string first = receive(pair.client);
                       return say({first, receive(pair.client)});
                     });
                   }},
              });
  suite.table("spi.WSPSend", "WSPSend",
              {
                  {"EFAULT-buffers", "no buffer list", "WSAEFAULT", "spi:send",
                   [] {
                     return on_pair([](Pair& pair) {
                       DWORD sent = 0;
                       return send_raw(pair.client, nullptr, 1, &sent);
                     });
                   }},
                  {"EFAULT-count", "no count", "WSAEFAULT", "spi:send",
                   [] {
                     return on_pair([](Pair& pair) {
                       char byte = 'x';
                       WSABUF buffer{1, &byte};
                       return send_raw(pair.client, &buffer, 1, nullptr);
                     });
                   }},
                  {"EINVAL-none", "no buffers", "WSAEINVAL", "docs/winsock.md WSPSend",
                   [] {
                     return on_pair([](Pair& pair) {
                       char byte = 'x';
                       WSABUF buffer{1, &byte};
                       DWORD sent = 0;
                       return send_raw(pair.client, &buffer, 0, &sent);
                     });
                   }},
                  {"ENOTCONN", "not connected", "WSAENOTCONN", "spi:send",
                   [] { return on_tcp([](SOCKET s) { return send(s, "x"); }); }},
                  {"ENOTCONN-connecting", "connecting", "WSAENOTCONN", "sheet 5.5",
                   [] { return on_connecting([](SOCKET s) { return send(s, "x"); }); }},
                  {"ENOTCONN-listener", "a listener", "WSAENOTCONN", "sheet 5.5",
                   [] {
                     Handle s = listener();
                     return send(s, "x");
                   }},
                  {"ENOTCONN-udp", "a datagram socket without a peer", "WSAENOTCONN", "sheet 5.5",
                   [] {
                     Handle s = udp();
                     return send(s, "x");
                   }},
                  {"ESHUTDOWN", "after SD_SEND", "WSAESHUTDOWN", "spi:send",
                   [] {
                     return on_pair([](Pair& pair) {
                       must(shutdown(pair.client, SD_SEND), "WSPShutdown");
                       return send(pair.client, "x");
                     });
                   }},
                  {"EOPNOTSUPP", "an unknown flag", "WSAEOPNOTSUPP", "spi:send",
                   [] { return on_pair([](Pair& pair) { return send(pair.client, "x", 0x4000); }); }},
                  {"EOPNOTSUPP-oob-udp", "urgent data on a datagram socket", "WSAEOPNOTSUPP", "spi:send",
                   [] {
                     Handle s = bound(udp());
                     must(connect(s, local_name(s)), "WSPConnect");
                     return send(s, "x", MSG_OOB);
                   }},
                  {"count", "the number of bytes", "3", "spi:send",
                   [] { return on_pair([](Pair& pair) { return send(pair.client, "abc"); }); }},
              });
  suite.table("spi.WSPSendTo", "WSPSendTo",
              {
                  {"ENOTCONN", "no destination, not connected", "WSAENOTCONN", "obs:test_WSASendTo",
                   [] {
                     Handle s = udp();
                     return send_to(s, nullptr, 0);
                   }},
                  {"EFAULT", "the destination is short", "WSAEFAULT", "spi:sendto",
                   [] {
                     Handle s = udp();
                     const Name to = loopback(AF_INET, htons(9));
                     return send_to(s, &to, 15);
                   }},
                  {"EAFNOSUPPORT", "another family", "WSAEAFNOSUPPORT", "spi:sendto",
                   [] {
                     Handle s = udp();
                     const Name to = with_family(loopback(AF_INET, htons(9)), 250);
                     return send_to(s, &to, 16);
                   }},
                  {"EADDRNOTAVAIL", "address 0", "WSAEADDRNOTAVAIL", "spi:sendto",
                   [] {
                     Handle s = udp();
                     const Name to = wildcard(AF_INET, htons(9));
                     return send_to(s, &to, 16);
                   }},
                  {"EACCES", "broadcast without SO_BROADCAST", "WSAEACCES", "spi:sendto",
                   [] {
                     Handle s = udp();
                     const Name to = v4_name(INADDR_BROADCAST, htons(9));
                     return send_to(s, &to, 16);
                   }},
                  {"ESHUTDOWN", "after SD_SEND", "WSAESHUTDOWN", "spi:sendto",
                   [] {
                     Handle s = udp();
                     must(shutdown(s, SD_SEND), "WSPShutdown");
                     const Name to = loopback(AF_INET, htons(9));
                     return send_to(s, &to, 16);
                   }},
                  {"port-0", "port 0 succeeds", "1", "obs:test_WSASendTo",
                   [] {
                     Handle s = udp();
                     const Name to = loopback();
                     return send_to(s, &to, 16);
                   }},
              });
  suite.table("spi.WSPRecvFrom", "WSPRecvFrom",
              {
                  {"EINVAL", "not bound", "WSAEINVAL", "spi:recvfrom",
                   [] {
                     Handle s = udp();
                     return receive_from(s, 28);
                   }},
                  {"EFAULT", "no room for the sender: the datagram stays", "WSAEFAULT, 1", "spi:recvfrom",
                   [] {
                     Handle s = bound(udp());
                     const Name to = local_name(s);
                     must(send_to(s, &to, 16) == "1" ? "0" : "no", "WSPSendTo");
                     const std::string code = receive_from(s, 15);
                     return say({code, receive_from(s, 16)});
                   }},
                  {"ESHUTDOWN", "after SD_RECEIVE", "WSAESHUTDOWN", "spi:recvfrom",
                   [] {
                     Handle s = bound(udp());
                     must(shutdown(s, SD_RECEIVE), "WSPShutdown");
                     return receive_from(s, 28);
                   }},
                  {"ENOTCONN", "a stream socket that is not connected", "WSAENOTCONN", "spi:recvfrom",
                   [] { return on_tcp([](SOCKET s) { return receive_from(s, 28); }); }},
                  {"EWOULDBLOCK", "nothing there", "WSAEWOULDBLOCK", "spi:recvfrom",
                   [] {
                     Handle s = bound(udp());
                     nonblocking(s);
                     return receive_from(s, 28);
                   }},
              });
}

}  // namespace conformance::spi
