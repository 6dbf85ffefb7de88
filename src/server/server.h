// A server: its listener, its thread, its clients.
//
//   starting -> started -> stopping (listener closed, every session told to end) -> stopped (all gone, thread ended)
//               started <-> suspended: nobody is accepted, whoever comes waits in the backlog
//               started, suspended -> restarting (a new listener, every session told to end) -> started
//
// Owner    The runtime holds it from start until its thread is joined, and its thread waits until no session exists.
// Thread   The server thread runs run(): START, waiting, STOP; the acceptor's task runs ACCEPT and IDLE in between. Everything
//          public may be called from any.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/list.h"
#include "base/thread_registry.h"
#include "cswsock10.h"
#include "engine/engine.h"
#include "poller/poller.h"
#include "server/acceptor.h"
#include "server/admission.h"
#include "server/directory.h"
#include "server/server_lock.h"
#include "server/session.h"
#include "tls/credentials.h"

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
  std::shared_ptr<const tls::Credentials> credentials;  // of the start
};

class Server final : public std::enable_shared_from_this<Server>, private TimeListener {
 public:
  Server(ServerOptions options, std::shared_ptr<provider::Provider> provider, std::shared_ptr<engine::Engine> engine,
         SOCKET listener, std::unique_ptr<poller::Poller> poller);
  ~Server();

  // Starts the thread. The handle is the public one. Call once.
  // Errors   Error::out_of_memory  the system starts no thread
  Result<void> start(SOCKET handle);

  // ---- any thread

  void request_stop();
  // Nobody is accepted from now on, except one whose ACCEPT is being handled just now. Harmless twice.
  // Errors   invalid  the server is being stopped
  Result<void> suspend();
  // Errors   invalid  the server is being stopped, or a restart has found no listener
  Result<void> resume();
  // Tells every client to end, in order, with DISCONNECT.
  void disconnect_clients();
  // Closes the listener, tells every client to end, listens again. Waits for that, unless the calling thread runs a callback of
  // a server event: then it is done when that has returned.
  //
  // Errors   invalid  the server is being stopped; those of open_listener: the server is suspended then, and can be restarted
  Result<void> restart();
  // Sends to every client but the one whose callback runs here.
  // Returns  how many got all of it in the server's timeout.
  uint32_t broadcast(const void* data, size_t size);
  // Posts every event to a window as well; nullptr ends that.
  void notify_window(HWND window, UINT message);
  // Returns  false when the deadline passed first.
  bool wait_stopped(Deadline deadline);
  bool is_callback_here() const;      // the calling thread runs a callback of this server
  bool is_server_event_here() const;  // one that is not about a client, but for ACCEPT
  static bool is_event_here(SOCKET server);
  INT status() const;
  DWORD thread_id() const { return thread_id_.load(std::memory_order_acquire); }
  SOCKET handle() const { return handle_; }
  const ServerOptions& options() const { return options_; }
  provider::Provider& provider() const { return *provider_; }
  Result<Endpoint> local_endpoint() const;
  std::atomic<void*> data{nullptr};  // the program's
  Acceptor& acceptor() { return acceptor_; }
  bool is_secure() const { return (options_.flags & INET_OPTION_SECURE) != 0; }
  // What clients that come from now on are met with; empty when the program gave none.
  tls::CredentialsSlot& credentials() { return credentials_; }
  Admission& admission() { return admission_; }
  Directory& directory() { return directory_; }
  // What clients that come from now on start with.
  std::atomic<uint32_t> timeout_s;
  std::atomic<unsigned> priority;
  std::atomic<DWORD> stack_bytes{0};  // kept for the program; threads are shared between servers

  // The client whose ACCEPT is being handled on this thread, or nullptr.
  Acceptor::Pending* pending_here();

  void call_program(SOCKET handle, UINT event, Error error) {
    if (HWND window = window_.load(std::memory_order_acquire)) [[unlikely]]
      tell_window(window, handle, event, error);
    options_.program(handle, event, inet_code(error), options_.parameter);
  }
  // A callback of a server event; an exception that leaves it is logged and goes no further.
  void notify(UINT event);

  // ---- for the acceptor, while it performs

  bool is_accepting() const { return !stop_requested() && !suspended_.load(std::memory_order_acquire); }
  // Asks for another accept at that time; for pause_accepting also when a session has ended.
  void try_accept_at(Deadline deadline);
  void pause_accepting(Deadline deadline);
  void notify_idle();
  void restart_here();
  // Its last act; the server may go from here on.
  void acceptor_gone();
  // Gives a connection that was accepted to a shard.
  // Errors   access_denied  a limit is reached
  Result<void> admit(SOCKET socket, const Endpoint& peer);
  bool stop_requested() const { return stop_requested_.load(std::memory_order_acquire); }

  // ---- for sessions

  void session_made();       // it exists; from the acceptor
  void session_announced();  // its handshake is done; from its shard
  // Its end begins: it counts no more; any thread, once.
  void session_leaves(Session& session, Counted counted);
  void session_over();    // its DISCONNECT has been delivered; from its shard
  void session_closed();  // its socket is closed; from its shard
  void session_gone();    // it does not exist any more; any thread

  // Waits for the thread to end. Call once, after wait_stopped.
  void join();

 private:
  static constexpr int64_t kNever_ms = INT64_MAX;
  void tell_window(HWND window, SOCKET handle, UINT event, Error error);
  void run();
  bool wait_watched();
  void serve();
  bool request(engine::Signals what);
  void time_changed() override { poller_->wake(); }
  unsigned take_restarts();
  void shut_acceptor();
  void end_sessions();
  template <class Visit>
  void for_each_session(Visit visit);
  void count_addresses();
  std::vector<SOCKET> others() const;
  struct Behind;
  struct Audience;
  void wait_for_sessions();
  void finish();

  const ServerOptions options_;
  const std::shared_ptr<provider::Provider> provider_;
  std::shared_ptr<engine::Engine> engine_;  // until finish
  const std::unique_ptr<poller::Poller> poller_;
  Acceptor acceptor_;
  SOCKET handle_ = INVALID_SOCKET;
  std::thread thread_;

  std::atomic<INT> status_{INET_SERVER_STARTING};
  std::atomic<DWORD> thread_id_{0};
  std::atomic<bool> stop_requested_{false};
  tls::CredentialsSlot credentials_;
  Admission admission_;
  Directory directory_;
  std::atomic<uint32_t> live_{0};     // sessions that exist; only the acceptor counts up
  std::atomic<uint32_t> present_{0};  // those the program knows and whose DISCONNECT is still to come
  std::atomic<bool> suspended_{false};
  std::atomic<bool> listening_{true};  // false: the last restart has failed
  std::atomic<HWND> window_{nullptr};
  std::atomic<UINT> message_{0};
  std::atomic<bool> accept_paused_{false};       // out of descriptors: sessions that go make it try again
  std::atomic<int64_t> next_try_ms_{kNever_ms};  // when the server thread makes it try again
  std::atomic<bool> acceptor_gone_{false};

  std::mutex mutex_;
  std::condition_variable changed_;
  bool running_ = false;  // GUARDED_BY(mutex_): the thread has set itself up
  enum class Watching : uint8_t { not_yet, yes, failed, ended };
  Watching watching_ = Watching::not_yet;  // GUARDED_BY(mutex_): the listener
  bool stopped_ = false;                   // GUARDED_BY(mutex_)
  unsigned restarts_asked_ = 0;            // GUARDED_BY(mutex_)
  unsigned restarts_done_ = 0;             // GUARDED_BY(mutex_): how many of them
  Error restart_error_ = Error::none;      // GUARDED_BY(mutex_): of the last one
};

}  // namespace inlet::server
