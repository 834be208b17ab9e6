// Small files for their owner's eyes alone.
#pragma once
#include <filesystem>
#include <string>

#include "libs/base/result.h"

namespace plaza {

// Replaces what is there, with mode 0600. BAD_FOLDER.
Result<void> WriteOwnFile(const std::filesystem::path& path, const std::string& text);

}  // namespace plaza
