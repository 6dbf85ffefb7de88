#include "provider/chain.h"

#include <algorithm>
#include <cstdlib>

#include "base/log.h"
#include "provider/catalog_file.h"
#include "provider/load.h"

namespace inlet::provider {
namespace {

struct Current {
  std::mutex mutex;
  std::weak_ptr<const Catalog> catalog;  // GUARDED_BY(mutex): held by the sets and by running calls
};
// Never destroyed: other threads may still start chains while the process ends.
Current& current() {
  static Current* instance = new Current;
  return *instance;
}

// What WSASocket may say of a provider; whatever else it answered means that it could not be started.
Error start_error(Error error) {
  switch (error) {
    case Error::invalid_proc_table:
    case Error::invalid_provider:
    case Error::version_not_supported: return error;
    default: return Error::provider_failed_init;
  }
}

int WSPAPI WPUGetProviderPath(LPGUID id, WCHAR* path, LPINT length, LPINT lpErrno) {
  auto catalog = current_catalog();
  const Result<void> got = catalog ? get_provider_path(**catalog, id, path, length) : Result<void>(Error::invalid);
  if (got) return 0;
  if (lpErrno != nullptr) *lpErrno = wsa_code(got.error());
  return SOCKET_ERROR;
}

WSPUPCALLTABLE with_path(WSPUPCALLTABLE upcalls) {
  if (upcalls.lpWPUGetProviderPath == nullptr) upcalls.lpWPUGetProviderPath = WPUGetProviderPath;
  return upcalls;
}

// The provider that stands on top: of a chain its first element, or the chain's own path when that is not listed.
std::u16string_view top_path(const Catalog& catalog, const CatalogEntry& entry, const WSAPROTOCOL_INFOW& info) {
  if (info.ProtocolChain.ChainLen <= BASE_PROTOCOL) return entry.path;
  const CatalogEntry* top = catalog.find(info.ProtocolChain.ChainEntries[0]);
  return top != nullptr ? top->path : entry.path;
}

Result<std::shared_ptr<Provider>> start_entry(const Catalog& catalog, const CatalogEntry& entry,
                                              const WSPUPCALLTABLE& upcalls) {
  auto info = catalog.chain_of(entry);
  if (!info) return info.error();
  auto startup = load_provider(top_path(catalog, entry, *info));
  if (!startup) return startup.error();
  auto started = Provider::start(*startup, with_path(upcalls), *info);
  return started ? std::move(started) : start_error(started.error());
}

}  // namespace

Result<std::shared_ptr<const Catalog>> current_catalog() {
  std::lock_guard lock(current().mutex);
  if (auto catalog = current().catalog.lock()) return catalog;
  auto read = read_catalog();
  if (!read) return read.error();
  if (const char* layers = secure_getenv("INLET_LAYERS")) read->add_layers(layers);
  std::shared_ptr<const Catalog> catalog = std::make_shared<Catalog>(std::move(*read));
  current().catalog = catalog;
  return catalog;
}

Result<std::shared_ptr<Provider>> start_provider_chain(int family, int type, int protocol,
                                                       const WSPUPCALLTABLE& upcalls, const WSAPROTOCOL_INFOW* info) {
  auto catalog = current_catalog();
  if (!catalog) return Error::provider_failed_init;
  auto entry = (*catalog)->choose(family, type, protocol, info);
  if (!entry) return entry.error();
  return start_entry(**catalog, **entry, upcalls);
}

Result<std::shared_ptr<Provider>> ProviderSet::find(int family, int type, int protocol, const WSAPROTOCOL_INFOW* info) {
  std::lock_guard lock(mutex_);
  if (catalog_ == nullptr) {
    auto catalog = current_catalog();
    if (!catalog) return Error::provider_failed_init;
    catalog_ = *catalog;
  }
  auto entry = catalog_->choose(family, type, protocol, info);
  if (!entry) return entry.error();
  const DWORD id = (*entry)->info.dwCatalogEntryId;
  for (const auto& provider : providers_)
    if (provider->info().dwCatalogEntryId == id) return provider;
  auto started = start_entry(*catalog_, **entry, upcalls_);
  if (started) providers_.push_back(*started);
  return started;
}

Result<CatalogEntry> find_below(const WSAPROTOCOL_INFOW& chain, std::u16string_view layer_path) {
  auto catalog = current_catalog();
  if (!catalog) return Error::provider_failed_init;
  const int length = std::min<int>(chain.ProtocolChain.ChainLen, MAX_PROTOCOL_CHAIN);
  const CatalogEntry* next = nullptr;
  int times = 0;
  for (int i = 0; i < length; ++i) {
    const CatalogEntry* element = (*catalog)->find(chain.ProtocolChain.ChainEntries[i]);
    if (element == nullptr || element->path != layer_path) continue;
    if (i + 1 < length) next = (*catalog)->find(chain.ProtocolChain.ChainEntries[i + 1]);
    ++times;  // twice would start itself for ever
  }
  if (times == 1 && next != nullptr) return *next;
  log_line("a layer was started without a chain in which it stands once, over another");
  return Error::provider_failed_init;
}

Result<WSPPROC_TABLE> start_below(const CatalogEntry& next, const WSAPROTOCOL_INFOW& chain,
                                  const WSPUPCALLTABLE& upcalls) {
  auto startup = load_provider(next.path);
  if (!startup) return startup.error();
  return start_table(*startup, upcalls, is_base(next.info) ? next.info : chain);
}

WSAPROTOCOL_INFOW info_for(const WSAPROTOCOL_INFOW& next, const WSAPROTOCOL_INFOW& info) {
  if (!is_base(next)) return info;
  WSAPROTOCOL_INFOW own = info;  // what a duplicated socket carries must come through
  own.dwCatalogEntryId = next.dwCatalogEntryId;
  own.ProviderId = next.ProviderId;
  own.ProtocolChain = next.ProtocolChain;
  std::ranges::copy(next.szProtocol, own.szProtocol);
  return own;
}

Result<void> get_provider_path(const Catalog& catalog, const GUID* id, WCHAR* path, LPINT length) {
  if (id == nullptr || length == nullptr) return Error::fault;
  if (*length < 1) return Error::invalid;
  const CatalogEntry* entry = catalog.find_provider(*id);
  if (entry == nullptr) return Error::invalid;
  const int needed = static_cast<int>(entry->path.size()) + 1;
  const bool fits = path != nullptr && *length >= needed;
  *length = needed;
  if (!fits) return Error::fault;
  entry->path.copy(path, entry->path.size());
  path[entry->path.size()] = 0;
  return {};
}

}  // namespace inlet::provider
