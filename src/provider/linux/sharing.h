// Who may be bound where somebody else is bound already: the matrix of sheet 4.4 and docs/winsock.md section 3. Knows places
// and wishes, but neither sockets nor the kernel.
#pragma once

#include <array>
#include <cstdint>

#include "base/error.h"
#include "provider/linux/sys.h"

namespace inlet::provider {

// What the socket wanted when it was bound.
enum class Sharing : uint8_t {
  by_default,
  reuse,      // SO_REUSEADDR
  exclusive,  // SO_EXCLUSIVEADDRUSE
};

// How much of one family's addresses a socket has taken. A later one is wider than an earlier one.
enum class Extent : uint8_t {
  nothing,
  specific,
  wild,
  wild_beside,  // IPv4 in the hands of a dual-stack wildcard: a wildcard of IPv4 alone counts as more specific
};

// Where a socket is bound, and how. The port is in network order, like everything in an address.
struct Place {
  bool datagram = false;
  uint16_t port = 0;
  Sharing sharing = Sharing::by_default;
  uint32_t user = 0;
  Extent v4 = Extent::nothing;
  Extent v6 = Extent::nothing;
  // The specific one; of IPv4 in its mapped form. The scope counts for addresses of a link only.
  std::array<unsigned char, 16> address{};
  uint32_t scope = 0;

  // dual_stack says whether a socket of IPv6 takes IPv4 too.
  static Place of(const sys::Address& address, bool datagram, bool dual_stack, Sharing sharing, uint32_t user);
};

// Whether both have a part of the same family's addresses in common.
bool overlap(const Place& a, const Place& b);

// How two sockets stand to each other once both want to listen.
enum class Kinship {
  strangers,       // the more specific one gets what is meant for it
  twins,           // one address: the first listener gets the connections, the next one takes over when it closes
  wildcard_twins,  // one wildcard: the conflict that bind did not report, listen does
};
Kinship kinship(const Place& a, const Place& b);

// Whether second may be bound where first is.
//
// Errors   none            it may; the two may overlap all the same
//          address_in_use, access_denied   the cell of the matrix
Error judge(const Place& first, const Place& second);

}  // namespace inlet::provider
