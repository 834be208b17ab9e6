// What kind of thing was held to the gate, as the card itself says.
#pragma once
#include "libs/emv/journal/tap_record.h"
#include "libs/emv/tlv/data_elements.h"

namespace plaza::emv {

// kEmvCard where the card does not say.
MediaKind MediaKindOf(const DataElements& card, ByteView kernel_id);

}  // namespace plaza::emv
