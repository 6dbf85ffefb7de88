// Completion ports with sockets.
#include <thread>

#include "cases.h"
#include "overlapped.h"

namespace conformance {
namespace {

class Port {
 public:
  Port() : handle_(::CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 0)) {
    if (handle_ == nullptr)
      throw SetupFailed("CreateIoCompletionPort: " + code_name(static_cast<int>(::GetLastError())));
  }
  ~Port() { ::CloseHandle(handle_); }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  HANDLE handle() const { return handle_; }
  void add(SOCKET s, ULONG_PTR key) {
    if (::CreateIoCompletionPort(reinterpret_cast<HANDLE>(s), handle_, key, 0) == nullptr)
      throw SetupFailed("associate: " + code_name(static_cast<int>(::GetLastError())));
  }
  // "ok 3 bytes key 7", "ERROR_NETNAME_DELETED 0 bytes key 7", or "timeout".
  std::string next(int timeout_ms = 2000, LPOVERLAPPED* which = nullptr) {
    DWORD bytes = 0;
    ULONG_PTR key = 0;
    LPOVERLAPPED overlapped = nullptr;
    const BOOL good = ::GetQueuedCompletionStatus(handle_, &bytes, &key, &overlapped, static_cast<DWORD>(timeout_ms));
    const std::string code = good ? "ok" : code_name(static_cast<int>(::GetLastError()));
    if (which != nullptr) *which = overlapped;
    if (!good && overlapped == nullptr) return code == "WAIT_TIMEOUT" ? "timeout" : code;
    return code + " " + number(bytes) + " bytes key " + number(static_cast<long long>(key));
  }

 private:
  HANDLE handle_;
};

// A connected pair whose client belongs to a port.
struct Ported {
  Port port;
  Pair pair = connected();
  Operation operation;

  Ported() {
    port.add(pair.client, 7);
    // A port does not need the event, and should not signal it for nothing.
    ::WSACloseEvent(operation.overlapped.hEvent);
    operation.overlapped.hEvent = nullptr;
  }
};

std::string pending() {
  Ported at;
  at.operation.recv(at.pair.client);
  must(send_text(at.pair.server, "abc"), "send");
  LPOVERLAPPED which = nullptr;
  const std::string packet = at.port.next(2000, &which);
  return say({packet, yes_no(which == &at.operation.overlapped)});
}

std::string immediate() {
  Ported at;
  must(send_text(at.pair.server, "abc"), "send");
  readable(at.pair.client);
  const std::string begun = at.operation.recv(at.pair.client);
  return say({begun, at.port.next()});
}

std::string sending() {
  Ported at;
  at.operation.send(at.pair.client, "abc");
  return at.port.next();
}

std::string only_one_packet() {
  Ported at;
  at.operation.recv(at.pair.client);
  must(send_text(at.pair.server, "abc"), "send");
  const std::string first = at.port.next();
  return say({first, at.port.next(20)});
}

std::string peer_end() {
  Ported at;
  at.operation.recv(at.pair.client);
  at.pair.server.close();
  const std::string first = at.port.next();
  return say({first, at.port.next(20)});
}

std::string peer_reset() {
  Ported at;
  at.operation.recv(at.pair.client);
  must(set_option(at.pair.server, SOL_SOCKET, SO_LINGER, linger{1, 0}), "SO_LINGER");
  at.pair.server.close();
  const std::string first = at.port.next();
  return say({first, at.port.next(20)});
}

std::string immediate_failure() {
  Ported at;
  reset(at.pair.server, at.pair.client);
  receive(at.pair.client);
  const std::string begun = at.operation.recv(at.pair.client);
  return say({begun, at.port.next(20)});
}

std::string close_pending() {
  Ported at;
  at.operation.recv(at.pair.client);
  at.pair.client.close();
  const std::string packet = at.port.next();
  // Which of the two numbers comes depends on how far the operation had got.
  const bool aborted =
      packet == "ERROR_CONNECTION_ABORTED 0 bytes key 7" || packet == "WSA_OPERATION_ABORTED 0 bytes key 7";
  return aborted ? "aborted" : packet;
}

std::string close_idle() {
  Ported at;
  at.pair.client.close();
  return at.port.next(20);
}

std::string routine_refused() {
  struct Routine {
    static void CALLBACK run(DWORD, DWORD, LPWSAOVERLAPPED, DWORD) {}
  };
  Ported at;
  return at.operation.recv(at.pair.client, &Routine::run);
}

std::string accept_key() {
  Port port;
  Socket server = listener();
  Socket acceptor = tcp();
  GUID id = WSAID_ACCEPTEX;
  LPFN_ACCEPTEX accept_ex = nullptr;
  DWORD returned = 0;
  must(::WSAIoctl(server, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &accept_ex, sizeof(accept_ex), &returned,
                  nullptr, nullptr),
       "WSAIoctl");
  OVERLAPPED overlapped{};
  char output[128];
  port.add(acceptor, 2);
  accept_ex(server, acceptor, output, 0, 32, 32, &returned, &overlapped);
  port.add(server, 1);
  Socket client = connect_to(server);
  return port.next();
}

std::string accept_listener_closed() {
  Port port;
  Socket server = listener();
  port.add(server, 1);
  Socket acceptor = tcp();
  GUID id = WSAID_ACCEPTEX;
  LPFN_ACCEPTEX accept_ex = nullptr;
  DWORD returned = 0;
  must(::WSAIoctl(server, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &accept_ex, sizeof(accept_ex), &returned,
                  nullptr, nullptr),
       "WSAIoctl");
  OVERLAPPED overlapped{};
  char output[128];
  accept_ex(server, acceptor, output, 0, 32, 32, &returned, &overlapped);
  server.close();
  const std::string first = port.next();
  return say({first, port.next(20)});
}

std::string connect_refused() {
  Port port;
  Socket client = bound(tcp());
  port.add(client, 3);
  GUID id = WSAID_CONNECTEX;
  LPFN_CONNECTEX connect_ex = nullptr;
  DWORD returned = 0;
  must(::WSAIoctl(client, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &connect_ex, sizeof(connect_ex),
                  &returned, nullptr, nullptr),
       "WSAIoctl");
  OVERLAPPED overlapped{};
  const Address address = closed_port();
  connect_ex(client, address.get(), address.size, nullptr, 0, &returned, &overlapped);
  return port.next(5000);
}

std::string posted() {
  Port port;
  OVERLAPPED overlapped{};
  if (!::PostQueuedCompletionStatus(port.handle(), 5, 9, &overlapped)) return last_error();
  return port.next();
}

std::string posted_order() {
  Port port;
  OVERLAPPED overlapped{};
  for (DWORD i = 1; i <= 3; ++i) ::PostQueuedCompletionStatus(port.handle(), i, 0, &overlapped);
  const std::string first = port.next();
  const std::string second = port.next();
  return say({first, second, port.next()});
}

std::string several_at_once() {
  Port port;
  OVERLAPPED overlapped{};
  for (DWORD i = 1; i <= 3; ++i) ::PostQueuedCompletionStatus(port.handle(), i, i, &overlapped);
  OVERLAPPED_ENTRY entries[8];
  ULONG removed = 0;
  const BOOL good = ::GetQueuedCompletionStatusEx(port.handle(), entries, 8, &removed, 100, FALSE);
  return say({truth(good), number(removed)});
}

std::string woken_by_post() {
  Port port;
  OVERLAPPED overlapped{};
  std::thread later([&] {
    pause_ms(20);
    ::PostQueuedCompletionStatus(port.handle(), 1, 1, &overlapped);
  });
  const std::string packet = port.next();
  later.join();
  return packet;
}

std::string second_association() {
  Ported at;
  Port other;
  const HANDLE again = ::CreateIoCompletionPort(reinterpret_cast<HANDLE>(at.pair.client.get()), other.handle(), 8, 0);
  return again == nullptr ? code_name(static_cast<int>(::GetLastError())) : "ok";
}

}  // namespace

void add_port_cases(Suite& suite) {
  suite.table(
      "port", "GetQueuedCompletionStatus",
      {
          {"pending", "a pending receive: bytes, key and structure", "ok 3 bytes key 7, yes",
           "obs:test_completion_port", pending},
          {"immediate", "an immediate success queues a packet too", "0, ok 3 bytes key 7", "obs:test_completion_port",
           immediate},
          {"send", "a send", "ok 3 bytes key 7", "obs:test_completion_port", sending},
          {"one", "one packet for one operation", "ok 3 bytes key 7, timeout", "obs:test_completion_port",
           only_one_packet},
          {"peer-end", "the peer finishes: one packet, 0 bytes", "ok 0 bytes key 7, timeout",
           "obs:test_shutdown_completion_port", peer_end},
          {"peer-reset", "the peer resets: one packet, Win32 number", "ERROR_NETNAME_DELETED 0 bytes key 7, timeout",
           "obs:test_completion_port", peer_reset},
          {"failure", "an immediate failure queues none", "WSAECONNRESET, timeout", "obs:test_completion_port",
           immediate_failure},
          {"close-pending", "closing with a pending receive", "aborted", "obs:test_completion_port", close_pending},
          {"close-idle", "closing with nothing pending queues none", "timeout", "sheet 5.14", close_idle},
          {"routine", "a completion routine on such a socket", "WSAEINVAL", "obs:test_iocp", routine_refused},
          {"accept-key", "AcceptEx has the listener's key, associated later", "ok 0 bytes key 1",
           "obs:test_completion_port", accept_key},
          {"accept-closed", "closing the listener: one packet", "WSA_OPERATION_ABORTED 0 bytes key 1, timeout",
           "obs:test_completion_port", accept_listener_closed},
          {"connect-refused", "a refused ConnectEx", "ERROR_CONNECTION_REFUSED 0 bytes key 3",
           "obs:test_connect_completion_port", connect_refused},
          {"empty", "nothing within the time", "timeout", "sheet 5.14", [] { return Port().next(10); }},
          {"posted", "a packet of the program's own", "ok 5 bytes key 9", "obs:test_iocp", posted},
          {"posted-order", "first in, first out", "ok 1 bytes key 0, ok 2 bytes key 0, ok 3 bytes key 0", "sheet 5.14",
           posted_order},
          {"several", "GetQueuedCompletionStatusEx takes them at once", "ok, 3", "sheet 5.14", several_at_once},
          {"woken", "a waiting thread is woken", "ok 1 bytes key 1", "sheet 5.14", woken_by_post},
          {"associated-twice", "a second port for the same socket", "WSA_INVALID_PARAMETER", "sheet 5.14",
           second_association},
      });
}

}  // namespace conformance
