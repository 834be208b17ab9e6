#include "libs/cache/cache.h"

#include "libs/base/check.h"
#include "libs/cache/errors.h"
#include "libs/cache/limits.h"

namespace plaza::cache {

Result<void> CheckKey(const std::string& key) {
  if (!key.empty() && key.size() <= kKeyBytesMax) return {};
  return Error(kBadKey, "a key of " + std::to_string(key.size()) + " bytes");
}

Result<void> CheckEntry(const std::string& key, std::string_view value) {
  PLAZA_RETURN_IF_ERROR(CheckKey(key));
  if (value.size() <= kValueBytesMax) return {};
  return Error(kValueTooLarge, std::to_string(value.size()) + " bytes; " +
                                   std::to_string(kValueBytesMax) + " are the most");
}

void CheckTime(std::chrono::milliseconds time) {
  PLAZA_CHECK(time >= std::chrono::milliseconds(1) && time <= kExpiryMax);
}

void CheckAddition(const Addition& addition) {
  PLAZA_CHECK(addition.by >= 1 && addition.by <= kIncrementMax);
  CheckTime(addition.window);
}

}  // namespace plaza::cache
