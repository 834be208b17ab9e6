#include "libs/emv/transit/gate.h"

#include <algorithm>

#include "libs/base/check.h"
#include "libs/emv/errors.h"
#include "libs/emv/kernel/verification.h"
#include "libs/emv/oda/pan.h"
#include "libs/emv/tlv/writer.h"
#include "libs/emv/transit/media.h"
#include "libs/emv/transit/terminal_data.h"

namespace plaza::emv {
namespace {

// What a deferred authorisation carries (docs/formats/journal.md, "Chip data"), in this order.
constexpr Tag kChipTags[] = {tag::kDate,
                             tag::kTransactionType,
                             tag::kCurrency,
                             tag::kTerminalCountry,
                             tag::kAmount,
                             tag::kAmountOther,
                             tag::kAtc,
                             tag::kAip,
                             tag::kDfName,
                             tag::kTvr,
                             tag::kIssuerApplicationData,
                             tag::kCryptogram,
                             tag::kTerminalCapabilities,
                             tag::kUnpredictableNumber,
                             tag::kPanSequence,
                             tag::kCid,
                             tag::kCvmResults,
                             tag::kFormFactor,
                             tag::kPar};
constexpr Tag kSealedTags[] = {tag::kPan, tag::kExpiry, tag::kPanSequence, tag::kTrack2};

TapOutcome Retry(const Error& error, Outcome shown) {
  Findings findings;
  findings.card_removed = error.Is(errors::kCardRemoved);
  findings.no_application = error.Is(errors::kNoApplication);
  findings.gate_error = error.Is(errors::kJournalIo);
  findings.card_error = true;  // whatever it is else
  TapOutcome outcome;
  outcome.action = GateAction::kRetry;
  outcome.retry = Decide(findings).retry;
  outcome.detail = error.what();
  if (!error.where().empty()) outcome.detail += " (" + error.where() + ")";
  outcome.outcome = shown;
  return outcome;
}

// A PAR joins accounts, so it is believed only when the card's certificate covers it and was found
// right.
std::string TrustedPar(const KernelOutcome& kernel) {
  if (kernel.oda.result != OdaResult::kPassed) return {};
  if (kernel.data.SourceOf(tag::kPar) != Source::kCardStatic) return {};
  std::string par = ToString(kernel.data.Get(tag::kPar));
  const bool well_formed = par.size() == 29 && std::ranges::all_of(par, [](char c) {
                             return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
                           });
  return well_formed ? par : std::string();
}

// Whether a numeric code of two octets, such as a country's, is in the list.
bool IsListed(ByteView code, const std::vector<std::uint16_t>& list) {
  if (code.size() != 2) return false;
  const int number = (code[0] & 0x0F) * 100 + (code[1] >> 4) * 10 + (code[1] & 0x0F);
  return std::ranges::find(list, number) != list.end();
}

bool IsRefused(const DataElements& card, ByteView aid, const GateProfile& profile) {
  const auto begins = [aid](const Bytes& product) {
    return aid.size() >= product.size() && std::ranges::equal(aid.first(product.size()), product);
  };
  return IsListed(card.Get(tag::kIssuerCountry), profile.refused_issuer_countries) ||
         IsListed(card.Get(tag::kApplicationCurrency), profile.refused_currencies) ||
         std::ranges::any_of(profile.refused_products, begins);
}

Bytes ChipData(const DataElements& terminal, const KernelOutcome& kernel, ByteView aid) {
  Bytes out;
  for (const Tag tag : kChipTags) {
    std::optional<ByteView> value = tag == tag::kDfName ? aid : kernel.computed.Find(tag);
    if (!value) value = terminal.Find(tag);
    if (!value) value = kernel.data.Find(tag);
    if (value) AppendTlv(out, tag, *value);
  }
  return out;
}

SecretBytes CardData(const DataElements& card) {
  Bytes out;
  out.reserve(64);  // so that growing leaves no copy behind
  for (const Tag tag : kSealedTags) {
    if (const auto value = card.Find(tag)) AppendTlv(out, tag, *value);
  }
  return SecretBytes(std::move(out));
}

// The gate's own checks, on top of the kernel's verdict.
Result<Findings> Examine(const KernelOutcome& kernel, ByteView aid, const TapContext& context,
                         TapOutcome& outcome) {
  Findings findings;
  findings.pan_mismatch = kernel.verdict == KernelVerdict::kPanMismatch;
  findings.card_declined = kernel.verdict == KernelVerdict::kCardDeclined;
  findings.oda_failed = kernel.oda.result != OdaResult::kPassed;
  const auto expiry = ParseCardDate(kernel.data.Get(tag::kExpiry));
  const auto effective = kernel.data.Find(tag::kEffective);
  const auto valid_from = effective ? ParseCardDate(*effective) : std::nullopt;
  if (!expiry || (effective && !valid_from)) {
    return Error(errors::kCardError, "the card's dates are malformed", "5F24, 5F25");
  }
  findings.expired = *expiry < context.local.date;
  findings.not_yet_valid = valid_from && context.local.date < *valid_from;
  findings.not_accepted = IsRefused(kernel.data, aid, *context.profile);
  if (findings.pan_mismatch) return findings;  // which of the two it is cannot be told: no token
  bool present = false;
  const auto pan = PanOf(kernel.data, &present);
  PLAZA_CHECK(pan.has_value());  // the kernel read it
  outcome.token = context.vsam->Tokenise(pan->digits());
  PLAZA_ASSIGN_OR_RETURN(findings.deny_listed,
                         context.deny_list->Contains(context.vsam->token_epoch(), *outcome.token));
  findings.passed_back = context.pass_back->Seen(*outcome.token, context.time);
  return findings;
}

// Card data is kept only where an authorisation may follow: of a ride, or of a debt that a denied
// card may pay by its tap.
bool NeedsCardData(Reason reason) {
  return reason == Reason::kNone || reason == Reason::kDenyListed;
}

std::string DetailOf(const TapOutcome& outcome) {
  std::string detail(ReasonName(outcome.reason));
  if (outcome.reason == Reason::kOdaFailed) {
    detail += ": " + std::string(OdaResultName(outcome.oda.result)) + ", " +
              std::string(outcome.oda.reason);
  }
  return detail;
}

TapOutcome Judge(KernelOutcome kernel, const TapContext& context, const DirectoryEntry& entry,
                 const DataElements& terminal) {
  TapOutcome outcome;
  auto findings = Examine(kernel, entry.adf_name, context, outcome);
  if (!findings.ok()) return Retry(findings.error(), OutcomeOf(findings.error()));
  const Judgement judgement = Decide(*findings);
  outcome.action = judgement.action;
  outcome.reason = judgement.reason;
  outcome.outcome = OutcomeOf(kernel);
  outcome.par = TrustedPar(kernel);
  outcome.media_kind = MediaKindOf(kernel.data, entry.kernel_id);
  outcome.oda = std::move(kernel.oda);
  outcome.detail = DetailOf(outcome);
  if (NeedsCardData(outcome.reason)) {
    outcome.chip_data = ChipData(terminal, kernel, entry.adf_name);
    outcome.card_data = CardData(kernel.data);
  }
  if (outcome.action == GateAction::kAccept) {
    context.pass_back->Accepted(*outcome.token, context.time);
  }
  return outcome;
}

void Keep(TapTrace& trace, const SelectedApplication& selected, const DataElements& terminal,
          const KernelOutcome& kernel) {
  trace.selected = selected.entry;
  trace.fci = selected.fci;
  const auto add = [](DataElements& to, const DataElements& from) {
    for (std::size_t i = 0; i < from.size(); ++i) {
      PLAZA_CHECK(to.Put(from.tag_at(i), from.value_at(i), *from.SourceOf(from.tag_at(i))));
    }
  };
  trace.terminal.Clear();
  trace.card.Clear();
  add(trace.terminal, terminal);
  add(trace.terminal, kernel.computed);
  add(trace.card, kernel.data);
}

// Start D, and what the gate makes of it.
TapOutcome RunSelected(CardChannel& channel, const TapContext& context,
                       const SelectedApplication& selected, const DataElements& terminal,
                       const Indicators& indicators, TapTrace* trace) {
  KernelInput input;
  input.aid = selected.entry.adf_name;
  input.fci = selected.fci;
  input.terminal = &terminal;
  input.capks = context.capks;
  input.date = context.local.date;
  input.issuer_keys = context.issuer_keys;
  input.floor_limit_exceeded = indicators.floor_limit_exceeded;
  input.recorded = context.recorded_terminal != nullptr;
  auto kernel = ActivateKernel(selected.entry.kernel_id, channel, input);
  if (!kernel.ok()) return Retry(kernel.error(), OutcomeOf(kernel.error()));
  if (trace != nullptr) Keep(*trace, selected, terminal, *kernel);
  switch (kernel->verdict) {
    case KernelVerdict::kSelectNext:
    case KernelVerdict::kSeePhone:
    case KernelVerdict::kTryAnotherInterface:
      return Retry(Error(errors::kCardError, kernel->detail), OutcomeOf(*kernel));
    default:
      return Judge(std::move(*kernel), context, selected.entry, terminal);
  }
}

}  // namespace

TapOutcome ProcessTap(CardChannel& channel, const TapContext& context, TapTrace* trace) {
  PLAZA_CHECK(context.profile && context.capks && context.deny_list && context.pass_back &&
              context.vsam);
  const GateProfile& profile = *context.profile;
  const std::vector<Indicators> indicators =
      Preprocess(profile.combinations, profile.amount_minor, profile.unit_minor);
  Selection selection(channel, profile.combinations, indicators);
  const auto directory = selection.ReadDirectory();
  if (!directory.ok()) return Retry(directory.error(), OutcomeOf(directory.error()));
  std::optional<TapOutcome> handed_back;  // what the last kernel said that wants the next candidate
  while (true) {
    auto selected = selection.Next();
    if (!selected.ok()) {
      const bool was_last = handed_back && selected.error().Is(errors::kNoApplication);
      return was_last ? std::move(*handed_back)
                      : Retry(selected.error(), OutcomeOf(selected.error()));
    }
    const DataElements terminal =
        MakeTerminalData(context, selected->entry, indicators[selected->entry.combination]);
    TapOutcome outcome = RunSelected(channel, context, *selected, terminal,
                                     indicators[selected->entry.combination], trace);
    if (outcome.outcome.kind != OutcomeKind::kSelectNext) return outcome;
    handed_back = std::move(outcome);
  }
}

Bytes MakeTapRecord(const TapOutcome& outcome, const TapContext& context,
                    const RecordInput& input) {
  PLAZA_CHECK(outcome.action != GateAction::kRetry);
  TapRecord record;
  record.validator_id = input.validator_id;
  record.sequence = input.sequence;
  record.event_time = context.time;
  record.clock_doubtful = input.clock_doubtful;
  record.stop_id = input.place.stop_id;
  record.vehicle_id = input.place.vehicle_id;
  record.route_id = input.place.route_id;
  record.trip_id = input.place.trip_id;
  const bool accepted = outcome.action == GateAction::kAccept;
  record.decision = accepted ? Decision::kAccepted : Decision::kDenied;
  record.reason = outcome.reason;
  record.token_epoch = context.vsam->token_epoch();
  record.token = outcome.token;
  record.par = outcome.par;
  record.deny_list_epoch = context.deny_list->epoch();
  record.media_kind = outcome.media_kind;
  record.chip_data = outcome.chip_data;
  if (!outcome.card_data.empty()) {
    record.seal_scheme = kSealSchemeAesGcm;
    record.sealed_card = context.vsam->Seal(input.sequence, outcome.card_data.view());
  }
  Bytes encoded = EncodeUnsigned(record);
  const Mac mac = context.vsam->Sign(encoded);
  return AppendMac(std::move(encoded), mac);
}

}  // namespace plaza::emv
