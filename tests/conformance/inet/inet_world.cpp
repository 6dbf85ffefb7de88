#include "inet_world.h"

#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <map>

#include "support/free_port.h"
#include "support/silent_port.h"

namespace conformance {

std::string inet_code_name(DWORD code) {
  static const std::map<DWORD, const char*> kNames = {
      {0, "0"},
      {ST_ERROR_NOT_HANDLE_OWNER, "ST_ERROR_NOT_HANDLE_OWNER"},
      {ST_ERROR_FILE_NOT_FOUND, "ST_ERROR_FILE_NOT_FOUND"},
      {ST_ERROR_FILE_NOT_CREATED, "ST_ERROR_FILE_NOT_CREATED"},
      {ST_ERROR_OPERATION_CANCELED, "ST_ERROR_OPERATION_CANCELED"},
      {ST_ERROR_INVALID_FILE_NAME, "ST_ERROR_INVALID_FILE_NAME"},
      {ST_ERROR_INVALID_FILE_HANDLE, "ST_ERROR_INVALID_FILE_HANDLE"},
      {ST_ERROR_FILE_READ_FAILED, "ST_ERROR_FILE_READ_FAILED"},
      {ST_ERROR_FILE_WRITE_FAILED, "ST_ERROR_FILE_WRITE_FAILED"},
      {ST_ERROR_OUT_OF_MEMORY, "ST_ERROR_OUT_OF_MEMORY"},
      {ST_ERROR_ACCESS_DENIED, "ST_ERROR_ACCESS_DENIED"},
      {ST_ERROR_INVALID_PARAMETER, "ST_ERROR_INVALID_PARAMETER"},
      {ST_ERROR_INVALID_STATE, "ST_ERROR_INVALID_STATE"},
      {ST_ERROR_TOO_MANY_FILES, "ST_ERROR_TOO_MANY_FILES"},
      {ST_ERROR_OPERATION_WOULD_BLOCK, "ST_ERROR_OPERATION_WOULD_BLOCK"},
      {ST_ERROR_OPERATION_IN_PROGRESS, "ST_ERROR_OPERATION_IN_PROGRESS"},
      {ST_ERROR_ALREADY_IN_PROGRESS, "ST_ERROR_ALREADY_IN_PROGRESS"},
      {ST_ERROR_INVALID_HANDLE, "ST_ERROR_INVALID_HANDLE"},
      {ST_ERROR_INVALID_ADDRESS, "ST_ERROR_INVALID_ADDRESS"},
      {ST_ERROR_INVALID_SIZE, "ST_ERROR_INVALID_SIZE"},
      {ST_ERROR_INVALID_PROTOCOL, "ST_ERROR_INVALID_PROTOCOL"},
      {ST_ERROR_INVALID_OPTION, "ST_ERROR_INVALID_OPTION"},
      {ST_ERROR_PROTOCOL_NOT_SUPPORTED, "ST_ERROR_PROTOCOL_NOT_SUPPORTED"},
      {ST_ERROR_SOCKET_NOT_SUPPORTED, "ST_ERROR_SOCKET_NOT_SUPPORTED"},
      {ST_ERROR_OPERATION_NOT_SUPPORTED, "ST_ERROR_OPERATION_NOT_SUPPORTED"},
      {ST_ERROR_PROTOCOL_FAMILY, "ST_ERROR_PROTOCOL_FAMILY"},
      {ST_ERROR_PROTOCOL_ADDRESS, "ST_ERROR_PROTOCOL_ADDRESS"},
      {ST_ERROR_ADDRESS_IN_USE, "ST_ERROR_ADDRESS_IN_USE"},
      {ST_ERROR_ADDRESS_UNAVAILABLE, "ST_ERROR_ADDRESS_UNAVAILABLE"},
      {ST_ERROR_NETWORK_UNAVAILABLE, "ST_ERROR_NETWORK_UNAVAILABLE"},
      {ST_ERROR_NETWORK_UNREACHABLE, "ST_ERROR_NETWORK_UNREACHABLE"},
      {ST_ERROR_NETWORK_RESET, "ST_ERROR_NETWORK_RESET"},
      {ST_ERROR_CONNECTION_ABORTED, "ST_ERROR_CONNECTION_ABORTED"},
      {ST_ERROR_CONNECTION_RESET, "ST_ERROR_CONNECTION_RESET"},
      {ST_ERROR_OUT_OF_BUFFERS, "ST_ERROR_OUT_OF_BUFFERS"},
      {ST_ERROR_ALREADY_CONNECTED, "ST_ERROR_ALREADY_CONNECTED"},
      {ST_ERROR_NOT_CONNECTED, "ST_ERROR_NOT_CONNECTED"},
      {ST_ERROR_CONNECTION_SHUTDOWN, "ST_ERROR_CONNECTION_SHUTDOWN"},
      {ST_ERROR_OPERATION_TIMEOUT, "ST_ERROR_OPERATION_TIMEOUT"},
      {ST_ERROR_CONNECTION_REFUSED, "ST_ERROR_CONNECTION_REFUSED"},
      {ST_ERROR_HOST_UNAVAILABLE, "ST_ERROR_HOST_UNAVAILABLE"},
      {ST_ERROR_HOST_UNREACHABLE, "ST_ERROR_HOST_UNREACHABLE"},
      {ST_ERROR_NOT_READY, "ST_ERROR_NOT_READY"},
      {ST_ERROR_NOT_INITIALIZED, "ST_ERROR_NOT_INITIALIZED"},
      {ST_ERROR_SYSTEM_FAILURE, "ST_ERROR_SYSTEM_FAILURE"},
      {ST_ERROR_HOST_NOT_FOUND, "ST_ERROR_HOST_NOT_FOUND"},
      {ST_ERROR_TRY_AGAIN, "ST_ERROR_TRY_AGAIN"},
      {ST_ERROR_NO_RECOVERY, "ST_ERROR_NO_RECOVERY"},
      {ST_ERROR_NO_ADDRESS, "ST_ERROR_NO_ADDRESS"},
      {ST_ERROR_CERTIFICATE_NOT_FOUND, "ST_ERROR_CERTIFICATE_NOT_FOUND"},
      {ST_ERROR_CERTIFICATE_EXPIRED, "ST_ERROR_CERTIFICATE_EXPIRED"},
      {ST_ERROR_CERTIFICATE_INVALID, "ST_ERROR_CERTIFICATE_INVALID"},
      {ST_ERROR_CERTIFICATE_NO_KEY, "ST_ERROR_CERTIFICATE_NO_KEY"},
      {ST_ERROR_CERTIFICATE_PASSWORD, "ST_ERROR_CERTIFICATE_PASSWORD"},
      {ST_ERROR_CERTIFICATE_UNTRUSTED, "ST_ERROR_CERTIFICATE_UNTRUSTED"},
      {ST_ERROR_CERTIFICATE_MISMATCH, "ST_ERROR_CERTIFICATE_MISMATCH"},
      {ST_ERROR_CERTIFICATE_REVOKED, "ST_ERROR_CERTIFICATE_REVOKED"},
      {ST_ERROR_CERTIFICATE_REQUIRED, "ST_ERROR_CERTIFICATE_REQUIRED"},
      {ST_ERROR_HANDSHAKE_FAILED, "ST_ERROR_HANDSHAKE_FAILED"},
      {ST_ERROR_SECURITY_PROTOCOL, "ST_ERROR_SECURITY_PROTOCOL"},
      {ST_ERROR_SECURITY_CIPHER, "ST_ERROR_SECURITY_CIPHER"},
      {ST_ERROR_SECURITY_APPLICATION, "ST_ERROR_SECURITY_APPLICATION"},
      {ST_ERROR_SECURITY_DATA, "ST_ERROR_SECURITY_DATA"},
  };
  const auto found = kNames.find(code);
  return found == kNames.end() ? std::to_string(code) : found->second;
}

std::string said(bool ok) {
  return ok ? "ok" : inet_code_name(InetGetLastError());
}

std::string counted(INT result) {
  return result == INET_ERROR ? inet_code_name(InetGetLastError()) : std::to_string(result);
}

std::string handle(SOCKET result) {
  return result == INVALID_SOCKET ? inet_code_name(InetGetLastError()) : "a handle";
}

UINT port_of(SOCKET socket) {
  UINT port = 0;
  if (InetGetLocalAddress(socket, nullptr, &port) != 0) throw SetupFailed("no local address");
  return port;
}

void start_anew() {
  InetUninitialize();
  if (!InetInitializeA(nullptr, nullptr)) throw SetupFailed("the library cannot be initialised again");
}

std::string without_descriptors(const std::function<std::string()>& call) {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{0, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  const std::string result = call();
  ::setrlimit(RLIMIT_NOFILE, &before);
  return result;
}

// Of the calling thread only: each case has one.
std::string without_privilege(const std::function<std::string()>& call) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct before[2]{}, less[2]{};
  ::syscall(SYS_capget, &header, before);
  less[0] = before[0];
  less[1] = before[1];
  less[0].effective &= ~(1u << CAP_NET_BIND_SERVICE);
  ::syscall(SYS_capset, &header, less);
  const std::string result = call();
  ::syscall(SYS_capset, &header, before);
  return result;
}

Plain::Plain(SOCKET socket) : socket_(socket) {
  if (socket == INVALID_SOCKET) throw SetupFailed("no socket: " + inet_code_name(InetGetLastError()));
}

SOCKET listen_anywhere() {
  return InetListenExA("127.0.0.1", 0, 0, INET_OPTION_REUSEADDRESS);
}

SOCKET datagrams(UINT to, DWORD flags) {
  return InetConnectExA("127.0.0.1", to, INET_PROTOCOL_UDP, 1, flags, "127.0.0.1", 0, nullptr);
}

SOCKET unanswered() {
  static const inlet::test::SilentPort silent;
  return InetAsyncConnectA("127.0.0.1", silent.port(), INET_PROTOCOL_TCP, 0, 0, nullptr, nullptr, 0);
}

VOID CALLBACK nothing(SOCKET, UINT, DWORD, DWORD_PTR) {}

PlainPair::PlainPair(UINT timeout_s)
    : listener(listen_anywhere()),
      ours(InetConnectA("127.0.0.1", port_of(listener), INET_PROTOCOL_TCP, timeout_s, 0, nullptr)),
      theirs(InetAccept(listener, 5)) {}

UINT free_port() {
  const UINT port = inlet::test::free_port();
  if (port == 0) throw SetupFailed("no free port");
  return port;
}

InetServer::InetServer(Handler handler, UINT timeout_s) : handler_(std::move(handler)), port_(free_port()) {
  handle_ = InetServerStartA("127.0.0.1", port_, 0, 0, timeout_s, INET_PRIORITY_NORMAL, INET_OPTION_REUSEADDRESS,
                             &InetServer::entry, reinterpret_cast<DWORD_PTR>(this), nullptr);
  if (handle_ == INVALID_SOCKET) throw SetupFailed("no server: " + inet_code_name(InetGetLastError()));
}

InetServer::~InetServer() {
  InetServerStop(handle_);
}

SOCKET InetServer::client() {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, std::chrono::seconds(10), [this] { return client_ != INVALID_SOCKET; }))
    throw SetupFailed("no client came");
  return client_;
}

VOID CALLBACK InetServer::entry(SOCKET socket, UINT event, DWORD error, DWORD_PTR self) {
  auto* server = reinterpret_cast<InetServer*>(self);
  if (server->handler_) server->handler_(socket, event, error);
  if (event != INET_EVENT_CONNECT) return;
  std::lock_guard lock(server->mutex_);
  server->client_ = socket;
  server->changed_.notify_all();
}

InetPair::InetPair(InetServer::Handler handler, UINT timeout_s)
    : server(std::move(handler), timeout_s),
      ours(InetConnectA("127.0.0.1", server.port(), INET_PROTOCOL_TCP, timeout_s, 0, nullptr)) {
  if (ours == INVALID_SOCKET) throw SetupFailed("no connection: " + inet_code_name(InetGetLastError()));
  theirs = server.client();
}

InetPair::~InetPair() {
  InetDisconnect(ours);
}

}  // namespace conformance
