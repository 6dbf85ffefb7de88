// What the tool tells its user: lines on standard output, complaints on standard error. No colour, ever.
#ifndef INLET_TOOL_CONSOLE_H
#define INLET_TOOL_CONSOLE_H

#include <cswsock10.h>

#include <string>
#include <string_view>

namespace inlet::tool {

// Exit codes of the tool; docs/man/inlet.1 promises them.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitCannotBind = 4;

enum class Detail {
  quiet,    // nothing but complaints
  normal,   // start, stop and totals
  verbose,  // a line for each connection, too
};

// Prints what a server has to say, as far as the user wants to hear it.
//
// Thread   Any: each line is written in one piece.
class Console {
 public:
  // A terminal gets the line per connection without asking for it: somebody is watching.
  Console(bool quiet, bool verbose);

  // Lines about the server and about single connections, the latter with a timestamp.
  void say(std::string_view line) const;
  void say_about_client(std::string_view line) const;
  bool tells_about_clients() const { return detail_ == Detail::verbose; }

 private:
  Detail detail_;
};

// One line on standard error, whatever the detail: "inlet: " and the text.
void complain(std::string_view line);

// The text of an Inlet error code.
std::string text_of_error(DWORD error);

// An address and a port as people write them: 127.0.0.1:7000, [::1]:7000.
std::string text_of_endpoint(INTERNET_ADDRESS address, UINT port);

}  // namespace inlet::tool

#endif  // INLET_TOOL_CONSOLE_H
