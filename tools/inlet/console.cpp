#include "console.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>

namespace inlet::tool {
namespace {

// A whole line in one call, past the buffers and locks of the C streams: lines of different threads do not mix, a reader of a
// pipe sees a line at once, and nobody who wants to end this process waits for a reader that has fallen asleep. An output that
// has gone away (a closed pipe, a full disk) must not stop a server, so failures are ignored.
void print_line(int descriptor, std::string line) {
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t count = write(descriptor, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    rest.remove_prefix(static_cast<size_t>(count));
  }
}

std::string timestamp() {
  using namespace std::chrono;
  const auto now = system_clock::now();
  const auto milliseconds_now = duration_cast<milliseconds>(now.time_since_epoch()).count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(system_clock::to_time_t(now)), milliseconds_now);
}

}  // namespace

Console::Console(bool quiet, bool verbose) : detail_(Detail::normal) {
  if (quiet)
    detail_ = Detail::quiet;
  else if (verbose || isatty(STDOUT_FILENO))
    detail_ = Detail::verbose;
}

void Console::say(std::string_view line) const {
  if (detail_ != Detail::quiet) print_line(STDOUT_FILENO, fmt::format("inlet: {}", line));
}

void Console::say_about_client(std::string_view line) const {
  if (detail_ == Detail::verbose) print_line(STDOUT_FILENO, fmt::format("{} {}", timestamp(), line));
}

void complain(std::string_view line) {
  print_line(STDERR_FILENO, fmt::format("inlet: {}", line));
}

std::string text_of_error(DWORD error) {
  std::array<char, 1024> text{};
  if (InetGetErrorString(error, text.data(), static_cast<INT>(text.size())) > 0) return text.data();
  return fmt::format("Error {:#010x}", error);
}

std::string text_of_endpoint(INTERNET_ADDRESS address, UINT port) {
  std::array<char, INET_ADDRESS_STRLEN> text{};
  if (InetFormatAddress(&address, text.data(), static_cast<INT>(text.size())) == INET_ERROR) return "unknown";
  if (address.ipFamily == INET_ADDRESS_IPV6) return fmt::format("[{}]:{}", text.data(), port);
  return fmt::format("{}:{}", text.data(), port);
}

}  // namespace inlet::tool
