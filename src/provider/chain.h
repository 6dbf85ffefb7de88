// Chains: layers over a base, found in the catalog and started from the top.
//
//     a user (layer 2 or 3) -> top layer's WSPStartup -> next layer's WSPStartup -> ... -> the base's WSPStartup
//
// Each layer starts the one below it; Inlet starts the top one only. What a socket call costs is one indirect call for
// each layer that does not pass the lower entry on. INLET_LAYERS="trace,fault" puts layers over everything that a
// process opens, without a catalog.
#pragma once

#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include <ws2spi.h>

#include "base/result.h"
#include "provider/catalog.h"
#include "provider/table.h"

namespace inlet::provider {

// The catalog of this process: read by the first user, the same for all until the last has gone. What is installed
// meanwhile is seen by the next process, or the next start.
//
// Thread   Any.
// Errors   no_recovery  the file is damaged: then nothing is started, because a layer may be there for protection
Result<std::shared_ptr<const Catalog>> current_catalog();

// Chooses the entry for a kind of socket and starts its provider, or the top of its chain.
//
// Shape    info as in WSASocket: nullptr, or the entry that is wanted. An upcall table without lpWPUGetProviderPath
//          gets it, because layers cannot do without.
// Thread   Any; WSPStartup of the providers runs here.
// Errors   those of Catalog::choose
//          invalid_proc_table, invalid_provider, version_not_supported   the top provider is not usable
//          provider_failed_init  it cannot be loaded, or its WSPStartup failed, or one below it; a damaged catalog
// Source   sheet 1.3, 1.4
Result<std::shared_ptr<Provider>> start_provider_chain(int family, int type, int protocol,
                                                       const WSPUPCALLTABLE& upcalls,
                                                       const WSAPROTOCOL_INFOW* info = nullptr);

// The providers of one user: each entry of the catalog is started when it is needed first, and then serves all sockets.
//
// Owner    One layer, from its start to its cleanup. Providers that sockets still hold live on by themselves.
// Thread   Any. The lock is held while a provider starts, so WSPStartup must not open sockets through the user.
class ProviderSet {
 public:
  explicit ProviderSet(const WSPUPCALLTABLE& upcalls) : upcalls_(upcalls) {}

  // Errors   as start_provider_chain
  Result<std::shared_ptr<Provider>> find(int family, int type, int protocol, const WSAPROTOCOL_INFOW* info = nullptr);

 private:
  const WSPUPCALLTABLE upcalls_;
  std::mutex mutex_;
  std::shared_ptr<const Catalog> catalog_;            // GUARDED_BY(mutex_)
  std::vector<std::shared_ptr<Provider>> providers_;  // GUARDED_BY(mutex_)
};

// ---- for layers of Inlet's own

// The element of a chain that stands under a layer.
// Errors   provider_failed_init  the layer is not in the chain, twice, or its last element
Result<CatalogEntry> find_below(const WSAPROTOCOL_INFOW& chain, std::u16string_view layer_path);

// Starts it. A base is given its own entry, anything else the chain as it came.
// Errors   of load_provider and start_table
Result<WSPPROC_TABLE> start_below(const CatalogEntry& next, const WSAPROTOCOL_INFOW& chain,
                                  const WSPUPCALLTABLE& upcalls);

// What a layer hands down where it was handed info: the same, or with the base's own identity when that is next.
WSAPROTOCOL_INFOW info_for(const WSAPROTOCOL_INFOW& next, const WSAPROTOCOL_INFOW& info);

// ---- the upcall

// As WPUGetProviderPath and WSCGetProviderPath; an entry of the process's own layers is found too.
//
// Errors   fault    id or length is NULL; path is NULL or too short, and then length says what is needed
//          invalid  length is less than 1; no such provider
Result<void> get_provider_path(const Catalog& catalog, const GUID* id, WCHAR* path, LPINT length);

}  // namespace inlet::provider
