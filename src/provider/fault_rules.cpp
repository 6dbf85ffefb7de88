#include "provider/fault_rules.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <memory>
#include <mutex>
#include <optional>

#include "base/error.h"

namespace inlet::provider::fault {
namespace {

using Rules = std::vector<Rule>;

// Rules are replaced as a whole and never freed, because a call may be looking at the old ones.
struct Plan {
  std::array<std::atomic<const Rules*>, kFunctions> rules{};
  std::array<std::atomic<uint64_t>, kFunctions> calls{};
  std::array<std::atomic<uint64_t>, kFunctions> failures{};
  std::atomic<uint64_t> seed{1};
  std::mutex mutex;
  std::vector<std::unique_ptr<const Rules>> all;  // GUARDED_BY(mutex)
};
Plan& plan() {
  static Plan* instance = new Plan;
  return *instance;
}

size_t index_of(Function function) {
  return static_cast<size_t>(function);
}

// A number in [0, 1) that depends on nothing but its arguments, so that a run can be repeated whatever its threads do.
double chance(uint64_t seed, Function function, uint64_t call) {
  uint64_t x = seed * 0x9e3779b97f4a7c15 + call * 0xbf58476d1ce4e5b9 + index_of(function) * 0x94d049bb133111eb;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return static_cast<double>((x ^ x >> 31) >> 11) * 0x1.0p-53;
}

bool hits(const Rule& rule, uint64_t call, uint64_t seed) {
  if (call < rule.first || call > rule.last) return false;
  if ((call - rule.first + 1) % rule.every != 0) return false;
  return rule.probability >= 1.0 || chance(seed, rule.function, call) < rule.probability;
}

// ---- the text

std::string_view take(std::string_view& text, char separator) {
  const std::string_view taken = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(text.size(), taken.size() + 1));
  return taken;
}

template <class T>
bool parse_number(std::string_view text, T& value) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

bool parse_code(std::string_view text, int& code) {
  if (parse_number(text, code)) return code > 0;
  for (code = 1; code < 12000; ++code)
    if (!text.empty() && inlet::name_of(static_cast<Error>(code)) == text) return true;
  return false;
}

// n, n-m or n+
bool parse_which(std::string_view text, Rule& rule) {
  if (text.ends_with('+')) return parse_number(text.substr(0, text.size() - 1), rule.first) && rule.first > 0;
  const bool range = text.find('-') != std::string_view::npos;
  if (!parse_number(take(text, '-'), rule.first) || rule.first == 0) return false;
  rule.last = rule.first;
  return !range || (parse_number(text, rule.last) && rule.last >= rule.first);
}

bool parse_part(std::string_view text, Rule& rule) {
  if (text == "after") return rule.after = true;
  const bool has_value = text.find('=') != std::string_view::npos;
  const std::string_view key = take(text, '=');
  if (key == "limit") return parse_number(text, rule.limit_bytes) && rule.limit_bytes > 0;
  if (key == "delay") return parse_number(text, rule.delay_ms);
  if (key == "code") return parse_code(text, rule.code);
  if (key != "every" && key != "p") return parse_which(key, rule) && (!has_value || parse_code(text, rule.code));
  const bool has_code = text.find('=') != std::string_view::npos;
  const std::string_view number = take(text, '=');
  const bool good = key == "p" ? parse_number(number, rule.probability) && rule.probability >= 0
                               : parse_number(number, rule.every) && rule.every > 0;
  return good && (!has_code || parse_code(text, rule.code));
}

bool parse_rule(std::string_view text, Parsed& parsed) {
  if (text.starts_with("seed=")) return parse_number(text.substr(5), parsed.seed.emplace());
  const auto function = function_named(take(text, ':'));
  if (!function || text.empty()) return false;
  Rule rule;
  rule.function = *function;
  while (!text.empty())
    if (!parse_part(take(text, ','), rule)) return false;
  parsed.rules.push_back(rule);
  return true;
}

}  // namespace

Result<Parsed> parse_rules(std::string_view text) {
  Parsed parsed;
  while (!text.empty()) {
    const std::string_view rule = take(text, ';');
    if (!rule.empty() && !parse_rule(rule, parsed)) return Error::invalid;
  }
  return parsed;
}

Verdict judge(Function function) {
  Plan& self = plan();
  const size_t index = index_of(function);
  const uint64_t call = self.calls[index].fetch_add(1, std::memory_order_relaxed) + 1;
  Verdict verdict;
  const Rules* rules = self.rules[index].load(std::memory_order_acquire);
  if (rules == nullptr) return verdict;
  const uint64_t seed = self.seed.load(std::memory_order_relaxed);
  for (const Rule& rule : *rules) {
    if (!hits(rule, call, seed)) continue;
    verdict.delay_ms += rule.delay_ms;
    if (rule.limit_bytes != 0 && (verdict.limit_bytes == 0 || rule.limit_bytes < verdict.limit_bytes))
      verdict.limit_bytes = rule.limit_bytes;
    if (verdict.code != 0 || rule.code == 0) continue;
    verdict.code = rule.code;
    verdict.after = rule.after;
  }
  if (verdict.code != 0) self.failures[index].fetch_add(1, std::memory_order_relaxed);
  return verdict;
}

void add(const Rule& rule) {
  Plan& self = plan();
  std::lock_guard lock(self.mutex);
  auto& place = self.rules[index_of(rule.function)];
  const Rules* old = place.load(std::memory_order_relaxed);
  auto rules = old != nullptr ? std::make_unique<Rules>(*old) : std::make_unique<Rules>();
  rules->push_back(rule);
  place.store(rules.get(), std::memory_order_release);
  self.all.push_back(std::move(rules));
}

void clear() {
  Plan& self = plan();
  std::lock_guard lock(self.mutex);
  for (auto& rules : self.rules) rules.store(nullptr, std::memory_order_release);
  for (auto& calls : self.calls) calls.store(0, std::memory_order_relaxed);
  for (auto& failures : self.failures) failures.store(0, std::memory_order_relaxed);
  self.seed.store(1, std::memory_order_relaxed);
}

void set_seed(uint64_t seed) {
  plan().seed.store(seed, std::memory_order_relaxed);
}

uint64_t calls(Function function) {
  return plan().calls[index_of(function)].load(std::memory_order_relaxed);
}
uint64_t failures(Function function) {
  return plan().failures[index_of(function)].load(std::memory_order_relaxed);
}

Result<void> configure(std::string_view text) {
  auto parsed = parse_rules(text);
  if (!parsed) return parsed.error();
  if (parsed->seed) set_seed(*parsed->seed);
  for (const Rule& rule : parsed->rules) add(rule);
  return {};
}

}  // namespace inlet::provider::fault
