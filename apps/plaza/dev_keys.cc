#include "apps/plaza/dev_keys.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "apps/plaza/errors.h"
#include "libs/base/hex.h"

namespace plaza {

Result<void> EnsureDevKeys(const std::filesystem::path& folder) {
  for (const char* name : {kTokenFile, kTapMacBaseFile, kCardDataBaseFile, kVaultStorageFile}) {
    const std::string path = (folder / name).string();
    // O_EXCL: a key that is there is never written over.
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
      if (errno == EEXIST) continue;
      return Error(kBadFolder, std::strerror(errno), path);
    }
    std::array<std::uint8_t, 32> key;
    PLAZA_CHECK(RAND_bytes(key.data(), static_cast<int>(key.size())) == 1);
    const std::string text = ToHex(key) + "\n";
    const bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    close(file);
    if (!written) return Error(kBadFolder, "the key could not be written whole", path);
  }
  return {};
}

}  // namespace plaza
