// The parts of the Winsock conformance suite; one file each.
#pragma once

#include "../suite.h"

namespace conformance {

void add_startup_cases(Suite& suite);
void add_socket_cases(Suite& suite);
void add_bind_cases(Suite& suite);
void add_sharing_cases(Suite& suite);
void add_listen_cases(Suite& suite);
void add_accept_cases(Suite& suite);
void add_connect_cases(Suite& suite);
void add_shutdown_cases(Suite& suite);
void add_close_cases(Suite& suite);
void add_stream_cases(Suite& suite);
void add_datagram_cases(Suite& suite);
void add_select_cases(Suite& suite);
void add_poll_cases(Suite& suite);
void add_event_cases(Suite& suite);
void add_wait_cases(Suite& suite);
void add_overlapped_cases(Suite& suite);
void add_extension_cases(Suite& suite);
void add_port_cases(Suite& suite);
void add_option_cases(Suite& suite);
void add_ioctl_cases(Suite& suite);
void add_name_cases(Suite& suite);
void add_handle_cases(Suite& suite);
void add_resolver_cases(Suite& suite);
void add_text_cases(Suite& suite);

// Runs everything above; the exit code of the program. silent_port is a port of the loopback at which connects are not
// answered, or 0.
int run_winsock_suite(int count, char** arguments, int silent_port);

}  // namespace conformance
