// A value as it lies in Redis: "P1", SHA-256 over the key and the value, the value. So a value that
// was cut, changed or belongs to another key is noticed. Against mistakes, not against an attacker:
// who may write to Redis can make the check right. An older value of the same key passes.
// Thread-safe.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace plaza::cache {

inline constexpr std::size_t kEnvelopeBytes = 2 + 32;

// `key`: the whole one, with its prefix.
std::string Seal(std::string_view key, std::string_view value);
// Nothing if it is not what Seal() made for this key.
std::optional<std::string> Unseal(std::string_view key, std::string_view sealed);

}  // namespace plaza::cache
