// Results of keyed digests that cross layers: a card's token and a record's MAC.
#pragma once
#include <array>
#include <cstdint>

namespace plaza::emv {

using Token = std::array<std::uint8_t, 32>;  // HMAC-SHA256 of the PAN under the city's token key
using Mac = std::array<std::uint8_t, 16>;    // HMAC-SHA256, cut

}  // namespace plaza::emv
