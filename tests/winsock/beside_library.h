/* The two halves of a program that uses Winsock and, in another file, the C library's sockets. */
#pragma once

/* Connects to a port of the loopback with the C library alone, sends and receives one byte. 0, or the line that failed. */
int talk_with_library(unsigned short port_in_network_order);
