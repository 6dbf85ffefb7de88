// A network of its own for one thread, so that a test may change addresses.
#pragma once

namespace inlet::test {

// From now on the calling thread's new sockets belong to an empty network, whose loopback is down. False without privilege.
bool enter_network_namespace();

// Gives the loopback of the calling thread's network its addresses and routes.
bool raise_loopback();

}  // namespace inlet::test
