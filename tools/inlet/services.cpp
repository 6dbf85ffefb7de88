#include "services.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace inlet::tool {
namespace {

constexpr size_t kBufferSize = 65536;
using Buffer = std::array<BYTE, kBufferSize>;

// One read per event: it is the one that is promised not to wait, and the event comes again while there is more.
void echo_readable(Client& client) {
  Buffer buffer;
  const size_t count = client.read(buffer);
  client.write_all(std::span(buffer).first(count));
}

void discard_readable(Client& client) {
  Buffer buffer;
  client.read(buffer);
}

void daytime_connected(Client& client) {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  const std::string line = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}\r\n", fmt::gmtime(now));
  if (client.write_all({reinterpret_cast<const BYTE*>(line.data()), line.size()})) client.close("answered");
}

// The pattern of RFC 864: lines of 72 of the 95 printable characters, each line starting one character later than the
// one before. After 95 lines it begins anew, so a block of whole rounds can be sent again and again.
std::vector<BYTE> make_pattern() {
  constexpr int kPrintable = 95;
  constexpr int kLineLength = 72;
  constexpr int kRounds = 9;  // as many as stay below kBufferSize
  std::vector<BYTE> pattern;
  for (int line = 0; line < kRounds * kPrintable; ++line) {
    for (int column = 0; column < kLineLength; ++column)
      pattern.push_back(static_cast<BYTE>(' ' + (line + column) % kPrintable));
    pattern.push_back('\r');
    pattern.push_back('\n');
  }
  return pattern;
}

// Sends until the client leaves; each write waits until the client has made room. What the client sends meanwhile is
// thrown away, as RFC 864 wants it. The end of its stream is no reason to stop: it may have closed only its own side.
void chargen_writable(Client& client) {
  static const std::vector<BYTE> pattern = make_pattern();
  while (client.write_all(pattern)) {
    if (client.has_data()) discard_readable(client);
  }
}

constexpr Service kServices[] = {
    {"echo", nullptr, echo_readable, nullptr},
    {"discard", nullptr, discard_readable, nullptr},
    {"daytime", daytime_connected, nullptr, nullptr},
    {"chargen", nullptr, nullptr, chargen_writable},
};

}  // namespace

std::span<const Service> services() {
  return kServices;
}

const Service* find_service(std::string_view name) {
  for (const Service& service : kServices)
    if (service.name == name) return &service;
  return nullptr;
}

}  // namespace inlet::tool
