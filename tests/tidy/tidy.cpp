#include "tidy.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <regex>
#include <set>

namespace fs = std::filesystem;

namespace inlet::tidy {
namespace {

constexpr std::array kFolders = {"src", "include", "include-linux", "tools", "examples", "bench", "tests"};

// Which folders of src a folder may include; the picture of STYLE 1.1 as a table.
const std::map<std::string, std::set<std::string>> kBelow = {
    {"base", {"base"}},
    {"poller", {"base", "poller"}},
    {"provider", {"base", "provider"}},
    {"engine", {"base", "poller", "engine"}},
    {"tls", {"base", "tls"}},
    {"winsock", {"base", "provider", "winsock"}},
    {"server", {"base", "poller", "provider", "engine", "tls", "server"}},
};

// Public headers that belong to a layer, and who in src may use them. Other public headers hold only types and are
// free.
const std::map<std::string, std::set<std::string>> kPublicLayer = {
    {"winsock2.h", {"provider", "winsock", "server"}},
    {"ws2tcpip.h", {"provider", "winsock", "server"}},
    {"ws2spi.h", {"provider", "winsock", "server"}},
    {"cswsock10.h", {"server"}},
    {"inlet/server.hpp", {"server"}},
};

struct Include {
  std::string path;
  bool quoted;
};

std::string part(const fs::path& path, size_t index) {
  auto it = path.begin();
  for (; index > 0 && it != path.end(); --index) ++it;
  return it == path.end() ? std::string() : it->string();
}

bool is_header(const fs::path& path) {
  return path.extension() == ".h" || path.extension() == ".hpp";
}

bool is_source(const fs::path& path) {
  return is_header(path) || path.extension() == ".cpp" || path.extension() == ".c";
}

// A customer sees only what is installed.
bool is_customer(const fs::path& path) {
  std::string top = part(path, 0);
  return top == "tools" || top == "examples" || (top == "bench" && part(path, 1) == "e2e");
}

bool is_public_header(const fs::path& path) {
  return part(path, 0) == "include" || part(path, 0) == "include-linux";
}

std::vector<std::string> read_lines(const fs::path& file) {
  std::vector<std::string> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool parse_include(const std::string& line, Include& include) {
  static const std::regex pattern("^\\s*#\\s*include\\s*([<\"])([^>\"]+)[>\"]");
  std::smatch match;
  if (!std::regex_search(line, match, pattern)) return false;
  include = {match[2], match[1] == "\""};
  return true;
}

bool exists_public(const fs::path& root, const std::string& path) {
  return path == "inlet/version.h" || fs::exists(root / "include" / path) || fs::exists(root / "include-linux" / path);
}

// The reason why a file of src may not include this, or nothing.
std::string refuse_in_src(const fs::path& root, const std::string& folder, const Include& include) {
  std::string target = part(include.path, 0);
  auto below = kBelow.find(folder);
  if (below == kBelow.end()) return "src/" + folder + " is no layer of STYLE 1.1";
  if (auto layer = kPublicLayer.find(include.path); layer != kPublicLayer.end()) {
    return layer->second.count(folder) ? "" : folder + " is below the layer of " + include.path;
  }
  if (kBelow.count(target)) return below->second.count(target) ? "" : folder + " may not include " + target;
  if (include.quoted && !exists_public(root, include.path)) {
    return "write the path from src, like \"" + folder + "/...\", not \"" + include.path + "\"";
  }
  return "";
}

// The reason why a customer or a public header may not include this, or nothing.
std::string refuse_outside(const fs::path& root, const Include& include) {
  if (part(include.path, 0) == "..") return "an include may not leave its folder";
  bool inside = kBelow.count(part(include.path, 0)) || fs::exists(root / "src" / include.path);
  return inside ? "only installed headers may be included here, not " + include.path : "";
}

}  // namespace

std::vector<Source> read_sources(const fs::path& root) {
  std::vector<Source> sources;
  for (const char* folder : kFolders) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (!entry.is_regular_file() || !is_source(entry.path())) continue;
      sources.push_back({fs::relative(entry.path(), root), read_lines(entry.path())});
    }
  }
  std::sort(sources.begin(), sources.end(), [](const Source& a, const Source& b) { return a.path < b.path; });
  return sources;
}

void check_layers(const fs::path& root, const Source& source, std::vector<Finding>& findings) {
  bool in_src = part(source.path, 0) == "src";
  if (!in_src && !is_customer(source.path) && !is_public_header(source.path)) return;
  for (size_t i = 0; i < source.lines.size(); ++i) {
    Include include;
    if (!parse_include(source.lines[i], include)) continue;
    std::string reason = in_src ? refuse_in_src(root, part(source.path, 1), include) : refuse_outside(root, include);
    if (!reason.empty()) findings.push_back({source.path.string(), i + 1, "layer", reason});
  }
}

void check_lines(const Source& source, std::vector<Finding>& findings) {
  std::string top = part(source.path, 0);
  if (top == "tests" || top == "bench" || top == "examples") return;
  if (source.lines.size() <= kLinesMax) return;
  findings.push_back({source.path.string(), source.lines.size(), "lines",
                      "longer than " + std::to_string(kLinesMax) + " lines: look for the second noun in it"});
}

void check_todos(const Source& source, std::vector<Finding>& findings) {
  // Written in two pieces, so that this file does not report itself.
  static const std::regex open_point(
      "\\bTO"
      "DO\\b");
  static const std::regex well_formed(
      "\\bTO"
      "DO\\((perf|windows|api|test|docs)\\): \\S");
  for (size_t i = 0; i < source.lines.size(); ++i) {
    if (!std::regex_search(source.lines[i], open_point) || std::regex_search(source.lines[i], well_formed)) continue;
    findings.push_back({source.path.string(), i + 1, "todo", "needs a kind and a reason, see STYLE section 2"});
  }
}

void check_guard(const Source& source, std::vector<Finding>& findings) {
  if (!is_header(source.path)) return;
  static const std::regex once("^\\s*#\\s*pragma\\s+once\\b");
  static const std::regex ifndef("^\\s*#\\s*ifndef\\s+(\\w+)");
  static const std::regex define("^\\s*#\\s*define\\s+(\\w+)");
  static const std::regex directive("^\\s*#");
  std::string guard;
  for (const std::string& line : source.lines) {
    std::smatch match;
    if (std::regex_search(line, once)) return;
    if (!std::regex_search(line, directive)) continue;
    if (guard.empty()) {
      if (!std::regex_search(line, match, ifndef)) break;
      guard = match[1];
    } else {
      if (std::regex_search(line, match, define) && match[1] == guard) return;
      break;
    }
  }
  findings.push_back({source.path.string(), 1, "guard", "neither #pragma once nor an include guard comes first"});
}

std::vector<Finding> check_tree(const fs::path& root) {
  std::vector<Finding> findings;
  for (const Source& source : read_sources(root)) {
    check_layers(root, source, findings);
    check_lines(source, findings);
    check_todos(source, findings);
    check_guard(source, findings);
  }
  return findings;
}

}  // namespace inlet::tidy
