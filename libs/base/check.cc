#include "libs/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace plaza {

void CheckFailed(std::string_view condition, CheckPlace where) {
  std::fprintf(stderr, "CHECK failed: %.*s at %s:%d in %s\n", static_cast<int>(condition.size()),
               condition.data(), where.file, where.line, where.function);
  std::abort();
}

}  // namespace plaza
