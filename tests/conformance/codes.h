// Names of the error codes, so that results can be read and compared. Portable, like suite.h.
#pragma once

#include <string>

namespace conformance {

// "0", "WSAEFAULT", or the number of a code without a name.
std::string code_name(int code);

}  // namespace conformance
