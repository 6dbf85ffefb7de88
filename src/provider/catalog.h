// The protocols that Inlet's base provider publishes, and the choice among them.
#pragma once

#include <span>

#include <ws2spi.h>

#include "base/result.h"

namespace inlet::provider {

// The four entries, in the order in which they are tried.
std::span<const WSAPROTOCOL_INFOW> catalog();

// nullptr when the id is not one of ours.
const WSAPROTOCOL_INFOW* find_catalog_entry(DWORD id);

// The entry of a kind of socket.
const WSAPROTOCOL_INFOW& catalog_entry(bool v6, bool datagram);

// Chooses the first entry that fits. With info, 0 or FROM_PROTOCOL_INFO in any of the three takes the value from there.
// Otherwise 0 in family or type fits any, and protocol 0 fits an entry that allows it.
//
// Errors   invalid                       family and protocol are both 0
//          socket_type_not_supported     no entry has the type
//          address_family_not_supported  no entry has the family
//          protocol_not_supported        family and type exist, the protocol is not theirs
// Source   sheet 1.3, 2.1
Result<const WSAPROTOCOL_INFOW*> choose_catalog_entry(int family, int type, int protocol,
                                                      const WSAPROTOCOL_INFOW* info);

}  // namespace inlet::provider
