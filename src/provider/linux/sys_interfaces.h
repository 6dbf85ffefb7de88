// The addresses of this machine; beside sys.h, and with the same rules.
#pragma once

#include <vector>

#include "provider/linux/sys.h"

namespace inlet::provider::sys {

enum InterfaceFlag : unsigned {
  kInterfaceUp = 1,
  kInterfaceBroadcast = 2,
  kInterfaceLoopback = 4,
  kInterfacePointToPoint = 8,
  kInterfaceMulticast = 16,
};

// One address of an interface.
struct InterfaceAddress {
  uint32_t index = 0;
  unsigned flags = 0;  // a set of InterfaceFlag
  Address address;
  Address mask;
};

// All addresses of a family, in the kernel's order; those of interfaces that are down as well. May throw std::bad_alloc.
int list_addresses(bool v6, std::vector<InterfaceAddress>* found);

// From which of its addresses this machine would send to another one; the port is 0.
int address_toward(const Address& destination, Address* own);

}  // namespace inlet::provider::sys
