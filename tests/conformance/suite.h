// The cases of a conformance program, and what runs them.
//
// A case does something with sockets and says in one short word or line how it ended: "0", "WSAEINVAL", "5 bytes". The
// words are the same on every system, so the results of two implementations can be compared line by line.
//
// This file and suite.cpp are portable C++ with no system behind them: they are built for Linux and for Windows.
#pragma once

#include <functional>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <vector>

namespace conformance {

enum class Where {
  everywhere,
  native,  // a rule that only this implementation has, or that only a program for Linux can provoke
};

struct Case {
  std::string id;         // "bind.null-name"; stable, it is what the table of differences names
  std::string function;   // whose rule it is: "bind"
  std::string condition;  // "name is NULL"
  std::string expected;   // "WSAEFAULT"
  std::string source;     // where it is documented or was observed: "obs:test_bind", "spi:listen", "sheet 4.5"
  std::function<std::string()> run;
  Where where = Where::everywhere;
};

// A case of a table of one function; its id is <group>.<name>.
struct Row {
  const char* name;
  const char* condition;
  const char* expected;
  const char* source;
  std::string (*run)();
  Where where = Where::everywhere;
};

class Suite {
 public:
  void add(Case one) { cases_.push_back(std::move(one)); }
  // The group is the first half of the ids.
  void table(const char* group, const char* function, std::initializer_list<Row> rows);

  // Runs what the arguments ask for; see suite.cpp. Returns the exit code of the program: 0 when every case ended as
  // expected.
  int main(int count, char** arguments);

 private:
  std::vector<Case> cases_;
};

// Thrown when a case cannot even begin: a socket that every rule allows could not be made.
struct SetupFailed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Several results in one line: say({a, b}) is "WSAEFAULT, 0". The braces are there because only they make the compiler
// evaluate one after the other.
inline std::string say(std::initializer_list<std::string> results) {
  std::string line;
  for (const std::string& result : results) line += (line.empty() ? "" : ", ") + result;
  return line;
}

inline std::string yes_no(bool value) {
  return value ? "yes" : "no";
}
inline std::string number(long long value) {
  return std::to_string(value);
}

}  // namespace conformance
