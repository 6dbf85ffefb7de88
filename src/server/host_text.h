// Host names and addresses as text and numbers, without asking anybody.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cswsock10.h"

namespace inlet::server {

// The one form in which names and addresses can be compared. Nothing when it cannot be the name of a host.
std::optional<std::string> normalized_host(std::string_view text);

// * is any number of characters, ? is one; the case of ASCII letters does not count.
bool matches_mask(std::string_view text, std::string_view mask);
bool is_pattern(std::string_view mask);
// Masks are separated by blanks, commas and semicolons.
std::vector<std::string> masks_of(std::string_view text);

bool is_null_address(const INTERNET_ADDRESS& address);
bool is_family_known(const INTERNET_ADDRESS& address);
// Travels through the Internet, by the registries of special addresses.
bool is_public_address(const INTERNET_ADDRESS& address);
// The same host, whichever of the two ways its IPv4 address is written in.
bool is_same_address(const INTERNET_ADDRESS& one, const INTERNET_ADDRESS& other);

}  // namespace inlet::server
