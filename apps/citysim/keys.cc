#include "apps/citysim/keys.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "apps/citysim/errors.h"
#include "libs/base/digest.h"
#include "libs/base/hex.h"

namespace plaza::citysim {
namespace {

emv::Key256 KeyOf(std::uint64_t seed, std::string_view name) {
  const std::string text = "plaza demo key/" + std::to_string(seed) + "/" + std::string(name);
  return Sha256(AsBytes(text));
}

Result<void> WriteKey(const emv::Key256& key, const std::string& path) {
  const std::string text = ToHex(key) + "\n";
  // O_EXCL: a key that is there is never written over.
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) {
    if (errno != EEXIST) return Error(kBadKeyFile, std::strerror(errno), path);
    std::ifstream in(path);
    const std::string there((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (there == text) return {};
    return Error(kBadKeyFile, "it holds another key than the seed gives", path);
  }
  const bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool closed = close(file) == 0;
  if (!written || !closed) {
    unlink(path.c_str());
    return Error(kBadKeyFile, "it could not be written whole", path);
  }
  return {};
}

}  // namespace

Keys MakeKeys(std::uint64_t seed) {
  return {KeyOf(seed, "token"), KeyOf(seed, "tap_mac_base"), KeyOf(seed, "card_data_base"),
          KeyOf(seed, "vault_storage")};
}

Result<void> WriteKeys(const Keys& keys, const std::string& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return Error(kBadKeyFile, failed.message(), folder);
  PLAZA_RETURN_IF_ERROR(WriteKey(keys.token, folder + "/token.key"));
  PLAZA_RETURN_IF_ERROR(WriteKey(keys.tap_mac_base, folder + "/tap_mac_base.key"));
  PLAZA_RETURN_IF_ERROR(WriteKey(keys.card_data_base, folder + "/card_data_base.key"));
  return WriteKey(keys.vault_storage, folder + "/vault_storage.key");
}

}  // namespace plaza::citysim
