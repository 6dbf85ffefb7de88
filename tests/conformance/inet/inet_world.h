// What the cases of the Internet server interface are made of: results as words, servers, and both ends of a session.
#pragma once

#include <cswsock10.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>

#include "../suite.h"

namespace conformance {

// "ST_ERROR_INVALID_HANDLE"; "0"; or the number of a code without a name.
std::string inet_code_name(DWORD code);

// "ok" when the call said so, else the last error's name.
std::string said(bool ok);
inline std::string said_zero(INT result) {
  return said(result == 0);
}
// The number itself, or the last error's name when it is INET_ERROR.
std::string counted(INT result);

// "a handle", or the last error's name when it is INVALID_SOCKET.
std::string handle(SOCKET result);

UINT free_port();  // of the loopback; nobody listens at it
UINT port_of(SOCKET socket);

// Ends the library and starts it again.
void start_anew();

// The call's result while no descriptor is left to the process.
std::string without_descriptors(const std::function<std::string()>& call);
// The call's result without the right to ports below 1024.
std::string without_privilege(const std::function<std::string()>& call);

// A plain socket that is closed at the end of its case.
class Plain {
 public:
  explicit Plain(SOCKET socket);
  ~Plain() { InetDisconnect(socket_); }
  Plain(const Plain&) = delete;
  Plain& operator=(const Plain&) = delete;
  operator SOCKET() const { return socket_; }

 private:
  SOCKET socket_;
};

SOCKET listen_anywhere();                        // a listener at the loopback
SOCKET datagrams(UINT to = 9, DWORD flags = 0);  // bound to the loopback
SOCKET unanswered();                             // connecting for as long as it lives, to a port that does not answer
VOID CALLBACK nothing(SOCKET, UINT, DWORD, DWORD_PTR);  // a callback

// A listener and both ends of a connection that came through it.
struct PlainPair {
  explicit PlainPair(UINT timeout_s = 5);
  Plain listener, ours, theirs;
};

// A server at the loopback whose callback is given, and the client that the case needs.
class InetServer {
 public:
  using Handler = std::function<void(SOCKET, UINT, DWORD)>;
  explicit InetServer(Handler handler = {}, UINT timeout_s = 5);
  ~InetServer();
  InetServer(const InetServer&) = delete;
  InetServer& operator=(const InetServer&) = delete;

  SOCKET handle() const { return handle_; }
  UINT port() const { return port_; }
  // The first client's handle, once it is connected.
  SOCKET client();

 private:
  static VOID CALLBACK entry(SOCKET socket, UINT event, DWORD error, DWORD_PTR self);

  Handler handler_;
  UINT port_;
  SOCKET handle_;
  std::mutex mutex_;
  std::condition_variable changed_;
  SOCKET client_ = INVALID_SOCKET;
};

// A connected pair: ours, made by InetConnect, and the session at the server.
struct InetPair {
  explicit InetPair(InetServer::Handler handler = {}, UINT timeout_s = 5);
  ~InetPair();
  InetServer server;
  SOCKET ours;
  SOCKET theirs;
};

}  // namespace conformance
