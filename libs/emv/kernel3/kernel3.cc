#include "libs/emv/kernel3/kernel3.h"

#include <algorithm>

#include "libs/base/check.h"
#include "libs/emv/dol/dol.h"
#include "libs/emv/errors.h"
#include "libs/emv/kernel3/afl.h"
#include "libs/emv/limits.h"
#include "libs/emv/oda/pan.h"
#include "libs/emv/oda/reasons.h"
#include "libs/emv/tlv/reader.h"

namespace plaza::emv {
namespace {

constexpr std::size_t kPdolDataBytesMax = 252;  // with tag 83 and its length in one command
constexpr std::size_t kFormat1AipBytes = 2;
// The cryptogram's kind in the CID (Book 3, 6.5.5.4).
constexpr std::uint8_t kAcMask = 0xC0;
constexpr std::uint8_t kArqc = 0x80;

Error CardError(const std::string& what, std::string where = {}) {
  return Error(errors::kCardError, what, std::move(where));
}

// A parse error of the card's own data is the card's fault; its offset stays.
Error AsCardError(const Error& error, const char* step) {
  return CardError(error.what(), std::string(step) + ", " + error.where());
}

// One run of the kernel.
class Run {
 public:
  Run(CardChannel& channel, const Kernel3Input& input) : channel_(channel), input_(input) {
    PLAZA_CHECK(input.terminal != nullptr && input.capks != nullptr);
  }

  Result<Kernel3Outcome> Steps() {
    PLAZA_RETURN_IF_ERROR(GetOptions());
    PLAZA_RETURN_IF_ERROR(ReadRecords());
    PLAZA_RETURN_IF_ERROR(CheckElements());
    PLAZA_RETURN_IF_ERROR(Judge());
    return std::move(out_);
  }

 private:
  Result<Bytes> PdolData() const;
  Result<void> GetOptions();
  Result<void> TakeFormat1(ByteView value);
  Result<void> TakeObjects(ByteView data, Source source, const char* step);
  Result<void> ReadRecords();
  Result<void> ReadOne(std::uint8_t sfi, std::uint8_t number, bool authenticated);
  Result<void> CheckElements() const;
  Result<void> Judge();

  CardChannel& channel_;
  const Kernel3Input& input_;
  Kernel3Outcome out_;
};

// Book C-3, 5.2: the PDOL is in the FCI's proprietary template; without one the list is empty.
Result<Bytes> Run::PdolData() const {
  ByteView level = input_.fci;
  for (const Tag tag : {tag::kFci, tag::kFciProprietary, tag::kPdol}) {
    auto found = FindTlv(level, tag);
    if (!found.ok()) return AsCardError(found.error(), "FCI");
    if (!*found) return Bytes();
    level = **found;
  }
  auto data = BuildDol(level, input_.terminal);
  if (!data.ok()) return AsCardError(data.error(), "PDOL");
  if (data->size() > kPdolDataBytesMax)
    return CardError("the PDOL asks for more than a command holds");
  return std::move(data).value();
}

// Book 3, 6.5.8: format 77 holds objects; format 80 the AIP and the AFL.
Result<void> Run::GetOptions() {
  PLAZA_ASSIGN_OR_RETURN(const Bytes pdol_data, PdolData());
  PLAZA_ASSIGN_OR_RETURN(const Response response,
                         Exchange(channel_, GetProcessingOptions(pdol_data)));
  if (!response.ok()) return CardError("GET PROCESSING OPTIONS: " + StatusText(response.sw));
  TlvReader reader(response.data);
  Tlv object;
  auto more = reader.Next(object);
  if (!more.ok()) return AsCardError(more.error(), "GET PROCESSING OPTIONS");
  if (*more && object.tag == tag::kFormat2) {
    PLAZA_RETURN_IF_ERROR(TakeObjects(object.value, Source::kCard, "GET PROCESSING OPTIONS"));
  } else if (*more && object.tag == tag::kFormat1) {
    PLAZA_RETURN_IF_ERROR(TakeFormat1(object.value));
  } else {
    return CardError("GET PROCESSING OPTIONS: neither format 77 nor 80");
  }
  Tlv rest;
  more = reader.Next(rest);
  if (!more.ok() || *more) return CardError("GET PROCESSING OPTIONS: data after the template");
  return {};
}

Result<void> Run::TakeFormat1(ByteView value) {
  if (value.size() < kFormat1AipBytes)
    return CardError("GET PROCESSING OPTIONS: format 80 is short");
  const bool kept = out_.data.Add(tag::kAip, value.first(kFormat1AipBytes), Source::kCard) &&
                    (value.size() == kFormat1AipBytes ||
                     out_.data.Add(tag::kAfl, value.subspan(kFormat1AipBytes), Source::kCard));
  return kept ? Result<void>() : CardError("GET PROCESSING OPTIONS: more data than allowed");
}

Result<void> Run::TakeObjects(ByteView data, Source source, const char* step) {
  TlvReader reader(data);
  Tlv object;
  while (true) {
    auto more = reader.Next(object);
    if (!more.ok()) return AsCardError(more.error(), step);
    if (!*more) return {};
    if (!out_.data.Add(object.tag, object.value, source)) {
      return CardError("a data element twice, or more of them than allowed", TagText(object.tag));
    }
  }
}

// Book 3, 10.2. A Visa card may answer with all it has and no AFL.
Result<void> Run::ReadRecords() {
  const auto afl = out_.data.Find(tag::kAfl);
  if (!afl || afl->empty()) return {};
  PLAZA_ASSIGN_OR_RETURN(const std::vector<AflEntry> entries, ParseAfl(*afl));
  for (const AflEntry& entry : entries) {
    for (int number = entry.first; number <= entry.last; ++number) {
      const bool authenticated = number < entry.first + entry.authenticated;
      PLAZA_RETURN_IF_ERROR(ReadOne(entry.sfi, static_cast<std::uint8_t>(number), authenticated));
    }
  }
  return {};
}

Result<void> Run::ReadOne(std::uint8_t sfi, std::uint8_t number, bool authenticated) {
  PLAZA_ASSIGN_OR_RETURN(const Response response, Exchange(channel_, ReadRecord(sfi, number)));
  const std::string name = "record " + std::to_string(sfi) + "." + std::to_string(number);
  if (!response.ok()) return CardError(name + ": " + StatusText(response.sw));
  TlvReader reader(response.data);
  Tlv record;
  auto more = reader.Next(record);
  if (!more.ok()) return AsCardError(more.error(), name.c_str());
  if (!*more || record.tag != tag::kRecord) return CardError(name + " is not coded as template 70");
  Tlv rest;
  more = reader.Next(rest);
  if (!more.ok() || *more) return CardError(name + " has data after template 70");
  if (authenticated) {
    // Book 3, 10.3: of the files 1 to 10 the template's content, of others the whole record.
    const ByteView covered = sfi <= 10 ? record.value : ByteView(response.data);
    if (out_.static_data.size() + covered.size() > kStaticDataBytesMax) {
      return CardError("more static data than allowed");
    }
    out_.static_data.insert(out_.static_data.end(), covered.begin(), covered.end());
  }
  return TakeObjects(record.value, authenticated ? Source::kCardStatic : Source::kCard,
                     name.c_str());
}

// Sizes of what the gate uses or keeps (Book 3, Annex A; Book C-3, Annex A). An element of another
// size is an error, so that no card can make a tap record too long.
struct SizeRule {
  Tag tag;
  std::size_t least;
  std::size_t most;
  bool mandatory;  // Book C-3, 5.4 and 5.5 for an online transaction; the expiry for the gate's own
                   // check
};
constexpr SizeRule kSizeRules[] = {
    {tag::kAip, 2, 2, true},
    {tag::kCryptogram, 8, 8, true},
    {tag::kAtc, 2, 2, true},
    {tag::kExpiry, 3, 3, true},
    {tag::kIssuerApplicationData, 1, 32, true},
    {tag::kTrack2, 5, 19, true},
    {tag::kPan, 4, 10, false},
    {tag::kEffective, 3, 3, false},
    {tag::kIssuerCountry, 2, 2, false},
    {tag::kPanSequence, 1, 1, false},
    {tag::kPar, 29, 29, false},
    {tag::kCid, 1, 1, false},
    {tag::kCvmResults, 3, 3, false},
    {tag::kCtq, 2, 2, false},
    {tag::kFormFactor, 4, 32, false},
    {tag::kCardAuthData, 5, 16, false},
};

Result<void> Run::CheckElements() const {
  for (const SizeRule& rule : kSizeRules) {
    const auto value = out_.data.Find(rule.tag);
    if (!value && rule.mandatory) {
      return CardError("a mandatory data element is missing", TagText(rule.tag));
    }
    if (value && (value->size() < rule.least || value->size() > rule.most)) {
      return CardError("a data element of the wrong size", TagText(rule.tag));
    }
  }
  return {};
}

// Book C-3, 5.4.2: without a CID, byte 5 of 9F10 (card verification results, bits 6 and 5) tells
// the cryptogram's kind.
std::optional<std::uint8_t> CryptogramKind(const DataElements& data) {
  if (const auto cid = data.Find(tag::kCid)) {
    return cid->size() == 1 ? std::optional<std::uint8_t>(cid->front() & kAcMask) : std::nullopt;
  }
  const ByteView issuer_data = data.Get(tag::kIssuerApplicationData);
  if (issuer_data.size() < 5) return std::nullopt;
  return static_cast<std::uint8_t>((issuer_data[4] & 0x30U) << 2);
}

Result<void> Run::Judge() {
  const auto track2 = Pan::FromTrack2(out_.data.Get(tag::kTrack2));
  if (!track2) return CardError("track 2 is malformed", TagText(tag::kTrack2));
  std::optional<Pan> pan = track2;
  if (const auto value = out_.data.Find(tag::kPan)) pan = Pan::FromCompressed(*value);
  if (!pan) return CardError("the PAN is malformed", TagText(tag::kPan));
  const auto kind = CryptogramKind(out_.data);
  if (!kind) return CardError("the cryptogram's kind cannot be told", TagText(tag::kCid));
  out_.oda.reason = oda_reason::kNotAttempted;
  if (!(*pan == *track2)) {
    out_.verdict = Kernel3Verdict::kPanMismatch;
    return {};
  }
  if (*kind != kArqc) {
    out_.verdict = Kernel3Verdict::kCardDeclined;
    return {};
  }
  OdaInput oda;
  oda.method = OdaMethod::kFdda;
  oda.date = input_.date;
  oda.online = true;
  oda.aid = input_.aid;
  oda.capks = input_.capks;
  oda.card = &out_.data;
  oda.terminal = input_.terminal;
  oda.static_data = out_.static_data;
  oda.issuer_keys = input_.issuer_keys;
  out_.oda = AuthenticateOffline(oda);
  return {};
}

}  // namespace

Result<Kernel3Outcome> RunKernel3(CardChannel& channel, const Kernel3Input& input) {
  return Run(channel, input).Steps();
}

}  // namespace plaza::emv
