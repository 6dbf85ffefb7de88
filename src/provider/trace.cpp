#include "provider/trace.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <tuple>

#include "base/error.h"
#include "base/log.h"
#include "provider/layer.h"
#include "provider/memory_peek.h"
#include "provider/own_layers.h"
#include "provider/trace_line.h"

namespace inlet::provider::trace {
namespace {

constexpr size_t kShownBytes = 64;

Level level_from_environment() {
  const char* text = secure_getenv("INLET_TRACE_LEVEL");
  const std::string_view name = text != nullptr ? text : "calls";
  if (name == "off") return Level::off;
  if (name == "errors") return Level::errors;
  if (name == "data") return Level::data;
  if (name != "calls") log_line("INLET_TRACE_LEVEL is not understood: \"calls\" is taken");
  return Level::calls;
}

// Where lines go. The file is open while the layer is in use; it is written under a shared lock, so that nobody closes
// its descriptor under a line and sends the line into somebody else's file.
struct Output {
  std::atomic<Level> level{level_from_environment()};
  std::shared_mutex mutex;
  unsigned users = 0;       // GUARDED_BY(mutex)
  int fd = -1;              // GUARDED_BY(mutex)
  Sink sink = nullptr;      // GUARDED_BY(mutex)
  void* context = nullptr;  // GUARDED_BY(mutex)
};
Output& output() {
  static Output* instance = new Output;  // never destroyed: threads may still call while the process ends
  return *instance;
}

int open_file() {
  const char* path = secure_getenv("INLET_TRACE_FILE");
  if (path == nullptr) return fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  const int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) log_line(std::string("the trace file ") + path + " cannot be opened: calls are not traced");
  return fd;
}

void add_user() {
  std::unique_lock lock(output().mutex);
  if (output().users++ == 0) output().fd = open_file();
}

void remove_user() {
  std::unique_lock lock(output().mutex);
  if (output().users == 0 || --output().users > 0) return;
  if (output().fd >= 0) close(output().fd);
  output().fd = -1;
}

void write_line(std::string_view line) {
  std::shared_lock lock(output().mutex);
  if (output().sink == nullptr) {
    // A trace that cannot be written must not disturb what is traced.
    if (output().fd >= 0) [[maybe_unused]]
      const ssize_t ignored = write(output().fd, line.data(), line.size());
    return;
  }
  const Sink sink = output().sink;
  void* context = output().context;
  lock.unlock();
  line.remove_suffix(1);
  sink(context, line);
}

// What the lower provider left in errno stays there: a program may look at it.
class KeepErrno {
 public:
  KeepErrno() : number_(errno) {}
  ~KeepErrno() { errno = number_; }

 private:
  const int number_;
};

template <class... A>
LPINT errno_of(A... arguments) {
  return std::get<sizeof...(A) - 1>(std::tuple(arguments...));
}

bool is_failure(int code) {
  return code != WSAEWOULDBLOCK && code != WSA_IO_PENDING && code != WSA_IO_INCOMPLETE;
}

// The first bytes that a call has moved.
void show_data(Line& line, const WSABUF* buffers, DWORD count, const DWORD* moved) {
  DWORD left = 0;
  if (!peek_value(moved, left)) return;
  size_t shown = 0;
  line.text(" | ");
  for (DWORD i = 0; i < count && left > 0 && shown < kShownBytes; ++i) {
    WSABUF buffer{};
    uint8_t bytes[kShownBytes];
    if (!peek_value(buffers + i, buffer)) return;
    const size_t size = std::min<size_t>({buffer.len, left, kShownBytes - shown});
    if (!peek_memory(buffer.buf, bytes, size)) return;
    line.bytes(bytes, size);
    shown += size;
    left -= static_cast<DWORD>(size);
  }
  if (left > 0) line.text("..");
}

template <class R>
void show_result(Line& line, R result, bool failed, int code) {
  line.text(") = ");
  if (sizeof(R) == sizeof(SOCKET) && !failed)
    line.hex(static_cast<uint64_t>(result));
  else
    line.number(static_cast<int>(result));
  if (!failed || code == 0) return;
  line.text(" ");
  line.text(inlet::name_of(static_cast<Error>(code)));
  line.text(" ");
  line.number(code);
}

struct TraceLayer {
  static constexpr std::u16string_view kPath = u"trace";
  static void released() { remove_user(); }

  template <auto kMember, class... A>
  static auto call(LayerSlot& slot, A... arguments) {
    const Level level = output().level.load(std::memory_order_relaxed);
    if (level == Level::off) return pass<kMember>(slot, arguments...);
    const auto began = std::chrono::steady_clock::now();
    const auto result = pass<kMember>(slot, arguments...);
    const KeepErrno keep;
    const auto took = std::chrono::steady_clock::now() - began;
    tell<kMember>(level, result, std::chrono::duration_cast<std::chrono::microseconds>(took).count(), arguments...);
    return result;
  }

 private:
  template <auto kMember, class... A>
  static auto pass(LayerSlot& slot, A... arguments) {
    const auto result = forward<kMember>(slot, arguments...);
    if constexpr (kFunctionOf<kMember> == Function::DuplicateSocket)
      if (result == 0) raise_identity(slot, std::get<2>(std::tuple(arguments...)));
    return result;
  }

  template <auto kMember, class R, class... A>
  static void tell(Level level, R result, int64_t took_us, A... arguments) {
    constexpr Function function = kFunctionOf<kMember>;
    const bool failed = result == static_cast<R>(failure_value(function));
    const LPINT error = errno_of(arguments...);
    const int code = failed && error != nullptr ? *error : 0;
    if (level == Level::errors && !(failed && is_failure(code))) return;
    Line line;
    line.stamp();
    line.text(name_of(function));
    line.text("(");
    show_arguments(line, std::tuple(arguments...), std::make_index_sequence<sizeof...(A) - 1>());
    show_result(line, result, failed, code);
    line.text(" (");
    line.number(took_us);
    line.text(" us)");
    if constexpr (function == Function::Recv || function == Function::RecvFrom || function == Function::Send ||
                  function == Function::SendTo)
      if (level == Level::data && !failed) show_transfer(line, arguments...);
    write_line(line.finish());
  }

  template <class T>
  static T as_input(T value) {
    return value;
  }
  template <class T>
  static const T* as_input(T* pointer) {
    return pointer;
  }
  // All but the last, which is where the code went.
  template <class Arguments, size_t... kAll>
  static void show_arguments(Line& line, const Arguments& arguments, std::index_sequence<kAll...>) {
    ((line.text(kAll == 0 ? "" : ", "), line.argument(as_input(std::get<kAll>(arguments)))), ...);
  }
  template <class... A>
  static void show_transfer(Line& line, SOCKET, LPWSABUF buffers, DWORD count, LPDWORD moved, A...) {
    show_data(line, buffers, count, moved);
  }
};

}  // namespace

void set_level(Level level) {
  output().level.store(level, std::memory_order_relaxed);
}
Level level() {
  return output().level.load(std::memory_order_relaxed);
}

void set_sink(Sink sink, void* context) {
  std::unique_lock lock(output().mutex);
  output().sink = sink;
  output().context = context;
}

int WSPAPI startup(WORD version, LPWSPDATA data, LPWSAPROTOCOL_INFOW info, WSPUPCALLTABLE upcalls,
                   LPWSPPROC_TABLE table) {
  add_user();
  const int code = LayerTables<TraceLayer>::startup(version, data, info, upcalls, table);
  if (code != 0) remove_user();
  return code;
}

}  // namespace inlet::provider::trace
