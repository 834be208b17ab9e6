// Key files: 32 octets as 64 hexadecimal digits, a file for each key, readable by its owner alone.
#pragma once
#include <array>
#include <cstdint>
#include <string>

#include "libs/base/result.h"

namespace plaza::runtime {

// BAD_KEY_FILE, with `key_name` (the setting that names the file) and the path; nothing of the
// content is ever in the text.
Result<std::array<std::uint8_t, 32>> ReadKeyFile(const std::string& path,
                                                 const std::string& key_name);

}  // namespace plaza::runtime
