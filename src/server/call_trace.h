// The trace of calls: what a function was called with and how it ended, as one record in a file.
//
// Each function of the interface names itself and its arguments once,
//     const auto call = traced("InetRead", hSocket, moved(lpBuffer), cbBuffer);
// and hands that to guarded, which looks at one flag after the call. The arguments are made into text only when it is set.
#pragma once

#include <cxxabi.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "base/result.h"
#include "cswsock10.h"

namespace inlet::server {

// ---- arguments that are not shown as what they are

// Bytes that the call moved: as many as it returned. Shown as an address, and in a dump.
struct MovedData {
  const void* data;
};
inline MovedData moved(const void* data) {
  return {data};
}
// The same for calls that say in *length how many units of it, where they succeed; length may be nullptr.
template <class Unit, class Length>
struct CountedData {
  const Unit* data;
  const Length* length;
};
template <class Unit, class Length>
CountedData<Unit, Length> moved(const Unit* data, const Length* length) {
  return {data, length};
}
// Text that the call moved, up to its terminator.
template <class Character>
struct MovedText {
  const Character* data;
};
template <class Character>
MovedText<Character> moved_text(const Character* data) {
  return {data};
}
// Never shown.
struct SecretText {
  bool is_given;
};
inline SecretText secret(const void* text) {
  return {text != nullptr};
}

template <class... Arguments>
struct TracedCall {
  const char* name;
  std::tuple<Arguments...> arguments;
};
// Shape    Everything is copied, which for pointers and numbers costs nothing when nobody looks.
template <class... Arguments>
TracedCall<Arguments...> traced(const char* name, Arguments... arguments) {
  return {name, {arguments...}};
}

// ---- the trace of the process

namespace trace {

extern constinit std::atomic<bool> enabled;
inline bool is_on() {
  return enabled.load(std::memory_order_relaxed);
}

// Errors   those of InetEnableTrace, InetDisableTrace
Result<void> enable(const char* file, DWORD flags);
Result<void> disable();

// The data of one argument.
struct Dump {
  const void* data = nullptr;
  size_t size = 0;
};

// Thread   Any; writes to the file.
void write(std::string_view call, std::string_view result, Error error, Dump dump);

void show(std::string& out, const char* text);
void show(std::string& out, const char16_t* text);
void show_address(std::string& out, const void* address);
void show_number(std::string& out, int64_t number);
void show_handle(std::string& out, uint64_t handle);

template <class Value>
void show(std::string& out, const Value& value) {
  if constexpr (std::is_same_v<Value, SecretText>) {
    out += value.is_given ? "***" : "NULL";
  } else if constexpr (requires { value.data; }) {
    show_address(out, value.data);
  } else if constexpr (std::is_pointer_v<Value> && std::is_function_v<std::remove_pointer_t<Value>>) {
    show_address(out, reinterpret_cast<const void*>(value));
  } else if constexpr (std::is_pointer_v<Value>) {
    show_address(out, value);
  } else if constexpr (sizeof(Value) == sizeof(SOCKET)) {
    show_handle(out, value);
  } else {
    show_number(out, value);
  }
}

template <class T>
bool has_succeeded(const T& result) {
  if constexpr (std::is_same_v<T, INT>) return result > 0;  // a BOOL is one too
  return true;
}

template <class T>
Dump dump_of(const MovedData& data, const T& result) {
  if (!data.data || !has_succeeded(result)) return {};
  return {data.data, static_cast<size_t>(result)};
}
template <class Unit, class Length, class T>
Dump dump_of(const CountedData<Unit, Length>& data, const T& result) {
  if (!data.data || !data.length || !has_succeeded(result)) return {};
  return {data.data, static_cast<size_t>(*data.length) * sizeof(Unit)};
}
template <class Character, class T>
Dump dump_of(const MovedText<Character>& text, const T& result) {
  if (!text.data || !has_succeeded(result)) return {};
  return {text.data, std::char_traits<Character>::length(text.data) * sizeof(Character)};
}
template <class Other, class T>
Dump dump_of(const Other&, const T&) {
  return {};
}

// Never fails: a call must not end otherwise because somebody looks on.
template <class T, class... Arguments>
[[gnu::noinline, gnu::cold]] void record(const TracedCall<Arguments...>& call, const T& result, Error error) {
  try {
    std::string text = call.name;
    text += '(';
    Dump dump;
    const auto add = [&](const auto& argument) {
      if (text.back() != '(') text += ", ";
      show(text, argument);
      if (const Dump found = dump_of(argument, result); found.size != 0) dump = found;
    };
    std::apply([&](const auto&... each) { (add(each), ...); }, call.arguments);
    text += ')';
    std::string returned;
    show(returned, result);
    write(text, returned, error, dump);
  } catch (abi::__forced_unwind&) {
    throw;
  } catch (...) {
  }
}

}  // namespace trace
}  // namespace inlet::server
