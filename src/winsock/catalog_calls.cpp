// The WSC calls: argument checks in front of provider/catalog and provider/catalog_file.
#include <sporder.h>

#include <algorithm>
#include <new>
#include <span>
#include <string_view>

#include "provider/catalog_file.h"
#include "provider/chain.h"
#include "provider/load.h"

namespace inlet::winsock {
namespace {

using provider::Catalog;
using provider::Lock;

constexpr int kNotImplemented = 120;  // ERROR_CALL_NOT_IMPLEMENTED

int refuse(LPINT lpErrno, int code) {
  if (lpErrno != nullptr) *lpErrno = code;
  return SOCKET_ERROR;
}

// Runs a call and turns what it returns, or throws, into the convention of these functions.
template <class Call>
int guarded(LPINT lpErrno, Call call) {
  try {
    Result<int> result = call();
    return result ? *result : refuse(lpErrno, wsa_code(result.error()));
  } catch (const std::bad_alloc&) {
    return refuse(lpErrno, WSA_NOT_ENOUGH_MEMORY);
  } catch (...) {
    return refuse(lpErrno, WSANO_RECOVERY);
  }
}

template <class Edit>
int change(LPINT lpErrno, Edit edit) {
  return guarded(lpErrno, [&]() -> Result<int> {
    auto done = provider::edit_catalog(Lock::wait, edit);
    return done ? Result<int>(0) : done.error();
  });
}

// What the file says now, with the layers of this process.
Result<Catalog> catalog_here() {
  auto catalog = provider::read_catalog();
  auto own = provider::current_catalog();
  if (catalog && own) catalog->take_layers(**own);
  return catalog;
}

bool is_text(const WCHAR* text, size_t most) {
  const size_t size = std::u16string_view(text).size();
  return size > 0 && size <= most;
}

// What installing and updating check before they look at the catalog.
int bad_list(const GUID* id, const WCHAR* path, const WSAPROTOCOL_INFOW* list, DWORD count) {
  if (id == nullptr || path == nullptr || list == nullptr) return WSAEFAULT;
  return is_text(path, provider::kProviderPathMax) && count > 0 ? 0 : WSAEINVAL;
}

bool is_wanted(const INT* protocols, int protocol) {
  if (protocols == nullptr) return true;
  for (; *protocols != 0; ++protocols)
    if (*protocols == protocol) return true;
  return false;
}

Result<int> enum_protocols(const INT* protocols, LPWSAPROTOCOL_INFOW buffer, DWORD& length) {
  auto catalog = catalog_here();
  if (!catalog) return catalog.error();
  std::vector<WSAPROTOCOL_INFOW> found;
  for (const auto& entry : catalog->entries())
    if (is_wanted(protocols, entry.info.iProtocol)) found.push_back(entry.info);
  const size_t needed = found.size() * sizeof(WSAPROTOCOL_INFOW);
  const bool fits = length >= needed;
  if (!fits) length = static_cast<DWORD>(needed);
  if (!fits) return Error::no_buffers;
  if (buffer == nullptr && needed > 0) return Error::fault;
  std::ranges::copy(found, buffer);
  return static_cast<int>(found.size());
}

Result<int> get_info(const GUID& id, WSC_PROVIDER_INFO_TYPE type, PBYTE info, size_t& size) {
  auto catalog = catalog_here();
  if (!catalog) return catalog.error();
  const provider::CatalogEntry* entry = catalog->find_provider(id);
  if (entry == nullptr) return Error::no_recovery;
  if (type == ProviderInfoAudit) return static_cast<Error>(kNotImplemented);
  if (type != ProviderInfoLspCategories || info == nullptr) return Error::no_recovery;
  const bool fits = size >= sizeof(DWORD);
  size = sizeof(DWORD);
  if (!fits) return Error::fault;
  std::copy_n(reinterpret_cast<const BYTE*>(&entry->categories), sizeof(DWORD), info);
  return 0;
}

// 0, or what is wrong with the name of an application.
int bad_application(LPCWSTR path, DWORD length, LPCWSTR extra, DWORD extra_length) {
  if (path == nullptr || (extra == nullptr && extra_length != 0)) return WSAEFAULT;
  return length == 0 || length > provider::kProviderPathMax ? WSAEINVAL : 0;
}

}  // namespace
}  // namespace inlet::winsock

using namespace inlet;
using namespace inlet::winsock;

INT WSPAPI WSCEnumProtocols(LPINT lpiProtocols, LPWSAPROTOCOL_INFOW lpProtocolBuffer, LPDWORD lpdwBufferLength,
                            LPINT lpErrno) {
  if (lpdwBufferLength == nullptr) return refuse(lpErrno, WSAEFAULT);
  return guarded(lpErrno, [&] { return enum_protocols(lpiProtocols, lpProtocolBuffer, *lpdwBufferLength); });
}

INT WSPAPI WSCInstallProvider(LPGUID lpProviderId, const WCHAR* lpszProviderDllPath,
                              const LPWSAPROTOCOL_INFOW lpProtocolInfoList, DWORD dwNumberOfEntries, LPINT lpErrno) {
  if (int code = bad_list(lpProviderId, lpszProviderDllPath, lpProtocolInfoList, dwNumberOfEntries); code != 0)
    return refuse(lpErrno, code);
  return change(lpErrno, [&](Catalog& catalog) {
    return catalog.install(*lpProviderId, lpszProviderDllPath, {lpProtocolInfoList, dwNumberOfEntries});
  });
}

INT WSPAPI WSCUpdateProvider(LPGUID lpProviderId, const WCHAR* lpszProviderDllPath,
                             const LPWSAPROTOCOL_INFOW lpProtocolInfoList, DWORD dwNumberOfEntries, LPINT lpErrno) {
  if (int code = bad_list(lpProviderId, lpszProviderDllPath, lpProtocolInfoList, dwNumberOfEntries); code != 0)
    return refuse(lpErrno, code);
  return change(lpErrno, [&](Catalog& catalog) {
    return catalog.update(*lpProviderId, lpszProviderDllPath, {lpProtocolInfoList, dwNumberOfEntries});
  });
}

INT WSPAPI WSCDeinstallProvider(LPGUID lpProviderId, LPINT lpErrno) {
  if (lpProviderId == nullptr) return refuse(lpErrno, WSAEFAULT);
  return change(lpErrno, [&](Catalog& catalog) { return catalog.deinstall(*lpProviderId); });
}

INT WSPAPI WSCGetProviderPath(LPGUID lpProviderId, WCHAR* lpszProviderDllPath, LPINT lpProviderDllPathLen,
                              LPINT lpErrno) {
  return guarded(lpErrno, [&]() -> Result<int> {
    auto catalog = catalog_here();
    if (!catalog) return catalog.error();
    auto got = provider::get_provider_path(*catalog, lpProviderId, lpszProviderDllPath, lpProviderDllPathLen);
    return got ? Result<int>(0) : got.error();
  });
}

INT WSPAPI WSCInstallProviderAndChains(LPGUID lpProviderId, LPWSTR lpszProviderDllPath, LPWSTR lpszLspName,
                                       DWORD dwServiceFlags, LPWSAPROTOCOL_INFOW lpProtocolInfoList,
                                       DWORD dwNumberOfEntries, LPDWORD lpdwCatalogEntryId, LPINT lpErrno) {
  if (lpProviderId == nullptr) return refuse(lpErrno, WSAEINVAL);
  if (lpszProviderDllPath == nullptr || lpszLspName == nullptr) return refuse(lpErrno, WSAEFAULT);
  const bool named = is_text(lpszProviderDllPath, provider::kProviderPathMax) && is_text(lpszLspName, WSAPROTOCOL_LEN);
  if (!named || (lpProtocolInfoList != nullptr && dwNumberOfEntries == 0)) return refuse(lpErrno, WSAEINVAL);
  const std::span<const WSAPROTOCOL_INFOW> list(lpProtocolInfoList, lpProtocolInfoList ? dwNumberOfEntries : 0);
  DWORD id = 0;
  const int result = change(lpErrno, [&](Catalog& catalog) -> Result<void> {
    auto installed = catalog.install_over(*lpProviderId, lpszProviderDllPath, lpszLspName, dwServiceFlags, list);
    if (!installed) return installed.error();
    id = *installed;
    return {};
  });
  if (result == 0 && lpdwCatalogEntryId != nullptr) *lpdwCatalogEntryId = id;
  return result;
}

int WSPAPI WSCWriteProviderOrder(LPDWORD lpwdCatalogEntryId, DWORD dwNumberOfEntries) {
  if (lpwdCatalogEntryId == nullptr) return WSAEFAULT;
  int code = 0;
  guarded(&code, [&]() -> Result<int> {
    auto done = provider::edit_catalog(Lock::try_only, [&](Catalog& catalog) {
      return catalog.reorder({lpwdCatalogEntryId, dwNumberOfEntries});
    });
    return done ? Result<int>(0) : done.error();
  });
  return code;
}

INT WSPAPI WSCGetProviderInfo(LPGUID lpProviderId, WSC_PROVIDER_INFO_TYPE InfoType, PBYTE Info, size_t* InfoSize, DWORD,
                              LPINT lpErrno) {
  if (lpProviderId == nullptr || InfoSize == nullptr) return refuse(lpErrno, WSAEFAULT);
  return guarded(lpErrno, [&] { return get_info(*lpProviderId, InfoType, Info, *InfoSize); });
}

INT WSPAPI WSCSetProviderInfo(LPGUID lpProviderId, WSC_PROVIDER_INFO_TYPE InfoType, PBYTE Info, size_t InfoSize, DWORD,
                              LPINT lpErrno) {
  if (lpProviderId == nullptr || Info == nullptr) return refuse(lpErrno, WSAEFAULT);
  if (InfoType == ProviderInfoAudit) return refuse(lpErrno, kNotImplemented);
  if (InfoType != ProviderInfoLspCategories) return refuse(lpErrno, WSANO_RECOVERY);
  if (InfoSize != sizeof(DWORD)) return refuse(lpErrno, WSAEINVAL);
  DWORD categories = 0;
  std::copy_n(Info, sizeof categories, reinterpret_cast<BYTE*>(&categories));
  return change(lpErrno, [&](Catalog& catalog) { return catalog.set_categories(*lpProviderId, categories); });
}

INT WSPAPI WSCGetApplicationCategory(LPCWSTR Path, DWORD PathLength, LPCWSTR Extra, DWORD ExtraLength,
                                     DWORD* pPermittedLspCategories, LPINT lpErrno) {
  if (pPermittedLspCategories == nullptr) return refuse(lpErrno, WSAEFAULT);
  const int code = bad_application(Path, PathLength, Extra, ExtraLength);
  return refuse(lpErrno, code != 0 ? code : WSASERVICE_NOT_FOUND);
}

INT WSPAPI WSCSetApplicationCategory(LPCWSTR Path, DWORD PathLength, LPCWSTR Extra, DWORD ExtraLength, DWORD, DWORD*,
                                     LPINT lpErrno) {
  const int code = bad_application(Path, PathLength, Extra, ExtraLength);
  return refuse(lpErrno, code != 0 ? code : WSANO_RECOVERY);
}

LPWSPSTARTUP WSPAPI WPULoadProvider(const WCHAR* path, LPINT lpErrno) {
  LPWSPSTARTUP startup = nullptr;
  if (path == nullptr) refuse(lpErrno, WSAEFAULT);
  if (path == nullptr) return nullptr;
  guarded(lpErrno, [&]() -> Result<int> {
    auto loaded = provider::load_provider(path);
    if (!loaded) return loaded.error();
    startup = *loaded;
    return 0;
  });
  return startup;
}
