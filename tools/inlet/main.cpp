// inlet: ready-made Internet services, and a connection to any of them.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <exception>

#include "command_line.h"
#include "console.h"

namespace inlet::tool {
namespace {

// Started without one of the standard streams, the process would get its number for a socket, and lines for people
// would travel over somebody's connection.
void open_standard_streams() {
  int descriptor = 0;
  do {
    descriptor = open("/dev/null", O_RDWR);
  } while (descriptor >= 0 && descriptor <= STDERR_FILENO);
  if (descriptor > STDERR_FILENO) close(descriptor);
}

struct Run {
  int operator()(const ServeOptions& options) const { return run_serve(options); }
  int operator()(const ConnectOptions& options) const { return run_connect(options); }
  int operator()(int exit_code) const { return exit_code; }
};

int run(int argc, char** argv) {
  open_standard_streams();
  // A reader of our output that goes away is no reason to die in the middle of something.
  signal(SIGPIPE, SIG_IGN);
  try {
    return std::visit(Run{}, parse_command_line(argc, argv));
  } catch (const std::exception& error) {
    complain(error.what());
    return kExitFailed;
  }
}

}  // namespace
}  // namespace inlet::tool

int main(int argc, char** argv) {
  return inlet::tool::run(argc, argv);
}
