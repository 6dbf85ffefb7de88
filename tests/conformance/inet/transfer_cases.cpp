// Reading and writing.
#include <atomic>
#include <thread>

#include "cases.h"
#include "inet_world.h"

namespace conformance {
namespace {

const BYTE* as_bytes(const char* text) {
  return reinterpret_cast<const BYTE*>(text);
}

std::string read(SOCKET socket, INT size = 16) {
  BYTE buffer[16];
  return counted(InetRead(socket, buffer, size));
}
std::string read_ex(SOCKET socket, INT size = 16, DWORD flags = 0) {
  BYTE buffer[16];
  return counted(InetReadEx(socket, buffer, size, flags, nullptr, nullptr));
}
std::string write(SOCKET socket) {
  return counted(InetWrite(socket, as_bytes("x"), 1));
}
std::string write_ex(SOCKET socket, DWORD flags, LPINTERNET_ADDRESS address = nullptr, UINT port = 0, INT size = 1) {
  const std::string bytes(static_cast<size_t>(std::max(size, 1)), 'x');
  return counted(InetWriteEx(socket, as_bytes(bytes.c_str()), size, flags, address, port));
}

void make_asynchronous(SOCKET socket) {
  if (InetEnableEvents(socket, nullptr, 0) != 0) throw SetupFailed("no events");
}

// Writes until nothing goes any more, and says why the last write failed.
std::string fill(SOCKET socket, const std::function<INT(const BYTE*, INT)>& write) {
  const std::string much(1 << 20, 'x');
  for (;;)
    if (write(as_bytes(much.c_str()), static_cast<INT>(much.size())) == INET_ERROR)
      return inet_code_name(InetGetLastError()) + (socket == INVALID_SOCKET ? "?" : "");
}
std::string fill(SOCKET socket) {
  return fill(socket, [socket](const BYTE* from, INT size) { return InetWrite(socket, from, size); });
}
// So that the next write waits.
void fill_up(SOCKET socket) {
  make_asynchronous(socket);
  fill(socket);
  InetDisableEvents(socket);
}
std::string fill_ex(SOCKET socket) {
  return fill(socket, [socket](const BYTE* from, INT size) { return InetWriteEx(socket, from, size, 0, nullptr, 0); });
}

// The call is made on another thread, and the socket closed as soon as it waits.
std::string closed_meanwhile(const std::function<void(SOCKET)>& prepare,
                             const std::function<std::string(SOCKET)>& call) {
  const PlainPair pair(0);
  prepare(pair.ours);
  std::string result;
  std::atomic<bool> over{false};
  std::thread caller([&] {
    result = call(pair.ours);
    over = true;
  });
  while (!InetIsBlocking(pair.ours) && !over) std::this_thread::yield();
  InetDisconnect(pair.ours);
  caller.join();
  return result;
}

std::string after_a_reset(const std::function<std::string(SOCKET)>& call) {
  const PlainPair pair;
  InetAbort(pair.theirs);
  return call(pair.ours);
}

// A write to a peer that has gone is answered with a reset, which a later one finds.
std::string write_until_it_fails() {
  const PlainPair pair;
  InetAbort(pair.theirs);
  InetIsReadable(pair.ours, 5000, nullptr);
  return fill(pair.ours);
}

std::string read_line(SOCKET socket, INT capacity = 16) {
  char text[16] = "?";
  INT length = capacity;
  const std::string result = said(InetReadLineA(socket, text, &length));
  return capacity < 2 ? result : say({result, text});
}

std::string line_of(const char* bytes, bool then_close) {
  const PlainPair pair;
  InetWrite(pair.theirs, as_bytes(bytes), static_cast<INT>(std::string(bytes).size()));
  if (then_close) InetDisconnect(pair.theirs);
  return read_line(pair.ours);
}

std::string send_to(LPCSTR address) {
  const Plain socket(datagrams());
  INTERNET_ADDRESS to{};
  if (address != nullptr) InetGetAddressA(address, INET_ADDRESS_UNKNOWN, &to);
  return write_ex(socket, 0, &to, 9);
}

// Sent to a port that nobody has; the answer of the system is found by a read.
std::string read_after_an_answer_from_nobody() {
  const Plain socket(datagrams(free_port()));
  write(socket);
  return read_ex(socket);
}

}  // namespace

void add_transfer_cases(Suite& suite) {
  suite.table("read", "InetRead",
              {{"some", "less than the buffer", "1", "sheet 3.1",
                [] {
                  const PlainPair pair;
                  write(pair.theirs);
                  return read(pair.ours);
                }},
               {"end", "the peer has closed", "0", "sheet 3.1",
                [] {
                  const PlainPair pair;
                  InetDisconnect(pair.theirs);
                  return read(pair.ours);
                }},
               {"null", "no buffer", "ST_ERROR_INVALID_PARAMETER", "sheet 3.1",
                [] {
                  const PlainPair pair;
                  return counted(InetRead(pair.ours, nullptr, 1));
                }},
               {"size", "size 0", "ST_ERROR_INVALID_PARAMETER", "sheet 3.1",
                [] {
                  const PlainPair pair;
                  return read(pair.ours, 0);
                }},
               {"timeout", "nothing comes", "ST_ERROR_OPERATION_TIMEOUT", "sheet 3.1",
                [] {
                  const PlainPair pair(1);
                  return read(pair.ours);
                }},
               {"asynchronous", "nothing is there", "ST_ERROR_OPERATION_WOULD_BLOCK", "sheet 3.1",
                [] {
                  const PlainPair pair;
                  make_asynchronous(pair.ours);
                  return read(pair.ours);
                }},
               {"connecting", "still connecting", "ST_ERROR_NOT_CONNECTED", "sheet 5.2",
                [] {
                  const Plain socket(unanswered());
                  return read(socket);
                }},
               {"closed", "closed by another thread", "ST_ERROR_OPERATION_CANCELED", "sheet 3.1",
                [] { return closed_meanwhile([](SOCKET) {}, [](SOCKET socket) { return read(socket); }); }},
               {"reset", "the peer has broken it", "ST_ERROR_CONNECTION_RESET", "sheet 3.1",
                [] { return after_a_reset([](SOCKET socket) { return read(socket); }); }}});
  suite.table("peek", "InetPeek",
              {{"left", "what is there stays", "1, 1", "sheet 3.1",
                [] {
                  const PlainPair pair;
                  write(pair.theirs);
                  InetIsReadable(pair.ours, 5000, nullptr);
                  BYTE byte;
                  const std::string seen = counted(InetPeek(pair.ours, &byte, 1));
                  return say({seen, read(pair.ours)});
                }},
               {"nothing", "nothing is there", "0", "sheet 3.1",
                [] {
                  const PlainPair pair;
                  return counted(InetPeek(pair.ours, nullptr, 0));
                }},
               {"size", "a buffer of size 0", "ST_ERROR_INVALID_PARAMETER", "sheet 3.1", [] {
                  const PlainPair pair;
                  BYTE byte;
                  return counted(InetPeek(pair.ours, &byte, 0));
                }}});
  suite.table("write", "InetWrite",
              {{"some", "a byte", "1", "sheet 3.2",
                [] {
                  const PlainPair pair;
                  return write(pair.ours);
                }},
               {"nothing", "size 0", "0", "sheet 3.2",
                [] {
                  const PlainPair pair;
                  return counted(InetWrite(pair.ours, nullptr, 0));
                }},
               {"null", "NULL with a length", "ST_ERROR_INVALID_PARAMETER", "sheet 3.2",
                [] {
                  const PlainPair pair;
                  return counted(InetWrite(pair.ours, nullptr, 1));
                }},
               {"timeout", "the peer takes nothing", "ST_ERROR_OPERATION_TIMEOUT", "sheet 3.2",
                [] {
                  const PlainPair pair(1);
                  return fill(pair.ours);
                }},
               {"asynchronous", "no room", "ST_ERROR_OPERATION_WOULD_BLOCK", "sheet 3.2",
                [] {
                  const PlainPair pair;
                  make_asynchronous(pair.ours);
                  return fill(pair.ours);
                }},
               {"shut", "the sending side is shut", "ST_ERROR_CONNECTION_SHUTDOWN", "sheet 3.4",
                [] {
                  const PlainPair pair;
                  InetShutdown(pair.ours, INET_SHUTDOWN_WRITE);
                  return write(pair.ours);
                }},
               {"closed", "closed by another thread", "ST_ERROR_OPERATION_CANCELED", "sheet 3.2",
                [] { return closed_meanwhile(fill_up, [](SOCKET socket) { return write(socket); }); }},
               {"reset", "the peer has broken it", "ST_ERROR_CONNECTION_RESET", "sheet 3.2", write_until_it_fails}});
  suite.table("read-ex", "InetReadEx",
              {{"size", "size 0", "ST_ERROR_INVALID_PARAMETER", "sheet 3.1",
                [] {
                  const Plain socket(datagrams());
                  return read_ex(socket, 0);
                }},
               {"flags", "unknown flags", "ST_ERROR_INVALID_PARAMETER", "sheet 3.1",
                [] {
                  const Plain socket(datagrams());
                  return read_ex(socket, 1, 2);
                }},
               {"timeout", "nothing comes", "ST_ERROR_OPERATION_TIMEOUT", "sheet 3.1",
                [] {
                  const Plain socket(datagrams());
                  return read_ex(socket);
                }},
               {"asynchronous", "nothing is there", "ST_ERROR_OPERATION_WOULD_BLOCK", "sheet 3.1",
                [] {
                  const Plain socket(datagrams());
                  make_asynchronous(socket);
                  return read_ex(socket);
                }},
               {"urgent", "no urgent byte", "ST_ERROR_OPERATION_WOULD_BLOCK", "sheet 3.1",
                [] {
                  const PlainPair pair;
                  return read_ex(pair.ours, 1, INET_FLAG_URGENT);
                }},
               {"urgent-datagrams", "urgent data of datagrams", "ST_ERROR_OPERATION_NOT_SUPPORTED", "sheet 3.1",
                [] {
                  const Plain socket(datagrams());
                  return read_ex(socket, 1, INET_FLAG_URGENT);
                }},
               {"cut", "a larger datagram than the buffer", "ST_ERROR_INVALID_SIZE", "sheet 3.1",
                [] {
                  const Plain receiver(datagrams());
                  const Plain sender(datagrams(port_of(receiver)));
                  InetWrite(sender, as_bytes("large"), 5);
                  return read_ex(receiver, 2);
                }},
               {"nobody", "nobody is where one was sent to", "ST_ERROR_CONNECTION_RESET", "sheet 3.1",
                read_after_an_answer_from_nobody},
               {"reset", "the peer has broken it", "ST_ERROR_CONNECTION_RESET", "sheet 3.1",
                [] { return after_a_reset([](SOCKET socket) { return read_ex(socket); }); }}});
  suite.table("write-ex", "InetWriteEx",
              {{"flags", "unknown flags", "ST_ERROR_INVALID_PARAMETER", "sheet 3.2",
                [] {
                  const Plain socket(datagrams());
                  return write_ex(socket, 2);
                }},
               {"port", "port 65536", "ST_ERROR_INVALID_PARAMETER", "sheet 3.2",
                [] {
                  const Plain socket(datagrams());
                  return write_ex(socket, 0, nullptr, 65536);
                }},
               {"stream", "an address for a stream", "ST_ERROR_ALREADY_CONNECTED", "sheet 3.2",
                [] {
                  const PlainPair pair;
                  return write_ex(pair.ours, 0, nullptr, 9);
                }},
               {"address", "an address", "1", "sheet 3.2", [] { return send_to("127.0.0.1"); }},
               {"family", "an address of the other family", "ST_ERROR_INVALID_ADDRESS", "sheet 3.2",
                [] { return send_to("::1"); }},
               {"no-family", "an address without family", "ST_ERROR_INVALID_ADDRESS", "sheet 3.2",
                [] { return send_to(nullptr); }},
               {"large", "more than a datagram holds", "ST_ERROR_INVALID_SIZE", "sheet 3.2",
                [] {
                  const Plain socket(datagrams());
                  return write_ex(socket, 0, nullptr, 0, 70'000);
                }},
               {"broadcast", "without BROADCAST", "ST_ERROR_ACCESS_DENIED", "sheet 1.2.2",
                [] { return send_to("255.255.255.255"); }},
               {"urgent-datagrams", "urgent data of datagrams", "ST_ERROR_OPERATION_NOT_SUPPORTED", "sheet 3.2",
                [] {
                  const Plain socket(datagrams());
                  return write_ex(socket, INET_FLAG_URGENT);
                }},
               {"timeout", "the peer takes nothing", "ST_ERROR_OPERATION_TIMEOUT", "sheet 3.2",
                [] {
                  const PlainPair pair(1);
                  return fill_ex(pair.ours);
                }},
               {"asynchronous", "no room", "ST_ERROR_OPERATION_WOULD_BLOCK", "sheet 3.2", [] {
                  const PlainPair pair;
                  make_asynchronous(pair.ours);
                  return fill_ex(pair.ours);
                }}});
  suite.table("read-line", "InetReadLine",
              {{"line", "a line", "ok, abc", "sheet 3.1", [] { return line_of("abc\r\n", false); }},
               {"closed", "the peer closes in a line", "ST_ERROR_CONNECTION_SHUTDOWN, ab", "sheet 3.1",
                [] { return line_of("ab", true); }},
               {"size", "a buffer of 1", "ST_ERROR_INVALID_PARAMETER", "sheet 3.1",
                [] {
                  const PlainPair pair;
                  return read_line(pair.ours, 1);
                }},
               {"wide-size", "a buffer of 2 in UTF-16", "ST_ERROR_INVALID_PARAMETER", "sheet 3.1",
                [] {
                  const PlainPair pair;
                  WCHAR text[2];
                  INT length = 2;
                  return said(InetReadLineW(pair.ours, text, &length));
                }},
               {"datagrams", "datagrams", "ST_ERROR_OPERATION_NOT_SUPPORTED, ?", "sheet 3.1", [] {
                  const Plain socket(datagrams());
                  return read_line(socket);
                }}});
  suite.table("write-line", "InetWriteLine", {{"bytes", "with its line end", "ok, 5", "sheet 3.2", [] {
                                                 const PlainPair pair;
                                                 INT sent = 0;
                                                 const std::string result =
                                                     said(InetWriteLineA(pair.ours, "abc", &sent));
                                                 return say({result, number(sent)});
                                               }}});
  suite.table("readable", "InetIsReadable",
              {{"no", "nothing is there", "0", "sheet 3.3",
                [] {
                  const PlainPair pair;
                  return said(InetIsReadable(pair.ours, 0, nullptr));
                }},
               {"count", "three bytes", "ok, 3", "sheet 3.3", [] {
                  const PlainPair pair;
                  InetWrite(pair.theirs, as_bytes("abc"), 3);
                  DWORD available = 0;
                  const std::string result = said(InetIsReadable(pair.ours, 5000, &available));
                  return say({result, number(available)});
                }}});
  suite.table("writable", "InetIsWritable", {{"room", "nothing was written", "ok", "sheet 3.3", [] {
                                                const PlainPair pair;
                                                return said(InetIsWritable(pair.ours, 0));
                                              }}});
}

}  // namespace conformance
