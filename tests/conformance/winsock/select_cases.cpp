// select: what counts as readable, writable and exceptional.
#include <initializer_list>
#include <thread>

#include "cases.h"
#include "world.h"

namespace conformance {
namespace {

fd_set set_of(std::initializer_list<SOCKET> sockets) {
  fd_set set;
  FD_ZERO(&set);
  // FD_SET would drop duplicates, and some cases are about them.
  for (SOCKET s : sockets) set.fd_array[set.fd_count++] = s;
  return set;
}

// In which sets the socket is after at most timeout_ms: some of "rwe", or "-".
std::string sets_of(SOCKET s, int timeout_ms = 0) {
  fd_set read = set_of({s});
  fd_set write = set_of({s});
  fd_set except = set_of({s});
  timeval timeout{timeout_ms / 1000, timeout_ms % 1000 * 1000};
  const int count = ::select(0, &read, &write, &except, &timeout);
  if (count == SOCKET_ERROR) return last_error();
  std::string sets;
  if (read.fd_count == 1) sets += "r";
  if (write.fd_count == 1) sets += "w";
  if (except.fd_count == 1) sets += "e";
  if (static_cast<int>(sets.size()) != count) sets += " but counted " + number(count);
  return sets.empty() ? "-" : sets;
}

// Waits for read and except alone, for sockets that are always writable.
std::string sets_after(SOCKET s, int timeout_ms = 2000) {
  fd_set read = set_of({s});
  fd_set except = set_of({s});
  timeval timeout{timeout_ms / 1000, timeout_ms % 1000 * 1000};
  ::select(0, &read, nullptr, &except, &timeout);
  return sets_of(s);
}

std::string select_code(fd_set* read, fd_set* write, fd_set* except, long seconds = 0, long microseconds = 0) {
  timeval timeout{seconds, microseconds};
  return outcome(::select(0, read, write, except, &timeout));
}

std::string bad_member_keeps_sets() {
  Pair pair = connected();
  fd_set read = set_of({pair.client, INVALID_SOCKET});
  fd_set write = set_of({pair.client});
  const std::string code = select_code(&read, &write, nullptr);
  return say({code, number(read.fd_count), number(write.fd_count)});
}

std::string closed_member(int which) {
  Socket s = tcp();
  const SOCKET stale = s;
  s.close();
  fd_set set = set_of({stale});
  return select_code(which == 0 ? &set : nullptr, which == 1 ? &set : nullptr, which == 2 ? &set : nullptr);
}

std::string duplicates() {
  Pair pair = connected();
  fd_set write = set_of({pair.client, pair.client, pair.client});
  const std::string code = select_code(nullptr, &write, nullptr);
  return say({code, number(write.fd_count)});
}

std::string same_set_twice() {
  Pair pair = connected();
  must(send_text(pair.server, "x"), "send");
  readable(pair.client);
  fd_set both = set_of({pair.client});
  return select_code(&both, &both, nullptr);
}

std::string sum_of_sets() {
  Pair pair = connected();
  must(send_text(pair.server, "x"), "send");
  readable(pair.client);
  fd_set read = set_of({pair.client});
  fd_set write = set_of({pair.client, pair.server});
  return select_code(&read, &write, nullptr);
}

std::string timeout_untouched() {
  Socket s = listener();
  fd_set read = set_of({s});
  timeval timeout{0, 5000};
  ::select(0, &read, nullptr, nullptr, &timeout);
  return number(timeout.tv_sec) + "." + number(timeout.tv_usec);
}

std::string failed_connect_blocking() {
  Socket s = tcp();
  connect_at(s, closed_port());
  return sets_of(s);
}

std::string failed_connect_stays() {
  Socket s = tcp();
  nonblocking(s);
  connect_at(s, closed_port());
  fd_set write = set_of({s});
  fd_set except = set_of({s});
  timeval timeout{4, 0};
  ::select(0, nullptr, &write, &except, &timeout);
  const std::string first = sets_of(s);
  return say({first, sets_of(s)});
}

std::string connecting() {
  Silence silence;
  Socket s = silence.connecting();
  return sets_of(s);
}

std::string urgent(bool in_line) {
  Pair pair = connected();
  if (in_line) must(set_option(pair.server, SOL_SOCKET, SO_OOBINLINE, BOOL{TRUE}), "SO_OOBINLINE");
  must(::send(pair.client, "u", 1, MSG_OOB), "send");
  return sets_after(pair.server);
}

std::string urgent_taken() {
  Pair pair = connected();
  must(::send(pair.client, "u", 1, MSG_OOB), "send");
  sets_after(pair.server);
  must(receive(pair.server, 1, MSG_OOB) == "'u'" ? 0 : SOCKET_ERROR, "recv");
  return sets_of(pair.server);
}

std::string closed_meanwhile(bool in_read) {
  Socket s = listener();
  const SOCKET handle = s;
  std::thread closer([&] {
    pause_ms(30);
    s.close();
  });
  fd_set set = set_of({handle});
  timeval timeout{3, 0};
  const int count = ::select(0, in_read ? &set : nullptr, nullptr, in_read ? nullptr : &set, &timeout);
  const std::string code = outcome(count);
  closer.join();
  return in_read ? say({code, number(set.fd_count)}) : code;
}

std::string wakes_on_data() {
  Pair pair = connected();
  std::thread later([&] {
    pause_ms(20);
    send_text(pair.server, "x");
  });
  fd_set read = set_of({pair.client});
  const std::string code = outcome(::select(0, &read, nullptr, nullptr, nullptr));
  later.join();
  return code;
}

std::string only_ready_ones() {
  Pair one = connected();
  Pair other = connected();
  must(send_text(other.server, "x"), "send");
  readable(other.client);
  fd_set read = set_of({one.client, other.client});
  const std::string code = select_code(&read, nullptr, nullptr);
  return say({code, yes_no(read.fd_count == 1 && read.fd_array[0] == other.client.get())});
}

template <class Make>
std::string state(Make make) {
  Socket s = make();
  return sets_of(s);
}

std::string nfds_ignored() {
  Pair pair = connected();
  fd_set write = set_of({pair.client});
  timeval timeout{0, 0};
  return outcome(::select(-7, nullptr, &write, nullptr, &timeout));
}

}  // namespace

void add_select_cases(Suite& suite) {
  suite.table("select", "select",
              {
                  {"all-null", "all sets are NULL", "WSAEINVAL", "obs:test_select",
                   [] { return select_code(nullptr, nullptr, nullptr); }},
                  {"all-empty", "all sets are empty", "WSAEINVAL", "obs:test_select",
                   [] {
                     fd_set read = set_of({});
                     fd_set write = set_of({});
                     fd_set except = set_of({});
                     return select_code(&read, &write, &except);
                   }},
                  {"empty-and-null", "one empty set, no others", "WSAEINVAL", "obs:test_select",
                   [] {
                     fd_set read = set_of({});
                     return select_code(&read, nullptr, nullptr, 0, 1000);
                   }},
                  {"invalid-read", "INVALID_SOCKET in the read set", "WSAENOTSOCK", "obs:test_select",
                   [] {
                     fd_set set = set_of({INVALID_SOCKET});
                     return select_code(&set, nullptr, nullptr);
                   }},
                  {"invalid-write", "INVALID_SOCKET in the write set", "WSAENOTSOCK", "obs:test_select",
                   [] {
                     fd_set set = set_of({INVALID_SOCKET});
                     return select_code(nullptr, &set, nullptr);
                   }},
                  {"invalid-except", "INVALID_SOCKET in the except set", "WSAENOTSOCK", "obs:test_select",
                   [] {
                     fd_set set = set_of({INVALID_SOCKET});
                     return select_code(nullptr, nullptr, &set);
                   }},
                  {"closed-read", "a closed handle in the read set", "WSAENOTSOCK", "obs:test_select",
                   [] { return closed_member(0); }},
                  {"closed-write", "a closed handle in the write set", "WSAENOTSOCK", "obs:test_select",
                   [] { return closed_member(1); }},
                  {"closed-except", "a closed handle in the except set", "WSAENOTSOCK", "obs:test_select",
                   [] { return closed_member(2); }},
                  {"bad-keeps-sets", "a bad member: all sets stay as they were", "WSAENOTSOCK, 2, 1", "obs:test_select",
                   bad_member_keeps_sets},
                  {"negative-timeout", "the timeout is negative", "WSAEINVAL", "spi:select",
                   [] {
                     Socket s = listener();
                     fd_set set = set_of({s});
                     return select_code(&set, nullptr, nullptr, -1, 0);
                   }},
                  {"timeout", "nothing happens", "0", "spi:select",
                   [] {
                     Socket s = listener();
                     fd_set set = set_of({s});
                     return select_code(&set, nullptr, nullptr, 0, 20000);
                   }},
                  {"timeout-empties", "after a timeout the set is empty", "0", "spi:select",
                   [] {
                     Socket s = listener();
                     fd_set set = set_of({s});
                     select_code(&set, nullptr, nullptr, 0, 1000);
                     return number(set.fd_count);
                   }},
                  {"timeout-untouched", "the timeout is not changed", "0.5000", "obs:test_select", timeout_untouched},
                  {"nfds", "nfds is ignored", "1", "spi:select", nfds_ignored},
                  {"duplicates", "a socket three times in a set", "1, 1", "obs:test_select", duplicates},
                  {"same-set-twice", "one set passed for reading and writing: counted for each", "2", "obs:test_select",
                   same_set_twice},
                  {"sum", "the result is the sum of the sets", "3", "obs:test_select", sum_of_sets},
                  {"only-ready", "only what is ready stays", "1, yes", "spi:select", only_ready_ones},
                  {"wakes", "waits for ever, data arrives", "1", "spi:select", wakes_on_data},
                  {"closed-meanwhile-read", "closed by another thread, in the read set", "1, 1", "obs:test_select",
                   [] { return closed_meanwhile(true); }},
                  {"closed-meanwhile-except", "closed by another thread, in the except set", "WSAENOTSOCK",
                   "obs:test_select", [] { return closed_meanwhile(false); }},
              });
  suite.table(
      "select-state", "select",
      {
          {"tcp", "a fresh TCP socket", "-", "obs:test_select", [] { return state([] { return tcp(); }); }},
          {"tcp-bound", "a bound TCP socket", "-", "sheet 5.6", [] { return state([] { return bound(tcp()); }); }},
          {"udp", "a fresh UDP socket", "w", "obs:test_select", [] { return state([] { return udp(); }); }},
          {"udp-bound", "a bound UDP socket", "w", "sheet 2.12", [] { return state([] { return bound(udp()); }); }},
          {"udp-data", "a UDP socket with a datagram", "rw", "sheet 2.12",
           [] {
             Pair pair = connected_udp();
             must(send_text(pair.client, "x"), "send");
             return sets_after(pair.server);
           }},
          {"listener", "a listener, nobody waits", "-", "obs:test_select",
           [] { return state([] { return listener(); }); }},
          {"listener-client", "a listener, somebody waits", "r", "obs:test_select",
           [] {
             Socket server = listener();
             Socket client = connect_to(server);
             return sets_after(server);
           }},
          {"connected", "connected", "w", "obs:test_select",
           [] {
             Pair pair = connected();
             return sets_of(pair.client);
           }},
          {"data", "data has arrived", "rw", "obs:test_select",
           [] {
             Pair pair = connected();
             must(send_text(pair.server, "x"), "send");
             return sets_after(pair.client);
           }},
          {"urgent", "urgent data", "we", "obs:test_select", [] { return urgent(false); }},
          {"urgent-inline", "urgent data, inline", "rw", "obs:test_select", [] { return urgent(true); }},
          {"urgent-taken", "urgent data was taken", "w", "sheet 4.8", urgent_taken},
          {"peer-end", "the peer has finished", "rw", "obs:test_select",
           [] {
             Pair pair = connected();
             must(::shutdown(pair.server, SD_SEND), "shutdown");
             return sets_after(pair.client);
           }},
          {"peer-closed", "the peer has closed", "rw", "obs:test_select",
           [] {
             Pair pair = connected();
             pair.server.close();
             return sets_after(pair.client);
           }},
          {"peer-reset", "the peer has reset", "rw", "obs:test_select",
           [] {
             Pair pair = connected();
             reset(pair.server, pair.client);
             return sets_of(pair.client);
           }},
          {"own-receive-shut", "after the own SD_RECEIVE: nothing new", "w", "sheet 5.7",
           [] {
             Pair pair = connected();
             must(::shutdown(pair.client, SD_RECEIVE), "shutdown");
             return sets_of(pair.client);
           }},
          {"own-send-shut", "after the own SD_SEND", "w", "sheet 2.12",
           [] {
             Pair pair = connected();
             must(::shutdown(pair.client, SD_SEND), "shutdown");
             return sets_of(pair.client);
           }},
          {"connecting", "a connect is running", "-", "sheet 2.12", connecting},
          {"connect-failed", "a nonblocking connect failed; and it stays so", "e, e", "obs:test_select",
           failed_connect_stays},
          {"connect-failed-blocking", "a blocking connect failed", "e", "obs:test_select", failed_connect_blocking},
          {"full", "nothing more can be sent", "-", "sheet 2.12",
           [] {
             Pair pair = connected();
             nonblocking(pair.client);
             std::string block(1 << 20, 'x');
             while (::send(pair.client, block.data(), static_cast<int>(block.size()), 0) > 0) {
             }
             return sets_of(pair.client);
           }},
      });
}

}  // namespace conformance
