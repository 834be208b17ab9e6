#include "libs/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace plaza {

void CheckFailed(std::string_view condition, std::source_location where) {
  std::fprintf(stderr, "CHECK failed: %.*s at %s:%u in %s\n", static_cast<int>(condition.size()),
               condition.data(), where.file_name(), static_cast<unsigned>(where.line()),
               where.function_name());
  std::abort();
}

}  // namespace plaza
