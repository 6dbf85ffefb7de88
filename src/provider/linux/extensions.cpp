#include "provider/linux/extensions.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace inlet::provider {
namespace {

struct Row {
  GUID guid;
  void* (*function)();
};

// A table of pointers to functions of many types needs one type for all; the program casts it back.
template <auto kFunction>
void* address_of() {
  return reinterpret_cast<void*>(kFunction);
}

const std::array kRows = {
    Row{WSAID_ACCEPTEX, address_of<extension_accept_ex>},
    Row{WSAID_GETACCEPTEXSOCKADDRS, address_of<extension_get_accept_ex_sockaddrs>},
    Row{WSAID_CONNECTEX, address_of<extension_connect_ex>},
    Row{WSAID_DISCONNECTEX, address_of<extension_disconnect_ex>},
    Row{WSAID_TRANSMITFILE, address_of<extension_transmit_file>},
    // WSARecvMsg
    Row{{0xf689d7c8, 0x6f1f, 0x436b, {0x8a, 0x53, 0xe5, 0x4f, 0xe3, 0x51, 0xc3, 0x22}}, address_of<extension_recv_msg>},
    // WSASendMsg
    Row{{0xa441e712, 0x754f, 0x43ca, {0x84, 0xa7, 0x0d, 0xee, 0x44, 0xcf, 0x60, 0x6d}}, address_of<extension_send_msg>},
};

}  // namespace

Result<void*> find_extension_function(const GUID& guid) {
  auto same = [&](const Row& row) { return std::memcmp(&row.guid, &guid, sizeof(guid)) == 0; };
  auto row = std::ranges::find_if(kRows, same);
  if (row == kRows.end()) return Error::invalid;
  return row->function();
}

}  // namespace inlet::provider
