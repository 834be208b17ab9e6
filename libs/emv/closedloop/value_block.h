// A MIFARE value block: value ‖ ¬value ‖ value (4 octets each, least significant first), then
// address ‖ ¬address ‖ address ‖ ¬address. A torn or foreign block does not read as one.
#pragma once
#include <optional>

#include "libs/emv/crypto/aes.h"

namespace plaza::emv {

AesBlock MakeValueBlock(std::int32_t value, std::uint8_t address = 0);
std::optional<std::int32_t> ReadValueBlock(const AesBlock& block);

// `value` as the 4 octets that value operations send.
std::array<std::uint8_t, 4> ValueOctets(std::int32_t value);
std::int32_t ValueFrom(const std::array<std::uint8_t, 4>& octets);

}  // namespace plaza::emv
