// The gate's own data elements of one tap.
#pragma once
#include <optional>

#include "libs/base/civil.h"
#include "libs/emv/tlv/data_elements.h"
#include "libs/emv/transit/gate.h"

namespace plaza::emv {

DataElements MakeTerminalData(const TapContext& context);

// n6 YYMMDD; years 00 to 49 are of this century (EMV Book 4, 6.7.3). None if it is no date.
std::optional<Date> ParseCardDate(ByteView value);

}  // namespace plaza::emv
