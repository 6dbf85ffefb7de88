// The whole Winsock part: natively it runs against our library, built for Windows against another one.
#include "cases.h"
#include "world.h"

namespace conformance {

int run_winsock_suite(int count, char** arguments, int silent_port) {
  set_silent_port(silent_port);
  Suite suite;
  add_startup_cases(suite);
  add_socket_cases(suite);
  add_bind_cases(suite);
  add_sharing_cases(suite);
  add_listen_cases(suite);
  add_accept_cases(suite);
  add_connect_cases(suite);
  add_shutdown_cases(suite);
  add_close_cases(suite);
  add_stream_cases(suite);
  add_datagram_cases(suite);
  add_select_cases(suite);
  add_poll_cases(suite);
  add_event_cases(suite);
  add_wait_cases(suite);
  add_overlapped_cases(suite);
  add_extension_cases(suite);
  add_port_cases(suite);
  add_option_cases(suite);
  add_ioctl_cases(suite);
  add_name_cases(suite);
  add_handle_cases(suite);
  add_resolver_cases(suite);
  add_text_cases(suite);

  WSADATA data{};
  if (::WSAStartup(MAKEWORD(2, 2), &data) != 0) return 2;
  const int result = suite.main(count, arguments);
  ::WSACleanup();
  return result;
}

}  // namespace conformance
