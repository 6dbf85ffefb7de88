#include "provider/linux/extensions.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "provider/linux/calls.h"
#include "provider/send_file.h"

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
    Row{WSAID_WSARECVMSG, address_of<extension_recv_msg>},
    Row{WSAID_WSASENDMSG, address_of<extension_send_msg>},
    Row{WSAID_WSAPOLL, address_of<WSPPoll>},
    Row{kSendFileId, address_of<extension_send_file>},
};

}  // namespace

Result<void*> find_extension_function(const GUID& guid) {
  auto same = [&](const Row& row) { return std::memcmp(&row.guid, &guid, sizeof(guid)) == 0; };
  auto row = std::ranges::find_if(kRows, same);
  if (row == kRows.end()) return Error::invalid;
  return row->function();
}

}  // namespace inlet::provider
