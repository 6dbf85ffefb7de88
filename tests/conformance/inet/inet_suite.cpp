#include <cswsock10.h>

#include "cases.h"

namespace conformance {

int run_inet_suite(int count, char** arguments) {
  Suite suite;
  add_address_cases(suite);
  add_connect_cases(suite);
  add_event_cases(suite);
  add_handle_cases(suite);
  add_host_cases(suite);
  add_library_cases(suite);
  add_listen_cases(suite);
  add_option_cases(suite);
  add_security_cases(suite);
  add_server_cases(suite);
  add_session_cases(suite);
  add_status_cases(suite);
  add_stream_cases(suite);
  add_trace_cases(suite);
  add_transfer_cases(suite);

  if (!InetInitializeA(nullptr, nullptr)) return 2;
  const int result = suite.main(count, arguments);
  InetUninitialize();
  return result;
}

}  // namespace conformance

int main(int count, char** arguments) {
  return conformance::run_inet_suite(count, arguments);
}
