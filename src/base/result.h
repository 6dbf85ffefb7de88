// A value or an Error, for functions of ours that can fail. Never empty, never throws.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "base/assert.h"
#include "base/error.h"

namespace inlet {

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  Result(Error error) : error_(error) { INLET_ASSERT(error != Error::none); }

  explicit operator bool() const { return value_.has_value(); }
  bool ok() const { return value_.has_value(); }
  Error error() const { return error_; }

  T& value() {
    INLET_ASSERT(value_.has_value());
    return *value_;
  }
  T& operator*() { return value(); }
  T* operator->() { return &value(); }

 private:
  std::optional<T> value_;
  Error error_ = Error::none;
};

// Numbers and handles, which the calls that move data return: small enough to come back in registers.
template <class T>
requires std::is_arithmetic_v<T>
class [[nodiscard]] Result<T> {
 public:
  Result(T value) : value_(value) {}
  Result(Error error) : error_(error) { INLET_ASSERT(error != Error::none); }

  explicit operator bool() const { return ok(); }
  bool ok() const { return error_ == Error::none; }
  Error error() const { return error_; }

  T& value() {
    INLET_ASSERT(ok());
    return value_;
  }
  T& operator*() { return value(); }

 private:
  T value_{};
  Error error_ = Error::none;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(error) {}

  explicit operator bool() const { return error_ == Error::none; }
  bool ok() const { return error_ == Error::none; }
  Error error() const { return error_; }

 private:
  Error error_ = Error::none;
};

}  // namespace inlet
