#include "libs/host/dead_letter_rows.h"

#include <charconv>

#include "libs/base/hex.h"
#include "libs/base/ids.h"
#include "libs/eventlog/limits.h"
#include "libs/host/errors.h"
#include "libs/runtime/log.h"

namespace plaza::host {
namespace {

using events::v1::Event;

// The name of the body that is set, "charge"; empty if there is none.
std::string KindOf(const std::string& value) {
  Event event;
  if (!event.ParseFromString(value)) return "";
  const auto* body = Event::descriptor()->FindFieldByNumber(event.body_case());
  return body == nullptr ? "" : body->name();
}

template <class Number>
bool ParseNumber(std::string_view text, Number& number) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failed == std::errc() && end == text.data() + text.size() && number >= 0;
}

}  // namespace

Result<ops::v1::DeadLetterPlace> ParseLetterPlace(std::string_view text) {
  const std::size_t last = text.rfind('/');
  const std::size_t first = last == 0 || last == text.npos ? text.npos : text.rfind('/', last - 1);
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  if (first == 0 || first == text.npos ||
      !ParseNumber(text.substr(first + 1, last - first - 1), partition) ||
      !ParseNumber(text.substr(last + 1), offset)) {
    return Error(kBadLetterPlace, "'" + std::string(text) + "'");
  }
  std::string topic(text.substr(0, first));
  if (!topic.ends_with(kDlqSuffix)) topic += kDlqSuffix;
  ops::v1::DeadLetterPlace place;
  place.set_topic(topic);
  place.set_partition(partition);
  place.set_offset(offset);
  return place;
}

std::string ToText(const ops::v1::DeadLetterPlace& place) {
  return place.topic() + "/" + std::to_string(place.partition()) + "/" +
         std::to_string(place.offset());
}

void Resolutions::Add(std::int64_t offset, const Event& event) {
  if (!event.has_dead_letter_resolved()) return;
  const events::v1::DeadLetterResolved& what = event.dead_letter_resolved();
  by_letter_[what.letter_id()].push_back({offset, event.event_time_ms(), what});
}

const std::vector<Resolutions::One>& Resolutions::Of(const std::string& letter_id) const {
  static const std::vector<One> kNone;
  const auto found = by_letter_.find(letter_id);
  return found == by_letter_.end() ? kNone : found->second;
}

ops::v1::DeadLetterState Resolutions::StateOf(const std::string& letter_id,
                                              std::int64_t offset) const {
  const std::vector<One>& all = Of(letter_id);
  if (all.empty() || all.back().offset < offset) return ops::v1::DEAD_LETTER_STATE_OPEN;
  return all.back().what.outcome() == events::v1::DEAD_LETTER_OUTCOME_DROPPED
             ? ops::v1::DEAD_LETTER_STATE_DROPPED
             : ops::v1::DEAD_LETTER_STATE_REPLAYED;
}

ops::v1::DeadLetterRow RowOf(ops::v1::DeadLetterPlace place, const Event& event,
                             const Resolutions& resolutions) {
  const events::v1::DeadLetter& letter = event.dead_letter();
  ops::v1::DeadLetterRow row;
  row.set_event_time_ms(event.event_time_ms());
  row.set_group(letter.consumer());
  row.set_code(letter.code());
  if (letter.partition() >= 0) row.set_what(KindOf(letter.value()));
  row.set_message(runtime::Redact(letter.message()));
  row.set_state(resolutions.StateOf(event.id(), place.offset()));
  row.set_topic(letter.topic());
  row.set_partition(letter.partition());
  row.set_offset(letter.offset());
  *row.mutable_place() = std::move(place);
  return row;
}

bool Matches(const ops::v1::DeadLetterRow& row, const ops::v1::ListDeadLettersRequest& request) {
  if (!request.group().empty() && row.group() != request.group()) return false;
  if (!request.code().empty() && row.code() != request.code()) return false;
  if (row.event_time_ms() != 0 && row.event_time_ms() < request.since_ms()) return false;
  return request.resolved() || row.state() == ops::v1::DEAD_LETTER_STATE_OPEN;
}

Result<void> CheckReplayable(const events::v1::DeadLetter& letter) {
  if (letter.partition() < 0 || letter.offset() < 0) {
    return Error(kNotFromTheLog, "it came by the call " + letter.topic());
  }
  if (letter.value().size() >= eventlog::kDeadLetterValueBytesMax) {
    return Error(kRecordCut, "the letter holds only the first " +
                                 std::to_string(letter.value().size()) + " octets of its record");
  }
  return {};
}

Event ResolutionFact(const std::string& dlq_topic, const std::string& letter_id,
                     std::size_t ordinal, std::int64_t now_ms,
                     events::v1::DeadLetterResolved what) {
  Event event;
  event.set_id(Uuid::V5(id_space::Event(), dlq_topic + "/resolved/" + ToHex(AsBytes(letter_id)) +
                                               "/" + std::to_string(ordinal))
                   .ToBinary());
  event.set_event_time_ms(now_ms);
  event.set_source("ops");
  what.set_letter_id(letter_id);
  *event.mutable_dead_letter_resolved() = std::move(what);
  return event;
}

}  // namespace plaza::host
