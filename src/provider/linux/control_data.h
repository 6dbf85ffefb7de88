// The ancillary data of WSARecvMsg and WSASendMsg, in the program's form: a row of WSACMSGHDRs.
#pragma once

#include <winsock2.h>

#include "base/result.h"
#include "provider/linux/sys.h"

namespace inlet::provider {

// Writes what is to be told about a datagram - where it was sent to and came in, if that is wanted, and how many hops it has
// left, if the kernel was asked - and sets control->len to what that takes. False when there was too little room; then nothing
// is written.
bool write_control(const sys::Arrival& arrival, bool v6, bool wants_info, WSABUF* control);

// Reads where a datagram is to leave from.
//
// Errors   invalid   headers that overlap the end, or ask for something else than IP_PKTINFO and IPV6_PKTINFO
Result<void> read_control(const WSABUF& control, bool v6, sys::PacketSource* source);

}  // namespace inlet::provider
