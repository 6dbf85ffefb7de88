// What the system says about its addresses and routes; beside sys.h, and with the same rules.
#pragma once

namespace inlet::provider::sys {

enum Change : unsigned { kAddressesChanged = 1, kRoutesChanged = 2 };

// A descriptor that becomes readable with each change, or a negative errno.
int open_changes();

// Reads all that is there. Returns a set of Change.
unsigned read_changes(int fd);

}  // namespace inlet::provider::sys
