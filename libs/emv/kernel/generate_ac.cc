#include "libs/emv/kernel/generate_ac.h"

#include "libs/base/check.h"
#include "libs/emv/dol/dol.h"
#include "libs/emv/kernel/reading.h"
#include "libs/emv/kernel/verification.h"
#include "libs/emv/tlv/reader.h"

namespace plaza::emv {
namespace {

constexpr std::uint8_t kAcMask = 0xC0;  // Book 3, 6.5.5.4
constexpr std::uint8_t kArqc = 0x80;
constexpr std::uint8_t kCdaRequested = 0x10;
constexpr std::size_t kCommandDataBytesMax = 255;
constexpr std::size_t kFormat1BytesMin = 11;  // CID, ATC, cryptogram
constexpr const char* kStep = "GENERATE AC";

// Book C-2, 6.6 (456.7); the AIP by then.
constexpr Tag kMandatoryBefore[] = {tag::kAip, tag::kExpiry, tag::kPan, tag::kCdol1};
constexpr Tag kMandatoryAfter[] = {tag::kCid, tag::kAtc};

class Run {
 public:
  Run(CardChannel& channel, const KernelInput& input, const GenerateAcRules& rules)
      : input_(input), rules_(rules), reading_(channel, input, rules.kernel) {}

  Result<KernelOutcome> Steps() {
    PLAZA_ASSIGN_OR_RETURN(const std::uint16_t sw, reading_.GetOptions());
    if (sw != status::kSuccess) return HandBack(sw);
    PLAZA_RETURN_IF_ERROR(reading_.ReadRecords());
    PLAZA_RETURN_IF_ERROR(reading_.CheckElements(kMandatoryBefore));
    PLAZA_ASSIGN_OR_RETURN(const bool consistent, reading_.PanIsConsistent());
    if (!consistent) {
      out().verdict = KernelVerdict::kPanMismatch;
      return std::move(out());
    }
    KeepVerification();
    PLAZA_RETURN_IF_ERROR(AskForCryptogram());
    PLAZA_RETURN_IF_ERROR(reading_.CheckElements(kMandatoryAfter));
    PLAZA_RETURN_IF_ERROR(Judge());
    return std::move(out());
  }

 private:
  KernelOutcome& out() { return reading_.out; }
  Result<KernelOutcome> HandBack(std::uint16_t sw);
  void KeepVerification();
  Result<void> AskForCryptogram();
  Result<void> TakeFormat1(ByteView value);
  Result<void> TakeFormat2(ByteView value);
  Result<void> Judge();

  const KernelInput& input_;
  const GenerateAcRules& rules_;
  Reading reading_;
  bool cda_ = false;
  Bytes cdol1_data_;
  Bytes hashed_response_;  // the answer's objects but 9F4B
};

Result<KernelOutcome> Run::HandBack(std::uint16_t sw) {
  const auto verdict =
      rules_.any_refusal_selects_next ? KernelVerdict::kSelectNext : HandBackOf(sw);
  if (!verdict) return CardError(out().detail);
  out().verdict = *verdict;
  return std::move(out());
}

void Run::KeepVerification() {
  const Verification verification = Verify(out().data, input_);
  cda_ = verification.cda || input_.recorded;
  const auto put = [this](Tag tag, ByteView value) {
    PLAZA_CHECK(out().computed.Add(tag, value, Source::kTerminal));
  };
  if (!input_.recorded) put(tag::kTvr, verification.tvr);
  if (!input_.terminal->Has(tag::kCvmResults)) put(tag::kCvmResults, verification.cvm_results);
}

// Book 3, 6.5.5; the answer's formats are those of 6.5.5.4.
Result<void> Run::AskForCryptogram() {
  auto data = BuildDol(out().data.Get(tag::kCdol1), {&out().computed, input_.terminal, &out().data},
                       rules_.kernel);
  if (!data.ok()) return AsCardError(data.error(), "CDOL1");
  if (data->size() > kCommandDataBytesMax)
    return CardError("CDOL1 asks for more than a command holds");
  cdol1_data_ = std::move(data).value();
  const std::uint8_t reference = cda_ ? kArqc | kCdaRequested : kArqc;
  PLAZA_ASSIGN_OR_RETURN(const Response response,
                         Exchange(reading_.channel(), GenerateAc(reference, cdol1_data_)));
  if (!response.ok()) return CardError(std::string(kStep) + ": " + StatusText(response.sw));
  if (!response.data.empty() && response.data.front() == tag::kFormat1) {
    PLAZA_ASSIGN_OR_RETURN(const ByteView value,
                           Reading::OnlyTemplate(response.data, tag::kFormat1, kStep));
    return TakeFormat1(value);
  }
  PLAZA_ASSIGN_OR_RETURN(const ByteView value,
                         Reading::OnlyTemplate(response.data, tag::kFormat2, kStep));
  return TakeFormat2(value);
}

// CID, ATC, cryptogram, issuer application data.
Result<void> Run::TakeFormat1(ByteView value) {
  if (value.size() < kFormat1BytesMin) return CardError("GENERATE AC: format 80 is short");
  DataElements& data = out().data;
  const bool kept =
      data.Add(tag::kCid, value.first(1), Source::kCard) &&
      data.Add(tag::kAtc, value.subspan(1, 2), Source::kCard) &&
      data.Add(tag::kCryptogram, value.subspan(3, 8), Source::kCard) &&
      (value.size() == kFormat1BytesMin ||
       data.Add(tag::kIssuerApplicationData, value.subspan(kFormat1BytesMin), Source::kCard));
  return kept ? Result<void>() : CardError("GENERATE AC: a data element twice");
}

// What CDA covers is the answer as it came, but for the signature itself (Book 2, 6.6.1).
Result<void> Run::TakeFormat2(ByteView value) {
  PLAZA_RETURN_IF_ERROR(reading_.TakeObjects(value, Source::kCard, kStep));
  TlvReader reader(value);
  Tlv object;
  while (true) {
    PLAZA_ASSIGN_OR_RETURN(const bool more, reader.Next(object));
    if (!more) return {};
    if (object.tag == tag::kSignedDynamicData) continue;
    const std::size_t end = object.value_offset + object.value.size();
    const ByteView whole = value.subspan(object.offset, end - object.offset);
    hashed_response_.insert(hashed_response_.end(), whole.begin(), whole.end());
  }
}

Result<void> Run::Judge() {
  const std::uint8_t cid = out().data.Get(tag::kCid).front();
  if ((cid & kAcMask) != kArqc) {
    out().verdict = KernelVerdict::kCardDeclined;
    return {};
  }
  OdaInput oda;
  oda.method = OdaMethod::kCda;
  oda.date = input_.date;
  oda.aid = input_.aid;
  oda.capks = input_.capks;
  oda.card = &out().data;
  oda.terminal = input_.terminal;
  oda.static_data = out().static_data;
  oda.pdol_data = reading_.pdol_data();
  oda.cdol1_data = cdol1_data_;
  oda.response_data = hashed_response_;
  oda.cid = cid;
  oda.issuer_keys = input_.issuer_keys;
  out().oda = AuthenticateOffline(oda);
  // With CDA the cryptogram is inside the signature (Book 2, 6.6.2).
  const ByteView ac = out().oda.ac;
  if (!ac.empty() && !out().data.Put(tag::kCryptogram, ac, Source::kCard)) {
    return CardError("more data elements than allowed", TagText(tag::kCryptogram));
  }
  if (!out().data.Has(tag::kSignedDynamicData) && !out().data.Has(tag::kCryptogram)) {
    return CardError("a mandatory data element is missing", TagText(tag::kCryptogram));
  }
  return {};
}

}  // namespace

Result<KernelOutcome> RunGenerateAc(CardChannel& channel, const KernelInput& input,
                                    const GenerateAcRules& rules) {
  return Run(channel, input, rules).Steps();
}

}  // namespace plaza::emv
