// A tap record, version 1: what a validator keeps of every tap and uplinks
// (docs/formats/journal.md). Encoding: one byte version, then fields as tag (1 byte), length (2
// bytes, big-endian), value; tags ascending, each at most once, unknown ones refused; the MAC is
// the last field and covers all octets before it.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "libs/base/bytes.h"
#include "libs/base/civil.h"
#include "libs/base/result.h"
#include "libs/emv/crypto/keyed_digest.h"

namespace plaza::emv {

enum class Decision : std::uint8_t { kAccepted = 1, kDenied = 2 };

// Why a gate refused; the rider's display and the record carry the same. Numbers are those of the
// wire and of plaza.events.v1.Reason.
enum class Reason : std::uint8_t {
  kNone = 0,
  kOdaFailed = 1,
  kExpired = 2,
  kNotYetValid = 3,
  kDenyListed = 4,
  kPassedBack = 5,
  kPanMismatch = 6,
  kCardDeclined = 7,
  kNotAccepted = 8,
};
std::string_view ReasonName(Reason reason);  // "oda_failed"

enum class MediaKind : std::uint8_t { kEmvCard = 1, kEmvDevice = 2, kClosedLoop = 3 };

inline constexpr std::uint8_t kTapRecordVersion = 1;
inline constexpr std::uint8_t kSealSchemeAesGcm =
    1;  // AES-256-GCM, key of the validator, nonce of the sequence
inline constexpr std::uint8_t kMacSchemeHmac = 1;
inline constexpr std::size_t kTapRecordBytesMax = 1024;
inline constexpr std::size_t kValidatorIdCharsMax = 16;  // A-Z 0-9 and hyphen
inline constexpr std::size_t kPlaceCharsMax = 32;

struct TapRecord {
  std::string validator_id;
  std::uint64_t sequence = 0;  // from 1, never used twice
  Instant event_time;
  bool clock_doubtful = false;
  // Either a stop, or a vehicle with its duty.
  std::string stop_id;
  std::string vehicle_id;
  std::string route_id;
  std::string trip_id;
  Decision decision = Decision::kDenied;
  Reason reason = Reason::kNone;
  std::uint32_t token_epoch = 0;
  std::optional<Token> token;  // none if the card could not be read that far
  std::string par;             // 29 characters, from authenticated data; or empty
  std::uint64_t deny_list_epoch = 0;
  MediaKind media_kind = MediaKind::kEmvCard;
  Bytes chip_data;    // BER-TLV, the data elements of a deferred authorisation, none of them a PAN
  Bytes sealed_card;  // AAD: validator_id ':' sequence
  std::uint8_t seal_scheme = 0;
  bool operator==(const TapRecord&) const = default;
};

// The octets that the MAC covers. Checked: text within limits.
Bytes EncodeUnsigned(const TapRecord& record);
// The whole record.
Bytes AppendMac(Bytes unsigned_record, const Mac& mac);

struct SignedTapRecord {
  TapRecord record;
  ByteView covered;  // a view into the input
  std::uint8_t mac_scheme = 0;
  Mac mac{};
};
// Never throws, never reads past the end. BAD_TAP_RECORD with the offset.
Result<SignedTapRecord> DecodeTapRecord(ByteView data);

}  // namespace plaza::emv
