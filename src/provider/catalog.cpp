#include "provider/catalog.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <string_view>
#include <utility>

#include <ws2tcpip.h>

#include "base/utf16.h"

namespace inlet::provider {
namespace {

constexpr GUID kProviderV4 = {0x6f1d2c30, 0x8a57, 0x4c1e, {0x9b, 0x40, 0x3e, 0x51, 0x7a, 0x0d, 0x22, 0x04}};
constexpr GUID kProviderV6 = {0x6f1d2c30, 0x8a57, 0x4c1e, {0x9b, 0x40, 0x3e, 0x51, 0x7a, 0x0d, 0x22, 0x06}};

constexpr DWORD kStreamServices =
    XP1_GUARANTEED_DELIVERY | XP1_GUARANTEED_ORDER | XP1_GRACEFUL_CLOSE | XP1_EXPEDITED_DATA | XP1_IFS_HANDLES;
constexpr DWORD kDatagramServices =
    XP1_CONNECTIONLESS | XP1_MESSAGE_ORIENTED | XP1_SUPPORT_BROADCAST | XP1_SUPPORT_MULTIPOINT | XP1_IFS_HANDLES;
constexpr DWORD kDatagramBytesMax = 0xffffffbb;  // what Windows publishes: 4 GiB less the headers

constexpr void set_name(WSAPROTOCOL_INFOW& entry, std::u16string_view name) {
  for (size_t i = 0; i <= WSAPROTOCOL_LEN; ++i)
    entry.szProtocol[i] = i < name.size() && i < WSAPROTOCOL_LEN ? name[i] : 0;
}

constexpr WSAPROTOCOL_INFOW make_base(DWORD id, bool v6, int type, int protocol, std::u16string_view name) {
  const bool datagram = type != SOCK_STREAM;
  WSAPROTOCOL_INFOW entry{};
  entry.dwServiceFlags1 = datagram ? kDatagramServices : kStreamServices;
  entry.dwProviderFlags = PFL_MATCHES_PROTOCOL_ZERO;
  entry.ProviderId = v6 ? kProviderV6 : kProviderV4;
  entry.dwCatalogEntryId = id;
  entry.ProtocolChain.ChainLen = BASE_PROTOCOL;
  entry.iVersion = 2;
  entry.iAddressFamily = v6 ? AF_INET6 : AF_INET;
  entry.iMaxSockAddr = entry.iMinSockAddr = v6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  entry.iSocketType = type;
  entry.iProtocol = protocol;
  entry.iNetworkByteOrder = BIGENDIAN;
  entry.iSecurityScheme = SECURITY_PROTOCOL_NONE;
  entry.dwMessageSize = datagram ? kDatagramBytesMax : 0;
  set_name(entry, name);
  return entry;
}

// One entry for every protocol, so that a raw socket of any number finds it; programs do not see it among the others.
constexpr WSAPROTOCOL_INFOW make_raw(DWORD id, bool v6, std::u16string_view name) {
  WSAPROTOCOL_INFOW entry = make_base(id, v6, SOCK_RAW, 0, name);
  entry.dwProviderFlags = PFL_MATCHES_PROTOCOL_ZERO | PFL_HIDDEN;
  entry.iProtocolMaxOffset = 255;
  return entry;
}

constexpr std::array<WSAPROTOCOL_INFOW, 6> kCatalog = {
    make_base(1001, false, SOCK_STREAM, IPPROTO_TCP, u"Inlet TCP over IPv4"),
    make_base(1002, false, SOCK_DGRAM, IPPROTO_UDP, u"Inlet UDP over IPv4"),
    make_base(1003, true, SOCK_STREAM, IPPROTO_TCP, u"Inlet TCP over IPv6"),
    make_base(1004, true, SOCK_DGRAM, IPPROTO_UDP, u"Inlet UDP over IPv6"),
    make_raw(1005, false, u"Inlet raw IPv4"),
    make_raw(1006, true, u"Inlet raw IPv6"),
};

bool fits_family(const WSAPROTOCOL_INFOW& entry, int family) {
  return family == 0 || entry.iAddressFamily == family;
}
bool fits_type(const WSAPROTOCOL_INFOW& entry, int type) {
  return type == 0 || entry.iSocketType == type;
}
bool fits_protocol(const WSAPROTOCOL_INFOW& entry, int protocol) {
  if (protocol == 0) return (entry.dwProviderFlags & PFL_MATCHES_PROTOCOL_ZERO) != 0;
  return protocol >= entry.iProtocol && protocol <= entry.iProtocol + entry.iProtocolMaxOffset;
}

int resolved(int value, const WSAPROTOCOL_INFOW* info, int WSAPROTOCOL_INFOW::*member) {
  if (value != 0 && value != FROM_PROTOCOL_INFO) return value;
  return info != nullptr ? info->*member : 0;
}

const WSAPROTOCOL_INFOW& info_of(const WSAPROTOCOL_INFOW& entry) {
  return entry;
}
const WSAPROTOCOL_INFOW& info_of(const CatalogEntry& entry) {
  return entry.info;
}

// The choice of sheet 1.3 among entries of either kind. Layers open no sockets, so nobody chooses them.
template <class Entries>
auto choose_among(const Entries& entries, int family, int type, int protocol) -> Result<decltype(&*entries.begin())> {
  // The order of these checks is what Windows was seen to do: the type is judged first, the protocol last.
  if (family == 0 && protocol == 0) return Error::invalid;
  auto find = [&](auto fits) {
    return std::ranges::find_if(entries,
                                [&](const auto& entry) { return !is_layer(info_of(entry)) && fits(info_of(entry)); });
  };
  if (find([&](const auto& entry) { return fits_type(entry, type); }) == entries.end())
    return Error::socket_type_not_supported;
  if (find([&](const auto& entry) { return fits_family(entry, family); }) == entries.end())
    return Error::address_family_not_supported;
  auto entry = find([&](const auto& candidate) {
    return fits_family(candidate, family) && fits_type(candidate, type) && fits_protocol(candidate, protocol);
  });
  if (entry == entries.end()) return Error::protocol_not_supported;
  return &*entry;
}

// Entries of layers that no file knows: the same in every process with the same list.
constexpr DWORD kFirstLayerId = 0x7f000001;
constexpr GUID kLayer = {0, 0x5d31, 0x4b02, {0x8e, 0x77, 0x21, 0xc4, 0x0a, 0x96, 0x3b, 0x10}};

std::span<const DWORD> chain_ids(const WSAPROTOCOL_INFOW& info) {
  const int length = info.ProtocolChain.ChainLen;
  return {info.ProtocolChain.ChainEntries, length > BASE_PROTOCOL ? static_cast<size_t>(length) : 0};
}

GUID random_guid() {
  std::random_device random;
  GUID guid{random(), static_cast<uint16_t>(random()), static_cast<uint16_t>((random() & 0x0fff) | 0x4000), {}};
  for (uint8_t& byte : guid.Data4) byte = static_cast<uint8_t>(random());
  guid.Data4[0] = (guid.Data4[0] & 0x3f) | 0x80;
  return guid;
}

}  // namespace

std::span<const WSAPROTOCOL_INFOW> catalog() {
  return kCatalog;
}

const WSAPROTOCOL_INFOW* find_catalog_entry(DWORD id) {
  auto entry = std::ranges::find(kCatalog, id, &WSAPROTOCOL_INFOW::dwCatalogEntryId);
  return entry == kCatalog.end() ? nullptr : &*entry;
}

const WSAPROTOCOL_INFOW& catalog_entry(bool v6, bool datagram) {
  return kCatalog[(v6 ? 2u : 0u) + (datagram ? 1u : 0u)];
}
const WSAPROTOCOL_INFOW& raw_catalog_entry(bool v6) {
  return kCatalog[v6 ? 5u : 4u];
}

Result<const WSAPROTOCOL_INFOW*> choose_catalog_entry(int family, int type, int protocol,
                                                      const WSAPROTOCOL_INFOW* info) {
  family = resolved(family, info, &WSAPROTOCOL_INFOW::iAddressFamily);
  type = resolved(type, info, &WSAPROTOCOL_INFOW::iSocketType);
  protocol = resolved(protocol, info, &WSAPROTOCOL_INFOW::iProtocol);
  return choose_among(kCatalog, family, type, protocol);
}

bool same_guid(const GUID& a, const GUID& b) {
  return std::memcmp(&a, &b, sizeof(GUID)) == 0;
}

// ---- the whole catalog

Catalog::Catalog() : Catalog(std::vector<CatalogEntry>(), kFirstInstalledId) {}

Catalog::Catalog(std::vector<CatalogEntry> entries, DWORD next_id) : entries_(std::move(entries)), next_id_(next_id) {
  for (const WSAPROTOCOL_INFOW& base : kCatalog) {
    auto place = std::ranges::find_if(
        entries_, [&](const CatalogEntry& entry) { return entry.info.dwCatalogEntryId == base.dwCatalogEntryId; });
    if (place == entries_.end()) place = entries_.insert(place, CatalogEntry{});
    place->info = base;
    place->path = kBaseProviderPath;
  }
}

const CatalogEntry* Catalog::find(DWORD id) const {
  for (const CatalogEntry& entry : entries_)
    if (entry.info.dwCatalogEntryId == id) return &entry;
  return nullptr;
}

const CatalogEntry* Catalog::find_provider(const GUID& id) const {
  for (const CatalogEntry& entry : entries_)
    if (same_guid(entry.info.ProviderId, id)) return &entry;
  return nullptr;
}

Result<const CatalogEntry*> Catalog::choose(int family, int type, int protocol, const WSAPROTOCOL_INFOW* info) const {
  if (info != nullptr && info->dwCatalogEntryId != 0) {
    const CatalogEntry* entry = find(info->dwCatalogEntryId);
    if (entry == nullptr) return Error::invalid;
    if (is_layer(entry->info)) return Error::invalid_provider;
    return entry;
  }
  family = resolved(family, info, &WSAPROTOCOL_INFOW::iAddressFamily);
  type = resolved(type, info, &WSAPROTOCOL_INFOW::iSocketType);
  protocol = resolved(protocol, info, &WSAPROTOCOL_INFOW::iProtocol);
  return choose_among(entries_, family, type, protocol);
}

Result<WSAPROTOCOL_INFOW> Catalog::chain_of(const CatalogEntry& entry) const {
  WSAPROTOCOL_INFOW info = entry.info;
  if (layers_.empty()) return info;
  std::vector<DWORD> ids = layers_;
  if (is_base(info))
    ids.push_back(info.dwCatalogEntryId);
  else
    ids.insert(ids.end(), chain_ids(info).begin(), chain_ids(info).end());
  if (ids.size() > MAX_PROTOCOL_CHAIN) return Error::invalid_provider;
  info.ProtocolChain.ChainLen = static_cast<int>(ids.size());
  std::ranges::copy(ids, info.ProtocolChain.ChainEntries);
  return info;
}

void Catalog::add_layers(std::string_view names) {
  while (!names.empty()) {
    const std::string_view name = names.substr(0, names.find(','));
    names.remove_prefix(std::min(names.size(), name.size() + 1));
    if (name.empty()) continue;
    const auto index = static_cast<DWORD>(layers_.size());
    CatalogEntry entry;
    entry.path = to_utf16(name);
    entry.info.ProviderId = kLayer;
    entry.info.ProviderId.Data1 = index + 1;
    entry.info.dwCatalogEntryId = kFirstLayerId + index;
    entry.info.dwProviderFlags = PFL_HIDDEN;
    entry.info.iVersion = 2;
    set_name(entry.info, entry.path);
    layers_.push_back(entry.info.dwCatalogEntryId);
    entries_.push_back(std::move(entry));
  }
}

void Catalog::take_layers(const Catalog& other) {
  layers_ = other.layers_;
  for (const DWORD id : layers_) entries_.push_back(*other.find(id));
}

// ---- changes

// A chain is layers over one base at the end, each of them there, and no layer twice.
bool Catalog::is_sound(const WSAPROTOCOL_INFOW& info) const {
  const int length = info.ProtocolChain.ChainLen;
  if (length < LAYERED_PROTOCOL || length > MAX_PROTOCOL_CHAIN) return false;
  const std::span<const DWORD> ids = chain_ids(info);
  for (size_t i = 0; i < ids.size(); ++i) {
    const CatalogEntry* element = find(ids[i]);
    if (element == nullptr) return false;
    if (i + 1 == ids.size() ? !is_base(element->info) : !is_layer(element->info)) return false;
    if (std::ranges::count(ids, ids[i]) != 1) return false;
  }
  return true;
}

Result<void> Catalog::check_list(std::span<const WSAPROTOCOL_INFOW> list) const {
  if (list.empty()) return Error::invalid;
  const bool sound = std::ranges::all_of(list, [this](const auto& info) { return is_sound(info); });
  return sound ? Result<void>() : Error::invalid;
}

CatalogEntry Catalog::make_entry(const WSAPROTOCOL_INFOW& info, const GUID& id, std::u16string_view path) {
  CatalogEntry entry{info, std::u16string(path), 0};
  entry.info.ProviderId = id;
  entry.info.dwCatalogEntryId = next_id_++;
  entry.info.szProtocol[WSAPROTOCOL_LEN] = 0;
  return entry;
}

Result<void> Catalog::install(const GUID& id, std::u16string_view path, std::span<const WSAPROTOCOL_INFOW> list) {
  if (auto checked = check_list(list); !checked) return checked;
  if (find_provider(id) != nullptr) return Error::no_recovery;
  for (const WSAPROTOCOL_INFOW& info : list) entries_.push_back(make_entry(info, id, path));
  return {};
}

Result<void> Catalog::update(const GUID& id, std::u16string_view path, std::span<const WSAPROTOCOL_INFOW> list) {
  if (auto checked = check_list(list); !checked) return checked;
  const CatalogEntry* first = find_provider(id);
  if (first == nullptr) return Error::invalid;
  if (first->path == kBaseProviderPath) return Error::no_recovery;
  size_t used = 0;
  std::vector<CatalogEntry> kept;
  for (CatalogEntry& entry : entries_) {
    const bool ours = same_guid(entry.info.ProviderId, id);
    if (ours && used == list.size()) continue;
    if (ours) {
      const DWORD kept_id = entry.info.dwCatalogEntryId;
      entry.info = list[used++];
      entry.info.ProviderId = id;
      entry.info.dwCatalogEntryId = kept_id;
      entry.path = path;
    }
    kept.push_back(std::move(entry));
  }
  entries_ = std::move(kept);
  for (; used < list.size(); ++used) entries_.push_back(make_entry(list[used], id, path));
  remove_broken_chains();
  return {};
}

Result<void> Catalog::deinstall(const GUID& id) {
  const CatalogEntry* first = find_provider(id);
  if (first == nullptr) return Error::invalid;
  if (first->path == kBaseProviderPath) return Error::no_recovery;
  std::erase_if(entries_, [&](const CatalogEntry& entry) { return same_guid(entry.info.ProviderId, id); });
  remove_broken_chains();
  return {};
}

void Catalog::remove_broken_chains() {
  std::vector<DWORD> present;
  for (const CatalogEntry& entry : entries_) present.push_back(entry.info.dwCatalogEntryId);
  auto is_missing = [&](DWORD id) { return std::ranges::find(present, id) == present.end(); };
  std::erase_if(entries_,
                [&](const CatalogEntry& entry) { return std::ranges::any_of(chain_ids(entry.info), is_missing); });
}

// The entries that a new layer is to stand on.
Result<std::vector<WSAPROTOCOL_INFOW>> Catalog::below(std::span<const WSAPROTOCOL_INFOW> list) const {
  std::vector<WSAPROTOCOL_INFOW> found;
  for (const CatalogEntry& entry : entries_)
    if (list.empty() && is_base(entry.info) && (entry.info.dwProviderFlags & PFL_HIDDEN) == 0)
      found.push_back(entry.info);
  for (const WSAPROTOCOL_INFOW& wanted : list) {
    auto fitting = choose_among(entries_, wanted.iAddressFamily, wanted.iSocketType, wanted.iProtocol);
    if (!fitting) return Error::invalid;
    const WSAPROTOCOL_INFOW& info = (*fitting)->info;
    if (std::ranges::find(found, info.dwCatalogEntryId, &WSAPROTOCOL_INFOW::dwCatalogEntryId) == found.end())
      found.push_back(info);
  }
  const bool full =
      std::ranges::any_of(found, [](const auto& info) { return info.ProtocolChain.ChainLen == MAX_PROTOCOL_CHAIN; });
  if (full || found.empty()) return Error::no_recovery;
  return found;
}

CatalogEntry Catalog::make_chain(const CatalogEntry& layer, const WSAPROTOCOL_INFOW& over) {
  CatalogEntry chain = make_entry(over, random_guid(), layer.path);
  WSAPROTOCOLCHAIN& ids = chain.info.ProtocolChain;
  if (is_base(over)) ids.ChainEntries[0] = over.dwCatalogEntryId;
  std::copy_backward(ids.ChainEntries, ids.ChainEntries + ids.ChainLen, ids.ChainEntries + ids.ChainLen + 1);
  ids.ChainEntries[0] = layer.info.dwCatalogEntryId;
  ++ids.ChainLen;
  set_name(chain.info, std::u16string(layer.info.szProtocol) + u" over [" + over.szProtocol + u"]");
  return chain;
}

Result<DWORD> Catalog::install_over(const GUID& id, std::u16string_view path, std::u16string_view name, DWORD services,
                                    std::span<const WSAPROTOCOL_INFOW> list) {
  const bool taken = find_provider(id) != nullptr || std::ranges::any_of(entries_, [name](const CatalogEntry& entry) {
                       return is_layer(entry.info) && entry.info.szProtocol == name;
                     });
  if (taken) return Error::invalid;
  auto lower = below(list);
  if (!lower) return lower.error();
  WSAPROTOCOL_INFOW info{};
  info.dwServiceFlags1 = services;
  info.dwProviderFlags = PFL_HIDDEN;
  info.iVersion = 2;
  set_name(info, name);
  CatalogEntry layer = make_entry(info, id, path);
  std::vector<CatalogEntry> chains;
  for (const WSAPROTOCOL_INFOW& over : *lower) chains.push_back(make_chain(layer, over));
  const DWORD layer_id = layer.info.dwCatalogEntryId;
  entries_.insert(entries_.begin(), chains.begin(), chains.end());
  entries_.push_back(std::move(layer));
  return layer_id;
}

Result<void> Catalog::reorder(std::span<const DWORD> ids) {
  if (ids.size() != entries_.size()) return Error::invalid;
  std::vector<CatalogEntry> ordered;
  for (size_t i = 0; i < ids.size(); ++i) {
    const CatalogEntry* entry = find(ids[i]);
    if (entry == nullptr || std::ranges::count(ids, ids[i]) != 1) return Error::invalid;
    ordered.push_back(*entry);
  }
  entries_ = std::move(ordered);
  return {};
}

Result<void> Catalog::set_categories(const GUID& id, DWORD categories) {
  const CatalogEntry* first = find_provider(id);
  if (first == nullptr || first->path == kBaseProviderPath) return Error::no_recovery;
  for (CatalogEntry& entry : entries_)
    if (same_guid(entry.info.ProviderId, id)) entry.categories = categories;
  return {};
}

}  // namespace inlet::provider
