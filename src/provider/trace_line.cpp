#include "provider/trace_line.h"

#include <winsock2.h>
#include <ws2tcpip.h>

#include <algorithm>
#include <charconv>
#include <ctime>

#include "base/thread_registry.h"
#include "provider/memory_peek.h"

namespace inlet::provider::trace {

void Line::text(std::string_view text) {
  const size_t room = kSize - 1 - used_;  // one for the newline
  const size_t size = std::min(room, text.size());
  text.copy(buffer_.data() + used_, size);
  used_ += size;
}

void Line::number(int64_t value) {
  char digits[24];
  auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  text({digits, end});
}

void Line::hex(uint64_t value) {
  char digits[24] = {'0', 'x'};
  auto end = std::to_chars(digits + 2, digits + sizeof digits, value, 16).ptr;
  text({digits, end});
}

void Line::bytes(const void* data, size_t size) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (size_t i = 0; i < size; ++i) {
    const auto byte = static_cast<const uint8_t*>(data)[i];
    const char pair[2] = {kDigits[byte >> 4], kDigits[byte & 15]};
    text({pair, 2});
  }
}

void Line::stamp() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  auto part = [this](int64_t value, int64_t unit, std::string_view behind) {
    for (; unit > value && unit > 1; unit /= 10) text("0");
    number(value);
    text(behind);
  };
  const int64_t second = now.tv_sec % 86400;
  part(second / 3600, 10, ":");
  part(second / 60 % 60, 10, ":");
  part(second % 60, 10, ".");
  part(now.tv_nsec / 1000, 100000, " ");
  number(current_thread_id());
  text(" ");
}

void Line::argument(const sockaddr* address) {
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (peek_value(address, v4) && v4.sin_family == AF_INET) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(&v4.sin_addr);
    for (int i = 0; i < 4; ++i) {
      number(bytes[i]);
      text(i < 3 ? "." : ":");
    }
    return number(ntohs(v4.sin_port));
  }
  if (!peek_value(address, v6) || v6.sin6_family != AF_INET6) return hex(reinterpret_cast<uintptr_t>(address));
  text("[");
  address_v6(&v6.sin6_addr);
  text("]:");
  number(ntohs(v6.sin6_port));
}

// All eight groups: a trace need not be short, but it must be plain.
void Line::address_v6(const void* bytes) {
  const auto* byte = static_cast<const uint8_t*>(bytes);
  for (int i = 0; i < 8; ++i) {
    char digits[8];
    auto end = std::to_chars(digits, digits + sizeof digits, byte[2 * i] << 8 | byte[2 * i + 1], 16).ptr;
    text({digits, end});
    if (i < 7) text(":");
  }
}

void Line::argument(const int* value) {
  int number_there = 0;
  if (!peek_value(value, number_there)) return hex(reinterpret_cast<uintptr_t>(value));
  text("[");
  number(number_there);
  text("]");
}

void Line::argument(const DWORD* value) {
  DWORD number_there = 0;
  if (!peek_value(value, number_there)) return hex(reinterpret_cast<uintptr_t>(value));
  text("[");
  number(number_there);
  text("]");
}

void Line::argument(const WSABUF* buffer) {
  WSABUF first{};
  if (!peek_value(buffer, first)) return hex(reinterpret_cast<uintptr_t>(buffer));
  text("{");
  number(first.len);
  text("}");
}

void Line::argument(const WSAPROTOCOL_INFOW* info) {
  if (info == nullptr) return text("0x0");
  DWORD id = 0;
  if (!peek_value(&info->dwCatalogEntryId, id)) return hex(reinterpret_cast<uintptr_t>(info));
  text("entry ");
  number(id);
}

void Line::argument(const WCHAR* characters) {
  constexpr int kShown = 64;
  WCHAR character = 0;
  if (!peek_value(characters, character)) return hex(reinterpret_cast<uintptr_t>(characters));
  text("\"");
  for (int i = 0; i < kShown && peek_value(characters + i, character) && character != 0; ++i) {
    const char plain = character >= ' ' && character < 127 ? static_cast<char>(character) : '?';
    text({&plain, 1});
  }
  text("\"");
}

void Line::argument(const fd_set* set) {
  u_int count = 0;
  if (set == nullptr || !peek_value(&set->fd_count, count)) return hex(reinterpret_cast<uintptr_t>(set));
  text("{");
  number(count);
  text(" sockets}");
}

void Line::argument(const timeval* time) {
  timeval there{};
  if (!peek_value(time, there)) return hex(reinterpret_cast<uintptr_t>(time));
  number(there.tv_sec);
  text("s");
  number(there.tv_usec);
  text("us");
}

void Line::value_at(const void* pointer) {
  DWORD value = 0;
  if (!peek_value(pointer, value)) return hex(reinterpret_cast<uintptr_t>(pointer));
  text("<");
  hex(value);
  text(">");
}

std::string_view Line::finish() {
  buffer_[used_++] = '\n';
  return {buffer_.data(), used_};
}

}  // namespace inlet::provider::trace
