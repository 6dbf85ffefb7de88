// What layers of Inlet's own share: a table of their own for each chain in which they stand, and the way down.
//
// The functions of a WSPPROC_TABLE are told a socket and no more, so a layer that stands in several chains has to know
// for every call which table is below. Here each chain gets a set of functions of its own, which know their slot when
// they are compiled: nothing is looked up.
//
// A layer is a class with
//     static constexpr std::u16string_view kPath;                                 its name in the catalog
//     template <auto kMember, class... A> static auto call(LayerSlot&, A...);     what an entry does
// and call ends in forward<kMember>(slot, arguments...).
#pragma once

#include <array>
#include <cstring>
#include <mutex>
#include <new>
#include <type_traits>
#include <utility>

#include "provider/chain.h"
#include "provider/functions.h"

namespace inlet::provider {

static_assert(kFunctions == sizeof(WSPPROC_TABLE) / sizeof(void*));

// The number of a member of the table.
template <auto kMember>
struct FunctionOf;
#define INLET_X(name)                                 \
  template <>                                         \
  struct FunctionOf<&WSPPROC_TABLE::lpWSP##name> {    \
    static constexpr Function value = Function::name; \
  };
INLET_WSP_FUNCTIONS(INLET_X)
#undef INLET_X
template <auto kMember>
constexpr Function kFunctionOf = FunctionOf<kMember>::value;

struct LayerSlot {
  WSPPROC_TABLE lower{};
  WSAPROTOCOL_INFOW next{};   // the entry of what is below
  WSAPROTOCOL_INFOW chain{};  // what the layer was started with
  unsigned uses = 0;          // successful starts that are not cleaned up; guarded by the layer's mutex
};

// Passes a call on to what is below, with the base's identity where that is due.
template <auto kMember, class... A>
auto forward(LayerSlot& slot, A... arguments) {
  constexpr Function function = kFunctionOf<kMember>;
  if constexpr (function == Function::Socket || function == Function::AddressToString ||
                function == Function::StringToAddress) {
    WSAPROTOCOL_INFOW own;
    auto lowered = [&](auto argument) {
      if constexpr (std::is_same_v<decltype(argument), LPWSAPROTOCOL_INFOW>) {
        if (argument == nullptr) return argument;
        own = info_for(slot.next, *argument);
        return &own;
      } else {
        return argument;
      }
    };
    return (slot.lower.*kMember)(lowered(arguments)...);
  } else {
    return (slot.lower.*kMember)(arguments...);
  }
}

// A socket that was duplicated below this layer is to be opened through it: it gets the chain's identity.
inline void raise_identity(const LayerSlot& slot, LPWSAPROTOCOL_INFOW info) {
  info->dwCatalogEntryId = slot.chain.dwCatalogEntryId;
  info->ProviderId = slot.chain.ProviderId;
  info->ProtocolChain = slot.chain.ProtocolChain;
  std::memcpy(info->szProtocol, slot.chain.szProtocol, sizeof info->szProtocol);
}

template <class Layer>
class LayerTables {
 public:
  // The WSPStartup of the layer.
  static int startup(WORD version, LPWSPDATA data, LPWSAPROTOCOL_INFOW info, const WSPUPCALLTABLE& upcalls,
                     LPWSPPROC_TABLE table) {
    try {
      return start(version, data, info, upcalls, table);
    } catch (const std::bad_alloc&) {
      return WSAENOBUFS;
    }
  }

 private:
  static int start(WORD version, LPWSPDATA data, LPWSAPROTOCOL_INFOW info, const WSPUPCALLTABLE& upcalls,
                   LPWSPPROC_TABLE table) {
    if (data == nullptr || table == nullptr || info == nullptr) return WSAEFAULT;
    *data = WSPDATA{};
    data->wVersion = data->wHighVersion = kVersion;
    const int major = version & 0xff;
    if (major < 2 || (major == 2 && version >> 8 < 2)) return WSAVERNOTSUPPORTED;
    auto next = find_below(*info, Layer::kPath);
    if (!next) return wsa_code(next.error());
    auto lower = start_below(*next, *info, upcalls);
    if (!lower) return wsa_code(lower.error());
    const size_t slot = take_slot(next->info, *info, *lower);
    if (slot == kSlots) {
      int ignored = 0;
      lower->lpWSPCleanup(&ignored);
      return WSAEPROCLIM;
    }
    *table = tables()[slot];
    return 0;
  }

  static constexpr WORD kVersion = 0x0202;
  static constexpr size_t kSlots = 16;  // the six entries of the base and as many chains; a start beyond that fails

  template <size_t kSlot, auto kMember>
  struct Entry;
  template <size_t kSlot, class R, class... A, R (*WSPPROC_TABLE::*kMember)(A...)>
  struct Entry<kSlot, kMember> {
    static R WSPAPI call(A... arguments) {
      LayerSlot& slot = slots_[kSlot];
      const R result = Layer::template call<kMember>(slot, arguments...);
      if constexpr (kFunctionOf<kMember> == Function::Cleanup)
        if (result == 0) release_slot(slot);
      return result;
    }
  };

  template <size_t kSlot>
  static WSPPROC_TABLE make_table() {
    WSPPROC_TABLE table{};
#define INLET_X(name) table.lpWSP##name = Entry<kSlot, &WSPPROC_TABLE::lpWSP##name>::call;
    INLET_WSP_FUNCTIONS(INLET_X)
#undef INLET_X
    return table;
  }
  template <size_t... kAll>
  static std::array<WSPPROC_TABLE, kSlots> make_tables(std::index_sequence<kAll...>) {
    return {make_table<kAll>()...};
  }
  static const std::array<WSPPROC_TABLE, kSlots>& tables() {
    static const auto all = make_tables(std::make_index_sequence<kSlots>());
    return all;
  }

  static bool fits(const LayerSlot& slot, const WSAPROTOCOL_INFOW& chain, const WSPPROC_TABLE& lower) {
    return std::memcmp(&slot.chain, &chain, sizeof chain) == 0 && std::memcmp(&slot.lower, &lower, sizeof lower) == 0;
  }

  // The slot of this chain if it has one, else one that nobody uses. A slot in use is never written.
  static size_t take_slot(const WSAPROTOCOL_INFOW& next, const WSAPROTOCOL_INFOW& chain, const WSPPROC_TABLE& lower) {
    std::lock_guard lock(mutex_);
    size_t found = kSlots;
    for (size_t i = kSlots; i-- > 0;)
      if (slots_[i].uses == 0) found = i;
    for (size_t i = 0; i < kSlots; ++i)
      if (fits(slots_[i], chain, lower)) found = i;
    if (found == kSlots) return found;
    LayerSlot& slot = slots_[found];
    if (!fits(slot, chain, lower)) {
      slot.lower = lower;
      slot.next = next;
      slot.chain = chain;
    }
    ++slot.uses;
    return found;
  }

  static void release_slot(LayerSlot& slot) {
    {
      std::lock_guard lock(mutex_);
      if (slot.uses > 0) --slot.uses;
    }
    if constexpr (requires { Layer::released(); }) Layer::released();
  }

  static inline std::mutex mutex_;
  static inline std::array<LayerSlot, kSlots> slots_{};
};

}  // namespace inlet::provider
