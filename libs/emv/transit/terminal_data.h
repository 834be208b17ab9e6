// The gate's own data elements of one tap.
#pragma once
#include "libs/emv/tlv/data_elements.h"
#include "libs/emv/transit/gate.h"

namespace plaza::emv {

// For the application selected: kernels 3 and 7 are given a TTQ, kernel 4 its reader
// capabilities.
DataElements MakeTerminalData(const TapContext& context, const DirectoryEntry& selected,
                              const Indicators& indicators);

}  // namespace plaza::emv
