#include "libs/runtime/key_file.h"

#include <string.h>

#include <algorithm>
#include <fstream>

#include "libs/base/hex.h"
#include "libs/runtime/errors.h"

namespace plaza::runtime {
namespace {

constexpr std::size_t kKeyDigits = 64;

std::size_t TrimmedSize(const std::array<char, kKeyDigits + 3>& text, std::size_t size) {
  while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r')) --size;
  return size;
}

}  // namespace

Result<std::array<std::uint8_t, 32>> ReadKeyFile(const std::string& path,
                                                 const std::string& key_name) {
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
  explicit_bzero(text.data(), text.size());
  std::array<std::uint8_t, 32> key{};
  if (!octets.ok() || octets->size() != key.size()) {
    return Error(kBadKeyFile, "the file of " + key_name + " does not hold 64 hexadecimal digits",
                 path);
  }
  std::ranges::copy(*octets, key.begin());
  explicit_bzero(octets->data(), octets->size());
  return key;
}

}  // namespace plaza::runtime
