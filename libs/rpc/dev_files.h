// Files of development keys and certificates. Internal to libs/rpc.
#pragma once
#include <sys/types.h>

#include <string>

#include "libs/base/result.h"

namespace plaza::rpc {

std::string ReadIfThere(const std::string& path);  // empty if it is not there
// Under another name first, so that nobody reads half of it. BAD_DEV_CA.
Result<void> WriteWhole(const std::string& path, const std::string& text, mode_t mode);

}  // namespace plaza::rpc
