// What a card or an issuer signed with message recovery: signed static data (EMV Book 2, Table 7),
// signed dynamic data (Tables 17 and 22; Book C-3, Annex C).
#pragma once
#include <initializer_list>

#include "libs/emv/oda/certificate.h"

namespace plaza::emv {

// Opens `signature` with `key` and checks trailer, header, format, hash. `hashed_after` follows the
// signed part in the hash. On success `out` holds the block; `format_seen` is set as soon as a
// format could be read.
std::optional<OdaFailure> OpenSignature(const RsaPublicKey& key, ByteView signature,
                                        std::uint8_t format,
                                        std::initializer_list<ByteView> hashed_after,
                                        Recovered& out, std::optional<std::uint8_t>& format_seen);

// The ICC dynamic data of a signed dynamic block, by its length octet; none if it does not fit.
std::optional<ByteView> IccDynamicData(const Recovered& block);
// The ICC dynamic number within it (2 to 8 octets after their length); none if it does not fit.
std::optional<ByteView> IccDynamicNumber(ByteView icc_dynamic_data);

}  // namespace plaza::emv
