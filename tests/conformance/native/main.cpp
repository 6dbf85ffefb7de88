// Runs the Winsock part of the conformance suite against our library.
#include "conformance/winsock/cases.h"
#include "support/silent_port.h"

int main(int count, char** arguments) {
  const inlet::test::SilentPort silent;
  return conformance::run_winsock_suite(count, arguments, silent.port());
}
