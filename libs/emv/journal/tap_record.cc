#include "libs/emv/journal/tap_record.h"

#include <algorithm>

#include "libs/base/big_endian.h"
#include "libs/base/check.h"
#include "libs/emv/errors.h"

namespace plaza::emv {
namespace {

// Fields of version 1 (docs/formats/journal.md).
enum Field : std::uint8_t {
  kValidatorId = 0x01,
  kSequence = 0x02,
  kEventTime = 0x03,
  kFlags = 0x04,
  kStopId = 0x05,
  kVehicleId = 0x06,
  kRouteId = 0x07,
  kTripId = 0x08,
  kDecision = 0x09,
  kReason = 0x0A,
  kTokenEpoch = 0x0B,
  kToken = 0x0C,
  kPar = 0x0D,
  kDenyListEpoch = 0x0E,
  kMediaKind = 0x0F,
  kChipData = 0x10,
  kSealScheme = 0x11,
  kSealedCard = 0x12,
  kMacScheme = 0x7E,
  kMac = 0x7F,
};
constexpr std::uint8_t kRequired[] = {kValidatorId, kSequence, kEventTime,  kFlags,
                                      kDecision,    kReason,   kTokenEpoch, kDenyListEpoch,
                                      kMediaKind,   kMacScheme};
constexpr std::uint8_t kClockDoubtful = 0x01;
constexpr std::size_t kParChars = 29;
constexpr std::string_view kReasonNames[] = {"none",          "oda_failed",    "expired",
                                             "not_yet_valid", "deny_listed",   "passed_back",
                                             "pan_mismatch",  "card_declined", "not_accepted"};

void AppendField(Bytes& out, Field field, ByteView value) {
  PLAZA_CHECK(value.size() <= kTapRecordBytesMax);
  out.push_back(field);
  out.push_back(static_cast<std::uint8_t>(value.size() >> 8));
  out.push_back(static_cast<std::uint8_t>(value.size()));
  out.insert(out.end(), value.begin(), value.end());
}

void AppendNumber(Bytes& out, Field field, std::uint64_t value, std::size_t octets) {
  std::array<std::uint8_t, 8> big_endian{};
  const auto number = std::span(big_endian).first(octets);
  PutBigEndian(number, value);
  AppendField(out, field, number);
}

void AppendUnlessEmpty(Bytes& out, Field field, ByteView value) {
  if (!value.empty()) AppendField(out, field, value);
}

bool IsValidatorId(std::string_view text) {
  return !text.empty() && text.size() <= kValidatorIdCharsMax &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
         });
}

bool IsPrintable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c <= 0x7E; });
}

bool IsPlace(std::string_view text) { return text.size() <= kPlaceCharsMax && IsPrintable(text); }

bool IsPar(std::string_view text) {
  return text.size() == kParChars && std::ranges::all_of(text, [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
         });
}

// Reads the fields of one record into a SignedTapRecord.
class Decoder {
 public:
  explicit Decoder(ByteView data) : data_(data) {}

  Result<SignedTapRecord> Run() {
    if (data_.size() > kTapRecordBytesMax) return Bad("the record is longer than 1024 bytes", 0);
    if (data_.empty()) return Bad("the record is empty", 0);
    if (data_[0] != kTapRecordVersion) return Bad("the version is not 1", 0);
    at_ = 1;
    while (at_ < data_.size()) PLAZA_RETURN_IF_ERROR(ReadField());
    PLAZA_RETURN_IF_ERROR(CheckWhole());
    return std::move(out_);
  }

 private:
  static Error Bad(const std::string& what, std::size_t offset) {
    return Error(errors::kBadTapRecord, what, "offset " + std::to_string(offset));
  }

  Result<void> ReadField() {
    const std::size_t start = at_;
    if (data_.size() - at_ < 3) return Bad("a field is cut short", start);
    const std::uint8_t tag = data_[at_];
    const std::size_t length =
        static_cast<std::size_t>(data_[at_ + 1]) << 8 | static_cast<std::size_t>(data_[at_ + 2]);
    if (tag <= last_tag_) return Bad("the fields are not in ascending order", start);
    if (length > data_.size() - at_ - 3) return Bad("a field is longer than the record", start);
    const ByteView value = data_.subspan(at_ + 3, length);
    if (tag == kMac) out_.covered = data_.first(start);
    at_ += 3 + length;
    last_tag_ = tag;
    seen_[tag / 64] |= std::uint64_t{1} << (tag % 64);
    if (!Take(tag, value)) {
      return Bad("field " + std::to_string(tag) + " is unknown or has a value that is not allowed",
                 start);
    }
    return {};
  }

  bool Take(std::uint8_t tag, ByteView value);
  bool TakeText(ByteView value, std::string& to, bool (*allowed)(std::string_view)) {
    if (value.empty() || !allowed(AsText(value))) return false;
    to = AsText(value);
    return true;
  }
  template <class T>
  bool TakeNumber(ByteView value, T& to, std::uint64_t least = 0, std::uint64_t most = UINT64_MAX) {
    if (value.size() != sizeof(T)) return false;
    std::uint64_t number = 0;
    for (std::uint8_t octet : value) number = number << 8 | octet;
    if (number < least || number > most) return false;
    to = static_cast<T>(number);
    return true;
  }
  template <std::size_t kSize>
  bool TakeArray(ByteView value, std::array<std::uint8_t, kSize>& to) {
    if (value.size() != kSize) return false;
    std::ranges::copy(value, to.begin());
    return true;
  }
  bool Seen(std::uint8_t tag) const { return (seen_[tag / 64] >> (tag % 64) & 1U) != 0; }
  Result<void> CheckWhole() const;

  ByteView data_;
  std::size_t at_ = 0;
  std::uint8_t last_tag_ = 0;
  std::array<std::uint64_t, 4> seen_{};
  SignedTapRecord out_;
};

bool Decoder::Take(std::uint8_t tag, ByteView value) {
  TapRecord& record = out_.record;
  switch (tag) {
    case kValidatorId:
      return TakeText(value, record.validator_id, IsValidatorId);
    case kSequence:
      return TakeNumber(value, record.sequence, /*least=*/1);
    case kEventTime:
      return TakeNumber(value, record.event_time.unix_ms);
    case kFlags:
      if (value.size() != 1 || value[0] > kClockDoubtful) return false;
      record.clock_doubtful = value[0] == kClockDoubtful;
      return true;
    case kStopId:
      return TakeText(value, record.stop_id, IsPlace);
    case kVehicleId:
      return TakeText(value, record.vehicle_id, IsPlace);
    case kRouteId:
      return TakeText(value, record.route_id, IsPlace);
    case kTripId:
      return TakeText(value, record.trip_id, IsPlace);
    case kDecision:
      return TakeNumber(value, record.decision, 1, 2);
    case kReason:
      return TakeNumber(value, record.reason, 0, 8);
    case kTokenEpoch:
      return TakeNumber(value, record.token_epoch);
    case kToken:
      return TakeArray(value, record.token.emplace());
    case kPar:
      return TakeText(value, record.par, IsPar);
    case kDenyListEpoch:
      return TakeNumber(value, record.deny_list_epoch);
    case kMediaKind:
      return TakeNumber(value, record.media_kind, 1, 3);
    case kChipData:
      record.chip_data = ToBytes(value);
      return !value.empty();
    case kSealScheme:
      return TakeNumber(value, record.seal_scheme, 1, kSealSchemeAesGcm);
    case kSealedCard:
      record.sealed_card = ToBytes(value);
      return !value.empty();
    case kMacScheme:
      return TakeNumber(value, out_.mac_scheme, kMacSchemeHmac, kMacSchemeHmac);
    case kMac:
      return TakeArray(value, out_.mac);
    default:
      return false;
  }
}

Result<void> Decoder::CheckWhole() const {
  for (const std::uint8_t tag : kRequired) {
    if (!Seen(tag)) return Bad("field " + std::to_string(tag) + " is missing", data_.size());
  }
  if (last_tag_ != kMac) return Bad("the MAC is not the last field", data_.size());
  const TapRecord& record = out_.record;
  const bool accepted = record.decision == Decision::kAccepted;
  if (accepted != (record.reason == Reason::kNone)) {
    return Bad("decision and reason contradict each other", data_.size());
  }
  if (accepted && !record.token) return Bad("an accepted tap has no token", data_.size());
  if (Seen(kSealScheme) != Seen(kSealedCard)) {
    return Bad("sealed card data and its scheme come together", data_.size());
  }
  return {};
}

}  // namespace

std::string_view ReasonName(Reason reason) {
  const auto index = static_cast<std::size_t>(reason);
  PLAZA_CHECK(index < std::size(kReasonNames));
  return kReasonNames[index];
}

Bytes EncodeUnsigned(const TapRecord& record) {
  PLAZA_CHECK(IsValidatorId(record.validator_id) && record.sequence > 0);
  Bytes out;
  out.reserve(512);
  out.push_back(kTapRecordVersion);
  AppendField(out, kValidatorId, AsBytes(record.validator_id));
  AppendNumber(out, kSequence, record.sequence, 8);
  AppendNumber(out, kEventTime, static_cast<std::uint64_t>(record.event_time.unix_ms), 8);
  AppendNumber(out, kFlags, record.clock_doubtful ? kClockDoubtful : 0, 1);
  for (const auto& [field, text] : {std::pair{kStopId, &record.stop_id},
                                    {kVehicleId, &record.vehicle_id},
                                    {kRouteId, &record.route_id},
                                    {kTripId, &record.trip_id}}) {
    PLAZA_CHECK(IsPlace(*text));
    AppendUnlessEmpty(out, field, AsBytes(*text));
  }
  AppendNumber(out, kDecision, static_cast<std::uint8_t>(record.decision), 1);
  AppendNumber(out, kReason, static_cast<std::uint8_t>(record.reason), 1);
  AppendNumber(out, kTokenEpoch, record.token_epoch, 4);
  if (record.token) AppendField(out, kToken, *record.token);
  PLAZA_CHECK(record.par.empty() || IsPar(record.par));
  AppendUnlessEmpty(out, kPar, AsBytes(record.par));
  AppendNumber(out, kDenyListEpoch, record.deny_list_epoch, 8);
  AppendNumber(out, kMediaKind, static_cast<std::uint8_t>(record.media_kind), 1);
  AppendUnlessEmpty(out, kChipData, record.chip_data);
  if (!record.sealed_card.empty()) {
    AppendNumber(out, kSealScheme, record.seal_scheme, 1);
    AppendField(out, kSealedCard, record.sealed_card);
  }
  AppendNumber(out, kMacScheme, kMacSchemeHmac, 1);
  PLAZA_CHECK(out.size() + 3 + sizeof(Mac) <= kTapRecordBytesMax);
  return out;
}

Bytes AppendMac(Bytes unsigned_record, const Mac& mac) {
  AppendField(unsigned_record, kMac, mac);
  return unsigned_record;
}

Result<SignedTapRecord> DecodeTapRecord(ByteView data) { return Decoder(data).Run(); }

}  // namespace plaza::emv
