// What is known of the calling thread's last error beyond its code: which file, or what the peer said.
#pragma once

#include <string>

#include "base/error.h"

namespace inlet::server {

// For whoever returns an error that has a story; the API call that fails with it on this thread keeps the text.
void note_error_detail(Error error, const std::string& text) noexcept;

// At the end of an API call that has failed: what was noted belongs to this code, and what was kept of earlier ones is over.
void settle_error_detail(uint32_t code) noexcept;

// The text for a code, or nullptr when nothing more is known.
const char* error_detail(uint32_t code) noexcept;

}  // namespace inlet::server
