// Where Inlet's own layers start: their WSPStartup. What they do is in fault.h and trace.h.
#pragma once

#include <ws2spi.h>

namespace inlet::provider {

namespace fault {
// Fails with WSAEINVAL when INLET_FAULT is not understood: a test that injects nothing would pass.
int WSPAPI startup(WORD version, LPWSPDATA data, LPWSAPROTOCOL_INFOW info, WSPUPCALLTABLE upcalls,
                   LPWSPPROC_TABLE table);
}  // namespace fault

namespace trace {
// A file that cannot be opened is said in the log, and calls are not traced.
int WSPAPI startup(WORD version, LPWSPDATA data, LPWSAPROTOCOL_INFOW info, WSPUPCALLTABLE upcalls,
                   LPWSPPROC_TABLE table);
}  // namespace trace

}  // namespace inlet::provider
