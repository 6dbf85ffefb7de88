// A library that exports and needs what it should not, for the test of check_symbols.sh.
#include <cswsock10.h>

namespace inlet {
__attribute__((visibility("default"))) DWORD leaked() {
  return InetGetLastError();
}
}  // namespace inlet
