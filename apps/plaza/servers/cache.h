// Where ./plaza keeps the servers that Debian does not have: fetched once for all clones of a user.
#pragma once
#include <filesystem>

namespace plaza::servers {

std::filesystem::path CacheFolder();

}  // namespace plaza::servers
