// The rules of STYLE.md that a program can check, over a tree laid out like this project.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace inlet::tidy {

inline constexpr size_t kLinesMax = 700;

// The file path is relative to the root. The rule is one word: layer, lines, todo, guard.
struct Finding {
  std::string file;
  size_t line;
  std::string rule;
  std::string message;
};

// One source file, read.
struct Source {
  std::filesystem::path path;  // relative to the root
  std::vector<std::string> lines;
};

// Every C and C++ file of the folders that follow the style, sorted by name. Folders that do not exist are passed over.
std::vector<Source> read_sources(const std::filesystem::path& root);

// Reports includes that point upwards in the picture of STYLE 1.1, or that bring the library's inside to a customer of
// it.
void check_layers(const std::filesystem::path& root, const Source& source, std::vector<Finding>& findings);

// Reports files of the library and the tool that have grown beyond kLinesMax lines.
void check_lines(const Source& source, std::vector<Finding>& findings);

// Reports open points that carry no kind or no reason.
void check_todos(const Source& source, std::vector<Finding>& findings);

// Reports headers that may not be included twice.
void check_guard(const Source& source, std::vector<Finding>& findings);

// All of the above over a whole tree.
std::vector<Finding> check_tree(const std::filesystem::path& root);

}  // namespace inlet::tidy
