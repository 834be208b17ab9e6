// Why offline data authentication did not pass. Stable names: logs, eval and tests carry them
// (docs/formats/eval.md).
#pragma once
#include <string_view>

namespace plaza::emv::oda_reason {

// Not possible: something needed is not there.
inline constexpr std::string_view kNotAttempted = "not_attempted";
inline constexpr std::string_view kAipMissing = "aip_missing";
inline constexpr std::string_view kMethodNotSupported = "method_not_supported";
inline constexpr std::string_view kPanMissing = "pan_missing";
inline constexpr std::string_view kCaKeyIndexMissing = "ca_key_index_missing";
inline constexpr std::string_view kCaKeyUnknown = "ca_key_unknown";
inline constexpr std::string_view kIssuerCertificateMissing = "issuer_certificate_missing";
inline constexpr std::string_view kIssuerExponentMissing = "issuer_exponent_missing";
inline constexpr std::string_view kIssuerRemainderMissing = "issuer_remainder_missing";
inline constexpr std::string_view kIccCertificateMissing = "icc_certificate_missing";
inline constexpr std::string_view kIccExponentMissing = "icc_exponent_missing";
inline constexpr std::string_view kIccRemainderMissing = "icc_remainder_missing";
inline constexpr std::string_view kSignatureMissing = "signature_missing";
inline constexpr std::string_view kCardAuthDataMissing = "card_authentication_data_missing";
inline constexpr std::string_view kTerminalDataMissing = "terminal_data_missing";

// Failed. Certificates: EMV Book 2, 6.3 and 6.4, in the order of the steps.
inline constexpr std::string_view kPanMalformed = "pan_malformed";
inline constexpr std::string_view kIssuerCertificateLength = "issuer_certificate_length";
inline constexpr std::string_view kIssuerCertificateTrailer = "issuer_certificate_trailer";
inline constexpr std::string_view kIssuerCertificateHeader = "issuer_certificate_header";
inline constexpr std::string_view kIssuerCertificateFormat = "issuer_certificate_format";
inline constexpr std::string_view kIssuerHashAlgorithm = "issuer_hash_algorithm";
inline constexpr std::string_view kIssuerCertificateHash = "issuer_certificate_hash";
inline constexpr std::string_view kIssuerIdMismatch = "issuer_id_mismatch";
inline constexpr std::string_view kIssuerCertificateDate = "issuer_certificate_date";
inline constexpr std::string_view kIssuerCertificateExpired = "issuer_certificate_expired";
inline constexpr std::string_view kIssuerCertificateRevoked = "issuer_certificate_revoked";
inline constexpr std::string_view kIssuerKeyAlgorithm = "issuer_key_algorithm";
inline constexpr std::string_view kIssuerKeySize = "issuer_key_size";
inline constexpr std::string_view kIssuerExponent = "issuer_exponent";
inline constexpr std::string_view kIssuerRemainderLength = "issuer_remainder_length";
inline constexpr std::string_view kSdaTagList = "sda_tag_list";
inline constexpr std::string_view kIccCertificateLength = "icc_certificate_length";
inline constexpr std::string_view kIccCertificateTrailer = "icc_certificate_trailer";
inline constexpr std::string_view kIccCertificateHeader = "icc_certificate_header";
inline constexpr std::string_view kIccCertificateFormat = "icc_certificate_format";
inline constexpr std::string_view kIccHashAlgorithm = "icc_hash_algorithm";
inline constexpr std::string_view kIccCertificateHash = "icc_certificate_hash";
inline constexpr std::string_view kIccPanMismatch = "icc_pan_mismatch";
inline constexpr std::string_view kIccCertificateDate = "icc_certificate_date";
inline constexpr std::string_view kIccCertificateExpired = "icc_certificate_expired";
inline constexpr std::string_view kIccKeyAlgorithm = "icc_key_algorithm";
inline constexpr std::string_view kIccKeySize = "icc_key_size";
inline constexpr std::string_view kIccExponent = "icc_exponent";
inline constexpr std::string_view kIccRemainderLength = "icc_remainder_length";

// Failed. Signed static and dynamic data: Book 2, 5.4, 6.5.2, 6.6.2; Book C-3, Annex C.
inline constexpr std::string_view kFddaVersion = "fdda_version";
inline constexpr std::string_view kSignatureLength = "signature_length";
inline constexpr std::string_view kSignatureTrailer = "signature_trailer";
inline constexpr std::string_view kSignatureHeader = "signature_header";
inline constexpr std::string_view kSignedDataFormat = "signed_data_format";
inline constexpr std::string_view kSignatureHashAlgorithm = "signature_hash_algorithm";
inline constexpr std::string_view kDynamicDataLength = "dynamic_data_length";
inline constexpr std::string_view kSignatureHash = "signature_hash";
inline constexpr std::string_view kCidMismatch = "cid_mismatch";
inline constexpr std::string_view kTransactionDataHash = "transaction_data_hash";

}  // namespace plaza::emv::oda_reason
