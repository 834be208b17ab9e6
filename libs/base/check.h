// PLAZA_CHECK: a promise of our own code, tested in release builds too. A broken one is a bug: it says where and aborts.
// Never for foreign input, which is refused with an Error.
#pragma once
#include <source_location>
#include <string_view>

namespace plaza {

[[noreturn]] void CheckFailed(std::string_view condition, std::source_location where);

}  // namespace plaza

#define PLAZA_CHECK(condition)                                                        \
  ((condition) ? static_cast<void>(0)                                                 \
               : ::plaza::CheckFailed(#condition, std::source_location::current()))
