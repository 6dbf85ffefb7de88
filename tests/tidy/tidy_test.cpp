// The checker itself: each rule must find a violation in a small made-up tree, and find nothing where there is none.
#include "tidy.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

namespace fs = std::filesystem;

namespace inlet::tidy {
namespace {

class Tidy : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / ("inlet-tidy-" + std::string(6, 'X'))).string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { fs::remove_all(root_); }

  void write(const std::string& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }

  // Everything found, as "file:line rule".
  std::vector<std::string> found() {
    std::vector<std::string> result;
    for (const Finding& finding : check_tree(root_)) {
      result.push_back(finding.file + ":" + std::to_string(finding.line) + " " + finding.rule);
    }
    return result;
  }

  // One file with one include, as the only file of the tree but for those that were written before.
  std::vector<std::string> found_for_include(const std::string& path, const std::string& include) {
    write(path, "#include " + include + "\n");
    auto result = found();
    fs::remove(root_ / path);
    return result;
  }

  void expect_refused(const std::string& path, const std::string& include) {
    EXPECT_EQ(found_for_include(path, include), std::vector<std::string>{path + ":1 layer"}) << include;
  }

  void expect_allowed(const std::string& path, const std::string& include) {
    EXPECT_EQ(found_for_include(path, include), std::vector<std::string>{}) << path << " " << include;
  }

  fs::path root_;
};

// Spelled in two pieces, or this file would be found.
const std::string kOpenPoint = std::string("TO") + "DO";

TEST_F(Tidy, FindsNothingInACleanTree) {
  write("src/base/error.h", "// Errors.\n#pragma once\n\n#include <string>\n");
  write("src/engine/shard.cpp", "#include \"base/error.h\"\n#include \"poller/poller.h\"\n");
  write("include/cswsock10.h", "// The API.\n#ifndef A_H\n#define A_H\n#include <inlet/wintypes.h>\n#endif\n");
  write("tools/inlet/main.cpp", "#include <cswsock10.h>\n#include \"services.h\"\n");
  EXPECT_EQ(found(), std::vector<std::string>{});
}

TEST_F(Tidy, RefusesEveryIncludeThatPointsUpwards) {
  const std::vector<std::string> layers = {"base", "poller", "provider", "engine", "tls", "winsock", "server"};
  const std::vector<std::string> allowed = {"base<base",         "poller<base", "poller<poller", "provider<base",
                                            "provider<provider", "engine<base", "engine<poller", "engine<engine",
                                            "tls<base",          "tls<tls",     "winsock<base",  "winsock<provider",
                                            "winsock<winsock",   "server<base", "server<poller", "server<provider",
                                            "server<engine",     "server<tls",  "server<server"};
  for (const auto& from : layers) {
    for (const auto& to : layers) {
      bool down = std::find(allowed.begin(), allowed.end(), from + "<" + to) != allowed.end();
      std::string file = "src/" + from + "/a.cpp";
      down ? expect_allowed(file, "\"" + to + "/b.h\"") : expect_refused(file, "\"" + to + "/b.h\"");
    }
  }
}

TEST_F(Tidy, SeesIncludesInEveryDress) {
  expect_refused("src/base/a.cpp", "<server/b.h>");
  expect_refused("src/provider/linux/a.cpp", "\"engine/b.h\"  // just this once");
  write("src/base/b.cpp", "  #  include \"server/b.h\"\n");
  EXPECT_EQ(found(), std::vector<std::string>{"src/base/b.cpp:1 layer"});
}

TEST_F(Tidy, KeepsPublicHeadersOfALayerOutOfTheLayersBelow) {
  expect_refused("src/base/a.cpp", "<cswsock10.h>");
  expect_refused("src/engine/a.cpp", "<winsock2.h>");
  expect_refused("src/winsock/a.cpp", "<cswsock10.h>");
  expect_allowed("src/winsock/a.cpp", "<winsock2.h>");
  expect_allowed("src/base/a.cpp", "<inlet/wintypes.h>");
  expect_allowed("src/server/a.cpp", "<cswsock10.h>");
}

TEST_F(Tidy, WantsPathsFromSrc) {
  expect_refused("src/base/a.cpp", "\"error.h\"");
  expect_refused("src/base/a.cpp", "\"../server/server.h\"");
}

TEST_F(Tidy, RefusesFoldersThatAreNoLayer) {
  expect_refused("src/util/a.cpp", "<vector>");
}

TEST_F(Tidy, GivesCustomersOnlyInstalledHeaders) {
  write("src/provider/table.h", "#pragma once\n");
  for (const char* file : {"tools/inlet/a.cpp", "examples/a.c", "bench/e2e/a.cpp"}) {
    expect_refused(file, "\"server/server.h\"");
    expect_refused(file, "<provider/table.h>");
    expect_refused(file, "\"../src/base/error.h\"");
    expect_allowed(file, "<cswsock10.h>");
    expect_allowed(file, "\"services.h\"");
  }
  expect_allowed("bench/engine/a.cpp", "\"engine/shard.h\"");
  expect_allowed("tests/engine/a.cpp", "\"engine/shard.h\"");
}

TEST_F(Tidy, KeepsTheInsideOutOfPublicHeaders) {
  write("include/a.h", "#pragma once\n#include \"base/error.h\"\n");
  EXPECT_EQ(found(), std::vector<std::string>{"include/a.h:2 layer"});
}

TEST_F(Tidy, FindsFilesThatAreTooLong) {
  std::string lines;
  for (size_t i = 0; i < kLinesMax; ++i) lines += "//\n";
  write("src/base/just_right.cpp", lines);
  EXPECT_EQ(found(), std::vector<std::string>{});
  for (const char* file : {"src/base/long.cpp", "include-linux/long.h", "tools/inlet/long.cpp"}) {
    write(file, "#pragma once\n" + lines);
    EXPECT_EQ(found(), std::vector<std::string>{std::string(file) + ":701 lines"});
    fs::remove(root_ / file);
  }
}

TEST_F(Tidy, FindsOpenPointsWithoutKindOrReason) {
  write("src/base/a.cpp", "// " + kOpenPoint + "(perf): one table for all would save a lookup\n");
  EXPECT_EQ(found(), std::vector<std::string>{});
  for (const char* rest : {": later", "(perf):", "(perf) why", "(someone): why", " why"}) {
    write("src/base/a.cpp", "int a;\n// " + kOpenPoint + rest + "\n");
    EXPECT_EQ(found(), std::vector<std::string>{"src/base/a.cpp:2 todo"}) << rest;
  }
}

TEST_F(Tidy, FindsHeadersWithoutAGuard) {
  const std::vector<std::string> unguarded = {"int a;\n", "", "#ifndef A_H\n#define B_H\n#endif\n",
                                              "#include <vector>\n#ifndef A_H\n#define A_H\n#endif\n"};
  for (const auto& text : unguarded) {
    write("include/a.h", text);
    EXPECT_EQ(found(), std::vector<std::string>{"include/a.h:1 guard"}) << text;
  }
}

}  // namespace
}  // namespace inlet::tidy
