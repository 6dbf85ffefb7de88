// What a benchmark found, for the report: one JSON object a line, appended to a file.
#ifndef INLET_BENCH_RESULTS_H
#define INLET_BENCH_RESULTS_H

#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>

namespace inlet::bench {

class Record {
 public:
  explicit Record(const std::string& kind) { set("kind", kind); }

  // Names and texts here are plain words and need no escapes.
  Record& set(const std::string& name, const std::string& text) { return put(name, '"' + text + '"'); }
  Record& set(const std::string& name, const char* text) { return set(name, std::string(text)); }
  Record& set(const std::string& name, bool yes) { return put(name, yes ? "true" : "false"); }
  Record& set(const std::string& name, unsigned number) { return put(name, std::to_string(number)); }
  Record& set(const std::string& name, double number) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.3f", number);
    return put(name, digits);
  }

  std::string json() const { return "{" + fields_ + "}"; }

 private:
  Record& put(const std::string& name, const std::string& value) {
    if (!fields_.empty()) fields_ += ", ";
    fields_ += '"' + name + "\": " + value;
    return *this;
  }

  std::string fields_;
};

// Without a file name nothing is kept.
class Results {
 public:
  explicit Results(const std::string& file) {
    if (file.empty()) return;
    out_.open(file, std::ios::app);
    if (!out_) throw std::runtime_error("cannot write " + file);
  }
  void add(const Record& record) {
    if (out_.is_open()) out_ << record.json() << std::endl;
  }

 private:
  std::ofstream out_;
};

}  // namespace inlet::bench

#endif
