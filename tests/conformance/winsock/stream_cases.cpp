// Sending and receiving on connected streams: the table of sheet 5.5, flags, buffers, timeouts, resets.
#include <atomic>
#include <thread>
#include <vector>

#include "cases.h"
#include "world.h"

namespace conformance {
namespace {

std::string on_pair(std::string (*call)(Pair&)) {
  Pair pair = connected();
  return call(pair);
}

std::string on_reset(std::string (*call)(Pair&)) {
  Pair pair = connected();
  reset(pair.server, pair.client);
  return call(pair);
}

std::string wsa_send(SOCKET s, std::vector<WSABUF> buffers, DWORD flags = 0) {
  DWORD sent = 0;
  const int result = ::WSASend(s, buffers.data(), static_cast<DWORD>(buffers.size()), &sent, flags, nullptr, nullptr);
  return result == 0 ? number(sent) : last_error();
}

std::string wsa_recv(SOCKET s, std::vector<WSABUF> buffers, DWORD flags = 0) {
  DWORD got = 0;
  const int result = ::WSARecv(s, buffers.data(), static_cast<DWORD>(buffers.size()), &got, &flags, nullptr, nullptr);
  return result == 0 ? number(got) : last_error();
}

WSABUF buffer(char* data, size_t size) {
  return {static_cast<ULONG>(size), data};
}

std::string gather() {
  Pair pair = connected();
  char one[] = "abc";
  char two[] = "de";
  char three[] = "f";
  const std::string sent = wsa_send(pair.client, {buffer(one, 3), buffer(two, 2), buffer(three, 1)});
  return say({sent, receive(pair.server)});
}

std::string scatter() {
  Pair pair = connected();
  must(send_text(pair.client, "abcdef"), "send");
  readable(pair.server);
  char one[2];
  char two[8];
  const std::string got = wsa_recv(pair.server, {buffer(one, 2), buffer(two, 8)});
  return say({got, std::string(one, 2), std::string(two, 4)});
}

// Far more buffers than any fixed array would have room for.
std::string gather_many(int count) {
  Pair pair = connected();
  std::vector<char> bytes(static_cast<size_t>(count), 'x');
  std::vector<WSABUF> buffers;
  for (char& byte : bytes) buffers.push_back(buffer(&byte, 1));
  const std::string sent = wsa_send(pair.client, buffers);
  long long got = 0;
  std::vector<char> room(4096);
  while (got < count) {
    const int part = ::recv(pair.server, room.data(), static_cast<int>(room.size()), 0);
    if (part <= 0) break;
    got += part;
  }
  return say({sent, number(got)});
}

std::string empty_among_buffers() {
  Pair pair = connected();
  char one[] = "ab";
  char two[] = "cd";
  const std::string sent = wsa_send(pair.client, {buffer(one, 2), buffer(nullptr, 0), buffer(two, 2)});
  return say({sent, receive(pair.server)});
}

std::string waitall() {
  Pair pair = connected();
  std::thread later([&] {
    send_text(pair.client, "abc");
    pause_ms(20);
    send_text(pair.client, "def");
  });
  const std::string got = receive(pair.server, 6, MSG_WAITALL);
  later.join();
  return got;
}

std::string waitall_end() {
  Pair pair = connected();
  must(send_text(pair.client, "abc"), "send");
  must(::shutdown(pair.client, SD_SEND), "shutdown");
  return receive(pair.server, 6, MSG_WAITALL);
}

std::string peek() {
  Pair pair = connected();
  must(send_text(pair.client, "abc"), "send");
  const std::string looked = receive(pair.server, 64, MSG_PEEK);
  return say({looked, receive(pair.server)});
}

// Waits until the urgent byte is there; nobody can wait for it with recv.
void await_urgent(SOCKET s) {
  fd_set except;
  FD_ZERO(&except);
  FD_SET(s, &except);
  timeval timeout{2, 0};
  if (::select(0, nullptr, nullptr, &except, &timeout) != 1) throw SetupFailed("no urgent data");
}

std::string urgent_out_of_line() {
  Pair pair = connected();
  must(::send(pair.client, "u", 1, MSG_OOB), "send");
  await_urgent(pair.server);
  return receive(pair.server, 1, MSG_OOB);
}

std::string urgent_is_skipped() {
  Pair pair = connected();
  must(send_text(pair.client, "a"), "send");
  must(::send(pair.client, "u", 1, MSG_OOB), "send");
  must(send_text(pair.client, "b"), "send");
  await_urgent(pair.server);
  const std::string first = receive(pair.server);
  return say({first, receive(pair.server)});
}

std::string urgent_inline() {
  Pair pair = connected();
  must(set_option(pair.server, SOL_SOCKET, SO_OOBINLINE, BOOL{TRUE}), "SO_OOBINLINE");
  must(::send(pair.client, "u", 1, MSG_OOB), "send");
  if (!readable(pair.server)) return "lost";
  const std::string asked = receive(pair.server, 1, MSG_OOB);
  return say({asked, receive(pair.server)});
}

std::string finished_then_sent() {
  Pair pair = connected();
  must(pair.server.close(), "closesocket");
  if (receive(pair.client) != "end") return "no end";
  const std::string first = outcome(send_text(pair.client, "x"));
  pause_ms(20);
  return say({first, receive(pair.client)});
}

std::string finished_many_times() {
  Pair pair = connected();
  must(send_text(pair.server, "x"), "send");
  must(::shutdown(pair.server, SD_SEND), "shutdown");
  const std::string data = receive(pair.client);
  const std::string once = receive(pair.client);
  return say({data, once, receive(pair.client)});
}

std::string timeout_then_usable() {
  Pair pair = connected();
  must(set_option(pair.client, SOL_SOCKET, SO_RCVTIMEO, DWORD{30}), "SO_RCVTIMEO");
  const std::string first = receive(pair.client);
  must(send_text(pair.server, "x"), "send");
  readable(pair.client);
  return say({first, receive(pair.client)});
}

// The peer does not read: at some point nothing more is taken.
std::string send_until_full() {
  Pair pair = connected();
  nonblocking(pair.client);
  std::vector<char> block(1 << 20, 'x');
  for (int i = 0; i < 512; ++i) {
    const int sent = ::send(pair.client, block.data(), static_cast<int>(block.size()), 0);
    if (sent == SOCKET_ERROR) return last_error();
    if (sent != static_cast<int>(block.size())) return "a part";
  }
  return "never full";
}

std::string send_huge(int bytes) {
  Pair pair = connected();
  nonblocking(pair.client);
  std::vector<char> block(static_cast<size_t>(bytes), 'x');
  const int sent = ::send(pair.client, block.data(), bytes, 0);
  must(set_option(pair.client, SOL_SOCKET, SO_LINGER, linger{1, 0}), "SO_LINGER");
  return outcome(sent);
}

std::string blocking_send_takes_all(int bytes) {
  Pair pair = connected();
  std::vector<char> block(static_cast<size_t>(bytes), 'x');
  std::atomic<long long> got{0};
  std::thread reader([&] {
    std::vector<char> room(1 << 16);
    while (got < bytes) {
      const int part = ::recv(pair.server, room.data(), static_cast<int>(room.size()), 0);
      if (part <= 0) break;
      got += part;
    }
  });
  const int sent = ::send(pair.client, block.data(), bytes, 0);
  reader.join();
  return say({outcome(sent), number(got)});
}

template <class Call>
std::string fresh(Call call) {
  Socket s = tcp();
  return call(s);
}

std::string recv_raw(SOCKET s, char* data, int size, int flags = 0) {
  return outcome(::recv(s, data, size, flags));
}

void add_send(Suite& suite) {
  suite.table(
      "send", "send",
      {
          {"handle-0", "the handle is 0", "WSAENOTSOCK", "sheet 2.10", [] { return outcome(::send(0, "x", 1, 0)); }},
          {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "spi:send",
           [] { return outcome(::send(INVALID_SOCKET, nullptr, 0, 0)); }},
          {"unconnected", "not connected", "WSAENOTCONN", "spi:send",
           [] { return fresh([](SOCKET s) { return outcome(send_text(s, "x")); }); }},
          {"unconnected-empty", "not connected, nothing to send", "WSAENOTCONN", "sheet 5.5",
           [] { return fresh([](SOCKET s) { return outcome(::send(s, nullptr, 0, 0)); }); }},
          {"bound", "bound, not connected", "WSAENOTCONN", "spi:send",
           [] {
             Socket s = bound(tcp());
             return outcome(send_text(s, "x"));
           }},
          {"empty", "nothing to send", "0", "sheet 5.5",
           [] { return on_pair([](Pair& pair) { return outcome(::send(pair.client, nullptr, 0, 0)); }); }},
          {"null-data", "data is NULL, length 1", "WSAEFAULT", "spi:send",
           [] { return on_pair([](Pair& pair) { return outcome(::send(pair.client, nullptr, 1, 0)); }); }},
          {"negative-length", "length -1", "WSAEFAULT", "sheet 2.8",
           [] { return on_pair([](Pair& pair) { return outcome(::send(pair.client, "x", -1, 0)); }); }},
          {"count", "the number of bytes", "3", "spi:send",
           [] { return on_pair([](Pair& pair) { return outcome(send_text(pair.client, "abc")); }); }},
          {"arrives", "what was sent arrives", "'abc'", "spi:send",
           [] {
             return on_pair([](Pair& pair) {
               must(send_text(pair.client, "abc"), "send");
               return receive(pair.server);
             });
           }},
          {"bad-flag", "an unknown flag", "WSAEOPNOTSUPP", "spi:send",
           [] { return on_pair([](Pair& pair) { return outcome(::send(pair.client, "x", 1, 0x4000)); }); }},
          {"partial-flag", "MSG_PARTIAL on a stream", "WSAEOPNOTSUPP", "spi:send",
           [] { return on_pair([](Pair& pair) { return outcome(::send(pair.client, "x", 1, MSG_PARTIAL)); }); }},
          {"dontroute", "MSG_DONTROUTE", "1", "spi:send",
           [] { return on_pair([](Pair& pair) { return outcome(::send(pair.client, "x", 1, MSG_DONTROUTE)); }); }},
          {"oob", "MSG_OOB", "1", "spi:send",
           [] { return on_pair([](Pair& pair) { return outcome(::send(pair.client, "x", 1, MSG_OOB)); }); }},
          {"after-reset", "the peer has reset", "WSAECONNRESET", "obs:test_tcp_reset",
           [] { return on_reset([](Pair& pair) { return outcome(send_text(pair.client, "x")); }); }},
          {"after-reset-again", "and again", "WSAECONNRESET, WSAECONNRESET", "obs:test_tcp_reset",
           [] {
             return on_reset([](Pair& pair) {
               const std::string first = outcome(send_text(pair.client, "x"));
               return say({first, outcome(send_text(pair.client, "x"))});
             });
           }},
          {"after-peer-end", "the peer has finished sending", "1", "sheet 5.5",
           [] {
             return on_pair([](Pair& pair) {
               must(::shutdown(pair.server, SD_SEND), "shutdown");
               receive(pair.client);
               return outcome(send_text(pair.client, "x"));
             });
           }},
          {"to-closed-peer", "the peer has closed: the first send succeeds, receives are aborted", "1, WSAECONNABORTED",
           "obs:test_shutdown", finished_then_sent},
          {"full-nonblocking", "nonblocking until nothing more is taken: all or nothing each time", "WSAEWOULDBLOCK",
           "obs:test_send_buffering", send_until_full},
          {"huge-nonblocking", "50,000,000 bytes nonblocking are taken whole", "50000000", "obs:test_send_buffering",
           [] { return send_huge(50000000); }},
          {"blocking-all", "a blocking send takes everything", "8388608, 8388608", "spi:send",
           [] { return blocking_send_takes_all(8 << 20); }},
          {"shutdown-and-null", "after SD_SEND, nothing to send", "WSAESHUTDOWN", "spi:send",
           [] {
             return on_pair([](Pair& pair) {
               must(::shutdown(pair.client, SD_SEND), "shutdown");
               return outcome(::send(pair.client, nullptr, 0, 0));
             });
           }},
      });
  suite.table(
      "WSASend", "WSASend",
      {
          {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "spi:send",
           [] { return wsa_send(INVALID_SOCKET, {buffer(nullptr, 0)}); }},
          {"null-buffers", "the buffer list is NULL", "WSAEFAULT", "spi:send",
           [] {
             return on_pair([](Pair& pair) {
               DWORD sent = 0;
               return outcome(::WSASend(pair.client, nullptr, 1, &sent, 0, nullptr, nullptr));
             });
           }},
          {"null-count", "the count pointer is NULL, not overlapped", "WSAEFAULT", "sheet 2.11",
           [] {
             return on_pair([](Pair& pair) {
               char byte = 'x';
               WSABUF one{1, &byte};
               return outcome(::WSASend(pair.client, &one, 1, nullptr, 0, nullptr, nullptr));
             });
           }},
          {"gather", "three buffers", "6, 'abcdef'", "spi:send", gather},
          {"gather-3000", "3,000 buffers of one byte", "3000, 3000", "spi:send", [] { return gather_many(3000); }},
          {"gather-empty", "an empty buffer among others", "4, 'abcd'", "spi:send", empty_among_buffers},
          {"unconnected", "not connected", "WSAENOTCONN", "spi:send",
           [] {
             return fresh([](SOCKET s) {
               char byte = 'x';
               return wsa_send(s, {buffer(&byte, 1)});
             });
           }},
          {"after-reset", "the peer has reset", "WSAECONNRESET", "obs:test_tcp_reset",
           [] {
             return on_reset([](Pair& pair) {
               char byte = 'x';
               return wsa_send(pair.client, {buffer(&byte, 1)});
             });
           }},
      });
}

void add_recv(Suite& suite) {
  suite.table("recv", "recv",
              {
                  {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "spi:recv",
                   [] { return recv_raw(INVALID_SOCKET, nullptr, 0); }},
                  {"handle-0", "the handle is 0", "WSAENOTSOCK", "spi:recv", [] { return recv_raw(0, nullptr, 0); }},
                  {"unconnected", "not connected", "WSAENOTCONN", "spi:recv",
                   [] { return fresh([](SOCKET s) { return receive(s); }); }},
                  {"bound", "bound, not connected", "WSAENOTCONN", "spi:recv",
                   [] {
                     Socket s = bound(tcp());
                     return receive(s);
                   }},
                  {"empty", "NULL and length 0 on a connected socket", "0", "obs:test_empty_recv",
                   [] { return on_pair([](Pair& pair) { return recv_raw(pair.client, nullptr, 0); }); }},
                  {"negative-length", "length -1", "WSAEFAULT", "sheet 2.8",
                   [] {
                     return on_pair([](Pair& pair) {
                       char byte;
                       return recv_raw(pair.client, &byte, -1);
                     });
                   }},
                  {"null-data", "data is NULL, length 1, with data there", "WSAEFAULT", "spi:recv",
                   [] {
                     return on_pair([](Pair& pair) {
                       must(send_text(pair.server, "x"), "send");
                       readable(pair.client);
                       return recv_raw(pair.client, nullptr, 1);
                     });
                   }},
                  {"null-keeps-data", "after that the data is still there", "'x'", "spi:recv",
                   [] {
                     return on_pair([](Pair& pair) {
                       must(send_text(pair.server, "x"), "send");
                       readable(pair.client);
                       recv_raw(pair.client, nullptr, 1);
                       return receive(pair.client);
                     });
                   }},
                  {"data", "what is there, less than asked for", "'abc'", "spi:recv",
                   [] {
                     return on_pair([](Pair& pair) {
                       must(send_text(pair.server, "abc"), "send");
                       return receive(pair.client);
                     });
                   }},
                  {"piecewise", "less than is there: the rest stays", "'ab', 'c'", "spi:recv",
                   [] {
                     return on_pair([](Pair& pair) {
                       must(send_text(pair.server, "abc"), "send");
                       readable(pair.client);
                       const std::string first = receive(pair.client, 2);
                       return say({first, receive(pair.client)});
                     });
                   }},
                  {"would-block", "nonblocking, nothing there", "WSAEWOULDBLOCK", "spi:recv",
                   [] {
                     return on_pair([](Pair& pair) {
                       nonblocking(pair.client);
                       return receive(pair.client);
                     });
                   }},
                  {"timeout", "SO_RCVTIMEO is over; then data arrives", "WSAETIMEDOUT, 'x'", "obs:test_timeout",
                   timeout_then_usable},
                  {"end", "the peer has finished: data, end, end", "'x', end, end", "spi:recv", finished_many_times},
                  {"after-reset", "the peer has reset", "WSAECONNRESET", "obs:test_tcp_reset",
                   [] { return on_reset([](Pair& pair) { return receive(pair.client); }); }},
                  {"after-reset-again", "and again", "WSAECONNRESET, WSAECONNRESET", "obs:test_tcp_reset",
                   [] {
                     return on_reset([](Pair& pair) {
                       const std::string first = receive(pair.client);
                       return say({first, receive(pair.client)});
                     });
                   }},
                  {"after-reset-send-first", "send, then recv after a reset", "WSAECONNRESET, WSAECONNRESET",
                   "obs:test_tcp_reset",
                   [] {
                     return on_reset([](Pair& pair) {
                       const std::string first = outcome(send_text(pair.client, "x"));
                       return say({first, receive(pair.client)});
                     });
                   }},
                  {"after-reset-names", "names after a reset", "0, 0", "sheet 6.4 #75",
                   [] {
                     return on_reset([](Pair& pair) {
                       Address local;
                       Address peer;
                       const std::string first = outcome(::getsockname(pair.client, local.get(), &local.size));
                       return say({first, outcome(::getpeername(pair.client, peer.get(), &peer.size))});
                     });
                   }},
                  {"peek", "MSG_PEEK leaves the data", "'abc', 'abc'", "spi:recv", peek},
                  {"waitall", "MSG_WAITALL waits for everything", "'abcdef'", "spi:recv", waitall},
                  {"waitall-end", "MSG_WAITALL and the end comes first", "'abc'", "spi:recv", waitall_end},
                  {"bad-flag", "an unknown flag", "WSAEOPNOTSUPP", "spi:recv",
                   [] {
                     return on_pair([](Pair& pair) {
                       char byte;
                       return recv_raw(pair.client, &byte, 1, 0x4000);
                     });
                   }},
                  {"oob", "MSG_OOB fetches the urgent byte", "'u'", "sheet 4.8", urgent_out_of_line},
                  {"oob-skipped", "a normal receive skips it", "'a', 'b'", "sheet 4.8", urgent_is_skipped},
                  {"oob-inline", "MSG_OOB while it comes inline; a normal receive has it", "WSAEINVAL, 'u'",
                   "sheet 4.8", urgent_inline},
              });
  suite.table("WSARecv", "WSARecv",
              {
                  {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "spi:recv",
                   [] { return wsa_recv(INVALID_SOCKET, {buffer(nullptr, 0)}); }},
                  {"no-buffers", "the number of buffers is 0", "WSAEINVAL", "obs:test_empty_recv",
                   [] {
                     return on_pair([](Pair& pair) {
                       DWORD got = 0;
                       DWORD flags = 0;
                       char byte;
                       WSABUF one{1, &byte};
                       return outcome(::WSARecv(pair.client, &one, 0, &got, &flags, nullptr, nullptr));
                     });
                   }},
                  {"null-flags", "the flags pointer is NULL", "WSAEFAULT", "spi:recv",
                   [] {
                     return on_pair([](Pair& pair) {
                       DWORD got = 0;
                       char byte;
                       WSABUF one{1, &byte};
                       return outcome(::WSARecv(pair.client, &one, 1, &got, nullptr, nullptr, nullptr));
                     });
                   }},
                  {"null-count", "the count pointer is NULL, not overlapped", "WSAEFAULT", "spi:recv",
                   [] {
                     return on_pair([](Pair& pair) {
                       DWORD flags = 0;
                       char byte;
                       WSABUF one{1, &byte};
                       must(send_text(pair.server, "x"), "send");
                       readable(pair.client);
                       return outcome(::WSARecv(pair.client, &one, 1, nullptr, &flags, nullptr, nullptr));
                     });
                   }},
                  {"scatter", "two buffers", "6, ab, cdef", "spi:recv", scatter},
                  {"unconnected", "not connected", "WSAENOTCONN", "spi:recv",
                   [] {
                     return fresh([](SOCKET s) {
                       char byte;
                       return wsa_recv(s, {buffer(&byte, 1)});
                     });
                   }},
                  {"flags-out", "flags after a plain receive", "0", "spi:recv",
                   [] {
                     return on_pair([](Pair& pair) {
                       must(send_text(pair.server, "x"), "send");
                       DWORD got = 0;
                       DWORD flags = 0;
                       char byte;
                       WSABUF one{1, &byte};
                       must(::WSARecv(pair.client, &one, 1, &got, &flags, nullptr, nullptr), "WSARecv");
                       return number(flags);
                     });
                   }},
              });
}

// Stream sockets take sendto and recvfrom and ignore the address.
void add_streams_with_addresses(Suite& suite) {
  suite.table(
      "stream-address", "sendto",
      {
          {"sendto", "sendto on a connected stream: the address is ignored", "1, 'x'", "obs:test_tcp_sendto_recvfrom",
           [] {
             return on_pair([](Pair& pair) {
               const Address nobody = loopback(AF_INET, htons(9));
               const std::string sent = outcome(::sendto(pair.client, "x", 1, 0, nobody.get(), nobody.size));
               return say({sent, receive(pair.server)});
             });
           }},
          {"sendto-null", "sendto on a connected stream without an address", "1", "obs:test_tcp_sendto_recvfrom",
           [] { return on_pair([](Pair& pair) { return outcome(::sendto(pair.client, "x", 1, 0, nullptr, 0)); }); }},
          {"sendto-unconnected", "sendto on an unconnected stream", "WSAENOTCONN", "obs:test_tcp_sendto_recvfrom",
           [] {
             return fresh([](SOCKET s) {
               const Address nobody = loopback(AF_INET, htons(9));
               return outcome(::sendto(s, "x", 1, 0, nobody.get(), nobody.size));
             });
           }},
      });
  suite.table(
      "stream-address", "recvfrom",
      {
          {"recvfrom", "recvfrom on a stream: address and length untouched", "1, 0, 28", "obs:test_tcp_sendto_recvfrom",
           [] {
             return on_pair([](Pair& pair) {
               must(send_text(pair.client, "x"), "send");
               char byte;
               Address from;
               const std::string got = outcome(::recvfrom(pair.server, &byte, 1, 0, from.get(), &from.size));
               return say({got, number(from.any.sa_family), number(from.size)});
             });
           }},
          {"recvfrom-unconnected", "recvfrom on an unconnected stream", "WSAENOTCONN", "spi:recvfrom",
           [] {
             return fresh([](SOCKET s) {
               char byte;
               return outcome(::recvfrom(s, &byte, 1, 0, nullptr, nullptr));
             });
           }},
      });
}

}  // namespace

void add_stream_cases(Suite& suite) {
  add_send(suite);
  add_recv(suite);
  add_streams_with_addresses(suite);
}

}  // namespace conformance
