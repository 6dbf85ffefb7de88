// What the sockets without a server behind them have in common: a handle, and events once the program asks for some.
#pragma once

#include <atomic>
#include <mutex>

#include "engine/shard.h"
#include "server/socket_options.h"
#include "server/stream.h"

namespace inlet::server {

class SocketEvents;

// Owner    The runtime's HandleTable; while it has events, these hold one reference more.
// Thread   Any, with a pin, unless a group says otherwise.
class PlainSocket {
 public:
  explicit PlainSocket(SOCKET handle);
  virtual ~PlainSocket();
  PlainSocket(const PlainSocket&) = delete;
  PlainSocket& operator=(const PlainSocket&) = delete;

  SOCKET handle() const { return handle_; }
  std::atomic<void*> data{nullptr};    // the program's
  std::atomic<DWORD> owner_thread_id;  // what InetAttachThread says; nothing depends on it
  std::atomic<uint32_t> timeout_s{0};  // for calls to come, while there is no stream that keeps it

  virtual SocketType type() const = 0;

  // Its events, or nullptr when nobody has asked for any.
  SocketEvents* events() const { return events_.load(std::memory_order_acquire); }
  // Makes them, if there are none yet.
  // Errors   not_socket  the socket is being closed; those of an engine's start
  Result<SocketEvents*> need_events();
  // The socket is being closed: its events end, and no others begin.
  void end_events();

  // ---- for its events, on their shard's driver

  // Connects, if that is still to be done: may wait. Runs like a callback.
  virtual Result<void> connect() { return {}; }
  virtual bool is_connecting() const { return false; }
  virtual Result<void> watch(engine::Shard& shard) = 0;
  virtual void forget(engine::Shard& shard) = 0;
  // What a read, or an accept, would find.
  virtual Stream::Input look() = 0;
  virtual bool is_writable() = 0;
  virtual Facts take_facts() = 0;
  virtual Error failure() const = 0;
  // There is room again: sends what calls have left behind.
  virtual void flush() {}
  virtual void set_blocking(bool blocks) = 0;
  // Closes the socket, whoever still calls it.
  virtual void close() = 0;

  // A reference to itself for its events; hold fails once the handle is dead, and let_go may end the socket's life.
  virtual bool hold() = 0;
  virtual void let_go() = 0;

 private:
  const SOCKET handle_;
  std::atomic<SocketEvents*> events_{nullptr};
  std::mutex events_mutex_;    // a leaf but for the engine's start
  bool events_ended_ = false;  // GUARDED_BY(events_mutex_)
};

}  // namespace inlet::server
