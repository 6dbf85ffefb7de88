// WSAPoll: its flags and what it says about each state.
#include <thread>

#include "cases.h"
#include "world.h"

namespace conformance {
namespace {

constexpr SHORT kAll = POLLRDNORM | POLLRDBAND | POLLWRNORM;

std::string flags_text(SHORT flags) {
  std::string text;
  auto name = [&](SHORT bit, const char* word) {
    if ((flags & bit) != 0) text += text.empty() ? word : std::string(" ") + word;
  };
  name(POLLERR, "ERR");
  name(POLLHUP, "HUP");
  name(POLLNVAL, "NVAL");
  name(POLLWRNORM, "WRNORM");
  name(POLLRDNORM, "RDNORM");
  name(POLLRDBAND, "RDBAND");
  return text.empty() ? "-" : text;
}

std::string poll_one(SOCKET s, SHORT events = kAll, int timeout_ms = 0) {
  WSAPOLLFD entry{s, events, 0x5a5a};
  const int count = ::WSAPoll(&entry, 1, timeout_ms);
  return say({outcome(count), flags_text(entry.revents)});
}

// Waits for what is not simply "can be written", then looks at everything.
std::string poll_after(SOCKET s) {
  WSAPOLLFD entry{s, POLLRDNORM | POLLRDBAND, 0};
  ::WSAPoll(&entry, 1, 2000);
  return poll_one(s);
}

std::string bad_flag(SHORT flag) {
  Socket s = bound(udp());
  WSAPOLLFD entry{s, flag, 0};
  return outcome(::WSAPoll(&entry, 1, 0));
}

std::string one_bad_one_good(SOCKET bad) {
  Pair pair = connected();
  WSAPOLLFD entries[] = {{bad, kAll, 0}, {pair.client, kAll, 0}};
  const std::string count = outcome(::WSAPoll(entries, 2, 0));
  return say({count, flags_text(entries[0].revents), flags_text(entries[1].revents)});
}

std::string failed_connect() {
  Socket s = tcp();
  nonblocking(s);
  connect_at(s, closed_port());
  WSAPOLLFD entry{s, kAll, 0};
  ::WSAPoll(&entry, 1, 4000);
  return flags_text(entry.revents);
}

std::string closed_meanwhile() {
  Socket s = listener();
  const SOCKET handle = s;
  std::thread closer([&] {
    pause_ms(30);
    s.close();
  });
  const std::string result = poll_one(handle, kAll, 3000);
  closer.join();
  return result;
}

template <class Make>
std::string state(Make make) {
  Socket s = make();
  return poll_one(s);
}

std::string urgent(bool in_line) {
  Pair pair = connected();
  if (in_line) must(set_option(pair.server, SOL_SOCKET, SO_OOBINLINE, BOOL{TRUE}), "SO_OOBINLINE");
  must(::send(pair.client, "u", 1, MSG_OOB), "send");
  return poll_after(pair.server);
}

}  // namespace

void add_poll_cases(Suite& suite) {
  suite.table(
      "WSAPoll", "WSAPoll",
      {
          {"null-0", "no array, 0 entries", "WSAEINVAL", "obs:test_WSAPoll",
           [] { return outcome(::WSAPoll(nullptr, 0, 0)); }},
          {"null-1", "no array, 1 entry", "WSAEFAULT", "obs:test_WSAPoll",
           [] { return outcome(::WSAPoll(nullptr, 1, 0)); }},
          {"flag-err", "asking for POLLERR", "WSAEINVAL", "obs:test_WSAPoll", [] { return bad_flag(POLLERR); }},
          {"flag-hup", "asking for POLLHUP", "WSAEINVAL", "obs:test_WSAPoll", [] { return bad_flag(POLLHUP); }},
          {"flag-nval", "asking for POLLNVAL", "WSAEINVAL", "obs:test_WSAPoll", [] { return bad_flag(POLLNVAL); }},
          {"flag-pri", "asking for POLLPRI", "WSAEINVAL", "obs:test_WSAPoll", [] { return bad_flag(POLLPRI); }},
          {"flag-wrband", "asking for POLLWRBAND", "WSAEINVAL", "obs:test_WSAPoll",
           [] { return bad_flag(POLLWRBAND); }},
          {"flag-unknown", "asking for 0x800", "WSAEINVAL", "obs:test_WSAPoll", [] { return bad_flag(0x800); }},
          {"only-bad", "only a bad handle", "WSAENOTSOCK, NVAL", "obs:test_WSAPoll",
           [] { return poll_one(INVALID_SOCKET); }},
          {"bad-and-good", "a bad handle is told, but not counted", "1, NVAL, WRNORM", "obs:test_WSAPoll",
           [] { return one_bad_one_good(INVALID_SOCKET); }},
          {"closed-and-good", "the same with a closed handle", "1, NVAL, WRNORM", "obs:test_WSAPoll",
           [] {
             Socket s = tcp();
             const SOCKET stale = s;
             s.close();
             return one_bad_one_good(stale);
           }},
          {"timeout", "nothing happens", "0, -", "obs:test_WSAPoll",
           [] {
             Socket s = listener();
             return poll_one(s, kAll, 20);
           }},
          {"tcp", "a fresh TCP socket", "0, -", "sheet 5.7", [] { return state([] { return tcp(); }); }},
          {"udp", "a bound UDP socket", "1, WRNORM", "sheet 5.7", [] { return state([] { return bound(udp()); }); }},
          {"listener", "a listener, nobody waits", "0, -", "obs:test_WSAPoll",
           [] { return state([] { return listener(); }); }},
          {"listener-client", "a listener, somebody waits", "1, RDNORM", "obs:test_WSAPoll",
           [] {
             Socket server = listener();
             Socket client = connect_to(server);
             return poll_after(server);
           }},
          {"connected", "connected", "1, WRNORM", "obs:test_WSAPoll",
           [] {
             Pair pair = connected();
             return poll_one(pair.client);
           }},
          {"data", "data has arrived", "1, WRNORM RDNORM", "obs:test_WSAPoll",
           [] {
             Pair pair = connected();
             must(send_text(pair.server, "x"), "send");
             return poll_after(pair.client);
           }},
          {"data-not-asked", "data has arrived, asked for writing only", "1, WRNORM", "obs:test_WSAPoll",
           [] {
             Pair pair = connected();
             must(send_text(pair.server, "x"), "send");
             readable(pair.client);
             return poll_one(pair.client, POLLWRNORM);
           }},
          {"urgent", "urgent data", "1, WRNORM RDBAND", "obs:test_WSAPoll", [] { return urgent(false); }},
          {"urgent-inline", "urgent data, inline", "1, WRNORM RDNORM", "sheet 4.8", [] { return urgent(true); }},
          {"peer-end", "the peer has finished", "1, HUP WRNORM", "obs:test_WSAPoll",
           [] {
             Pair pair = connected();
             must(::shutdown(pair.server, SD_SEND), "shutdown");
             return poll_after(pair.client);
           }},
          {"peer-end-unread", "the peer has finished, data is unread", "1, HUP WRNORM RDNORM", "obs:test_WSAPoll",
           [] {
             Pair pair = connected();
             must(send_text(pair.server, "x"), "send");
             must(::shutdown(pair.server, SD_SEND), "shutdown");
             readable(pair.client);
             pause_ms(10);
             return poll_one(pair.client);
           }},
          {"peer-reset", "the peer has reset", "1, ERR HUP WRNORM", "obs:test_WSAPoll",
           [] {
             Pair pair = connected();
             reset(pair.server, pair.client);
             return poll_one(pair.client);
           }},
          {"own-receive-shut", "after the own SD_RECEIVE", "1, WRNORM", "obs:test_WSAPoll",
           [] {
             Pair pair = connected();
             must(::shutdown(pair.client, SD_RECEIVE), "shutdown");
             return poll_one(pair.client);
           }},
          {"connect-failed", "a nonblocking connect failed", "ERR HUP WRNORM", "obs:test_WSAPoll", failed_connect},
          {"connecting", "a connect is running", "0, -", "sheet 5.7",
           [] {
             Silence silence;
             Socket s = silence.connecting();
             return poll_one(s);
           }},
          {"closed-meanwhile", "closed by another thread", "1, NVAL", "obs:test_WSAPoll", closed_meanwhile},
      });
}

}  // namespace conformance
