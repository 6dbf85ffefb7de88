// Runs the Winsock part of the conformance suite against our library.
#include "conformance/native/silent_port.h"
#include "conformance/winsock/cases.h"

int main(int count, char** arguments) {
  return conformance::run_winsock_suite(count, arguments, conformance::open_silent_port());
}
