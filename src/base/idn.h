// Names beyond ASCII as the domain name system has them: each label in Punycode behind "xn--".
//
// Differs  Nothing is normalised but ASCII letters, which become small: a name must be in small letters and composed
//          (NFC) already, as it is registered.
// Thread   Any.
// Source   RFC 3492, RFC 5891
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace inlet {

bool is_ascii(std::string_view text);

// The name as it is when it is ASCII. Nothing for text that is not well-formed and for labels that become too long.
std::optional<std::string> ascii_name_of(std::string_view name);

}  // namespace inlet
