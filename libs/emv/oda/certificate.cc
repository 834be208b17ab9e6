#include "libs/emv/oda/certificate.h"

#include <algorithm>

#include "libs/emv/crypto/sha1.h"
#include "libs/emv/oda/reasons.h"

namespace plaza::emv {
namespace {

constexpr std::uint8_t kHeader = 0x6A;
constexpr std::uint8_t kTrailer = 0xBC;
constexpr std::uint8_t kHashSha1 = 0x01;  // Book 2, Annex B2
constexpr std::uint8_t kAlgorithmRsa = 0x01;
constexpr std::size_t kHashBytes = 20;
constexpr std::size_t kTailBytes = kHashBytes + 1;  // hash and trailer

// Where the two kinds of certificate differ (Book 2, Tables 6 and 14).
struct Layout {
  std::uint8_t format;
  std::size_t id_bytes;  // issuer identifier or PAN, from offset 2
  std::string_view length, trailer, header, format_reason, hash_algorithm, hash, remainder_missing,
      remainder_length, key_size, exponent;
  std::size_t expiry_at() const { return 2 + id_bytes; }
  std::size_t serial_at() const { return expiry_at() + 2; }
  std::size_t hash_algorithm_at() const { return serial_at() + 3; }
  std::size_t key_algorithm_at() const { return hash_algorithm_at() + 1; }
  std::size_t key_length_at() const { return key_algorithm_at() + 1; }
  std::size_t exponent_length_at() const { return key_length_at() + 1; }
  std::size_t key_at() const { return exponent_length_at() + 1; }
};

constexpr Layout kIssuerLayout{0x02,
                               4,
                               oda_reason::kIssuerCertificateLength,
                               oda_reason::kIssuerCertificateTrailer,
                               oda_reason::kIssuerCertificateHeader,
                               oda_reason::kIssuerCertificateFormat,
                               oda_reason::kIssuerHashAlgorithm,
                               oda_reason::kIssuerCertificateHash,
                               oda_reason::kIssuerRemainderMissing,
                               oda_reason::kIssuerRemainderLength,
                               oda_reason::kIssuerKeySize,
                               oda_reason::kIssuerExponent};
constexpr Layout kIccLayout{0x04,
                            10,
                            oda_reason::kIccCertificateLength,
                            oda_reason::kIccCertificateTrailer,
                            oda_reason::kIccCertificateHeader,
                            oda_reason::kIccCertificateFormat,
                            oda_reason::kIccHashAlgorithm,
                            oda_reason::kIccCertificateHash,
                            oda_reason::kIccRemainderMissing,
                            oda_reason::kIccRemainderLength,
                            oda_reason::kIccKeySize,
                            oda_reason::kIccExponent};

OdaFailure Failed(std::string_view reason) { return {reason, /*not_possible=*/false}; }

// Steps 1 to 7: length, trailer, header, format, hash. Order as the book has it.
std::optional<OdaFailure> OpenCertificate(const RsaPublicKey& signer, const Layout& layout,
                                          const CertificateParts& parts, ByteView static_data,
                                          ByteView static_aip, Recovered& out) {
  out.size = signer.size();
  if (parts.certificate.size() != signer.size()) return Failed(layout.length);
  if (!signer.Recover(parts.certificate, {out.octets.data(), out.size})) {
    return Failed(layout.trailer);  // not less than the modulus: nothing with a trailer comes out
  }
  const ByteView block = out.view();
  if (block.back() != kTrailer) return Failed(layout.trailer);
  if (block[0] != kHeader) return Failed(layout.header);
  if (block[1] != layout.format) return Failed(layout.format_reason);
  if (block[layout.hash_algorithm_at()] != kHashSha1) return Failed(layout.hash_algorithm);
  const std::size_t room = block.size() - layout.key_at() - kTailBytes;
  const std::size_t key_bytes = block[layout.key_length_at()];
  if (key_bytes > room && !parts.remainder) {
    return OdaFailure{layout.remainder_missing, /*not_possible=*/true};
  }
  const ByteView signed_part = block.subspan(1, block.size() - 1 - kTailBytes);
  const Sha1Digest digest = Sha1OfParts(
      {signed_part, parts.remainder.value_or(ByteView{}), parts.exponent, static_data, static_aip});
  const ByteView stated = block.subspan(block.size() - kTailBytes, kHashBytes);
  if (!std::ranges::equal(digest, stated)) return Failed(layout.hash);
  return std::nullopt;
}

// Step 12: the modulus is the digits in the certificate, then the remainder.
std::optional<OdaFailure> AssembleKey(const Recovered& recovered, const Layout& layout,
                                      const CertificateParts& parts, std::size_t signer_bytes,
                                      std::optional<RsaPublicKey>& out) {
  const ByteView block = recovered.view();
  const std::size_t room = block.size() - layout.key_at() - kTailBytes;
  const std::size_t key_bytes = block[layout.key_length_at()];
  if (key_bytes < kRsaBytesMin || key_bytes > std::min(kRsaBytesMax, signer_bytes)) {
    return Failed(layout.key_size);
  }
  if (block[layout.exponent_length_at()] != parts.exponent.size()) return Failed(layout.exponent);
  const ByteView digits = block.subspan(layout.key_at(), std::min(room, key_bytes));
  const ByteView remainder = key_bytes > room ? *parts.remainder : ByteView{};
  if (digits.size() + remainder.size() != key_bytes) return Failed(layout.remainder_length);
  std::array<std::uint8_t, kRsaBytesMax> modulus;
  auto end = std::copy(digits.begin(), digits.end(), modulus.begin());
  std::copy(remainder.begin(), remainder.end(), end);
  auto key = RsaPublicKey::Make({modulus.data(), key_bytes}, parts.exponent);
  if (!key.ok()) {
    return Failed(key.error().where() == "exponent" ? layout.exponent : layout.key_size);
  }
  out = std::move(key).value();
  return std::nullopt;
}

template <std::size_t kSize>
std::array<std::uint8_t, kSize> ArrayAt(ByteView block, std::size_t offset) {
  std::array<std::uint8_t, kSize> out{};
  std::copy_n(block.begin() + static_cast<std::ptrdiff_t>(offset), kSize, out.begin());
  return out;
}

// MMYY, valid until the end of its month; years 00 to 49 are of this century (EMV Book 4, 6.7.3).
std::optional<Date> LastDay(const std::array<std::uint8_t, 2>& mmyy) {
  for (std::uint8_t octet : mmyy) {
    if ((octet >> 4) > 9 || (octet & 0x0FU) > 9) return std::nullopt;
  }
  const int month = (mmyy[0] >> 4) * 10 + (mmyy[0] & 0x0F);
  const int short_year = (mmyy[1] >> 4) * 10 + (mmyy[1] & 0x0F);
  const int year = short_year < 50 ? 2000 + short_year : 1900 + short_year;
  if (month < 1 || month > 12) return std::nullopt;
  const auto next =
      month == 12 ? Date::FromCivil(year + 1, 1, 1) : Date::FromCivil(year, month + 1, 1);
  return next.ok() ? std::optional(*next - 1) : std::nullopt;
}

// Step 8: 3 to 8 leftmost digits of the PAN, padded with F.
bool IssuerIdMatches(const std::array<std::uint8_t, 4>& issuer_id, const Pan& pan) {
  const std::string_view digits = pan.digits();
  std::size_t matched = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    const std::uint8_t octet = issuer_id[i / 2];
    const int nibble = i % 2 == 0 ? octet >> 4 : octet & 0x0F;
    if (nibble == 0xF) {
      if (matched < 3) return false;
      continue;
    }
    // A digit after padding, or one that differs.
    if (matched != i || i >= digits.size() || digits[i] - '0' != nibble) return false;
    ++matched;
  }
  return true;
}

}  // namespace

IssuerOrFailure RecoverIssuerCertificate(const RsaPublicKey& ca_key,
                                         const CertificateParts& parts) {
  Recovered recovered;
  if (const auto failure = OpenCertificate(ca_key, kIssuerLayout, parts, {}, {}, recovered)) {
    return {std::nullopt, *failure};
  }
  std::optional<RsaPublicKey> key;
  const ByteView block = recovered.view();
  if (block[kIssuerLayout.key_algorithm_at()] != kAlgorithmRsa) {
    return {std::nullopt, Failed(oda_reason::kIssuerKeyAlgorithm)};
  }
  if (const auto failure = AssembleKey(recovered, kIssuerLayout, parts, ca_key.size(), key)) {
    return {std::nullopt, *failure};
  }
  return {IssuerCertificate{ArrayAt<4>(block, 2), ArrayAt<2>(block, kIssuerLayout.expiry_at()),
                            ArrayAt<3>(block, kIssuerLayout.serial_at()), std::move(*key)},
          {}};
}

std::optional<OdaFailure> CheckIssuerCertificate(const IssuerCertificate& certificate,
                                                 const Pan& pan, const CaKey& ca,
                                                 const CapkTable& capks, Date date) {
  if (!IssuerIdMatches(certificate.issuer_id, pan)) return Failed(oda_reason::kIssuerIdMismatch);
  const auto last_day = LastDay(certificate.expiry);
  if (!last_day) return Failed(oda_reason::kIssuerCertificateDate);
  if (*last_day < date) return Failed(oda_reason::kIssuerCertificateExpired);
  if (capks.IsRevoked(ca.rid, ca.index, certificate.serial)) {
    return Failed(oda_reason::kIssuerCertificateRevoked);
  }
  return std::nullopt;
}

IccKeyOrFailure RecoverIccKey(const RsaPublicKey& issuer_key, const CertificateParts& parts,
                              ByteView static_data, ByteView static_aip, const Pan& pan,
                              Date date) {
  Recovered recovered;
  if (const auto failure =
          OpenCertificate(issuer_key, kIccLayout, parts, static_data, static_aip, recovered)) {
    return {std::nullopt, *failure};
  }
  const ByteView block = recovered.view();
  const auto stated = Pan::FromCompressed(block.subspan(2, kIccLayout.id_bytes));
  if (!stated || !(*stated == pan)) return {std::nullopt, Failed(oda_reason::kIccPanMismatch)};
  const auto last_day = LastDay(ArrayAt<2>(block, kIccLayout.expiry_at()));
  if (!last_day) return {std::nullopt, Failed(oda_reason::kIccCertificateDate)};
  if (*last_day < date) return {std::nullopt, Failed(oda_reason::kIccCertificateExpired)};
  if (block[kIccLayout.key_algorithm_at()] != kAlgorithmRsa) {
    return {std::nullopt, Failed(oda_reason::kIccKeyAlgorithm)};
  }
  std::optional<RsaPublicKey> key;
  if (const auto failure = AssembleKey(recovered, kIccLayout, parts, issuer_key.size(), key)) {
    return {std::nullopt, *failure};
  }
  return {std::move(key), {}};
}

}  // namespace plaza::emv
