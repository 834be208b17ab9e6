// Offline data authentication (EMV Book 2, 5 and 6; fDDA: Book C-3, Annex C). Pure: data in, an
// outcome out; the card's answers never give an Error. Thread-safe, but for a cache that is passed
// in.
#pragma once
#include <optional>
#include <string_view>

#include "libs/base/bytes.h"
#include "libs/base/civil.h"
#include "libs/emv/capk/capk.h"
#include "libs/emv/crypto/rsa.h"
#include "libs/emv/tlv/data_elements.h"

namespace plaza::emv {

class IssuerKeyCache;  // oda/issuer_key_cache.h

enum class OdaMethod { kSda, kDda, kCda, kFdda };
enum class OdaResult { kPassed, kFailed, kNotPossible };
std::string_view OdaResultName(OdaResult result);  // "not_possible"
std::string_view OdaMethodName(OdaMethod method);  // "fdda"

struct OdaInput {
  OdaMethod method = OdaMethod::kFdda;
  Date date;           // the gate's local date: certificates end with their month
  bool online = true;  // an ARQC was asked for: the fDDA format is 95, else 05
  ByteView aid;        // its first five bytes are the RID
  const CapkTable* capks = nullptr;
  const DataElements* card =
      nullptr;  // 82 8F 90 92 9F32 9F46 9F47 9F48 9F4A 93 9F4B 5A 57 9F69 9F36 …
  const DataElements* terminal =
      nullptr;             // 9F37 9F02 5F2A …; if absent there, looked for in `card`
  ByteView static_data;    // records marked for authentication, concatenated, without the AIP
  ByteView dynamic_data;   // dda: what INTERNAL AUTHENTICATE was sent
  ByteView pdol_data;      // cda
  ByteView cdol1_data;     // cda
  ByteView response_data;  // cda: TLVs of the GENERATE AC answer without 9F4B
  std::optional<std::uint8_t> cid;        // cda
  IssuerKeyCache* issuer_keys = nullptr;  // may be null
};

struct RecoveredKey {
  Bytes modulus;
  Bytes exponent;
};

struct OdaOutcome {
  OdaResult result = OdaResult::kNotPossible;
  // Why it is not passed: one of oda/reasons.h, such as "issuer_certificate_hash". Empty when
  // passed. Static lifetime.
  std::string_view reason;
  OdaMethod method = OdaMethod::kFdda;
  // Each is there once its step succeeded, also when a later one failed.
  std::optional<RecoveredKey> issuer_key;
  std::optional<RecoveredKey> icc_key;
  std::optional<std::uint8_t> signed_data_format;
  Bytes icc_dynamic_number;
  Bytes data_authentication_code;
  std::optional<std::uint8_t> cid;
  Bytes ac;
};

OdaOutcome AuthenticateOffline(const OdaInput& input);

}  // namespace plaza::emv
