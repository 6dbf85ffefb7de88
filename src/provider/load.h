// Finds the WSPStartup behind a provider's path.
#pragma once

#include <string>
#include <string_view>

#include <ws2spi.h>

#include "base/result.h"

namespace inlet::provider {

// A path with a slash is a shared object that exports WSPStartup; any other is one of Inlet's own: "inlet", "trace",
// "fault". %NAME% in it stands for a variable of the environment.
//
// Owner    A shared object stays loaded until the process ends, because its threads and functions may outlive a use.
// Errors   provider_failed_init  it cannot be loaded, or exports no WSPStartup; said in the log
Result<LPWSPSTARTUP> load_provider(std::u16string_view path);

// The path with the variables put in.
std::string expanded(std::u16string_view path);

}  // namespace inlet::provider
