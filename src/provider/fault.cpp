#include "provider/fault.h"

#include <array>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <tuple>

#include "base/log.h"
#include "provider/fault_rules.h"
#include "provider/layer.h"
#include "provider/own_layers.h"

namespace inlet::provider::fault {
namespace {

// At most so many bytes of a caller's buffers.
class ShortBuffers {
 public:
  ShortBuffers(const WSABUF* buffers, DWORD count, uint32_t limit) {
    for (; count_ < count && count_ < buffers_.size() && limit > 0; ++count_) {
      buffers_[count_] = buffers[count_];
      if (buffers_[count_].len > limit) buffers_[count_].len = limit;
      limit -= buffers_[count_].len;
    }
  }
  LPWSABUF get() { return buffers_.data(); }
  DWORD count() const { return count_; }

 private:
  std::array<WSABUF, 16> buffers_;  // a stream may take less than all buffers too
  DWORD count_ = 0;
};

template <class... A>
LPINT errno_of(A... arguments) {
  return std::get<sizeof...(A) - 1>(std::tuple(arguments...));  // lpErrno is the last argument of every entry
}

struct FaultLayer {
  static constexpr std::u16string_view kPath = u"fault";

  template <auto kMember, class... A>
  static auto call(LayerSlot& slot, A... arguments) {
    constexpr Function function = kFunctionOf<kMember>;
    using R = decltype(forward<kMember>(slot, arguments...));
    const Verdict verdict = judge(function);
    if (verdict.delay_ms != 0) std::this_thread::sleep_for(std::chrono::milliseconds(verdict.delay_ms));
    if (verdict.code != 0 && !verdict.after) return fail<R>(function, verdict.code, arguments...);
    const R result = perform<kMember>(slot, verdict.limit_bytes, arguments...);
    if constexpr (function == Function::DuplicateSocket)
      if (result == 0) raise_identity(slot, std::get<2>(std::tuple(arguments...)));
    if (verdict.code == 0 || result == static_cast<R>(failure_value(function))) return result;
    if constexpr (makes_socket(function)) {
      int ignored = 0;
      slot.lower.lpWSPCloseSocket(result, &ignored);
    }
    return fail<R>(function, verdict.code, arguments...);
  }

 private:
  template <class R, class... A>
  static R fail(Function function, int code, A... arguments) {
    if (LPINT error = errno_of(arguments...)) *error = code;
    return static_cast<R>(failure_value(function));
  }

  template <auto kMember, class... A>
  static auto perform(LayerSlot& slot, uint32_t limit, A... arguments) {
    constexpr Function function = kFunctionOf<kMember>;
    if constexpr (function == Function::Recv || function == Function::Send) {
      if (limit != 0) return transfer<kMember>(slot, limit, arguments...);
    }
    return forward<kMember>(slot, arguments...);
  }

  // The fifth argument is the flags, by address where they are also an answer.
  static bool wants_all(LPDWORD flags) { return flags != nullptr && (*flags & MSG_WAITALL) != 0; }
  static bool wants_all(DWORD) { return false; }

  template <auto kMember, class Flags, class... A>
  static int transfer(LayerSlot& slot, uint32_t limit, SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD moved,
                      Flags flags, A... rest) {
    if (buffers == nullptr || wants_all(flags)) return forward<kMember>(slot, s, buffers, count, moved, flags, rest...);
    ShortBuffers less(buffers, count, limit);
    return forward<kMember>(slot, s, less.get(), less.count(), moved, flags, rest...);
  }
};

Result<void> read_environment() {
  static std::once_flag once;
  static bool good = true;
  std::call_once(once, [] {
    if (const char* text = secure_getenv("INLET_FAULT")) good = configure(text).ok();
  });
  if (!good) log_line("INLET_FAULT is not understood");
  return good ? Result<void>() : Error::invalid;
}

}  // namespace

int WSPAPI startup(WORD version, LPWSPDATA data, LPWSAPROTOCOL_INFOW info, WSPUPCALLTABLE upcalls,
                   LPWSPPROC_TABLE table) {
  if (auto read = read_environment(); !read) return wsa_code(read.error());
  return LayerTables<FaultLayer>::startup(version, data, info, upcalls, table);
}

}  // namespace inlet::provider::fault
