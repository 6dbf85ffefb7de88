// Closing sockets: gracefully, with a reset, under calls that wait, and with data that is still on its way.
#include <atomic>
#include <thread>
#include <vector>

#include "cases.h"
#include "world.h"

namespace conformance {
namespace {

template <class Call>
std::string on_closed(Call call) {
  Socket s = tcp();
  const SOCKET stale = s;
  must(s.close(), "closesocket");
  return call(stale);
}

std::string graceful() {
  Pair pair = connected();
  must(send_text(pair.client, "abc"), "send");
  must(pair.client.close(), "closesocket");
  const std::string data = receive(pair.server);
  return say({data, receive(pair.server)});
}

std::string hard() {
  Pair pair = connected();
  reset(pair.client, pair.server);
  return receive(pair.server);
}

std::string unread_data() {
  Pair pair = connected();
  must(send_text(pair.server, "abc"), "send");
  if (!readable(pair.client)) return "lost";
  must(pair.client.close(), "closesocket");
  readable(pair.server);
  return receive(pair.server);
}

std::string wakes_recv() {
  Pair pair = connected();
  const SOCKET s = pair.client;
  std::atomic<bool> failed{false};
  std::thread waiting([&] {
    char byte;
    failed = ::recv(s, &byte, 1, 0) == SOCKET_ERROR;
  });
  pause_ms(30);
  pair.client.close();
  waiting.join();
  return failed ? "fails" : "succeeds";
}

// Sends until nothing more is taken, in a nonblocking way. Returns how much it was.
long long fill(SOCKET s) {
  std::vector<char> block(1 << 16, 'x');
  long long total = 0;
  nonblocking(s);
  while (total < (64 << 20)) {
    const int sent = ::send(s, block.data(), static_cast<int>(block.size()), 0);
    if (sent <= 0) break;
    total += sent;
  }
  return total;
}

std::string linger_nonblocking() {
  Pair pair = connected();
  fill(pair.client);
  must(set_option(pair.client, SOL_SOCKET, SO_LINGER, linger{1, 5}), "SO_LINGER");
  const std::string first = outcome(::closesocket(pair.client));
  const std::string type = option(pair.client, SOL_SOCKET, SO_TYPE);  // the handle is still good
  set_option(pair.client, SOL_SOCKET, SO_LINGER, linger{1, 0});
  return say({first, type});
}

std::string delivered_after_close(int bytes) {
  Pair pair = connected();
  std::vector<char> block(static_cast<size_t>(bytes), 'x');
  std::atomic<long long> got{0};
  std::thread reader([&] {
    std::vector<char> room(1 << 16);
    while (true) {
      const int part = ::recv(pair.server, room.data(), static_cast<int>(room.size()), 0);
      if (part <= 0) break;
      got += part;
    }
  });
  const int sent = ::send(pair.client, block.data(), bytes, 0);
  pair.client.close();
  reader.join();
  return say({number(sent), number(got)});
}

std::string nonblocking_delivered_after_close(int bytes) {
  Pair pair = connected();
  nonblocking(pair.client);
  std::vector<char> block(static_cast<size_t>(bytes), 'x');
  const int sent = ::send(pair.client, block.data(), bytes, 0);
  pair.client.close();
  long long got = 0;
  std::vector<char> room(1 << 16);
  while (true) {
    const int part = ::recv(pair.server, room.data(), static_cast<int>(room.size()), 0);
    if (part <= 0) break;
    got += part;
  }
  return say({number(sent), number(got)});
}

std::string stale_is_never_another() {
  Socket one = tcp();
  const SOCKET stale = one;
  must(one.close(), "closesocket");
  // The next sockets may get the descriptor that became free, but never the handle at once.
  std::vector<Socket> next;
  for (int i = 0; i < 8; ++i) next.push_back(tcp());
  return option(stale, SOL_SOCKET, SO_TYPE);
}

}  // namespace

void add_close_cases(Suite& suite) {
  suite.table(
      "closesocket", "closesocket",
      {
          {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "spi:closesocket",
           [] { return outcome(::closesocket(INVALID_SOCKET)); }},
          {"handle-0", "the handle is 0", "WSAENOTSOCK", "spi:closesocket", [] { return outcome(::closesocket(0)); }},
          {"handle-1", "the handle is 1", "WSAENOTSOCK", "sheet 6.4 #106", [] { return outcome(::closesocket(1)); }},
          {"handle-2", "the handle is 2, a descriptor of the process", "WSAENOTSOCK", "sheet 6.4 #106",
           [] { return outcome(::closesocket(2)); }, Where::native},
          {"tcp", "an open TCP socket", "0", "spi:closesocket",
           [] {
             Socket s = tcp();
             return outcome(s.close());
           }},
          {"udp", "an open UDP socket", "0", "spi:closesocket",
           [] {
             Socket s = udp();
             return outcome(s.close());
           }},
          {"twice", "closed twice", "WSAENOTSOCK", "spi:closesocket",
           [] { return on_closed([](SOCKET s) { return outcome(::closesocket(s)); }); }},
          {"then-send", "send afterwards", "WSAENOTSOCK", "sheet 5.5",
           [] { return on_closed([](SOCKET s) { return outcome(send_text(s, "x")); }); }},
          {"then-recv", "recv afterwards", "WSAENOTSOCK", "sheet 5.5",
           [] { return on_closed([](SOCKET s) { return receive(s); }); }},
          {"then-bind", "bind afterwards", "WSAENOTSOCK", "sheet 2",
           [] { return on_closed([](SOCKET s) { return outcome(bind_to(s, loopback())); }); }},
          {"then-getsockname", "getsockname afterwards", "WSAENOTSOCK", "sheet 2",
           [] {
             return on_closed([](SOCKET s) {
               Address address;
               return outcome(::getsockname(s, address.get(), &address.size));
             });
           }},
          {"then-getsockopt", "getsockopt afterwards", "WSAENOTSOCK", "obs:test_set_getsockopt",
           [] { return on_closed([](SOCKET s) { return option(s, SOL_SOCKET, SO_TYPE); }); }},
          {"then-ioctl", "ioctlsocket afterwards", "WSAENOTSOCK", "sheet 2",
           [] {
             return on_closed([](SOCKET s) {
               u_long on = 1;
               return outcome(::ioctlsocket(s, FIONBIO, &on));
             });
           }},
          {"stale", "a stale handle while new sockets are made", "WSAENOTSOCK", "sheet 6.4 #106",
           stale_is_never_another, Where::native},
          {"graceful", "data, then the end", "'abc', end", "sheet 2.6", graceful},
          {"linger-1-0", "linger {1,0}: a reset", "WSAECONNRESET", "sheet 2.6", hard},
          {"unread-data", "with unread data: a reset", "WSAECONNRESET", "sheet 6.4 #76", unread_data},
          {"wakes-recv", "a recv that waits in another thread", "fails", "sheet 2.6", wakes_recv},
          {"linger-nonblocking", "linger {1,n}, nonblocking, unsent data: would block, the handle stays",
           "WSAEWOULDBLOCK, 1", "sheet 2.6", linger_nonblocking},
          {"delivers-1m", "1 MiB is delivered after the close", "1048576, 1048576", "obs:test_send_buffering",
           [] { return delivered_after_close(1 << 20); }},
          {"delivers-20m-nonblocking", "20 MiB sent nonblocking in one call, delivered after the close",
           "20971520, 20971520", "obs:test_send_buffering", [] { return nonblocking_delivered_after_close(20 << 20); }},
      });
}

}  // namespace conformance
