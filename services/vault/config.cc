#include "services/vault/config.h"

#include <algorithm>
#include <array>
#include <fstream>

#include "libs/base/hex.h"
#include "libs/emv/crypto/secret.h"
#include "services/vault/errors.h"
#include "services/vault/limits.h"

namespace plaza::vault {
namespace {

constexpr std::size_t kKeyDigits = 64;

std::size_t TrimmedSize(const std::array<char, kKeyDigits + 3>& text, std::size_t size) {
  while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r')) --size;
  return size;
}

}  // namespace

void Config::AddTo(runtime::Config& config) {
  config.AddText("vault.db_path", &db_path, "SQLite file of the vault");
  config.AddSecret("vault.postgres", &postgres,
                   "libpq conninfo of its PostgreSQL database; empty: SQLite at db_path");
  config.AddText("vault.card_data_base_key_file", &card_data_base_key_file,
                 "file with the base key of the validators' data keys, 64 hexadecimal digits");
  config.AddText("vault.storage_key_file", &storage_key_file,
                 "file with the key that cards are kept under, 64 hexadecimal digits");
  config.AddInt("vault.acquirer_seed", &acquirer_seed, 0, INT64_MAX,
                "seed of the simulated acquirer");
  config.AddInt("vault.decline_basis_points", &decline_basis_points, 0, kBasisPointsMax,
                "authorisations that the simulated acquirer declines, in 1/10,000");
  config.AddInt("vault.verification_decline_basis_points", &verification_decline_basis_points, 0,
                kBasisPointsMax,
                "account verifications that the simulated acquirer declines, in 1/10,000");
  config.AddBool("vault.acquirer_par_at_verification", &acquirer_par_at_verification,
                 "the simulated acquirer tells a card's PAR at a verification already");
}

Result<emv::Key256> ReadKeyFile(const std::string& path, const std::string& key_name) {
  if (path.empty()) return Error(kBadKeyFile, "no file is named", key_name);
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error(kBadKeyFile, "the file of " + key_name + " cannot be read", path);
  std::array<char, kKeyDigits + 3> text{};  // a line's end may follow; one octet more is too long
  file.rdbuf()->pubsetbuf(nullptr, 0);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  const auto count = static_cast<std::size_t>(file.gcount());
  const std::size_t size =
      count < text.size() ? TrimmedSize(text, count) : 0;  // else there is more
  Result<Bytes> octets = FromHex({text.data(), size});
  emv::Zeroise({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  emv::Key256 key{};
  if (!octets.ok() || octets->size() != key.size()) {
    return Error(kBadKeyFile, "the file of " + key_name + " does not hold 64 hexadecimal digits",
                 path);
  }
  std::copy(octets->begin(), octets->end(), key.begin());
  emv::Zeroise(*octets);
  return key;
}

}  // namespace plaza::vault
