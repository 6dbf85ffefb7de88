// The WSC calls: each documented error with its condition, and the facts that were observed on Windows (sheet 1.11).
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sporder.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "support/environment.h"

namespace inlet::winsock::test {
namespace {

using inlet::test::Variable;

GUID kSome = {0x12345678, 0x9abc, 0xdef0, {0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe}};
GUID kUnknown = {0x87654321, 0, 0, {}};
WCHAR kPath[] = u"/lib/layer.so";
WCHAR kName[] = u"Some layer";

class CatalogCalls : public testing::Test {
 protected:
  static std::vector<WSAPROTOCOL_INFOW> entries() {
    DWORD length = 0;
    int error = 0;
    EXPECT_EQ(WSCEnumProtocols(nullptr, nullptr, &length, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAENOBUFS);
    std::vector<WSAPROTOCOL_INFOW> all(length / sizeof(WSAPROTOCOL_INFOW));
    EXPECT_EQ(WSCEnumProtocols(nullptr, all.data(), &length, &error), static_cast<int>(all.size()));
    return all;
  }
  static WSAPROTOCOL_INFOW layer() {
    WSAPROTOCOL_INFOW info{};
    info.dwProviderFlags = PFL_HIDDEN;
    info.iVersion = 2;
    return info;
  }
  // The code of a call; 0 when it succeeded.
  template <class Call>
  static int code_of(Call call) {
    int error = 0;
    return call(&error) == SOCKET_ERROR ? error : 0;
  }
  static int install(GUID* id = &kSome, const WCHAR* path = kPath) {
    WSAPROTOCOL_INFOW info = layer();
    return code_of([&](int* error) { return WSCInstallProvider(id, path, &info, 1, error); });
  }
  static int get_path(GUID* id, WCHAR* path, int* length) {
    return code_of([&](int* error) { return WSCGetProviderPath(id, path, length, error); });
  }
  static int get_info(GUID* id, int type, void* info, size_t* size) {
    return code_of([&](int* error) {
      return WSCGetProviderInfo(id, static_cast<WSC_PROVIDER_INFO_TYPE>(type), static_cast<PBYTE>(info), size, 0,
                                error);
    });
  }
  static int set_info(GUID* id, int type, void* info, size_t size) {
    return code_of([&](int* error) {
      return WSCSetProviderInfo(id, static_cast<WSC_PROVIDER_INFO_TYPE>(type), static_cast<PBYTE>(info), size, 0,
                                error);
    });
  }
  static int install_chains(GUID* id, WCHAR* path, WCHAR* name, WSAPROTOCOL_INFOW* list, DWORD count, DWORD* own) {
    return code_of([&](int* error) {
      return WSCInstallProviderAndChains(id, path, name, XP1_IFS_HANDLES, list, count, own, error);
    });
  }

  inlet::test::Folder folder_;
  const std::string file_ = folder_ / "catalog";
  Variable catalog_{"INLET_CATALOG", file_};
  Variable layers_{"INLET_LAYERS", ""};
};

TEST_F(CatalogCalls, ListsEveryEntryWithTheHiddenOnes) {
  const auto all = entries();
  ASSERT_EQ(all.size(), 6u);
  EXPECT_EQ(all[4].iSocketType, SOCK_RAW);
  EXPECT_TRUE(all[4].dwProviderFlags & PFL_HIDDEN);
}

TEST_F(CatalogCalls, ListsOnlyWantedProtocols) {
  INT wanted[] = {IPPROTO_UDP, 4711, 0};
  WSAPROTOCOL_INFOW found[6];
  DWORD length = sizeof found;
  int error = 0;
  ASSERT_EQ(WSCEnumProtocols(wanted, found, &length, &error), 2);
  EXPECT_EQ(found[0].iProtocol, IPPROTO_UDP);
  EXPECT_EQ(found[1].iAddressFamily, AF_INET6);
  length = sizeof(WSAPROTOCOL_INFOW);
  EXPECT_EQ(WSCEnumProtocols(wanted, found, &length, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAENOBUFS);
  EXPECT_EQ(length, 2 * sizeof(WSAPROTOCOL_INFOW));
  EXPECT_EQ(code_of([&](int* code) { return WSCEnumProtocols(wanted, nullptr, &length, code); }), WSAEFAULT);
  EXPECT_EQ(code_of([&](int* code) { return WSCEnumProtocols(wanted, found, nullptr, code); }), WSAEFAULT);
  EXPECT_EQ(WSCEnumProtocols(wanted, found, nullptr, nullptr), SOCKET_ERROR) << "lpErrno may be NULL";
}

TEST_F(CatalogCalls, ShowsTheLayersOfTheProcess) {
  Variable layers("INLET_LAYERS", "trace");
  const auto all = entries();
  ASSERT_EQ(all.size(), 7u);
  WCHAR path[16];
  int length = 16;
  GUID id = all[6].ProviderId;
  EXPECT_EQ(get_path(&id, path, &length), 0);
  EXPECT_EQ(std::u16string(path), u"trace");
}

TEST_F(CatalogCalls, InstallsAndDeinstalls) {
  ASSERT_EQ(install(), 0);
  EXPECT_EQ(entries().size(), 7u);
  EXPECT_EQ(install(), WSANO_RECOVERY) << "installed already";
  EXPECT_EQ(code_of([](int* error) { return WSCDeinstallProvider(&kSome, error); }), 0);
  EXPECT_EQ(entries().size(), 6u);
  EXPECT_EQ(code_of([](int* error) { return WSCDeinstallProvider(&kSome, error); }), WSAEINVAL);
  EXPECT_EQ(code_of([](int* error) { return WSCDeinstallProvider(nullptr, error); }), WSAEFAULT);
  GUID own = entries()[0].ProviderId;
  EXPECT_EQ(code_of([&](int* error) { return WSCDeinstallProvider(&own, error); }), WSANO_RECOVERY);
}

TEST_F(CatalogCalls, ChecksWhatIsInstalled) {
  EXPECT_EQ(install(nullptr), WSAEFAULT);
  EXPECT_EQ(install(&kSome, nullptr), WSAEFAULT);
  EXPECT_EQ(install(&kSome, u""), WSAEINVAL);
  EXPECT_EQ(install(&kSome, std::u16string(260, u'/').c_str()), WSAEINVAL);
  WSAPROTOCOL_INFOW info = layer();
  EXPECT_EQ(code_of([&](int* e) { return WSCInstallProvider(&kSome, kPath, nullptr, 1, e); }), WSAEFAULT);
  EXPECT_EQ(code_of([&](int* e) { return WSCInstallProvider(&kSome, kPath, &info, 0, e); }), WSAEINVAL);
  info.ProtocolChain.ChainLen = 2;
  EXPECT_EQ(code_of([&](int* e) { return WSCInstallProvider(&kSome, kPath, &info, 1, e); }), WSAEINVAL);
  EXPECT_EQ(install(&kSome, std::u16string(259, u'/').c_str()), 0);
}

TEST_F(CatalogCalls, UpdatesAProvider) {
  WSAPROTOCOL_INFOW info = layer();
  info.dwMessageSize = 99;
  auto update = [&](GUID* id) {
    return code_of([&](int* error) { return WSCUpdateProvider(id, u"/lib/new.so", &info, 1, error); });
  };
  EXPECT_EQ(update(&kSome), WSAEINVAL);
  EXPECT_EQ(update(nullptr), WSAEFAULT);
  ASSERT_EQ(install(), 0);
  const DWORD id = entries()[6].dwCatalogEntryId;
  ASSERT_EQ(update(&kSome), 0);
  EXPECT_EQ(entries()[6].dwCatalogEntryId, id);
  EXPECT_EQ(entries()[6].dwMessageSize, 99u);
}

TEST_F(CatalogCalls, TellsThePathAsWindowsWasSeenTo) {
  ASSERT_EQ(install(), 0);
  WCHAR path[64];
  int length = 64;
  EXPECT_EQ(get_path(nullptr, path, &length), WSAEFAULT);
  EXPECT_EQ(get_path(&kSome, path, nullptr), WSAEFAULT);
  for (int none : {0, -1}) EXPECT_EQ(get_path(&kSome, path, &none), WSAEINVAL);
  EXPECT_EQ(get_path(&kUnknown, nullptr, &length), WSAEINVAL) << "noticed before the buffer";
  EXPECT_EQ(length, 64);
  EXPECT_EQ(get_path(&kSome, nullptr, &length), WSAEFAULT);
  length = 13;
  EXPECT_EQ(get_path(&kSome, path, &length), WSAEFAULT);
  EXPECT_EQ(length, 14);
  EXPECT_EQ(get_path(&kSome, path, &length), 0);
  EXPECT_EQ(std::u16string(path), kPath);
  EXPECT_EQ(WSCGetProviderPath(nullptr, path, &length, nullptr), SOCKET_ERROR) << "lpErrno may be NULL";
}

TEST_F(CatalogCalls, KnowsTheCategoriesOfALayer) {
  ASSERT_EQ(install(), 0);
  DWORD categories = LSP_FIREWALL | LSP_SYSTEM;
  EXPECT_EQ(set_info(&kSome, ProviderInfoLspCategories, &categories, sizeof categories), 0);
  DWORD got = 0;
  size_t size = sizeof got;
  EXPECT_EQ(get_info(&kSome, ProviderInfoLspCategories, &got, &size), 0);
  EXPECT_EQ(got, categories);
  size = 1;
  EXPECT_EQ(get_info(&kSome, ProviderInfoLspCategories, &got, &size), WSAEFAULT);
  EXPECT_EQ(size, sizeof got);
  // As observed; the page has WSAEINVALIDPROVIDER.
  EXPECT_EQ(get_info(nullptr, ProviderInfoLspCategories, &got, &size), WSAEFAULT);
  EXPECT_EQ(get_info(&kUnknown, ProviderInfoLspCategories, &got, &size), WSANO_RECOVERY);
  EXPECT_EQ(get_info(&kSome, 7, &got, &size), WSANO_RECOVERY);
  EXPECT_EQ(get_info(&kSome, ProviderInfoLspCategories, nullptr, &size), WSANO_RECOVERY);
  EXPECT_EQ(get_info(&kSome, ProviderInfoAudit, &got, &size), 120);

  EXPECT_EQ(set_info(nullptr, ProviderInfoLspCategories, &categories, 4), WSAEFAULT);
  EXPECT_EQ(set_info(&kSome, ProviderInfoLspCategories, nullptr, 4), WSAEFAULT);
  EXPECT_EQ(set_info(&kSome, ProviderInfoLspCategories, &categories, 3), WSAEINVAL);
  EXPECT_EQ(set_info(&kSome, ProviderInfoAudit, &categories, 4), 120);
  EXPECT_EQ(set_info(&kUnknown, ProviderInfoLspCategories, &categories, 4), WSANO_RECOVERY);
}

TEST_F(CatalogCalls, InstallsALayerWithItsChains) {
  DWORD own = 0;
  WSAPROTOCOL_INFOW tcp = entries()[0];
  EXPECT_EQ(install_chains(nullptr, kPath, kName, &tcp, 1, &own), WSAEINVAL);
  EXPECT_EQ(install_chains(&kSome, nullptr, kName, &tcp, 1, &own), WSAEFAULT);
  EXPECT_EQ(install_chains(&kSome, kPath, nullptr, &tcp, 1, &own), WSAEFAULT);
  EXPECT_EQ(install_chains(&kSome, kPath, kName, &tcp, 0, &own), WSAEINVAL);
  WCHAR empty[] = u"";
  EXPECT_EQ(install_chains(&kSome, kPath, empty, &tcp, 1, &own), WSAEINVAL);
  std::u16string long_name(256, u'x');
  EXPECT_EQ(install_chains(&kSome, kPath, long_name.data(), &tcp, 1, &own), WSAEINVAL);
  tcp.iSocketType = 4711;
  EXPECT_EQ(install_chains(&kSome, kPath, kName, &tcp, 1, &own), WSAEINVAL) << "nothing fits";
  EXPECT_EQ(install_chains(&kSome, kPath, kName, nullptr, 0, &own), 0);
  const auto all = entries();
  ASSERT_EQ(all.size(), 11u) << "four that are not hidden, and the layer";
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(all[static_cast<size_t>(i)].ProtocolChain.ChainLen, 2);
    EXPECT_EQ(all[static_cast<size_t>(i)].ProtocolChain.ChainEntries[0], own);
  }
  EXPECT_EQ(all[10].dwCatalogEntryId, own);
  EXPECT_EQ(all[10].ProtocolChain.ChainLen, LAYERED_PROTOCOL);
  EXPECT_EQ(all[10].dwServiceFlags1, static_cast<DWORD>(XP1_IFS_HANDLES));
  EXPECT_EQ(install_chains(&kSome, kPath, kName, nullptr, 0, nullptr), WSAEINVAL) << "the id is taken";
}

TEST_F(CatalogCalls, WritesAnOrderOfAllEntries) {
  std::vector<DWORD> ids;
  for (const auto& entry : entries()) ids.push_back(entry.dwCatalogEntryId);
  std::ranges::reverse(ids);
  const DWORD count = static_cast<DWORD>(ids.size());
  EXPECT_EQ(WSCWriteProviderOrder(ids.data(), count), 0);
  EXPECT_EQ(entries()[0].dwCatalogEntryId, ids[0]);
  EXPECT_EQ(WSCWriteProviderOrder(ids.data(), count - 1), WSAEINVAL);
  EXPECT_EQ(WSCWriteProviderOrder(nullptr, count), WSAEFAULT);
  const int busy = open((file_ + ".lock").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(flock(busy, LOCK_EX), 0);
  EXPECT_EQ(WSCWriteProviderOrder(ids.data(), count), WSATRY_AGAIN);
  close(busy);
  ids[0] = ids[1];
  EXPECT_EQ(WSCWriteProviderOrder(ids.data(), count), WSAEINVAL);
  std::ofstream(file_) << "damaged";
  EXPECT_EQ(WSCWriteProviderOrder(ids.data(), count), WSANO_RECOVERY);
}

TEST_F(CatalogCalls, HaveNoApplications) {
  DWORD allowed = 0;
  auto get = [&](LPCWSTR path, DWORD length, LPCWSTR extra, DWORD extra_length, DWORD* result) {
    return code_of([&](int* e) { return WSCGetApplicationCategory(path, length, extra, extra_length, result, e); });
  };
  EXPECT_EQ(get(kPath, 13, nullptr, 0, &allowed), WSASERVICE_NOT_FOUND);
  EXPECT_EQ(get(nullptr, 13, nullptr, 0, &allowed), WSAEFAULT);
  EXPECT_EQ(get(kPath, 13, nullptr, 1, &allowed), WSAEFAULT);
  EXPECT_EQ(get(kPath, 13, nullptr, 0, nullptr), WSAEFAULT);
  EXPECT_EQ(get(kPath, 0, nullptr, 0, &allowed), WSAEINVAL);
  auto set = [&](LPCWSTR path, DWORD length) {
    return code_of([&](int* e) { return WSCSetApplicationCategory(path, length, nullptr, 0, 1, nullptr, e); });
  };
  EXPECT_EQ(set(kPath, 13), WSANO_RECOVERY);
  EXPECT_EQ(set(nullptr, 13), WSAEFAULT);
  EXPECT_EQ(set(kPath, 300), WSAEINVAL);
}

TEST_F(CatalogCalls, FindTheStartOfAProvider) {
  int error = 0;
  EXPECT_EQ(WPULoadProvider(u"inlet", &error), &WSPStartup);
  EXPECT_NE(WPULoadProvider(u"trace", &error), nullptr);
  EXPECT_EQ(WPULoadProvider(nullptr, &error), nullptr);
  EXPECT_EQ(error, WSAEFAULT);
  EXPECT_EQ(WPULoadProvider(u"/there/is/no.so", &error), nullptr);
  EXPECT_EQ(error, WSAEPROVIDERFAILEDINIT);
}

}  // namespace
}  // namespace inlet::winsock::test
