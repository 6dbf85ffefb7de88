// Overlapped operations: events, completion routines, results, cancelling.
#include <thread>
#include <vector>

#include "cases.h"
#include "overlapped.h"

namespace conformance {
namespace {

struct Completion {
  int runs = 0;
  DWORD error = 0;
  DWORD bytes = 0;
  LPWSAOVERLAPPED overlapped = nullptr;
};

// Completion routines run on the thread that began the operation, so this is the case's own.
thread_local Completion completion;

void CALLBACK on_completion(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD) {
  ++completion.runs;
  completion.error = error;
  completion.bytes = bytes;
  completion.overlapped = overlapped;
}

std::string alertable_wait(int timeout_ms = 2000) {
  const WSAEVENT never = ::WSACreateEvent();
  const DWORD result = ::WSAWaitForMultipleEvents(1, &never, FALSE, static_cast<DWORD>(timeout_ms), TRUE);
  ::WSACloseEvent(never);
  return result == WSA_WAIT_IO_COMPLETION ? "completion" : result == WSA_WAIT_TIMEOUT ? "timeout" : number(result);
}

std::string on_pair(std::string (*call)(Pair&, Operation&)) {
  Pair pair = connected();
  Operation operation;
  return call(pair, operation);
}

std::string pending_then_data(Pair& pair, Operation& operation) {
  const std::string begun = operation.recv(pair.client);
  must(send_text(pair.server, "abc"), "send");
  const std::string done = yes_no(operation.signalled());
  const std::string result = operation.result(pair.client);
  return say({begun, done, result, operation.text(3)});
}

std::string immediate(Pair& pair, Operation& operation) {
  must(send_text(pair.server, "abc"), "send");
  readable(pair.client);
  const std::string begun = operation.recv(pair.client);
  const std::string done = yes_no(operation.signalled());
  return say({begun, done, operation.result(pair.client)});
}

std::string nonblocking_pends(Pair& pair, Operation& operation) {
  nonblocking(pair.client);
  const std::string begun = operation.recv(pair.client);
  must(send_text(pair.server, "x"), "send");
  return say({begun, yes_no(operation.signalled())});
}

std::string incomplete(Pair& pair, Operation& operation) {
  operation.recv(pair.client);
  const std::string result = operation.result(pair.client, false);
  must(send_text(pair.server, "x"), "send");
  operation.signalled();
  return result;
}

std::string several_in_order(Pair& pair, Operation& first) {
  Operation second;
  first.buffer.len = 2;
  second.buffer.len = 2;
  first.recv(pair.client);
  second.recv(pair.client);
  must(send_text(pair.server, "abcd"), "send");
  first.signalled();
  second.signalled();
  return say({first.text(2), second.text(2)});
}

std::string close_aborts(Pair& pair, Operation& operation) {
  operation.recv(pair.client);
  const SOCKET s = pair.client;
  pair.client.close();
  const std::string done = yes_no(operation.signalled());
  (void)s;
  return done;
}

std::string peer_end(Pair& pair, Operation& operation) {
  operation.recv(pair.client);
  must(::shutdown(pair.server, SD_SEND), "shutdown");
  operation.signalled();
  return operation.result(pair.client);
}

std::string peer_reset(Pair& pair, Operation& operation) {
  operation.recv(pair.client);
  must(set_option(pair.server, SOL_SOCKET, SO_LINGER, linger{1, 0}), "SO_LINGER");
  pair.server.close();
  operation.signalled();
  return operation.result(pair.client);
}

std::string immediate_failure(Pair& pair, Operation& operation) {
  reset(pair.server, pair.client);
  receive(pair.client);
  const std::string begun = operation.recv(pair.client);
  return say({begun, yes_no(operation.signalled(20))});
}

std::string receive_shut_later(Pair& pair, Operation& operation) {
  operation.recv(pair.client);
  must(::shutdown(pair.client, SD_RECEIVE), "shutdown");
  must(send_text(pair.server, "abc"), "send");
  operation.signalled();
  return operation.result(pair.client);
}

std::string ignores_timeout(Pair& pair, Operation& operation) {
  must(set_option(pair.client, SOL_SOCKET, SO_RCVTIMEO, DWORD{10}), "SO_RCVTIMEO");
  operation.recv(pair.client);
  const std::string early = yes_no(operation.signalled(50));
  must(send_text(pair.server, "x"), "send");
  operation.signalled();
  return say({early, operation.result(pair.client)});
}

std::string zero_bytes_wait(Pair& pair, Operation& operation) {
  operation.buffer.len = 0;
  const std::string begun = operation.recv(pair.client);
  must(send_text(pair.server, "x"), "send");
  operation.signalled();
  const std::string result = operation.result(pair.client);
  return say({begun, result, receive(pair.client)});
}

std::string event_reset_at_start(Pair& pair, Operation& operation) {
  ::WSASetEvent(operation.overlapped.hEvent);
  operation.recv(pair.client);
  const std::string signalled = yes_no(operation.signalled(0));
  must(send_text(pair.server, "x"), "send");
  operation.signalled();
  return signalled;
}

std::string not_overlapped_blocks(Pair&, Operation& operation) {
  Socket server = listener();
  Socket client(::WSASocketW(AF_INET, SOCK_STREAM, 0, nullptr, 0, 0));
  must(connect_at(client, local_of(server)), "connect");
  Socket accepted(::accept(server, nullptr, nullptr));
  std::thread later([&] {
    pause_ms(20);
    send_text(accepted, "abc");
  });
  const std::string begun = operation.recv(client);
  later.join();
  return begun;
}

std::string send_overlapped(Pair& pair, Operation& operation) {
  operation.send(pair.client, "abc");
  const std::string done = yes_no(operation.signalled());
  const std::string result = operation.result(pair.client);
  return say({done, result, receive(pair.server)});
}

std::string send_without_buffer_pends(Pair& pair, Operation&) {
  must(set_option(pair.client, SOL_SOCKET, SO_SNDBUF, int{0}), "SO_SNDBUF");
  std::vector<char> block(32 << 20, 'x');
  WSABUF buffer{static_cast<ULONG>(block.size()), block.data()};
  Operation large;
  const std::string begun = outcome(::WSASend(pair.client, &buffer, 1, nullptr, 0, &large.overlapped, nullptr));
  std::vector<char> room(1 << 20);
  size_t got = 0;
  while (got < block.size()) {
    const int part = ::recv(pair.server, room.data(), static_cast<int>(room.size()), 0);
    if (part <= 0) break;
    got += static_cast<size_t>(part);
  }
  large.signalled();
  return say({begun, large.result(pair.client)});
}

std::string routine_runs(Pair& pair, Operation& operation) {
  completion = {};
  operation.recv(pair.client, on_completion);
  must(send_text(pair.server, "abc"), "send");
  pause_ms(20);  // not select, which would wait alertably
  const std::string before = number(completion.runs);
  const std::string wait = alertable_wait();
  return say({before, wait, number(completion.runs), number(completion.bytes),
              code_name(static_cast<int>(completion.error)), yes_no(completion.overlapped == &operation.overlapped)});
}

std::string routine_immediate(Pair& pair, Operation& operation) {
  completion = {};
  must(send_text(pair.server, "abc"), "send");
  readable(pair.client);
  const std::string begun = operation.recv(pair.client, on_completion);
  const std::string before = number(completion.runs);
  return say({begun, before, alertable_wait(), number(completion.runs)});
}

std::string routine_send(Pair& pair, Operation& operation) {
  completion = {};
  operation.send(pair.client, "abc", on_completion);
  return say({alertable_wait(), number(completion.bytes)});
}

std::string routine_close(Pair& pair, Operation& operation) {
  completion = {};
  operation.recv(pair.client, on_completion);
  pair.client.close();
  const std::string wait = alertable_wait();
  return say({wait, code_name(static_cast<int>(completion.error))});
}

std::string routine_not_in_plain_wait(Pair& pair, Operation& operation) {
  completion = {};
  must(send_text(pair.server, "x"), "send");
  readable(pair.client);
  operation.recv(pair.client, on_completion);
  pause_ms(10);
  const std::string before = number(completion.runs);
  alertable_wait();
  return say({before, number(completion.runs)});
}

std::string routine_in_sleep(Pair& pair, Operation& operation) {
  completion = {};
  must(send_text(pair.server, "x"), "send");
  readable(pair.client);
  operation.recv(pair.client, on_completion);
  const DWORD slept = ::SleepEx(2000, TRUE);
  return say({slept == WAIT_IO_COMPLETION ? "completion" : number(slept), number(completion.runs)});
}

std::string udp_pending() {
  Pair pair = connected_udp();
  Operation operation;
  const std::string begun = operation.recv_from(pair.server);
  must(send_text(pair.client, "abc"), "send");
  operation.signalled();
  const std::string result = operation.result(pair.server);
  return say({begun, result, yes_no(operation.from == local_of(pair.client))});
}

std::string udp_too_long() {
  Pair pair = connected_udp();
  Operation operation;
  operation.buffer.len = 2;
  operation.recv(pair.server);
  must(send_text(pair.client, "abcdef"), "send");
  operation.signalled();
  const std::string result = operation.result(pair.server);
  return say({result, operation.text(2)});
}

std::string cancel(bool all) {
  Pair pair = connected();
  Operation operation;
  operation.recv(pair.client);
  const HANDLE handle = reinterpret_cast<HANDLE>(pair.client.get());
  const std::string asked = truth(all ? ::CancelIoEx(handle, nullptr) : ::CancelIoEx(handle, &operation.overlapped));
  operation.signalled();
  return say({asked, operation.result(pair.client)});
}

std::string result_of(bool null_overlapped, bool null_count, bool null_flags) {
  Pair pair = connected();
  Operation operation;
  must(send_text(pair.server, "x"), "send");
  readable(pair.client);
  operation.recv(pair.client);
  operation.signalled();
  DWORD count = 0;
  DWORD flags = 0;
  return truth(::WSAGetOverlappedResult(pair.client, null_overlapped ? nullptr : &operation.overlapped,
                                        null_count ? nullptr : &count, FALSE, null_flags ? nullptr : &flags));
}

}  // namespace

void add_overlapped_cases(Suite& suite) {
  suite.table(
      "overlapped", "WSARecv",
      {
          {"pending", "nothing there: pending, then data, event, result", "WSA_IO_PENDING, yes, 3 bytes, abc",
           "sheet 5.10", [] { return on_pair(pending_then_data); }},
          {"immediate", "data is there: 0, and the event is still set", "0, yes, 3 bytes", "sheet 5.10",
           [] { return on_pair(immediate); }},
          {"nonblocking", "a nonblocking socket pends too", "WSA_IO_PENDING, yes", "obs:test_nonblocking_async_recv",
           [] { return on_pair(nonblocking_pends); }},
          {"in-order", "two receives are filled in their order", "ab, cd", "obs:test_simultaneous_async_recv",
           [] { return on_pair(several_in_order); }},
          {"close", "closing completes what is pending", "yes", "sheet 2.6", [] { return on_pair(close_aborts); }},
          {"peer-end", "the peer finishes: success with 0 bytes", "0 bytes", "sheet 5.14",
           [] { return on_pair(peer_end); }},
          {"peer-reset", "the peer resets", "WSAECONNRESET", "obs:test_tcp_reset", [] { return on_pair(peer_reset); }},
          {"failure-no-event", "an immediate failure sets no event", "WSAECONNRESET, no", "sheet 5.10",
           [] { return on_pair(immediate_failure); }},
          {"receive-shut", "SD_RECEIVE later: it still gets its data", "3 bytes", "obs:test_shutdown",
           [] { return on_pair(receive_shut_later); }},
          {"no-timeout", "SO_RCVTIMEO does not apply", "no, 1 bytes", "obs:test_timeout",
           [] { return on_pair(ignores_timeout); }},
          {"zero-bytes", "an empty buffer waits for data and takes nothing", "WSA_IO_PENDING, 0 bytes, 'x'",
           "obs:test_empty_recv", [] { return on_pair(zero_bytes_wait); }},
          {"event-reset", "the event is reset at the start", "no", "sheet 5.10",
           [] { return on_pair(event_reset_at_start); }},
          {"not-overlapped-socket", "a socket without WSA_FLAG_OVERLAPPED blocks", "0",
           "obs:test_nonblocking_async_recv", [] { return on_pair(not_overlapped_blocks); }},
          {"udp", "a datagram, with its sender", "WSA_IO_PENDING, 3 bytes, yes", "sheet 2.9", udp_pending},
          {"udp-too-long", "a datagram longer than the buffer", "WSAEMSGSIZE, ab", "sheet 2.16", udp_too_long},
          {"unconnected", "not connected: fails at once", "WSAENOTCONN", "sheet 5.14",
           [] {
             Socket s = tcp();
             return Operation().recv(s);
           }},
          {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "spi:recv",
           [] { return Operation().recv(INVALID_SOCKET); }},
      });
  suite.table("overlapped-send", "WSASend",
              {
                  {"event", "event, result, data", "yes, 3 bytes, 'abc'", "sheet 5.10",
                   [] { return on_pair(send_overlapped); }},
                  {"no-buffer", "SO_SNDBUF 0: pends until the peer has taken it", "WSA_IO_PENDING, 33554432 bytes",
                   "obs:test_send", [] { return on_pair(send_without_buffer_pends); }},
                  {"unconnected", "not connected", "WSAENOTCONN", "spi:send",
                   [] {
                     Socket s = tcp();
                     return Operation().send(s, "x");
                   }},
              });
  suite.table("routine", "WSARecv",
              {
                  {"runs", "in an alertable wait, once, with count, code and structure", "0, completion, 1, 3, 0, yes",
                   "sheet 5.10", [] { return on_pair(routine_runs); }},
                  {"immediate", "after an immediate success too, and not before the wait", "0, 0, completion, 1",
                   "sheet 5.10", [] { return on_pair(routine_immediate); }},
                  {"send", "of a send", "completion, 3", "sheet 5.10", [] { return on_pair(routine_send); }},
                  {"close", "closing runs it with the code of an abort", "completion, WSA_OPERATION_ABORTED",
                   "sheet 2.6", [] { return on_pair(routine_close); }},
                  {"not-in-sleep", "a plain sleep does not run it", "0, 1", "sheet 1.9",
                   [] { return on_pair(routine_not_in_plain_wait); }},
                  {"in-SleepEx", "an alertable sleep does", "completion, 1", "sheet 1.9",
                   [] { return on_pair(routine_in_sleep); }},
              });
  suite.table(
      "WSAGetOverlappedResult", "WSAGetOverlappedResult",
      {
          {"incomplete", "not finished, no waiting", "WSA_IO_INCOMPLETE", "spi:getoverlappedresult",
           [] { return on_pair(incomplete); }},
          {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "spi:getoverlappedresult",
           [] { return Operation().result(INVALID_SOCKET, false); }},
          {"finished", "finished", "ok", "spi:getoverlappedresult", [] { return result_of(false, false, false); }},
          {"null-overlapped", "the structure is NULL", "WSA_INVALID_PARAMETER", "obs:test_WSAGetOverlappedResult",
           [] { return result_of(true, false, false); }},
          {"null-count", "the count pointer is NULL", "WSAEFAULT", "spi:getoverlappedresult",
           [] { return result_of(false, true, false); }, Where::native},
          {"null-flags", "the flags pointer is NULL", "WSAEFAULT", "spi:getoverlappedresult",
           [] { return result_of(false, false, true); }, Where::native},
      });
  suite.table("CancelIoEx", "CancelIoEx",
              {
                  {"one", "one operation", "ok, WSA_OPERATION_ABORTED", "sheet 5.11", [] { return cancel(false); }},
                  {"all", "all of the socket", "ok, WSA_OPERATION_ABORTED", "sheet 5.11", [] { return cancel(true); }},
              });
}

}  // namespace conformance
