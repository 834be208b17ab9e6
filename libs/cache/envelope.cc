#include "libs/cache/envelope.h"

#include <cstdint>

#include "libs/base/digest.h"

namespace plaza::cache {
namespace {

constexpr std::string_view kVersion = "P1";

// The key's length first (big-endian), so that no two pairs of key and value give the same octets.
Sha256Digest Check(std::string_view key, std::string_view value) {
  std::string octets;
  octets.reserve(4 + key.size() + value.size());
  for (int shift = 24; shift >= 0; shift -= 8) {
    octets.push_back(static_cast<char>(static_cast<std::uint32_t>(key.size()) >> shift));
  }
  octets.append(key).append(value);
  return Sha256(AsBytes(octets));
}

}  // namespace

std::string Seal(std::string_view key, std::string_view value) {
  const Sha256Digest check = Check(key, value);
  std::string sealed(kVersion);
  sealed.reserve(kEnvelopeBytes + value.size());
  sealed.append(AsText(check)).append(value);
  return sealed;
}

std::optional<std::string> Unseal(std::string_view key, std::string_view sealed) {
  if (sealed.size() < kEnvelopeBytes || !sealed.starts_with(kVersion)) return std::nullopt;
  const std::string_view value = sealed.substr(kEnvelopeBytes);
  const Sha256Digest check = Check(key, value);
  if (sealed.substr(kVersion.size(), check.size()) != AsText(check)) return std::nullopt;
  return std::string(value);
}

}  // namespace plaza::cache
