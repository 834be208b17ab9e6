// Result<T>: a value or an Error (std::expected came after C++20).
#pragma once
#include <optional>
#include <utility>
#include <variant>

#include "libs/base/check.h"
#include "libs/base/error.h"

namespace plaza {

template <class T>
class [[nodiscard]] Result {
 public:
  using Value = T;
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(runtime/explicit)
  Result(Error error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(runtime/explicit)

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // A caller that has not asked ok() first has a bug.
  T& value() & {
    PLAZA_CHECK(ok());
    return std::get<0>(state_);
  }
  const T& value() const& {
    PLAZA_CHECK(ok());
    return std::get<0>(state_);
  }
  T&& value() && {
    PLAZA_CHECK(ok());
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const {
    PLAZA_CHECK(!ok());
    return std::get<1>(state_);
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using Value = void;
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(runtime/explicit)

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const {
    PLAZA_CHECK(!ok());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace plaza

#define PLAZA_CONCAT_INNER(a, b) a##b
#define PLAZA_CONCAT(a, b) PLAZA_CONCAT_INNER(a, b)

// Returns the error of a Result from the calling function.
#define PLAZA_RETURN_IF_ERROR(expression) \
  PLAZA_RETURN_IF_ERROR_INNER(PLAZA_CONCAT(plaza_status_, __LINE__), expression)
#define PLAZA_RETURN_IF_ERROR_INNER(temporary, expression) \
  do {                                                     \
    const auto& temporary = (expression);                  \
    if (!temporary.ok()) return temporary.error();         \
  } while (false)

// PLAZA_ASSIGN_OR_RETURN(auto x, F()): x is F's value, or F's error is returned.
#define PLAZA_ASSIGN_OR_RETURN(declaration, expression) \
  PLAZA_ASSIGN_OR_RETURN_INNER(PLAZA_CONCAT(plaza_result_, __LINE__), declaration, expression)
#define PLAZA_ASSIGN_OR_RETURN_INNER(temporary, declaration, expression) \
  auto temporary = (expression);                                         \
  if (!temporary.ok()) return temporary.error();                         \
  declaration = std::move(temporary).value()
