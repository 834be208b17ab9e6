// PLAZA_CHECK: a promise of our own code, tested in release builds too. A broken one is a bug: it
// says where and aborts. Never for foreign input, which is refused with an Error.
#pragma once
#include <string_view>

namespace plaza {

// Where a check stands (clang 14 has no std::source_location with this standard library).
struct CheckPlace {
  const char* file;
  int line;
  const char* function;
};
[[noreturn]] void CheckFailed(std::string_view condition, CheckPlace where);

}  // namespace plaza

#define PLAZA_CHECK(condition) \
  ((condition)                 \
       ? static_cast<void>(0)  \
       : ::plaza::CheckFailed(#condition, ::plaza::CheckPlace{__FILE__, __LINE__, __func__}))
