// Upper-case hexadecimal without blanks.
#pragma once
#include <string>
#include <string_view>

#include "libs/base/bytes.h"
#include "libs/base/result.h"

namespace plaza {

std::string ToHex(ByteView bytes);

// Accepts both cases. BAD_HEX with the offset of the first bad digit, or of the end if the count is
// odd.
Result<Bytes> FromHex(std::string_view text);

}  // namespace plaza
