// What tests do to packets and descriptors behind the back of the sockets. Seen from Winsock's side; packets.cpp sees Linux'.
#pragma once

#include <cstdint>
#include <string>

namespace inlet::test {

// From now on the socket behind the descriptor gets no packet any more, as if the machine were gone.
bool lose_all_packets(int fd);

// Tells the sender of datagrams from one port of the loopback to another that one of them has lived too long. False when this
// process may not make packets.
bool send_time_exceeded(uint16_t from_port, uint16_t to_port);

// A second descriptor of the same socket, which lives on when the provider has closed its own. Reading it to the end closes it.
int second_descriptor(int fd);
std::string read_to_end(int fd);

}  // namespace inlet::test
