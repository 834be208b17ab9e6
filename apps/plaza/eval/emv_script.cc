#include "apps/plaza/eval/emv_script.h"

#include <algorithm>

#include "libs/base/hex.h"
#include "libs/emv/errors.h"

namespace plaza::eval {
namespace {

constexpr std::size_t kStepsMax = 1024;
constexpr std::size_t kExchangesMax = 4096;
constexpr std::size_t kHeaderBytes = 4;
constexpr std::uint8_t kSelect = 0xA4;

Bytes StepHex(const Json& pair, std::size_t at, const std::string& where) {
  if (!pair.is_array() || pair.size() != 2 || !pair[at].is_string()) {
    Fail("BAD_VALUE", "a step is [command, answer] in hex", where);
  }
  auto bytes = FromHex(pair[at].get<std::string>());
  if (!bytes.ok()) Fail("BAD_VALUE", bytes.error().what(), where + ", " + bytes.error().where());
  return std::move(bytes).value();
}

}  // namespace

ScriptCard::ScriptCard(const Fields& fields) {
  const std::string match = fields.TextOr("match", "exact");
  if (match != "exact" && match != "header") {
    Fail("BAD_VALUE", "must be exact or header", fields.PathOf("match"));
  }
  by_header_ = match == "header";
  reset_on_reselect_ = fields.BoolOr("reset_on_reselect", false);
  const Json& script = fields.Array("script");
  if (script.size() > kStepsMax) {
    Fail("TOO_LARGE", "at most 1024 steps", fields.PathOf("script"));
  }
  for (const Json& pair : script) {
    const std::string where = fields.PathOf("script") + "[" + std::to_string(script_.size()) + "]";
    script_.push_back({StepHex(pair, 0, where), StepHex(pair, 1, where)});
  }
}

bool ScriptCard::Matches(const Step& step, ByteView command) const {
  if (!by_header_) return std::ranges::equal(step.command, command);
  if (step.command.size() < kHeaderBytes || command.size() < kHeaderBytes) return false;
  const ByteView scripted = step.command;
  if (!std::ranges::equal(scripted.first(kHeaderBytes), command.first(kHeaderBytes))) return false;
  if (command[1] != kSelect) return true;
  const auto expected = emv::DecodeCommand(scripted);
  const auto sent = emv::DecodeCommand(command);
  return expected.ok() && sent.ok() && expected->data == sent->data;
}

Result<Bytes> ScriptCard::Transmit(ByteView command) {
  const bool is_next = next_ < script_.size() && Matches(script_[next_], command);
  if (!is_next && reset_on_reselect_ && command.size() > 1 && command[1] == kSelect) {
    const auto again =
        std::ranges::find_if(script_, [&](const Step& step) { return Matches(step, command); });
    next_ = static_cast<std::size_t>(again - script_.begin());
  }
  if (next_ == script_.size() || !Matches(script_[next_], command) ||
      exchanged_.size() == kExchangesMax) {
    return Error(emv::errors::kCardRemoved, "the script has no such command next", ToHex(command));
  }
  const Step& step = script_[next_++];
  exchanged_.push_back({ToBytes(command), step.answer});
  return step.answer;
}

Json ScriptCard::Exchanged() const {
  Json out = Json::array();
  for (const Step& step : exchanged_) {
    out.push_back(Json::array({ToHex(step.command), ToHex(step.answer)}));
  }
  return out;
}

}  // namespace plaza::eval
