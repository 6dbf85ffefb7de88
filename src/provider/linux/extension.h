// What only some sockets have: a listener's pending queue, an event selection, overlapped operations, unsent bytes, several
// handles.
//
// A record is one cache line and every socket has one; all of this hangs behind it and is made when it is first needed. Each
// part has a mutex of its own, which is a leaf: none is held while another is taken, across a wait, or across an upcall.
//
// Owner    The record of the descriptor; freed when the descriptor is closed, after the last reference.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

namespace inlet::provider {

class PendingQueue;  // pending_queue.h
class Selection;     // events.h
class Overlapped;    // overlapped.h
class Spill;         // spill.h
class HandleCount;   // handle_count.h
class KeptOptions;   // kept_options.h

// How a program wants the kernel to choose its port, or to give it to others too: SO_RANDOMIZE_PORT, SO_PORT_SCALABILITY,
// SO_REUSE_UNICASTPORT and INLET_SO_SHARE_PORT. The first two are what Linux does anyway, so they are only read back.
enum PortChoice : uint32_t { kRandomizePort = 1, kPortScalability = 2, kReuseUnicastPort = 4, kSharePort = 8 };

struct Extension {
  Extension();
  ~Extension();

  // A part that was made stays, at the same address, as long as the extension.
  std::atomic<PendingQueue*> pending{nullptr};
  std::atomic<Selection*> selection{nullptr};
  std::atomic<Overlapped*> overlapped{nullptr};
  std::atomic<Spill*> spill{nullptr};
  std::atomic<KeptOptions*> options{nullptr};
  // Made with the multipoint flags: may join groups by WSPJoinLeaf. Set before anybody else knows the socket.
  std::atomic<bool> multipoint{false};
  // A set of PortChoice.
  std::atomic<uint32_t> port_choice{0};
  std::atomic<HandleCount*> handle_count{nullptr};
  // Whether the reactor watches the descriptor.
  std::atomic<bool> watched{false};
};

// Makes a part unless another thread was faster. nullptr without memory.
template <class Part, class... Arguments>
Part* make_part(std::atomic<Part*>& slot, Arguments&&... arguments) {
  if (Part* part = slot.load(std::memory_order_acquire)) return part;
  Part* made = new (std::nothrow) Part(std::forward<Arguments>(arguments)...);
  if (made == nullptr) return nullptr;
  Part* expected = nullptr;
  if (slot.compare_exchange_strong(expected, made, std::memory_order_acq_rel)) return made;
  delete made;
  return expected;
}

}  // namespace inlet::provider
