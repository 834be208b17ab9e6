// The header of a recording as JSON. Parsing foreign text never throws: NOT_A_RECORDING with the
// field.
#pragma once
#include <string>
#include <string_view>

#include "apps/citysim/recording.h"

namespace plaza::citysim {

std::string EncodeHeader(const RecordingHeader& header);
Result<RecordingHeader> ParseHeader(std::string_view text);

}  // namespace plaza::citysim
