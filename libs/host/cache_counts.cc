#include "libs/host/cache_counts.h"

#include <algorithm>

#include "libs/cache/limits.h"

namespace plaza::host {

std::vector<std::optional<std::int64_t>> CacheCounts::Add(std::span<const Addition> additions) {
  std::vector<cache::Addition> theirs;
  theirs.reserve(additions.size());
  for (const Addition& addition : additions) {
    theirs.push_back({"limit." + addition.key, std::min(addition.calls, cache::kIncrementMax),
                      std::min<std::chrono::milliseconds>(addition.window, cache::kExpiryMax)});
  }
  return cache_.IncrementMany(theirs);
}

}  // namespace plaza::host
