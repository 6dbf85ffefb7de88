// Where the catalog is kept: a text file that people can read, write and copy.
//
//     inlet-catalog 1
//     next 1104
//     [1103]                        an installed entry; the order of the sections is the catalog's order
//     name = Byte counter over [Inlet TCP over IPv4]
//     provider = {7b1c...}
//     path = /usr/lib/inlet/count.so
//     chain = 1102 1001             nothing: a layer's own entry; "base": a base provider
//     services = 0x20066 0 0 0      and so on: flags, version, family, address, type, protocol, order, security,
//                                   message, reserved, categories
//     [1001]                        an entry of Inlet's own: only its place counts
//
// A line with '#' in front is a comment. INLET_CATALOG names the file, else it is /etc/inlet/catalog; none there means that nothing is
// installed. It is replaced as a whole, so a reader sees the old one or the new one; who changes it holds a lock beside
// it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "provider/catalog.h"

namespace inlet::provider {

// "{6F1D2C30-8A57-4C1E-9B40-3E517A0D2204}"
std::string print_guid(const GUID& id);
Result<GUID> parse_guid(std::string_view text);

std::string print_catalog(const Catalog& catalog);
// Errors   no_recovery  the text is not a catalog
Result<Catalog> parse_catalog(std::string_view text);

// Errors   no_recovery  the file is there and cannot be read, or is damaged; said in the log
Result<Catalog> read_catalog();

enum class Lock : uint8_t { wait, try_only };
// Reads, changes and writes the catalog with nobody between. edit returns why it does not want to.
//
// Thread   Any. Waits for another writer, 5 s at most; Lock::try_only does not wait.
// Errors   try_again    somebody else is writing, and we were not to wait
//          no_recovery  the file cannot be read, locked or written
//          any other    edit's
Result<void> edit_catalog(Lock lock, const std::function<Result<void>(Catalog&)>& edit);

}  // namespace inlet::provider
