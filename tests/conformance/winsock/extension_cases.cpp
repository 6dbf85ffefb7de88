// AcceptEx, GetAcceptExSockaddrs, ConnectEx, DisconnectEx, TransmitFile: found by their GUIDs.
#include <vector>

#include "cases.h"
#include "overlapped.h"

namespace conformance {
namespace {

constexpr DWORD kRoom = sizeof(sockaddr_in) + 16;

template <class Function>
Function extension(GUID id) {
  Socket s = tcp();
  Function function = nullptr;
  DWORD returned = 0;
  must(::WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &function, sizeof(function), &returned,
                  nullptr, nullptr),
       "SIO_GET_EXTENSION_FUNCTION_POINTER");
  return function;
}

LPFN_ACCEPTEX accept_ex() {
  return extension<LPFN_ACCEPTEX>(WSAID_ACCEPTEX);
}
LPFN_CONNECTEX connect_ex() {
  return extension<LPFN_CONNECTEX>(WSAID_CONNECTEX);
}
LPFN_DISCONNECTEX disconnect_ex() {
  return extension<LPFN_DISCONNECTEX>(WSAID_DISCONNECTEX);
}
LPFN_GETACCEPTEXSOCKADDRS sockaddrs() {
  return extension<LPFN_GETACCEPTEXSOCKADDRS>(WSAID_GETACCEPTEXSOCKADDRS);
}

struct Accepting {
  Socket server = listener();
  Socket acceptor = tcp();
  Operation operation;
  std::vector<char> output = std::vector<char>(1024);
  DWORD got = 0;

  std::string start(DWORD data = 0, DWORD local = kRoom, DWORD remote = kRoom) {
    return truth(accept_ex()(server, acceptor, output.data(), data, local, remote, &got, &operation.overlapped));
  }
  std::string result() { return operation.result(server); }
};

// How AcceptEx answers at once.
std::string accept_ex_code(SOCKET server, SOCKET acceptor, void* output, DWORD local, DWORD remote,
                           bool with_overlapped = true) {
  Operation operation;
  DWORD got = 0;
  const std::string code = truth(
      accept_ex()(server, acceptor, output, 0, local, remote, &got, with_overlapped ? &operation.overlapped : nullptr));
  if (code == "WSA_IO_PENDING") {
    ::CancelIoEx(reinterpret_cast<HANDLE>(server), nullptr);
    operation.signalled(500);
  }
  return code;
}

template <class Make>
std::string with_acceptor(Make make) {
  Socket server = listener();
  Socket acceptor = make();
  char output[256];
  return accept_ex_code(server, acceptor, output, kRoom, kRoom);
}

std::string completes() {
  Accepting at;
  const std::string begun = at.start();
  Socket client = connect_to(at.server);
  const std::string done = yes_no(at.operation.signalled());
  return say({begun, done, at.result()});
}

std::string immediate() {
  Accepting at;
  Socket client = connect_to(at.server);
  readable(at.server);
  const std::string begun = at.start();
  at.operation.signalled();
  return say({begun == "ok" || begun == "WSA_IO_PENDING" ? "started" : begun, at.result()});
}

std::string with_data() {
  Accepting at;
  at.start(64);
  Socket client = connect_to(at.server);
  const std::string silent = yes_no(at.operation.signalled(30));
  must(send_text(client, "hello"), "send");
  at.operation.signalled();
  const std::string result = at.result();
  return say({silent, result, std::string(at.output.data(), 5)});
}

std::string closed_without_data() {
  Accepting at;
  at.start(64);
  Socket client = connect_to(at.server);
  client.close();
  at.operation.signalled();
  return at.result();
}

std::string addresses() {
  Accepting at;
  at.start();
  Socket client = connect_to(at.server);
  at.operation.signalled();
  sockaddr* local = nullptr;
  sockaddr* remote = nullptr;
  int local_size = 0;
  int remote_size = 0;
  sockaddrs()(at.output.data(), 0, kRoom, kRoom, &local, &local_size, &remote, &remote_size);
  const Address server_name = local_of(at.server);
  const Address client_name = local_of(client);
  return say({yes_no(local_size == 16 && std::memcmp(local, server_name.get(), 8) == 0),
              yes_no(remote_size == 16 && std::memcmp(remote, client_name.get(), 8) == 0)});
}

std::string before_update() {
  Accepting at;
  at.start();
  Socket client = connect_to(at.server);
  at.operation.signalled();
  Address name;
  return outcome(::getpeername(at.acceptor, name.get(), &name.size));
}

std::string after_update() {
  Accepting at;
  at.start();
  Socket client = connect_to(at.server);
  at.operation.signalled();
  const std::string update = outcome(set_option(at.acceptor, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, at.server.get()));
  Address name;
  const std::string peer = outcome(::getpeername(at.acceptor, name.get(), &name.size));
  return say({update, peer, yes_no(name == local_of(client)), outcome(::shutdown(at.acceptor, SD_SEND))});
}

std::string transfers() {
  Accepting at;
  at.start();
  Socket client = connect_to(at.server);
  at.operation.signalled();
  must(send_text(client, "x"), "send");
  return receive(at.acceptor);
}

std::string connect_time() {
  Accepting at;
  const std::string before = option(at.acceptor, SOL_SOCKET, SO_CONNECT_TIME);
  at.start();
  Socket client = connect_to(at.server);
  at.operation.signalled();
  return say({before, option(at.acceptor, SOL_SOCKET, SO_CONNECT_TIME)});
}

std::string closed_listener() {
  Accepting at;
  at.start();
  at.server.close();
  const std::string done = yes_no(at.operation.signalled());
  return say({done, at.operation.result(at.acceptor)});
}

std::string closed_acceptor() {
  Accepting at;
  at.start();
  at.acceptor.close();
  const std::string done = yes_no(at.operation.signalled());
  return say({done, at.result()});
}

std::string cancelled() {
  Accepting at;
  at.start();
  const std::string code = truth(::CancelIoEx(reinterpret_cast<HANDLE>(at.server.get()), nullptr));
  at.operation.signalled();
  return say({code, at.result()});
}

std::string acceptor_in_use() {
  Accepting at;
  at.start();
  char output[256];
  Operation second;
  DWORD got = 0;
  return truth(accept_ex()(at.server, at.acceptor, output, 0, kRoom, kRoom, &got, &second.overlapped));
}

std::string connect_pending_acceptor() {
  Accepting at;
  at.start();
  return outcome(connect_at(at.acceptor, loopback(AF_INET, htons(9))));
}

std::string served_before_accept() {
  Accepting at;
  at.start();
  Socket client = connect_to(at.server);
  at.operation.signalled();
  nonblocking(at.server);
  return made(::accept(at.server, nullptr, nullptr));
}

std::string takes_deferred() {
  struct Condition {
    static int CALLBACK run(LPWSABUF, LPWSABUF, LPQOS, LPQOS, LPWSABUF, LPWSABUF, GROUP*, DWORD_PTR) {
      return CF_DEFER;
    }
  };
  Accepting at;
  Socket client = connect_to(at.server);
  ::WSAAccept(at.server, nullptr, nullptr, &Condition::run, 0);
  at.start();
  return say({yes_no(at.operation.signalled()), at.result()});
}

// --- ConnectEx

struct Connecting {
  Socket client = bound(tcp());
  Operation operation;

  std::string start(const Address& address, const char* data = nullptr) {
    DWORD sent = 0;
    return truth(connect_ex()(client, address.get(), address.size, const_cast<char*>(data),
                              data == nullptr ? 0 : static_cast<DWORD>(std::strlen(data)), &sent,
                              &operation.overlapped));
  }
};

std::string started(const std::string& code) {
  return code == "ok" || code == "WSA_IO_PENDING" ? "started" : code;
}

template <class Make>
std::string connect_ex_code(Make make, bool with_overlapped = true) {
  Socket server = listener();
  Socket s = make();
  Operation operation;
  const Address address = local_of(server);
  DWORD sent = 0;
  const std::string code = truth(connect_ex()(s, address.get(), address.size, nullptr, 0, &sent,
                                              with_overlapped ? &operation.overlapped : nullptr));
  if (started(code) == "started") operation.signalled();
  return code;
}

std::string connect_ex_success() {
  Socket server = listener();
  Connecting at;
  const std::string begun = started(at.start(local_of(server)));
  at.operation.signalled();
  return say({begun, at.operation.result(at.client)});
}

std::string connect_ex_refused() {
  Connecting at;
  const std::string begun = at.start(closed_port());
  at.operation.signalled(5000);
  return say({begun, at.operation.result(at.client)});
}

std::string connect_ex_data() {
  Socket server = listener();
  Connecting at;
  at.start(local_of(server), "hello");
  at.operation.signalled();
  const std::string result = at.operation.result(at.client);
  Socket accepted(::accept(server, nullptr, nullptr));
  return say({result, receive(accepted)});
}

std::string connect_ex_update() {
  Socket server = listener();
  Connecting at;
  at.start(local_of(server));
  at.operation.signalled();
  Address name;
  const std::string before = outcome(::getpeername(at.client, name.get(), &name.size));
  const std::string update = outcome(::setsockopt(at.client, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, nullptr, 0));
  name.size = sizeof(sockaddr_in6);
  const std::string after = outcome(::getpeername(at.client, name.get(), &name.size));
  return say({before, update, after, outcome(::shutdown(at.client, SD_SEND))});
}

// --- DisconnectEx

std::string disconnect_code(SOCKET s, DWORD flags, DWORD reserved) {
  return truth(disconnect_ex()(s, nullptr, flags, reserved));
}

std::string disconnect_pair(std::string (*call)(Pair&)) {
  Pair pair = connected();
  return call(pair);
}

std::string disconnect_overlapped() {
  Pair pair = connected();
  Operation operation;
  const std::string begun = started(truth(disconnect_ex()(pair.client, &operation.overlapped, 0, 0)));
  operation.signalled();
  const std::string result = operation.result(pair.client);
  return say({begun, result, receive(pair.server)});
}

std::string disconnect_reuse() {
  Socket server = listener();
  Connecting at;
  at.start(local_of(server));
  at.operation.signalled();
  Socket accepted(::accept(server, nullptr, nullptr));
  ::setsockopt(at.client, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, nullptr, 0);
  accepted.close();
  const std::string code = disconnect_code(at.client, TF_REUSE_SOCKET, 0);
  Operation second;
  Socket next = listener();
  const Address address = local_of(next);
  DWORD sent = 0;
  const std::string again =
      started(truth(connect_ex()(at.client, address.get(), address.size, nullptr, 0, &sent, &second.overlapped)));
  second.signalled();
  return say({code, again, second.result(at.client)});
}

std::string find(GUID id) {
  Socket s = tcp();
  void* function = nullptr;
  DWORD returned = 0;
  const std::string code = outcome(::WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &function,
                                              sizeof(function), &returned, nullptr, nullptr));
  return code == "0" ? say({code, yes_no(function != nullptr), number(returned)}) : code;
}

void add_accept_ex(Suite& suite) {
  suite.table(
      "AcceptEx", "AcceptEx",
      {
          {"bad-listener", "the listener is INVALID_SOCKET", "WSAENOTSOCK", "obs:test_AcceptEx",
           [] {
             Socket acceptor = tcp();
             char output[256];
             return accept_ex_code(INVALID_SOCKET, acceptor, output, kRoom, kRoom);
           }},
          {"bad-acceptor", "the acceptor is INVALID_SOCKET", "WSAENOTSOCK", "obs:test_AcceptEx",
           [] {
             Socket server = listener();
             char output[256];
             return accept_ex_code(server, INVALID_SOCKET, output, kRoom, kRoom);
           }},
          {"not-listening", "the listener does not listen", "WSAEINVAL", "obs:test_AcceptEx",
           [] {
             Socket server = bound(tcp());
             Socket acceptor = tcp();
             char output[256];
             return accept_ex_code(server, acceptor, output, kRoom, kRoom);
           }},
          {"null-output", "no room at all", "WSAEFAULT", "obs:test_AcceptEx",
           [] {
             Socket server = listener();
             Socket acceptor = tcp();
             return accept_ex_code(server, acceptor, nullptr, kRoom, kRoom);
           }},
          {"remote-0", "no room for the remote address", "WSAEFAULT", "obs:test_AcceptEx",
           [] {
             Socket server = listener();
             Socket acceptor = tcp();
             char output[256];
             return accept_ex_code(server, acceptor, output, kRoom, 0);
           }},
          {"local-0", "no room for the local address is allowed", "WSA_IO_PENDING", "obs:test_AcceptEx",
           [] {
             Socket server = listener();
             Socket acceptor = tcp();
             char output[256];
             return accept_ex_code(server, acceptor, output, 0, kRoom);
           }},
          {"no-overlapped", "no structure", "WSA_INVALID_PARAMETER", "obs:test_AcceptEx",
           [] {
             Socket server = listener();
             Socket acceptor = tcp();
             char output[256];
             return accept_ex_code(server, acceptor, output, kRoom, kRoom, false);
           }},
          {"acceptor-udp", "the acceptor is a datagram socket", "WSAEINVAL", "obs:test_AcceptEx",
           [] { return with_acceptor([] { return udp(); }); }},
          {"acceptor-bound", "the acceptor is bound", "WSAEINVAL", "obs:test_AcceptEx",
           [] { return with_acceptor([] { return bound(tcp()); }); }},
          {"acceptor-connected", "the acceptor is connected", "WSAEINVAL", "obs:test_AcceptEx",
           [] {
             Pair pair = connected();
             return with_acceptor([&] { return std::move(pair.client); });
           }},
          {"acceptor-in-use", "the acceptor waits already", "WSAEINVAL", "obs:test_AcceptEx", acceptor_in_use},
          {"acceptor-connect", "connect on an acceptor that waits", "WSAEINVAL", "sheet 2.5", connect_pending_acceptor},
          {"completes", "pending, then a client comes", "WSA_IO_PENDING, yes, 0 bytes", "api:AcceptEx", completes},
          {"immediate", "a client waits already", "started, 0 bytes", "api:AcceptEx", immediate},
          {"data", "with room for data: completes with the first data", "no, 5 bytes, hello", "api:AcceptEx",
           with_data},
          {"no-data", "the client closes without data: 0 bytes", "0 bytes", "sheet 5.11", closed_without_data},
          {"addresses", "GetAcceptExSockaddrs: local and remote", "yes, yes", "api:GetAcceptExSockaddrs", addresses},
          {"before-update", "getpeername before SO_UPDATE_ACCEPT_CONTEXT", "WSAENOTCONN", "sheet 5.11", before_update},
          {"after-update", "after it: name, right peer, shutdown", "0, 0, yes, 0", "sheet 5.11", after_update},
          {"transfers", "data flows", "'x'", "sheet 5.11", transfers},
          {"connect-time", "SO_CONNECT_TIME before and after", "-1, 0", "sheet 5.11", connect_time},
          {"listener-closed", "the listener is closed", "yes, WSA_OPERATION_ABORTED", "obs:test_AcceptEx",
           closed_listener},
          {"acceptor-closed", "the acceptor is closed", "yes, WSA_OPERATION_ABORTED", "obs:test_AcceptEx",
           closed_acceptor},
          {"cancelled", "cancelled at the listener", "ok, WSA_OPERATION_ABORTED", "obs:test_AcceptEx", cancelled},
          {"before-accept", "a pending AcceptEx is served before accept", "WSAEWOULDBLOCK", "sheet 5.11",
           served_before_accept},
          {"deferred", "takes a deferred connection", "yes, 0 bytes", "obs:test_AcceptEx", takes_deferred},
      });
}

void add_connect_ex(Suite& suite) {
  suite.table(
      "ConnectEx", "ConnectEx",
      {
          {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "sheet 5.12",
           [] { return connect_ex_code([] { return Socket(); }); }},
          {"unbound", "not bound", "WSAEINVAL", "obs:test_connect",
           [] { return connect_ex_code([] { return tcp(); }); }},
          {"no-overlapped", "no structure", "WSA_INVALID_PARAMETER", "obs:test_connect",
           [] { return connect_ex_code([] { return bound(tcp()); }, false); }},
          {"listener", "a listener", "WSAEINVAL", "sheet 5.12",
           [] { return connect_ex_code([] { return listener(); }); }},
          {"connected", "connected", "WSAEISCONN", "sheet 5.12",
           [] {
             Pair pair = connected();
             return connect_ex_code([&] { return std::move(pair.client); });
           }},
          {"success", "somebody listens", "started, 0 bytes", "obs:test_connect", connect_ex_success},
          {"refused", "nobody listens", "WSA_IO_PENDING, WSAECONNREFUSED", "obs:test_connect", connect_ex_refused},
          {"data", "with data", "5 bytes, 'hello'", "api:LPFN_CONNECTEX", connect_ex_data},
          {"update", "getpeername and shutdown need SO_UPDATE_CONNECT_CONTEXT", "WSAENOTCONN, 0, 0, 0", "sheet 5.12",
           connect_ex_update},
          {"bad-family", "an address of another family", "WSAEAFNOSUPPORT", "sheet 5.12",
           [] {
             Connecting at;
             Address address = loopback(AF_INET, htons(9));
             address.any.sa_family = static_cast<ADDRESS_FAMILY>(0xdead);
             return at.start(address);
           }},
      });
}

void add_disconnect_ex(Suite& suite) {
  suite.table(
      "DisconnectEx", "DisconnectEx",
      {
          {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "obs:test_DisconnectEx",
           [] { return disconnect_code(INVALID_SOCKET, 0, 0); }},
          {"unconnected", "not connected", "WSAENOTCONN", "obs:test_DisconnectEx",
           [] {
             Socket s = tcp();
             return disconnect_code(s, 0, 0);
           }},
          {"bad-flags", "an unknown flag", "WSAEINVAL", "sheet 5.13",
           [] { return disconnect_pair([](Pair& pair) { return disconnect_code(pair.client, 0x100, 0); }); }},
          {"reserved", "reserved is not 0", "WSAEINVAL", "sheet 5.13",
           [] { return disconnect_pair([](Pair& pair) { return disconnect_code(pair.client, 0, 1); }); }},
          {"synchronous", "without a structure; the peer sees the end", "ok, end", "obs:test_DisconnectEx",
           [] {
             return disconnect_pair([](Pair& pair) {
               const std::string code = disconnect_code(pair.client, 0, 0);
               return say({code, receive(pair.server)});
             });
           }},
          {"repeated", "again", "ok, ok", "obs:test_DisconnectEx",
           [] {
             return disconnect_pair([](Pair& pair) {
               const std::string code = disconnect_code(pair.client, 0, 0);
               return say({code, disconnect_code(pair.client, 0, 0)});
             });
           }},
          {"then-send", "send afterwards", "WSAESHUTDOWN", "obs:test_DisconnectEx",
           [] {
             return disconnect_pair([](Pair& pair) {
               disconnect_code(pair.client, 0, 0);
               return outcome(send_text(pair.client, "x"));
             });
           }},
          {"then-recv", "recv afterwards: the peer's data still comes", "'x'", "obs:test_DisconnectEx",
           [] {
             return disconnect_pair([](Pair& pair) {
               disconnect_code(pair.client, 0, 0);
               must(send_text(pair.server, "x"), "send");
               return receive(pair.client);
             });
           }},
          {"then-connect", "connect afterwards", "WSAEISCONN", "obs:test_DisconnectEx",
           [] {
             return disconnect_pair([](Pair& pair) {
               disconnect_code(pair.client, 0, 0);
               return outcome(connect_at(pair.client, loopback(AF_INET, htons(9))));
             });
           }},
          {"overlapped", "with a structure", "started, 0 bytes, end", "obs:test_DisconnectEx", disconnect_overlapped},
          {"reuse", "TF_REUSE_SOCKET: the socket connects again", "ok, started, 0 bytes", "obs:test_DisconnectEx",
           disconnect_reuse},
      });
}

}  // namespace

void add_extension_cases(Suite& suite) {
  suite.table("extension", "WSAIoctl",
              {
                  {"AcceptEx", "its GUID", "0, yes, 8", "sheet 4.7", [] { return find(WSAID_ACCEPTEX); }},
                  {"ConnectEx", "its GUID", "0, yes, 8", "sheet 4.7", [] { return find(WSAID_CONNECTEX); }},
                  {"DisconnectEx", "its GUID", "0, yes, 8", "sheet 4.7", [] { return find(WSAID_DISCONNECTEX); }},
                  {"GetAcceptExSockaddrs", "its GUID", "0, yes, 8", "sheet 4.7",
                   [] { return find(WSAID_GETACCEPTEXSOCKADDRS); }},
                  {"TransmitFile", "its GUID", "0, yes, 8", "sheet 4.7", [] { return find(WSAID_TRANSMITFILE); }},
                  {"unknown", "an unknown GUID", "WSAEINVAL", "obs:test_get_extension_func",
                   [] {
                     return find(GUID{0xdeadbeef, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}});
                   }},
              });
  add_accept_ex(suite);
  add_connect_ex(suite);
  add_disconnect_ex(suite);
}

}  // namespace conformance
