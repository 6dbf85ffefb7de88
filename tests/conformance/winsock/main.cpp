// Runs the Winsock part of the conformance suite where no help from the system is needed.
#include "cases.h"

int main(int count, char** arguments) {
  return conformance::run_winsock_suite(count, arguments, 0);
}
