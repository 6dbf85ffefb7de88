#include "provider/catalog_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <thread>

#include "base/log.h"
#include "base/utf16.h"

namespace inlet::provider {
namespace {

constexpr std::string_view kHeader = "inlet-catalog 1";
constexpr std::string_view kBlanks = " \t\r";
constexpr auto kLockPatience = std::chrono::seconds(5);
constexpr auto kLockLook = std::chrono::milliseconds(5);
constexpr size_t kFileMax = size_t{1} << 20;  // more is no catalog

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

// Takes what stands before the separator, which goes too.
std::string_view take(std::string_view& text, char separator) {
  const std::string_view taken = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(text.size(), taken.size() + 1));
  return taken;
}

// Decimal or 0x, and nothing behind it.
template <class T>
bool parse_number(std::string_view text, T& value) {
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  return error == std::errc() && end == text.data() + text.size();
}

// As many numbers as there are places, one blank or more between them.
template <class T>
bool parse_numbers(std::string_view text, std::initializer_list<T*> places) {
  for (T* place : places) {
    text = trimmed(text);
    if (!parse_number(take(text, ' '), *place)) return false;
  }
  return trimmed(text).empty();
}

bool parse_chain(std::string_view text, WSAPROTOCOLCHAIN& chain) {
  chain = WSAPROTOCOLCHAIN{};
  if (text == "base") chain.ChainLen = BASE_PROTOCOL;
  if (text == "base") return true;
  for (text = trimmed(text); !text.empty(); text = trimmed(text)) {
    if (chain.ChainLen == MAX_PROTOCOL_CHAIN) return false;
    if (!parse_number(take(text, ' '), chain.ChainEntries[chain.ChainLen++])) return false;
  }
  return chain.ChainLen != BASE_PROTOCOL;
}

bool parse_name(std::string_view text, WSAPROTOCOL_INFOW& info) {
  const std::u16string name = to_utf16(text);
  if (name.size() > WSAPROTOCOL_LEN) return false;
  name.copy(info.szProtocol, name.size());
  return true;
}

bool parse_provider(std::string_view text, GUID& id) {
  auto parsed = parse_guid(text);
  if (parsed) id = *parsed;
  return parsed.ok();
}

// One line of an entry. A key that a later version writes makes the file unreadable for this one.
bool parse_field(std::string_view key, std::string_view value, CatalogEntry& entry) {
  WSAPROTOCOL_INFOW& info = entry.info;
  if (key == "name") return parse_name(value, info);
  if (key == "provider") return parse_provider(value, info.ProviderId);
  if (key == "path") entry.path = to_utf16(value);
  if (key == "path") return !value.empty() && entry.path.size() <= kProviderPathMax;
  if (key == "chain") return parse_chain(value, info.ProtocolChain);
  if (key == "services")
    return parse_numbers(value,
                         {&info.dwServiceFlags1, &info.dwServiceFlags2, &info.dwServiceFlags3, &info.dwServiceFlags4});
  if (key == "flags") return parse_numbers(value, {&info.dwProviderFlags});
  if (key == "version") return parse_numbers(value, {&info.iVersion});
  if (key == "family") return parse_numbers(value, {&info.iAddressFamily});
  if (key == "address") return parse_numbers(value, {&info.iMaxSockAddr, &info.iMinSockAddr});
  if (key == "type") return parse_numbers(value, {&info.iSocketType});
  if (key == "protocol") return parse_numbers(value, {&info.iProtocol, &info.iProtocolMaxOffset});
  if (key == "order") return parse_numbers(value, {&info.iNetworkByteOrder});
  if (key == "security") return parse_numbers(value, {&info.iSecurityScheme});
  if (key == "message") return parse_numbers(value, {&info.dwMessageSize});
  if (key == "reserved") return parse_numbers(value, {&info.dwProviderReserved});
  if (key == "categories") return parse_numbers(value, {&entry.categories});
  return false;
}

bool parse_section(std::string_view line, std::vector<CatalogEntry>& entries) {
  CatalogEntry entry;
  if (!line.ends_with(']') || !parse_number(line.substr(1, line.size() - 2), entry.info.dwCatalogEntryId)) return false;
  for (const CatalogEntry& other : entries)
    if (other.info.dwCatalogEntryId == entry.info.dwCatalogEntryId) return false;
  entries.push_back(std::move(entry));
  return true;
}

bool parse_line(std::string_view line, std::vector<CatalogEntry>& entries, DWORD& next_id) {
  if (line.empty() || line.front() == '#') return true;
  if (line.front() == '[') return parse_section(line, entries);
  if (line.starts_with("next ")) return parse_numbers(line.substr(5), {&next_id});
  const std::string_view key = trimmed(take(line, '='));
  return !entries.empty() && parse_field(key, trimmed(line), entries.back());
}

// What was installed has a path and an id that will not be given again.
bool is_complete(const std::vector<CatalogEntry>& entries, DWORD next_id) {
  for (const CatalogEntry& entry : entries) {
    const DWORD id = entry.info.dwCatalogEntryId;
    if (find_catalog_entry(id) == nullptr && (entry.path.empty() || id < kFirstInstalledId || id >= next_id))
      return false;
  }
  return true;
}

std::string print_chain(const WSAPROTOCOLCHAIN& chain) {
  if (chain.ChainLen == BASE_PROTOCOL) return "base";
  std::string text;
  for (int i = 0; i < chain.ChainLen; ++i) text += (i ? " " : "") + std::to_string(chain.ChainEntries[i]);
  return text;
}

std::string print_entry(const CatalogEntry& entry) {
  const WSAPROTOCOL_INFOW& info = entry.info;
  std::string text = "\n[" + std::to_string(info.dwCatalogEntryId) + "]\n";
  if (find_catalog_entry(info.dwCatalogEntryId) != nullptr) return text;
  auto put = [&text](const char* key, const std::string& value) { text += std::string(key) + " = " + value + "\n"; };
  auto hex = [](DWORD value) {
    char digits[16];
    std::snprintf(digits, sizeof digits, "0x%x", value);
    return std::string(digits);
  };
  put("name", to_utf8(info.szProtocol));
  put("provider", print_guid(info.ProviderId));
  put("path", to_utf8(entry.path));
  put("chain", print_chain(info.ProtocolChain));
  put("services", hex(info.dwServiceFlags1) + " " + hex(info.dwServiceFlags2) + " " + hex(info.dwServiceFlags3) + " " +
                      hex(info.dwServiceFlags4));
  put("flags", hex(info.dwProviderFlags));
  put("version", std::to_string(info.iVersion));
  put("family", std::to_string(info.iAddressFamily));
  put("address", std::to_string(info.iMaxSockAddr) + " " + std::to_string(info.iMinSockAddr));
  put("type", std::to_string(info.iSocketType));
  put("protocol", std::to_string(info.iProtocol) + " " + std::to_string(info.iProtocolMaxOffset));
  put("order", std::to_string(info.iNetworkByteOrder));
  put("security", std::to_string(info.iSecurityScheme));
  put("message", hex(info.dwMessageSize));
  put("reserved", hex(info.dwProviderReserved));
  put("categories", hex(entry.categories));
  return text;
}

// A program with more rights than its user must not let that user choose what is loaded into it.
std::string catalog_path() {
  const char* path = secure_getenv("INLET_CATALOG");
  return path != nullptr && *path != '\0' ? path : "/etc/inlet/catalog";
}

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  explicit operator bool() const { return fd_ >= 0; }
  int fd() const { return fd_; }

 private:
  const int fd_;
};

bool read_all(int fd, std::string& text) {
  char block[4096];
  for (;;) {
    const ssize_t got = ::read(fd, block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0;
    text.append(block, static_cast<size_t>(got));
    if (text.size() > kFileMax) return false;
  }
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    text.remove_prefix(static_cast<size_t>(put));
  }
  return true;
}

Result<Catalog> read_from(const std::string& path) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return Catalog();
  std::string text;
  const bool read = file && read_all(file.fd(), text);
  auto parsed = read ? parse_catalog(text) : Result<Catalog>(Error::no_recovery);
  if (!parsed) log_line("the provider catalog " + path + (read ? " is damaged" : " cannot be read"));
  return parsed;
}

// The folder is made when it is missing; then the new file takes the old one's place in one step.
bool replace_file(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new";
  {
    const File file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!file || !write_all(file.fd(), text) || ::fsync(file.fd()) != 0) return false;
  }
  return ::rename(fresh.c_str(), path.c_str()) == 0;
}

Result<void> lock_file(int fd, Lock lock) {
  const auto give_up = std::chrono::steady_clock::now() + kLockPatience;
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return Error::no_recovery;
    if (lock == Lock::try_only) return Error::try_again;
    if (std::chrono::steady_clock::now() > give_up) return Error::no_recovery;
    std::this_thread::sleep_for(kLockLook);
  }
  return {};
}

}  // namespace

std::string print_guid(const GUID& id) {
  char text[40];
  std::snprintf(text, sizeof text, "{%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}", id.Data1, id.Data2, id.Data3,
                id.Data4[0], id.Data4[1], id.Data4[2], id.Data4[3], id.Data4[4], id.Data4[5], id.Data4[6], id.Data4[7]);
  return text;
}

Result<GUID> parse_guid(std::string_view text) {
  constexpr std::string_view kShape = "{00000000-0000-0000-0000-000000000000}";
  if (text.size() != kShape.size()) return Error::invalid;
  std::string digits;
  for (size_t i = 0; i < kShape.size(); ++i) {
    if (kShape[i] != '0' && text[i] != kShape[i]) return Error::invalid;
    if (kShape[i] == '0') digits.push_back(text[i]);
  }
  GUID id{};
  auto part = [&digits](size_t at, size_t size, auto& value) {
    const char* end = digits.data() + at + size;
    auto parsed = std::from_chars(digits.data() + at, end, value, 16);
    return parsed.ec == std::errc() && parsed.ptr == end;
  };
  bool good = part(0, 8, id.Data1) && part(8, 4, id.Data2) && part(12, 4, id.Data3);
  for (size_t i = 0; i < sizeof id.Data4; ++i) good = good && part(16 + 2 * i, 2, id.Data4[i]);
  return good ? Result<GUID>(id) : Error::invalid;
}

std::string print_catalog(const Catalog& catalog) {
  std::string text(kHeader);
  text += "\nnext " + std::to_string(catalog.next_id()) + "\n";
  for (const CatalogEntry& entry : catalog.entries()) text += print_entry(entry);
  return text;
}

Result<Catalog> parse_catalog(std::string_view text) {
  std::vector<CatalogEntry> entries;
  DWORD next_id = kFirstInstalledId;
  if (trimmed(take(text, '\n')) != kHeader) return Error::no_recovery;
  while (!text.empty())
    if (!parse_line(trimmed(take(text, '\n')), entries, next_id)) return Error::no_recovery;
  if (!is_complete(entries, next_id)) return Error::no_recovery;
  return Catalog(std::move(entries), next_id);
}

Result<Catalog> read_catalog() {
  return read_from(catalog_path());
}

Result<void> edit_catalog(Lock lock, const std::function<Result<void>(Catalog&)>& edit) {
  const std::string path = catalog_path();
  ::mkdir(path.substr(0, path.rfind('/')).c_str(), 0755);  // when it is there already, all the better
  const File guard(::open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!guard) return Error::no_recovery;
  if (auto locked = lock_file(guard.fd(), lock); !locked) return locked;
  auto catalog = read_from(path);
  if (!catalog) return catalog.error();
  if (auto edited = edit(*catalog); !edited) return edited;
  return replace_file(path, print_catalog(*catalog)) ? Result<void>() : Error::no_recovery;
}

}  // namespace inlet::provider
