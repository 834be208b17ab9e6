#include "apps/plaza/own_file.h"

#include <fstream>

#include "apps/plaza/errors.h"

namespace plaza {

Result<void> WriteOwnFile(const std::filesystem::path& path, const std::string& text) {
  namespace fs = std::filesystem;
  std::ofstream out(path, std::ios::trunc);
  std::error_code failed;  // before there is anything in it to be read
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write, failed);
  out << text;
  out.close();
  if (!out || failed) return Error(kBadFolder, "it cannot be written", path.string());
  return {};
}

}  // namespace plaza
