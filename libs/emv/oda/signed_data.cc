#include "libs/emv/oda/signed_data.h"

#include <algorithm>

#include "libs/emv/crypto/sha1.h"
#include "libs/emv/oda/reasons.h"

namespace plaza::emv {
namespace {

constexpr std::size_t kHashBytes = 20;
constexpr std::size_t kTailBytes = kHashBytes + 1;
constexpr std::size_t kDynamicDataAt = 4;  // after header, format, hash algorithm, length

OdaFailure Failed(std::string_view reason) { return {reason, /*not_possible=*/false}; }

}  // namespace

std::optional<OdaFailure> OpenSignature(const RsaPublicKey& key, ByteView signature,
                                        std::uint8_t format,
                                        std::initializer_list<ByteView> hashed_after,
                                        Recovered& out, std::optional<std::uint8_t>& format_seen) {
  out.size = key.size();
  if (signature.size() != key.size()) return Failed(oda_reason::kSignatureLength);
  if (!key.Recover(signature, {out.octets.data(), out.size})) {
    return Failed(oda_reason::kSignatureTrailer);
  }
  const ByteView block = out.view();
  if (block.back() != 0xBC) return Failed(oda_reason::kSignatureTrailer);
  if (block[0] != 0x6A) return Failed(oda_reason::kSignatureHeader);
  format_seen = block[1];
  if (block[1] != format) return Failed(oda_reason::kSignedDataFormat);
  if (block[2] != 0x01) return Failed(oda_reason::kSignatureHashAlgorithm);
  const ByteView signed_part = block.subspan(1, block.size() - 1 - kTailBytes);
  std::array<ByteView, 4> after{};
  PLAZA_CHECK(hashed_after.size() <= after.size());
  std::ranges::copy(hashed_after, after.begin());
  const Sha1Digest digest = Sha1OfParts({signed_part, after[0], after[1], after[2], after[3]});
  const ByteView stated = block.subspan(block.size() - kTailBytes, kHashBytes);
  if (!std::ranges::equal(digest, stated)) return Failed(oda_reason::kSignatureHash);
  return std::nullopt;
}

std::optional<ByteView> IccDynamicData(const Recovered& block) {
  const std::size_t length = block.octets[3];
  if (kDynamicDataAt + length + kTailBytes > block.size) return std::nullopt;
  return block.view().subspan(kDynamicDataAt, length);
}

std::optional<ByteView> IccDynamicNumber(ByteView icc_dynamic_data) {
  if (icc_dynamic_data.empty()) return std::nullopt;
  const std::size_t length = icc_dynamic_data[0];
  if (length < 2 || length > 8 || length + 1 > icc_dynamic_data.size()) return std::nullopt;
  return icc_dynamic_data.subspan(1, length);
}

}  // namespace plaza::emv
