// Checks the tree it is given and prints what it finds, one line each, in the form compilers use.
//
// Usage    inlet_tidy ROOT          the rules of tidy.h
//          inlet_tidy --list ROOT   only the names of the files that follow the style, for other checks
// Returns  0 nothing found, 1 something found, 2 there is nothing to check: a wrong ROOT must not look clean.
#include <cstdio>
#include <cstring>

#include "tidy.h"

int main(int argc, char** argv) {
  bool list = argc == 3 && std::strcmp(argv[1], "--list") == 0;
  if (argc != 2 && !list) {
    std::fprintf(stderr, "usage: %s [--list] ROOT\n", argv[0]);
    return 2;
  }
  std::filesystem::path root = argv[argc - 1];
  auto sources = inlet::tidy::read_sources(root);
  if (sources.empty()) {
    std::fprintf(stderr, "%s: no source files in %s\n", argv[0], root.c_str());
    return 2;
  }
  if (list) {
    for (const auto& source : sources) std::printf("%s\n", (root / source.path).c_str());
    return 0;
  }
  auto findings = inlet::tidy::check_tree(root);
  for (const auto& finding : findings) {
    std::printf("%s:%zu: %s: %s\n", finding.file.c_str(), finding.line, finding.rule.c_str(), finding.message.c_str());
  }
  std::printf("%zu files checked, %zu findings\n", sources.size(), findings.size());
  return findings.empty() ? 0 : 1;
}
