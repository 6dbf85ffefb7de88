#include "server/call_trace.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <mutex>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/utf16.h"

namespace inlet::server::trace {

constinit std::atomic<bool> enabled{false};

namespace {

constexpr DWORD kKnownFlags = TRACE_ERROR | TRACE_WARNING | TRACE_HEXDUMP;

// How the trace is at one time; never changed, only replaced, so that a record needs the lock for a moment only.
struct Settings {
  std::string file;
  DWORD flags;
  int64_t begun_ms;
};

struct State {
  std::mutex mutex;                          // guards what follows; a leaf
  unsigned uses = 0;                         // how often it was enabled
  std::shared_ptr<const Settings> settings;  // nullptr while it is off
};

State& state() {
  static State* state = new State;  // never destroyed: threads of the library may outlive main
  return *state;
}

std::string default_file() {
  const char* folder = std::getenv("TMPDIR");
  return std::string(folder && *folder ? folder : "/tmp") + "/CSTRACE.LOG";
}

// Follows no link at the end of the name: the default folder is everybody's.
int open_file(const std::string& file) {
  return ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, kTraceFileMode);
}

bool is_warning(Error error) {
  return error == Error::would_block || error == Error::in_progress || error == Error::already ||
         error == Error::canceled;
}

bool is_wanted(Error error, DWORD flags) {
  if ((flags & (TRACE_ERROR | TRACE_WARNING)) == 0) return true;
  return error != Error::none && ((flags & TRACE_WARNING) != 0 || !is_warning(error));
}

std::string time_text() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  tm parts{};
  ::localtime_r(&now.tv_sec, &parts);
  char text[64];
  const size_t length = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  std::snprintf(text + length, sizeof text - length, ".%03ld", now.tv_nsec / 1'000'000);
  return text;
}

void add_dump_line(std::string& out, const unsigned char* data, size_t offset, size_t size) {
  char piece[24];
  std::snprintf(piece, sizeof piece, "    %04zx ", offset);
  out += piece;
  for (size_t at = 0; at < 16; ++at) {
    at < size ? std::snprintf(piece, sizeof piece, " %02x", data[offset + at])
              : std::snprintf(piece, sizeof piece, "   ");
    out += piece;
  }
  out += "  ";
  for (size_t at = 0; at < size; ++at) {
    const unsigned char byte = data[offset + at];
    out += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
  }
  out += '\n';
}

void add_dump(std::string& out, Dump dump) {
  const auto* data = static_cast<const unsigned char*>(dump.data);
  const size_t shown = std::min(dump.size, kTraceDumpMax);
  for (size_t offset = 0; offset < shown; offset += 16)
    add_dump_line(out, data, offset, std::min<size_t>(16, shown - offset));
}

void add_character(std::string& out, char c) {
  const auto value = static_cast<unsigned char>(c);
  char escaped[8];
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
  } else if (value < 0x20 || value == 0x7f) {
    std::snprintf(escaped, sizeof escaped, "\\x%02x", value);
    out += escaped;
  } else {
    out += c;
  }
}

}  // namespace

Result<void> enable(const char* file, DWORD flags) {
  if ((flags & ~kKnownFlags) != 0) return Error::fault;
  auto settings = std::make_shared<Settings>(Settings{file && *file ? file : default_file(), flags, now_ms()});
  const int opened = open_file(settings->file);
  if (opened < 0) return error_of_open(errno);
  ::close(opened);
  std::lock_guard lock(state().mutex);
  if (state().settings) settings->begun_ms = state().settings->begun_ms;
  state().settings = std::move(settings);
  ++state().uses;
  enabled.store(true, std::memory_order_relaxed);
  return {};
}

Result<void> disable() {
  std::lock_guard lock(state().mutex);
  if (state().uses == 0) return Error::invalid;
  if (--state().uses > 0) return {};
  enabled.store(false, std::memory_order_relaxed);
  state().settings.reset();
  return {};
}

void write(std::string_view call, std::string_view result, Error error, Dump dump) {
  std::shared_ptr<const Settings> settings;
  {
    std::lock_guard lock(state().mutex);
    settings = state().settings;
  }
  if (!settings || !is_wanted(error, settings->flags)) return;
  const char* kind = error == Error::none ? "INF: " : is_warning(error) ? "WRN: " : "ERR: ";
  std::string record = program_invocation_short_name;
  record += ' ' + time_text() + ' ' + std::to_string(now_ms() - settings->begun_ms) + ' ' + kind;
  record.append(call).append(" returned ").append(result);
  if (error != Error::none) {
    char code[16];
    std::snprintf(code, sizeof code, " [0x%08X]", inet_code(error));
    record += code;
  }
  record += '\n';
  if (settings->flags & TRACE_HEXDUMP) add_dump(record, dump);
  const int file = open_file(settings->file);
  if (file < 0) return;  // somebody has taken the folder away; the call goes on
  [[maybe_unused]] const ssize_t written = ::write(file, record.data(), record.size());
  ::close(file);
}

void show(std::string& out, const char* text) {
  if (!text) {
    out += "NULL";
    return;
  }
  out += '"';
  const size_t length = ::strnlen(text, kTraceTextMax + 1);
  for (size_t at = 0; at < std::min(length, kTraceTextMax); ++at) add_character(out, text[at]);
  out += length > kTraceTextMax ? "...\"" : "\"";
}

void show(std::string& out, const char16_t* text) {
  if (!text) return show(out, static_cast<const char*>(nullptr));
  show(out, to_utf8(text).c_str());
}

void show_address(std::string& out, const void* address) {
  if (!address)
    out += "NULL";
  else
    show_handle(out, reinterpret_cast<uintptr_t>(address));
}

void show_number(std::string& out, int64_t number) {
  out += std::to_string(number);
}

void show_handle(std::string& out, uint64_t handle) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(handle));
  out += text;
}

}  // namespace inlet::server::trace
