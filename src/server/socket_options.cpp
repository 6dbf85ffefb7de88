#include "server/socket_options.h"

#include <winsock2.h>
#include <ws2spi.h>

namespace inlet::server {

namespace {

constexpr unsigned kStream = 1, kDatagram = 2, kListener = 4;
constexpr unsigned kAll = kStream | kDatagram | kListener;

unsigned bit_of(SocketType type) {
  return 1u << static_cast<unsigned>(type);
}

// The options that are options of a socket too.
struct Row {
  DWORD option;
  unsigned types;
  int level;
  int name;
};
constexpr Row kRows[] = {
    {INET_OPTION_BROADCAST, kDatagram, SOL_SOCKET, SO_BROADCAST},
    {INET_OPTION_DONTROUTE, kAll, SOL_SOCKET, SO_DONTROUTE},
    {INET_OPTION_KEEPALIVE, kStream | kListener, SOL_SOCKET, SO_KEEPALIVE},
    {INET_OPTION_NODELAY, kStream | kListener, IPPROTO_TCP, TCP_NODELAY},
    {INET_OPTION_INLINE, kStream, SOL_SOCKET, SO_OOBINLINE},
    {INLET_OPTION_SHAREPORT, kListener, SOL_SOCKET, INLET_SO_SHARE_PORT},
};

const Row* row_of(DWORD option, SocketType type) {
  for (const Row& row : kRows)
    if (row.option == option) return row.types & bit_of(type) ? &row : nullptr;
  return nullptr;
}

Result<bool> is_set(provider::Provider& provider, SOCKET socket, int level, int name) {
  DWORD value = 0;
  int length = sizeof value;
  auto got = provider.get_option(socket, level, name, &value, &length);
  if (!got) return got.error();
  return value != 0;
}

}  // namespace

Result<void> check_options(SocketType type, DWORD flags) {
  for (const Row& row : kRows) {
    // Urgent data is a matter of the connections that a listener accepts, so it may be asked for and does nothing there.
    const bool harmless = type == SocketType::listener && row.option == INET_OPTION_INLINE;
    if ((flags & row.option) != 0 && (row.types & bit_of(type)) == 0 && !harmless) return Error::no_such_option;
  }
  if (type == SocketType::datagram && (flags & INET_OPTION_SECURE) != 0) return Error::no_such_option;
  constexpr DWORD kContradiction = INET_OPTION_EXCLUSIVE | INLET_OPTION_SHAREPORT;
  if ((flags & kContradiction) == kContradiction) return Error::no_such_option;
  return {};
}

Result<void> apply_options(provider::Provider& provider, SOCKET socket, SocketType type, DWORD flags) {
  const DWORD on = 1;
  for (const Row& row : kRows) {
    if ((flags & row.option) == 0 || (row.types & bit_of(type)) == 0) continue;
    if (auto set = provider.set_option(socket, row.level, row.name, &on, sizeof on); !set) return set;
  }
  return {};
}

Result<bool> get_option(provider::Provider& provider, SOCKET socket, SocketType type, DWORD option) {
  switch (option) {
    case INET_OPTION_REUSEADDRESS: {
      auto exclusive = is_set(provider, socket, SOL_SOCKET, SO_EXCLUSIVEADDRUSE);
      if (!exclusive) return exclusive;
      return !*exclusive;
    }
    case INET_OPTION_EXCLUSIVE: return is_set(provider, socket, SOL_SOCKET, SO_EXCLUSIVEADDRUSE);
    case INET_OPTION_NOINHERIT: return true;
    default: break;
  }
  const Row* row = row_of(option, type);
  if (row == nullptr) return Error::no_such_option;
  return is_set(provider, socket, row->level, row->name);
}

Result<void> set_option(provider::Provider& provider, SOCKET socket, SocketType type, DWORD option, bool on) {
  switch (option) {
    case INET_OPTION_REUSEADDRESS:
    case INET_OPTION_EXCLUSIVE:
    case INLET_OPTION_SHAREPORT:
    case INET_OPTION_NOINHERIT: {
      auto now = get_option(provider, socket, type, option);
      if (!now) return now.error();
      if (*now == on) return {};
      return option == INET_OPTION_NOINHERIT ? Error::not_supported : Error::invalid;
    }
    case INET_OPTION_SECURE:
    case INET_OPTION_TRUSTEDSITE: return Error::not_supported;
    default: break;
  }
  const Row* row = row_of(option, type);
  if (row == nullptr) return Error::no_such_option;
  const DWORD value = on;
  return provider.set_option(socket, row->level, row->name, &value, sizeof value);
}

}  // namespace inlet::server
