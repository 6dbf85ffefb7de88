#include "suite.h"

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

namespace conformance {
namespace {

struct Options {
  bool results = false;  // print every case as <id>TAB<result>, for a comparison
  bool list = false;     // print what would run: id, function, expected, source, condition
  bool foreign = false;  // this is not our implementation: leave native cases out, differences are no failure
  std::string only;      // cases whose id begins so
  std::string after;     // cases that follow this one; to go on after a crash

  // What a case may take. It is long because machines that run tests are busy; a foreign implementation hangs in earnest.
  std::chrono::seconds limit() const { return std::chrono::seconds(foreign ? 4 : 20); }
};

bool parse(int count, char** arguments, Options* options) {
  for (int i = 1; i < count; ++i) {
    const std::string word = arguments[i];
    const bool has_value = i + 1 < count;
    if (word == "--results")
      options->results = true;
    else if (word == "--list")
      options->list = true;
    else if (word == "--foreign")
      options->foreign = true;
    else if (word == "--only" && has_value)
      options->only = arguments[++i];
    else if (word == "--after" && has_value)
      options->after = arguments[++i];
    else
      return false;
  }
  return true;
}

std::string run_guarded(const Case& one) {
  try {
    return one.run();
  } catch (const SetupFailed& failure) {
    return std::string("cannot begin: ") + failure.what();
  } catch (const std::exception& failure) {
    return std::string("exception: ") + failure.what();
  }
}

// What the thread of a case shares with the one that waits for it. The thread of a case that hangs is left behind.
struct Outcome {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  std::string result;
};

std::string run_limited(const Case& one, std::chrono::seconds limit) {
  auto outcome = std::make_shared<Outcome>();
  std::thread thread([outcome, &one] {
    std::string result = run_guarded(one);
    std::lock_guard lock(outcome->mutex);
    outcome->result = std::move(result);
    outcome->done = true;
    outcome->changed.notify_one();
  });
  std::unique_lock lock(outcome->mutex);
  const bool done = outcome->changed.wait_for(lock, limit, [&] { return outcome->done; });
  lock.unlock();
  if (!done) {
    thread.detach();
    return "hangs";
  }
  thread.join();
  return outcome->result;
}

std::vector<const Case*> chosen(const std::vector<Case>& cases, const Options& options) {
  std::vector<const Case*> result;
  bool reached = options.after.empty();
  for (const Case& one : cases) {
    const bool begins = one.id.compare(0, options.only.size(), options.only) == 0;
    const bool runs_here = one.where == Where::everywhere || !options.foreign;
    if (reached && begins && runs_here) result.push_back(&one);
    if (one.id == options.after) reached = true;
  }
  return result;
}

bool ids_are_unique(const std::vector<Case>& cases) {
  std::set<std::string> ids;
  bool unique = true;
  for (const Case& one : cases) {
    if (ids.insert(one.id).second) continue;
    std::fprintf(stderr, "two cases are called %s\n", one.id.c_str());
    unique = false;
  }
  return unique;
}

void print_summary(const std::vector<const Case*>& cases, int failed) {
  std::map<std::string, int> per_function;
  for (const Case* one : cases) ++per_function[one->function];
  for (const auto& [function, count] : per_function) std::printf("%5d  %s\n", count, function.c_str());
  std::printf("%zu cases, %d of them not as expected\n", cases.size(), failed);
}

void print_failure(const Case& one, const std::string& result) {
  std::printf("FAIL %s: %s: expected %s, got %s (%s)\n", one.id.c_str(), one.condition.c_str(), one.expected.c_str(),
              result.c_str(), one.source.c_str());
}

int list_cases(const std::vector<const Case*>& cases) {
  for (const Case* one : cases)
    std::printf("%s\t%s\t%s\t%s\t%s\n", one->id.c_str(), one->function.c_str(), one->expected.c_str(),
                one->source.c_str(), one->condition.c_str());
  return 0;
}

}  // namespace

void Suite::table(const char* group, const char* function, std::initializer_list<Row> rows) {
  for (const Row& row : rows)
    add({std::string(group) + "." + row.name, function, row.condition, row.expected, row.source, row.run, row.where});
}

int Suite::main(int count, char** arguments) {
  Options options;
  if (!parse(count, arguments, &options)) {
    std::fprintf(stderr, "usage: %s [--list | --results] [--foreign] [--only PREFIX] [--after ID]\n", arguments[0]);
    return 2;
  }
  if (!ids_are_unique(cases_)) return 2;
  const auto cases = chosen(cases_, options);
  if (options.list) return list_cases(cases);
  int failed = 0;
  for (const Case* one : cases) {
    // The id goes out first: after a crash it is the last thing that was said.
    if (options.results) std::printf("%s\t", one->id.c_str());
    std::fflush(stdout);
    const std::string result = run_limited(*one, options.limit());
    if (options.results) std::printf("%s\n", result.c_str());
    if (result == one->expected) continue;
    ++failed;
    if (!options.results) print_failure(*one, result);
  }
  if (!options.results) print_summary(cases, failed);
  std::fflush(stdout);
  return failed == 0 || options.foreign ? 0 : 1;
}

}  // namespace conformance
