// The acceptance core's ops with a card (docs/formats/eval.md): emv.entry_point, emv.replay; and
// the card's own side, emv.arqc.
#include "apps/plaza/eval/emv_fields.h"
#include "apps/plaza/eval/emv_script.h"
#include "libs/base/hex.h"
#include "libs/base/money.h"
#include "libs/emv/crypto/cryptogram.h"
#include "libs/emv/errors.h"
#include "libs/emv/tlv/reader.h"
#include "libs/emv/transit/gate.h"

namespace plaza::eval {
namespace {

constexpr std::size_t kCombinationsMax = 64;
constexpr std::size_t kTerminalTagsMax = 64;
constexpr std::uint8_t kTtqOdaForOnline = 0x01;  // byte 1

// What entry point and replay both read of `terminal`.
struct Terminal {
  Moment time;
  emv::DataElements tags;
  emv::GateProfile profile;
};

struct NumericCode {
  std::string_view letters;
  std::uint16_t number;
};
// Others are given as 5F2A.
constexpr NumericCode kCurrencies[] = {{"ARS", 32},  {"AUD", 36},  {"BRL", 986}, {"CAD", 124},
                                       {"CHF", 756}, {"CLP", 152}, {"CNY", 156}, {"COP", 170},
                                       {"EUR", 978}, {"GBP", 826}, {"JPY", 392}, {"KWD", 414},
                                       {"MXN", 484}, {"PEN", 604}, {"USD", 840}, {"UYU", 858}};

std::optional<std::int64_t> Limit(const Fields& fields, std::string_view key) {
  if (!fields.Has(key)) return std::nullopt;
  const std::int64_t value = fields.Int(key);
  if (value < 0) Fail("BAD_VALUE", "must not be negative", fields.PathOf(key));
  return value;
}

emv::Combination ReadCombination(const Json& item, const std::string& path) {
  const Fields fields(item, path,
                      {"aid", "kernel_id", "ttq", "partial_selection", "status_check",
                       "zero_amount_allowed", "zero_amount_offline", "transaction_limit",
                       "floor_limit", "terminal_floor_limit", "cvm_limit", "extended_selection"});
  emv::Combination out;
  out.aid = fields.Hex("aid");
  if (out.aid.size() < 5 || out.aid.size() > 16) {
    Fail("BAD_VALUE", "an AID has 5 to 16 bytes", fields.PathOf("aid"));
  }
  out.kernel_id = fields.Hex("kernel_id");
  if (out.kernel_id.size() != 1 && out.kernel_id.size() != 3) {
    Fail("BAD_VALUE", "a kernel identifier has 1 or 3 bytes", fields.PathOf("kernel_id"));
  }
  if (fields.Has("ttq")) out.ttq = FixedHex<4>(fields, "ttq");
  out.partial_selection = fields.BoolOr("partial_selection", true);
  out.status_check = fields.BoolOr("status_check", false);
  if (fields.Has("zero_amount_allowed")) {
    out.zero_amount_allowed = fields.BoolOr("zero_amount_allowed", false);
  }
  out.zero_amount_offline = fields.BoolOr("zero_amount_offline", false);
  out.transaction_limit = Limit(fields, "transaction_limit");
  out.floor_limit = Limit(fields, "floor_limit");
  out.terminal_floor_limit = Limit(fields, "terminal_floor_limit");
  out.cvm_limit = Limit(fields, "cvm_limit");
  out.extended_selection = fields.BoolOr("extended_selection", false);
  return out;
}

std::int64_t UnitOf(const Currency& currency) {
  std::int64_t unit = 1;
  for (int place = 0; place < currency.places(); ++place) unit *= 10;
  return unit;
}

// The currency's number, unless the tags say it.
void ReadMoney(const Fields& fields, Terminal& out) {
  constexpr std::int64_t kAmountMax = 999'999'999'999;  // n12
  out.profile.amount_minor = fields.Int("amount_minor");
  if (out.profile.amount_minor < 0 || out.profile.amount_minor > kAmountMax) {
    Fail("BAD_VALUE", "must be 0 to 999999999999", fields.PathOf("amount_minor"));
  }
  const std::string letters = fields.Text("currency");
  const auto currency = Currency::Parse(letters);
  if (!currency.ok()) Fail("BAD_VALUE", currency.error().what(), fields.PathOf("currency"));
  out.profile.unit_minor = UnitOf(*currency);
  const auto code = std::ranges::find(kCurrencies, letters, &NumericCode::letters);
  if (code != std::end(kCurrencies)) {
    out.profile.currency = code->number;
  } else if (!out.tags.Has(emv::tag::kCurrency)) {
    Fail("BAD_VALUE", "give this currency's number as tag 5F2A", fields.PathOf("currency"));
  }
}

void SetOdaForOnline(emv::Ttq& ttq, bool on) {
  ttq[0] = static_cast<std::uint8_t>(on ? ttq[0] | kTtqOdaForOnline : ttq[0] & ~kTtqOdaForOnline);
}

Terminal ReadTerminal(const Fields& in) {
  const Fields fields(
      in.Get("terminal"), in.PathOf("terminal"),
      {"time", "tags", "amount_minor", "currency", "combinations", "oda_for_online"});
  Terminal out;
  out.time = fields.MomentOf("time");
  out.tags = ReadTags(fields, "tags", emv::Source::kTerminal);
  if (out.tags.size() > kTerminalTagsMax) {
    Fail("TOO_LARGE", "at most 64 tags of the terminal", fields.PathOf("tags"));
  }
  ReadMoney(fields, out);
  const Json& combinations = fields.Array("combinations");
  if (combinations.size() > kCombinationsMax) {
    Fail("TOO_LARGE", "at most 64 combinations", fields.PathOf("combinations"));
  }
  for (const Json& item : combinations) {
    const std::size_t position = out.profile.combinations.size();
    out.profile.combinations.push_back(ReadCombination(
        item, fields.PathOf("combinations") + "[" + std::to_string(position) + "]"));
  }
  if (fields.Has("oda_for_online")) {
    const bool on = fields.BoolOr("oda_for_online", false);
    SetOdaForOnline(out.profile.ttq, on);
    for (emv::Combination& combination : out.profile.combinations) {
      if (combination.ttq) SetOdaForOnline(*combination.ttq, on);
    }
  }
  return out;
}

Json UiJson(const emv::UiRequest& ui) {
  const auto message = static_cast<std::uint8_t>(ui.message);
  return {{"message", ToHex({&message, 1})}, {"status", emv::UiStatusName(ui.status)}};
}

Json UiOf(const emv::Outcome& outcome) {
  Json out = Json::array();
  for (const auto& ui : {outcome.ui_on_outcome, outcome.ui_on_restart}) {
    if (ui) out.push_back(UiJson(*ui));
  }
  return out;
}

Json PreprocessingJson(const std::vector<emv::Combination>& combinations,
                       const std::vector<emv::Indicators>& indicators) {
  Json out = Json::array();
  for (std::size_t i = 0; i < combinations.size(); ++i) {
    const emv::Indicators& one = indicators[i];
    Json row = {{"aid", ToHex(combinations[i].aid)},
                {"kernel_id", ToHex(combinations[i].kernel_id)},
                {"status_check_requested", one.status_check_requested},
                {"contactless_not_allowed", one.contactless_not_allowed},
                {"zero_amount", one.zero_amount},
                {"cvm_limit_exceeded", one.cvm_limit_exceeded},
                {"floor_limit_exceeded", one.floor_limit_exceeded}};
    if (one.ttq) row["ttq"] = ToHex(*one.ttq);
    out.push_back(std::move(row));
  }
  return out;
}

Json CandidatesJson(const std::vector<emv::DirectoryEntry>& candidates) {
  Json out = Json::array();
  for (const emv::DirectoryEntry& one : candidates) {
    out.push_back({{"aid", ToHex(one.adf_name)},
                   {"kernel_id", ToHex(one.kernel_id)},
                   {"priority", one.priority}});
  }
  return out;
}

Json EntryPoint(const Json& in) {
  const Fields fields(in, "in", {"script", "match", "reset_on_reselect", "terminal"});
  ScriptCard card(fields);
  const Terminal terminal = ReadTerminal(fields);
  const auto& combinations = terminal.profile.combinations;
  const auto indicators =
      emv::Preprocess(combinations, terminal.profile.amount_minor, terminal.profile.unit_minor);
  Json ok = {{"preprocessing", PreprocessingJson(combinations, indicators)}};
  emv::Selection selection(card, combinations, indicators);
  emv::Outcome outcome;
  const auto select = [&]() -> Result<emv::SelectedApplication> {
    PLAZA_RETURN_IF_ERROR(selection.ReadDirectory());
    return selection.Next();
  };
  // Book B, 3.1.1.13.
  const bool allowed =
      combinations.empty() || std::ranges::any_of(indicators, [](const emv::Indicators& one) {
        return !one.contactless_not_allowed;
      });
  if (!allowed) {
    outcome = {.kind = emv::OutcomeKind::kTryAnotherInterface,
               .ui_on_outcome =
                   emv::UiRequest{emv::UiMessage::kInsertOrSwipe, emv::UiStatus::kProcessingError}};
    ok["outcome"] = emv::OutcomeName(outcome.kind);
  } else if (const auto selected = select(); selected.ok()) {
    ok["outcome"] = "select";
    ok["selected"] = {{"aid", ToHex(selected->entry.adf_name)},
                      {"kernel_id", ToHex(selected->entry.kernel_id)}};
    const auto& ttq = indicators[selected->entry.combination].ttq;
    if (ttq) ok["ttq"] = ToHex(*ttq);
  } else {
    outcome = emv::OutcomeOf(selected.error());
    ok["outcome"] = emv::OutcomeName(outcome.kind);
  }
  ok["candidates"] = CandidatesJson(selection.candidates());
  ok["ui"] = UiOf(outcome);
  ok["apdus"] = card.Exchanged();
  return ok;
}

void AddObjects(ByteView data, emv::DataElements& out) {
  emv::TlvReader reader(data);
  emv::Tlv object;
  for (auto more = reader.Next(object); more.ok() && *more; more = reader.Next(object)) {
    if (emv::IsConstructed(object.tag)) {
      AddObjects(object.value, out);
    } else if (!out.Has(object.tag)) {
      (void)out.Add(object.tag, object.value, emv::Source::kCard);  // what has no room is not shown
    }
  }
}

// The terminal's elements win: a card does not say the amount.
Json TagsJson(emv::TapTrace& trace) {
  AddObjects(trace.fci, trace.card);
  Json out = Json::object();
  for (const emv::DataElements* elements : {&trace.card, &trace.terminal}) {
    for (std::size_t i = 0; i < elements->size(); ++i) {
      out[emv::TagText(elements->tag_at(i))] = ToHex(elements->value_at(i));
    }
  }
  return out;
}

std::string MaskedPan(ByteView card_data) {
  constexpr std::size_t kShown = 4;
  const auto pan = emv::FindTlv(card_data, emv::tag::kPan);
  if (!pan.ok() || !*pan) return "";
  std::string digits = ToHex(**pan);
  while (!digits.empty() && digits.back() == 'F') digits.pop_back();
  const std::size_t hidden = digits.size() > kShown ? digits.size() - kShown : 0;
  return std::string(hidden, '*') + digits.substr(hidden);
}

std::string_view MediaName(emv::MediaKind kind) {
  return kind == emv::MediaKind::kEmvDevice ? "emv_device" : "emv_card";
}

Json TapJson(const emv::TapOutcome& outcome, const emv::TapContext& context) {
  const Bytes bytes = emv::MakeTapRecord(outcome, context, {.validator_id = "EVAL", .sequence = 1});
  const auto decoded = emv::DecodeTapRecord(bytes);
  PLAZA_CHECK(decoded.ok());
  const emv::TapRecord& record = decoded->record;
  Json out = {{"decision", record.decision == emv::Decision::kAccepted ? "accepted" : "denied"},
              {"reason", emv::ReasonName(record.reason)},
              {"event_time", FormatMoment(record.event_time, context.local.offset_seconds)},
              {"token_epoch", record.token_epoch},
              {"media_kind", MediaName(record.media_kind)},
              {"chip_data", ToHex(record.chip_data)}};
  if (record.token) out["token"] = ToHex(*record.token);
  if (!record.par.empty()) out["par"] = record.par;
  const std::string pan = MaskedPan(outcome.card_data.view());
  if (!pan.empty()) out["pan"] = pan;
  return out;
}

std::vector<std::uint16_t> ReadNumbers(const Fields& fields, std::string_view key) {
  std::vector<std::uint16_t> out;
  for (const Json& item : fields.ArrayOrEmpty(key)) {
    const bool good = item.is_number_unsigned() && item.get<std::uint64_t>() <= 999;
    if (!good) Fail("BAD_VALUE", "must be numeric codes, 0 to 999", fields.PathOf(key));
    out.push_back(item.get<std::uint16_t>());
  }
  return out;
}

template <std::size_t kSize>
std::array<std::uint8_t, kSize> FixedItem(const Json& item, const std::string& where) {
  const auto bytes = item.is_string() ? FromHex(item.get<std::string>()) : Result<Bytes>(Bytes());
  if (!bytes.ok() || bytes->size() != kSize) {
    Fail("BAD_VALUE", "must be " + std::to_string(kSize) + " bytes in hex", where);
  }
  std::array<std::uint8_t, kSize> out{};
  std::ranges::copy(*bytes, out.begin());
  return out;
}

// The city's side of a replay: lists, policy, keys.
struct City {
  emv::DenyList deny_list;
  emv::PassBackWindow pass_back{Seconds(0)};
  std::unique_ptr<emv::Vsam> vsam;
};

void ReadPolicy(const Fields& in, emv::GateProfile& profile, City& city) {
  if (!in.Has("policy")) return;
  const Fields fields(in.Get("policy"), in.PathOf("policy"),
                      {"refused_issuer_countries", "refused_currencies", "refused_products",
                       "pass_back_s", "accepted_before"});
  profile.refused_issuer_countries = ReadNumbers(fields, "refused_issuer_countries");
  profile.refused_currencies = ReadNumbers(fields, "refused_currencies");
  for (const Json& item : fields.ArrayOrEmpty("refused_products")) {
    const auto aid = item.is_string() ? FromHex(item.get<std::string>()) : Result<Bytes>(Bytes());
    if (!aid.ok() || aid->empty()) {
      Fail("BAD_VALUE", "must be the beginnings of AIDs in hex", fields.PathOf("refused_products"));
    }
    profile.refused_products.push_back(*aid);
  }
  city.pass_back = emv::PassBackWindow(Seconds(fields.IntOr("pass_back_s", 0)));
  for (const Json& item : fields.ArrayOrEmpty("accepted_before")) {
    const Fields tap(item, fields.PathOf("accepted_before"), {"token", "time"});
    city.pass_back.Accepted(FixedHex<32>(tap, "token"), tap.MomentOf("time").instant);
  }
}

void ReadCity(const Fields& in, emv::GateProfile& profile, City& city) {
  emv::ValidatorKeys keys{.validator_id = "EVAL", .token_key = {}, .mac_key = {}, .data_key = {}};
  if (in.Has("deny_list")) {
    const Fields fields(in.Get("deny_list"), in.PathOf("deny_list"), {"tokens", "token_key"});
    if (fields.Has("token_key")) keys.token_key = FixedHex<32>(fields, "token_key");
    std::vector<emv::DeniedToken> tokens;
    for (const Json& item : fields.ArrayOrEmpty("tokens")) {
      tokens.push_back({keys.token_epoch, FixedItem<32>(item, fields.PathOf("tokens"))});
    }
    city.deny_list = emv::DenyList::FromSnapshot(/*epoch=*/1, std::move(tokens));
  }
  city.vsam = emv::MakeSoftwareVsam(std::move(keys));
  ReadPolicy(in, profile, city);
}

Json Replay(const Json& in) {
  const Fields fields(in, "in",
                      {"script", "match", "reset_on_reselect", "terminal", "capk", "revoked",
                       "deny_list", "policy"});
  ScriptCard card(fields);
  Terminal terminal = ReadTerminal(fields);
  const emv::CapkTable capks = ReadCapks(fields);
  City city;
  ReadCity(fields, terminal.profile, city);
  emv::TapContext context;
  context.time = terminal.time.instant;
  context.local = ToLocal(context.time, terminal.time.offset_seconds);
  context.profile = &terminal.profile;
  context.capks = &capks;
  context.deny_list = &city.deny_list;
  context.pass_back = &city.pass_back;
  context.vsam = city.vsam.get();
  context.recorded_terminal = &terminal.tags;
  emv::TapTrace trace;
  const emv::TapOutcome outcome = emv::ProcessTap(card, context, &trace);
  const bool retry = outcome.action == emv::GateAction::kRetry;
  Json ok = {
      {"decision", emv::GateActionName(outcome.action)},
      {"reason", retry ? emv::RetryReasonName(outcome.retry) : emv::ReasonName(outcome.reason)},
      {"detail", outcome.detail},
      {"outcome", emv::OutcomeName(outcome.outcome.kind)},
      {"ui", UiOf(outcome.outcome)},
      {"apdus", card.Exchanged()}};
  if (!trace.selected.adf_name.empty()) {
    ok["aid"] = ToHex(trace.selected.adf_name);
    ok["kernel_id"] = ToHex(trace.selected.kernel_id);
    ok["tags"] = TagsJson(trace);
  }
  if (retry) return ok;
  ok["oda"] = OdaJson(outcome.oda);
  ok["tap"] = TapJson(outcome, context);
  return ok;
}

Json Arqc(const Json& in) {
  const Fields fields(in, "in", {"scheme", "imk", "pan", "psn", "atc", "un", "data", "derivation"});
  const emv::CryptogramScheme* found = emv::FindCryptogramScheme(fields.Text("scheme"));
  if (found == nullptr) {
    Fail("BAD_VALUE",
         "must be visa-cvn10, -cvn17, -cvn18, -cvn22, mastercard-cvn16, -cvn17, -cvn20 "
         "or -cvn21",
         fields.PathOf("scheme"));
  }
  emv::CryptogramScheme scheme = *found;
  const std::string derivation = fields.TextOr("derivation", "");
  if (derivation == "a") scheme.long_pan = emv::CardKeyDerivation::kOptionA;
  if (derivation == "b") scheme.long_pan = emv::CardKeyDerivation::kOptionB;
  if (derivation != "" && derivation != "a" && derivation != "b") {
    Fail("BAD_VALUE", "must be a or b", fields.PathOf("derivation"));
  }
  emv::CryptogramInput input;
  input.issuer_key = FixedHex<16>(fields, "imk");
  const std::string pan = fields.Text("pan");
  const bool digits = std::ranges::all_of(pan, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || pan.size() < 8 || pan.size() > 19) {
    Fail("BAD_VALUE", "must be 8 to 19 digits", fields.PathOf("pan"));
  }
  input.pan = pan;
  if (fields.Has("psn")) input.psn = FixedHex<1>(fields, "psn")[0];
  if ((input.psn >> 4) > 9 || (input.psn & 0x0F) > 9) {
    Fail("BAD_VALUE", "must be two digits", fields.PathOf("psn"));
  }
  const bool needs_un = scheme.session == emv::CryptogramScheme::Session::kMastercard;
  const bool needs_atc = scheme.session != emv::CryptogramScheme::Session::kCardKey;
  if (needs_atc || fields.Has("atc")) input.atc = FixedHex<2>(fields, "atc");
  if (needs_un || fields.Has("un")) input.unpredictable_number = FixedHex<4>(fields, "un");
  const Bytes data = BoundedHex(fields, "data");
  input.data = data;
  const emv::Cryptogram made = emv::MakeCryptogram(scheme, input);
  return {{"ac", ToHex(made.ac)}, {"session_key", ToHex(made.session_key)}};
}

}  // namespace

void AddEmvTapOps(Registry& registry) {
  registry.Add("emv.entry_point", EntryPoint);
  registry.Add("emv.replay", Replay);
  registry.Add("emv.arqc", Arqc);
}

}  // namespace plaza::eval
