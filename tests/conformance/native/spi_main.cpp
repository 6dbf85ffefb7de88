// Runs the SPI part of the conformance suite: calls the table of our base provider directly.
#include "conformance/spi/cases.h"
#include "conformance/spi/table.h"
#include "support/silent_port.h"

int main(int count, char** arguments) {
  using namespace conformance;
  Suite suite;
  spi::add_startup_cases(suite);
  spi::add_convention_cases(suite);
  spi::add_function_cases(suite);
  spi::add_transfer_cases(suite);
  spi::add_listen_cases(suite);
  spi::add_text_cases(suite);

  const inlet::test::SilentPort silent;
  spi::set_silent_port(silent.port());
  // No WSAStartup: Winsock would start the provider as well, and then no case could see its last WSPCleanup.
  WSPDATA data{};
  if (::WSPStartup(0x0202, &data, nullptr, WSPUPCALLTABLE{}, &spi::wsp) != 0) return 2;
  const int result = suite.main(count, arguments);
  int error = 0;
  spi::wsp.lpWSPCleanup(&error);
  return result;
}
