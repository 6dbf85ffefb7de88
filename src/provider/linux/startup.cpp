// WSPStartup and WSPCleanup: version negotiation, counting, the filled table.
#include <algorithm>
#include <mutex>
#include <string_view>

#include "provider/catalog.h"
#include "provider/linux/calls.h"
#include "provider/linux/completion_routines.h"
#include "provider/linux/offers.h"
#include "provider/linux/reactor.h"
#include "provider/linux/spill.h"
#include "provider/linux/upcalls.h"

namespace inlet::provider {
namespace {

constexpr WORD kVersion = 0x0202;
constexpr std::u16string_view kDescription = u"Inlet TCP/IP service provider";

std::mutex startup_mutex;
uint32_t startup_count = 0;

WORD major_of(WORD version) {
  return version & 0xff;
}
WORD minor_of(WORD version) {
  return version >> 8;
}

// The minor version is in the high byte, so the words themselves do not compare.
bool older(WORD a, WORD b) {
  return major_of(a) != major_of(b) ? major_of(a) < major_of(b) : minor_of(a) < minor_of(b);
}

void describe(WSPDATA* data) {
  *data = WSPDATA{};
  data->wVersion = kVersion;
  data->wHighVersion = kVersion;
  std::ranges::copy(kDescription, data->szDescription);
}

WSPPROC_TABLE make_table() {
  WSPPROC_TABLE table{};
  table.lpWSPAccept = WSPAccept;
  table.lpWSPAddressToString = WSPAddressToString;
  table.lpWSPAsyncSelect = WSPAsyncSelect;
  table.lpWSPBind = WSPBind;
  table.lpWSPCancelBlockingCall = WSPCancelBlockingCall;
  table.lpWSPCleanup = WSPCleanup;
  table.lpWSPCloseSocket = WSPCloseSocket;
  table.lpWSPConnect = WSPConnect;
  table.lpWSPDuplicateSocket = WSPDuplicateSocket;
  table.lpWSPEnumNetworkEvents = WSPEnumNetworkEvents;
  table.lpWSPEventSelect = WSPEventSelect;
  table.lpWSPGetOverlappedResult = WSPGetOverlappedResult;
  table.lpWSPGetPeerName = WSPGetPeerName;
  table.lpWSPGetSockName = WSPGetSockName;
  table.lpWSPGetSockOpt = WSPGetSockOpt;
  table.lpWSPGetQOSByName = WSPGetQOSByName;
  table.lpWSPIoctl = WSPIoctl;
  table.lpWSPJoinLeaf = WSPJoinLeaf;
  table.lpWSPListen = WSPListen;
  table.lpWSPRecv = WSPRecv;
  table.lpWSPRecvDisconnect = WSPRecvDisconnect;
  table.lpWSPRecvFrom = WSPRecvFrom;
  table.lpWSPSelect = WSPSelect;
  table.lpWSPSend = WSPSend;
  table.lpWSPSendDisconnect = WSPSendDisconnect;
  table.lpWSPSendTo = WSPSendTo;
  table.lpWSPSetSockOpt = WSPSetSockOpt;
  table.lpWSPShutdown = WSPShutdown;
  table.lpWSPSocket = WSPSocket;
  table.lpWSPStringToAddress = WSPStringToAddress;
  return table;
}

// A structure of zeros names no entry: the sockets will.
bool names_unknown_entry(const WSAPROTOCOL_INFOW* info) {
  return info != nullptr && info->dwCatalogEntryId != 0 && find_catalog_entry(info->dwCatalogEntryId) == nullptr;
}

}  // namespace

int WSPAPI WSPCleanup(LPINT lpErrno) {
  std::lock_guard lock(startup_mutex);
  if (startup_count == 0) return failed(lpErrno, Error::not_initialised);
  if (--startup_count > 0) return 0;
  set_started(false);
  close_all_sockets();
  spill_finish_all();
  reactor_stop();
  withdraw_offers();
  drop_routines(0);
  forget_upcalls();
  return 0;
}

const WSAPROTOCOL_INFOW& entry_of(uint32_t state) {
  const bool v6 = (state & kV6) != 0;
  return (state & kRaw) != 0 ? raw_catalog_entry(v6) : catalog_entry(v6, (state & kDatagram) != 0);
}

Result<SOCKET> publish_handle(Result<Handle> handle, uint32_t state) {
  if (!handle || !has_modify_handle()) return handle;
  const WSAPROTOCOL_INFOW& entry = entry_of(state);
  int code = 0;
  const SOCKET published = modify_handle(entry.dwCatalogEntryId, *handle, &code);
  if (published != INVALID_SOCKET) return published;
  SocketRef socket(*handle);
  if (socket) begin_close(socket);
  return code == 0 ? Error::system_failure : static_cast<Error>(code);
}

}  // namespace inlet::provider

int WSPAPI WSPStartup(WORD wVersionRequested, LPWSPDATA lpWSPData, LPWSAPROTOCOL_INFOW lpProtocolInfo,
                      WSPUPCALLTABLE UpcallTable, LPWSPPROC_TABLE lpProcTable) {
  using namespace inlet::provider;
  if (lpWSPData == nullptr || lpProcTable == nullptr) return WSAEFAULT;
  describe(lpWSPData);
  if (older(wVersionRequested, kVersion)) return WSAVERNOTSUPPORTED;
  if (names_unknown_entry(lpProtocolInfo)) return WSAEINVALIDPROVIDER;
  std::lock_guard lock(startup_mutex);
  ++startup_count;
  keep_upcalls(UpcallTable);
  set_started(true);
  *lpProcTable = make_table();
  return 0;
}
