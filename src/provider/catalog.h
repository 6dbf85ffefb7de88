// The catalog of protocols: what the base provider publishes, what was installed beside it, and the choice among them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ws2spi.h>

#include "base/result.h"

namespace inlet::provider {

// ---- what the base provider publishes

// The six entries, in the order in which they are tried; the two of raw sockets are hidden.
std::span<const WSAPROTOCOL_INFOW> catalog();

// nullptr when the id is not one of ours.
const WSAPROTOCOL_INFOW* find_catalog_entry(DWORD id);

// The entry of a kind of socket.
const WSAPROTOCOL_INFOW& catalog_entry(bool v6, bool datagram);
const WSAPROTOCOL_INFOW& raw_catalog_entry(bool v6);

// Chooses the first entry that fits. With info, 0 or FROM_PROTOCOL_INFO in any of the three takes the value from there.
// Otherwise 0 in family or type fits any, and protocol 0 fits an entry that allows it.
//
// Errors   invalid                       family and protocol are both 0
//          socket_type_not_supported     no entry has the type
//          address_family_not_supported  no entry has the family
//          protocol_not_supported        family and type exist, the protocol is not theirs
// Source   sheet 1.3, 2.1
Result<const WSAPROTOCOL_INFOW*> choose_catalog_entry(int family, int type, int protocol,
                                                      const WSAPROTOCOL_INFOW* info);

// ---- the whole catalog

constexpr DWORD kFirstInstalledId = 1101;
constexpr size_t kProviderPathMax = 259;  // MAX_PATH less the terminator
// Where an entry's provider comes from: a shared object when there is a slash in it, else one of Inlet's own.
constexpr std::u16string_view kBaseProviderPath = u"inlet";

struct CatalogEntry {
  WSAPROTOCOL_INFOW info{};
  std::u16string path;   // as it was installed: environment strings are not expanded
  DWORD categories = 0;  // LSP_* of the provider
};

// A layer describes itself, a base stands alone, a chain is layers over a base: they differ in ChainLen alone.
inline bool is_layer(const WSAPROTOCOL_INFOW& info) {
  return info.ProtocolChain.ChainLen == LAYERED_PROTOCOL;
}
inline bool is_base(const WSAPROTOCOL_INFOW& info) {
  return info.ProtocolChain.ChainLen == BASE_PROTOCOL;
}

bool same_guid(const GUID& a, const GUID& b);

// A value: the entries in their order. Where it is kept is catalog_file's business.
class Catalog {
 public:
  // What is there when nothing was installed.
  Catalog();
  // Entries as they were read from a file. Base entries that are missing come behind; those that are there only say
  // their place.
  Catalog(std::vector<CatalogEntry> entries, DWORD next_id);

  const std::vector<CatalogEntry>& entries() const { return entries_; }
  DWORD next_id() const { return next_id_; }
  const CatalogEntry* find(DWORD id) const;
  const CatalogEntry* find_provider(const GUID& id) const;

  // As choose_catalog_entry, among all that a socket can be opened with. An info with an id is not matched but found.
  //
  // Errors   invalid           info names an entry that is not there
  //          invalid_provider  info names a layer, which opens no sockets
  Result<const CatalogEntry*> choose(int family, int type, int protocol, const WSAPROTOCOL_INFOW* info) const;

  // What an entry is started with: its own structure, with the layers of add_layers on top of its chain.
  //
  // Errors   invalid_provider  the chain would be longer than MAX_PROTOCOL_CHAIN
  Result<WSAPROTOCOL_INFOW> chain_of(const CatalogEntry& entry) const;

  // Puts layers over every entry, top first: "trace,fault,/usr/lib/layer.so". They are not written to a file.
  void add_layers(std::string_view names);
  // Those of another catalog, for one that was read from the file anew.
  void take_layers(const Catalog& other);

  // ---- changes; each leaves the catalog as it was when it fails

  // Appends entries of one provider; their ids are new.
  // Errors   invalid      a chain is not layers over one base, or names what is not there
  //          no_recovery  the provider is installed already
  Result<void> install(const GUID& id, std::u16string_view path, std::span<const WSAPROTOCOL_INFOW> list);
  // Replaces the entries of a provider in their places; further ones come behind, superfluous ones go.
  // Errors   invalid  there is no such provider; as install
  Result<void> update(const GUID& id, std::u16string_view path, std::span<const WSAPROTOCOL_INFOW> list);
  // Removes the entries of a provider, and the chains that stand on them.
  // Errors   invalid      there is no such provider
  //          no_recovery  it is Inlet's own
  Result<void> deinstall(const GUID& id);
  // Installs a layer and, on top of the order, a chain over the first entry that fits each of the list; without a list
  // over each base entry that is shown.
  // Returns  The id of the layer's own entry.
  // Errors   invalid      the id or the name is taken; nothing fits an element of the list
  //          no_recovery  a chain would become too long
  Result<DWORD> install_over(const GUID& id, std::u16string_view path, std::u16string_view name, DWORD services,
                             std::span<const WSAPROTOCOL_INFOW> list);
  // Errors   invalid  the ids are not all there are, each once
  Result<void> reorder(std::span<const DWORD> ids);
  // Errors   no_recovery  there is no such provider, or it is Inlet's own
  Result<void> set_categories(const GUID& id, DWORD categories);

 private:
  bool is_sound(const WSAPROTOCOL_INFOW& info) const;
  Result<void> check_list(std::span<const WSAPROTOCOL_INFOW> list) const;
  Result<std::vector<WSAPROTOCOL_INFOW>> below(std::span<const WSAPROTOCOL_INFOW> list) const;
  CatalogEntry make_entry(const WSAPROTOCOL_INFOW& info, const GUID& id, std::u16string_view path);
  CatalogEntry make_chain(const CatalogEntry& layer, const WSAPROTOCOL_INFOW& over);
  void remove_broken_chains();

  std::vector<CatalogEntry> entries_;
  std::vector<DWORD> layers_;  // of add_layers, top first; their entries are in entries_
  DWORD next_id_ = kFirstInstalledId;
};

}  // namespace inlet::provider
