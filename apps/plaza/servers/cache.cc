#include "apps/plaza/servers/cache.h"

#include <cstdlib>

namespace plaza::servers {

std::filesystem::path CacheFolder() {
  namespace fs = std::filesystem;
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  const fs::path base = cache != nullptr && *cache != '\0'
                            ? fs::path(cache)
                            : fs::path(home == nullptr ? "/tmp" : home) / ".cache";
  return base / "plaza";
}

}  // namespace plaza::servers
