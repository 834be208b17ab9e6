#include "libs/emv/kernel/reading.h"

#include "libs/base/check.h"
#include "libs/emv/dol/dol.h"
#include "libs/emv/errors.h"
#include "libs/emv/kernel/afl.h"
#include "libs/emv/limits.h"
#include "libs/emv/oda/pan.h"
#include "libs/emv/oda/reasons.h"
#include "libs/emv/tlv/reader.h"

namespace plaza::emv {
namespace {

constexpr std::size_t kPdolDataBytesMax = 252;  // with tag 83 and its length in one command
constexpr std::size_t kFormat1AipBytes = 2;
constexpr const char* kOptionsStep = "GET PROCESSING OPTIONS";
constexpr std::uint8_t kLastSfiOfEmv = 10;

// What the gate uses or keeps. Of another length it is an error, so that no card can make a tap
// record too long.
constexpr Tag kSized[] = {tag::kAip,         tag::kCryptogram,  tag::kAtc,
                          tag::kExpiry,      tag::kEffective,   tag::kIssuerApplicationData,
                          tag::kTrack2,      tag::kPan,         tag::kIssuerCountry,
                          tag::kPanSequence, tag::kPar,         tag::kTokenRequestor,
                          tag::kCid,         tag::kCvmResults,  tag::kCtq,
                          tag::kFormFactor,  tag::kCardAuthData};

}  // namespace

Error CardError(const std::string& what, std::string where) {
  return Error(errors::kCardError, what, std::move(where));
}

Error AsCardError(const Error& error, const char* step) {
  return CardError(error.what(), std::string(step) + ", " + error.where());
}

Result<std::optional<ByteView>> FindPdol(ByteView fci) {
  ByteView level = fci;
  for (const Tag tag : {tag::kFci, tag::kFciProprietary}) {
    PLAZA_ASSIGN_OR_RETURN(const auto found, FindTlv(level, tag));
    if (!found) return std::optional<ByteView>();
    level = *found;
  }
  return FindTlv(level, tag::kPdol);
}

std::optional<KernelVerdict> HandBackOf(std::uint16_t sw) {
  switch (sw) {
    case status::kReferencedDataInvalidated:
      return KernelVerdict::kTryAnotherInterface;
    case status::kConditionsNotSatisfied:
      return KernelVerdict::kSelectNext;
    case status::kCommandNotAllowed:
      return KernelVerdict::kSeePhone;
    default:
      return std::nullopt;
  }
}

Reading::Reading(CardChannel& channel, const KernelInput& input, std::uint8_t kernel)
    : channel_(channel), input_(input), kernel_(kernel) {
  PLAZA_CHECK(input.terminal != nullptr && input.capks != nullptr);
  out.oda.reason = oda_reason::kNotAttempted;
}

// Without a PDOL the list is empty (Book 3, 10.1).
Result<void> Reading::BuildPdolData() {
  const auto pdol = FindPdol(input_.fci);
  if (!pdol.ok()) return AsCardError(pdol.error(), "FCI");
  if (!*pdol) return {};
  auto data = BuildDol(**pdol, {input_.terminal}, kernel_);
  if (!data.ok()) return AsCardError(data.error(), "PDOL");
  if (data->size() > kPdolDataBytesMax)
    return CardError("the PDOL asks for more than a command holds");
  pdol_data_ = std::move(data).value();
  return {};
}

// Book 3, 6.5.8: format 77 holds objects; format 80 the AIP and the AFL.
Result<std::uint16_t> Reading::GetOptions() {
  PLAZA_RETURN_IF_ERROR(BuildPdolData());
  PLAZA_ASSIGN_OR_RETURN(const Response response,
                         Exchange(channel_, GetProcessingOptions(pdol_data_)));
  if (!response.ok()) {
    out.detail = std::string(kOptionsStep) + ": " + StatusText(response.sw);
    return response.sw;
  }
  if (!response.data.empty() && response.data.front() == tag::kFormat1) {
    PLAZA_ASSIGN_OR_RETURN(const ByteView value,
                           OnlyTemplate(response.data, tag::kFormat1, kOptionsStep));
    PLAZA_RETURN_IF_ERROR(TakeFormat1(value));
  } else {
    PLAZA_ASSIGN_OR_RETURN(const ByteView value,
                           OnlyTemplate(response.data, tag::kFormat2, kOptionsStep));
    PLAZA_RETURN_IF_ERROR(TakeObjects(value, Source::kCard, kOptionsStep));
  }
  return response.sw;
}

Result<ByteView> Reading::OnlyTemplate(ByteView data, Tag tag, const char* step) {
  TlvReader reader(data);
  Tlv object;
  auto more = reader.Next(object);
  if (!more.ok()) return AsCardError(more.error(), step);
  if (!*more || object.tag != tag) {
    return CardError(std::string(step) + " is not coded as template " + TagText(tag));
  }
  Tlv rest;
  more = reader.Next(rest);
  if (!more.ok() || *more) {
    return CardError(std::string(step) + " has data after template " + TagText(tag));
  }
  return object.value;
}

Result<void> Reading::TakeFormat1(ByteView value) {
  if (value.size() < kFormat1AipBytes)
    return CardError("GET PROCESSING OPTIONS: format 80 is short");
  const bool kept = out.data.Add(tag::kAip, value.first(kFormat1AipBytes), Source::kCard) &&
                    (value.size() == kFormat1AipBytes ||
                     out.data.Add(tag::kAfl, value.subspan(kFormat1AipBytes), Source::kCard));
  return kept ? Result<void>() : CardError("GET PROCESSING OPTIONS: more data than allowed");
}

Result<void> Reading::TakeObjects(ByteView objects, Source source, const char* step) {
  TlvReader reader(objects);
  Tlv object;
  while (true) {
    auto more = reader.Next(object);
    if (!more.ok()) return AsCardError(more.error(), step);
    if (!*more) return {};
    if (!out.data.Add(object.tag, object.value, source)) {
      return CardError("a data element twice, or more of them than allowed", TagText(object.tag));
    }
  }
}

Result<void> Reading::ReadRecords() {
  const auto afl = out.data.Find(tag::kAfl);
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

Result<void> Reading::ReadOne(std::uint8_t sfi, std::uint8_t number, bool authenticated) {
  PLAZA_ASSIGN_OR_RETURN(const Response response, Exchange(channel_, ReadRecord(sfi, number)));
  const std::string name = "record " + std::to_string(sfi) + "." + std::to_string(number);
  if (!response.ok()) return CardError(name + ": " + StatusText(response.sw));
  PLAZA_ASSIGN_OR_RETURN(const ByteView content,
                         OnlyTemplate(response.data, tag::kRecord, name.c_str()));
  if (authenticated) {
    // Book 3, 10.3: of the files 1 to 10 the template's content, of others the whole record.
    const ByteView covered = sfi <= kLastSfiOfEmv ? content : ByteView(response.data);
    if (out.static_data.size() + covered.size() > kStaticDataBytesMax) {
      return CardError("more static data than allowed");
    }
    out.static_data.insert(out.static_data.end(), covered.begin(), covered.end());
  }
  return TakeObjects(content, authenticated ? Source::kCardStatic : Source::kCard, name.c_str());
}

Result<void> Reading::CheckElements(std::span<const Tag> mandatory) const {
  for (const Tag tag : mandatory) {
    if (out.data.Get(tag).empty()) {
      return CardError("a mandatory data element is missing", TagText(tag));
    }
  }
  for (const Tag tag : kSized) {
    const auto value = out.data.Find(tag);
    if (value && !HasValidLength(tag, value->size(), kernel_)) {
      return CardError("a data element of the wrong size", TagText(tag));
    }
  }
  return {};
}

Result<bool> Reading::PanIsConsistent() const {
  std::optional<Pan> from_track2;
  std::optional<Pan> pan;
  if (const auto value = out.data.Find(tag::kTrack2)) {
    from_track2 = Pan::FromTrack2(*value);
    if (!from_track2) return CardError("track 2 is malformed", TagText(tag::kTrack2));
  }
  if (const auto value = out.data.Find(tag::kPan)) {
    pan = Pan::FromCompressed(*value);
    if (!pan) return CardError("the PAN is malformed", TagText(tag::kPan));
  }
  return !pan || !from_track2 || *pan == *from_track2;
}

}  // namespace plaza::emv
