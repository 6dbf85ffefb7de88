// Command lines of the form --name value and --flag.
#ifndef INLET_BENCH_ARGUMENTS_H
#define INLET_BENCH_ARGUMENTS_H

#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

namespace inlet::bench {

// Every option is asked for by name; finish() then refuses what nobody asked for, so that a misspelt option cannot be
// ignored.
class Arguments {
 public:
  Arguments(int argc, char** argv) : words_(argv + 1, argv + argc), used_(words_.size(), false) {}

  bool flag(const std::string& name) {
    for (size_t i = 0; i < words_.size(); ++i) {
      if (words_[i] == name) return used_[i] = true;
    }
    return false;
  }

  std::string text(const std::string& name, const std::string& otherwise) {
    for (size_t i = 0; i < words_.size(); ++i) {
      if (words_[i] != name) continue;
      if (i + 1 == words_.size()) throw std::invalid_argument(name + " needs a value");
      used_[i] = used_[i + 1] = true;
      return words_[i + 1];
    }
    return otherwise;
  }

  double real(const std::string& name, double otherwise) {
    const std::string word = text(name, "");
    if (word.empty()) return otherwise;
    size_t end = 0;
    const double value = std::stod(word, &end);
    if (end != word.size()) throw std::invalid_argument(name + ": not a number: " + word);
    return value;
  }

  int64_t number(const std::string& name, int64_t otherwise, int64_t least, int64_t most) {
    const std::string word = text(name, "");
    if (word.empty()) return otherwise;
    size_t end = 0;
    const int64_t value = std::stoll(word, &end);
    if (end != word.size()) throw std::invalid_argument(name + ": not a number: " + word);
    if (value < least || value > most) {
      throw std::invalid_argument(name + ": out of " + std::to_string(least) + ".." + std::to_string(most));
    }
    return value;
  }

  void finish() const {
    for (size_t i = 0; i < words_.size(); ++i) {
      if (!used_[i]) throw std::invalid_argument("unknown argument: " + words_[i]);
    }
  }

 private:
  std::vector<std::string> words_;
  std::vector<bool> used_;
};

// The main of a server: what goes wrong is said, with the server's name.
template <class Serve>
int serve_from_main(const char* name, int argc, char** argv, Serve serve) {
  try {
    return serve(Arguments(argc, argv));
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "%s: %s\n", name, failure.what());
    return 2;
  }
}

}  // namespace inlet::bench

#endif
