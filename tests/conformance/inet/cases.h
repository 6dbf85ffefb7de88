// The parts of the suite of the Internet server interface; one file each. coverage/coverage.sh compares what they cover with what the
// headers promise: every function, and every error that a function documents.
#pragma once

#include "../suite.h"

namespace conformance {

void add_address_cases(Suite& suite);
void add_connect_cases(Suite& suite);
void add_event_cases(Suite& suite);
void add_handle_cases(Suite& suite);
void add_host_cases(Suite& suite);
void add_library_cases(Suite& suite);
void add_listen_cases(Suite& suite);
void add_option_cases(Suite& suite);
void add_security_cases(Suite& suite);
void add_server_cases(Suite& suite);
void add_session_cases(Suite& suite);
void add_status_cases(Suite& suite);
void add_stream_cases(Suite& suite);
void add_trace_cases(Suite& suite);
void add_transfer_cases(Suite& suite);

// Runs everything above; the exit code of the program.
int run_inet_suite(int count, char** arguments);

}  // namespace conformance
