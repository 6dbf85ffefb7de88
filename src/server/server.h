// A server: its listener, its thread, its clients.
//
//   starting -> started -> stopping (listener closed, every session told to end) -> stopped (all gone, thread ended)
//
// Owner    The runtime holds it from start until its thread is joined; sessions hold it as long as they exist.
// Thread   The server thread runs run(): START, accepting with ACCEPT, IDLE, STOP. Everything public may be called from any.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/list.h"
#include "base/thread_registry.h"
#include "cswsock10.h"
#include "engine/engine.h"
#include "poller/poller.h"
#include "server/acceptor.h"
#include "server/session.h"

namespace inlet::server {

struct ServerOptions {
  std::string local_host;
  uint16_t local_port = 0;
  UINT backlog = 0;
  UINT clients_max = 0;
  uint32_t timeout_s = 0;
  unsigned priority = INET_PRIORITY_NORMAL;
  DWORD flags = 0;
  INETEVENTPROC program = nullptr;
  DWORD_PTR parameter = 0;
};

class Server : public std::enable_shared_from_this<Server> {
 public:
  Server(ServerOptions options, std::shared_ptr<provider::Provider> provider, std::shared_ptr<engine::Engine> engine,
         SOCKET listener, std::unique_ptr<poller::Poller> poller);
  ~Server();

  // Starts the thread. The handle is the public one. Call once.
  // Errors   Error::out_of_memory  the system starts no thread
  Result<void> start(SOCKET handle);

  // ---- any thread

  void request_stop();
  // Returns  false when the deadline passed first.
  bool wait_stopped(Deadline deadline);
  bool is_callback_here() const;  // the calling thread runs a callback of this server
  INT status() const { return status_.load(std::memory_order_acquire); }
  DWORD thread_id() const { return thread_id_.load(std::memory_order_acquire); }
  SOCKET handle() const { return handle_; }
  const ServerOptions& options() const { return options_; }
  provider::Provider& provider() const { return *provider_; }
  Result<Endpoint> local_endpoint() const;
  std::atomic<void*> data{nullptr};  // the program's

  // The client whose ACCEPT is being handled on this thread, or nullptr.
  Acceptor::Pending* pending_here();

  void call_program(SOCKET handle, UINT event, Error error) {
    options_.program(handle, event, inet_code(error), options_.parameter);
  }
  // A callback on the server thread; an exception that leaves it is logged and goes no further.
  void notify(UINT event);

  // ---- for the acceptor, on the server thread

  bool is_full() const;
  // Gives a connection that was accepted to a shard.
  Result<void> admit(SOCKET socket, const Endpoint& peer);
  bool stop_requested() const { return stop_requested_.load(std::memory_order_acquire); }

  // ---- for sessions

  void session_over();                    // its DISCONNECT has been delivered; from its shard
  void session_closed(Session& session);  // its socket is closed; from its shard
  void session_gone();                    // it does not exist any more; any thread

  // Waits for the thread to end. Call once, after wait_stopped.
  void join();

 private:
  void run();
  void serve();
  void end_sessions();
  void wait_for_sessions();
  void finish();

  const ServerOptions options_;
  const std::shared_ptr<provider::Provider> provider_;
  std::shared_ptr<engine::Engine> engine_;  // the server thread's, until finish
  const std::unique_ptr<poller::Poller> poller_;
  Acceptor acceptor_;  // the server thread's
  SOCKET handle_ = INVALID_SOCKET;
  std::thread thread_;

  std::atomic<INT> status_{INET_SERVER_STARTING};
  std::atomic<DWORD> thread_id_{0};
  std::atomic<bool> stop_requested_{false};
  std::atomic<uint32_t> live_{0};           // sessions that exist; only the server thread counts up
  std::atomic<uint32_t> active_{0};         // those that count as clients; only the server thread counts up
  std::atomic<bool> idle_due_{false};       // active_ has fallen to 0
  std::atomic<bool> accept_paused_{false};  // out of descriptors: sessions that go wake the server thread
  std::atomic<bool> gone_{false};           // one has

  std::mutex mutex_;
  std::condition_variable changed_;
  List<Session, ServerListTag> sessions_;  // GUARDED_BY(mutex_)
  bool running_ = false;                   // GUARDED_BY(mutex_): the thread has set itself up
  bool stopped_ = false;                   // GUARDED_BY(mutex_)
};

}  // namespace inlet::server
