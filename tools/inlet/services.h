// The ready-made services: what each does with a client.
#ifndef INLET_TOOL_SERVICES_H
#define INLET_TOOL_SERVICES_H

#include <span>
#include <string_view>

#include "client.h"

namespace inlet::tool {

// A service is what happens at three points in the life of a client. A null pointer: nothing happens there.
//
// Thread   The callback's, so a service may wait for its client as long as it likes: the library lets the others go on.
struct Service {
  std::string_view name;
  void (*connected)(Client& client);
  void (*readable)(Client& client);
  void (*writable)(Client& client);
};

// echo (RFC 862), discard (RFC 863), daytime (RFC 867, the time as ISO 8601 in UTC), chargen (RFC 864).
std::span<const Service> services();

// Returns  nullptr when there is no such service.
const Service* find_service(std::string_view name);

}  // namespace inlet::tool

#endif  // INLET_TOOL_SERVICES_H
