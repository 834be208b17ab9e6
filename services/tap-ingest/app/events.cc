#include "services/tap-ingest/app/events.h"

#include "libs/base/check.h"
#include "libs/base/digest.h"
#include "libs/base/hex.h"
#include "plaza/events/v1/events.pb.h"
#include "services/tap-ingest/errors.h"

namespace plaza::tap_ingest {
namespace {

constexpr const char* kSource = "tap-ingest";

std::string EventId(std::string_view topic, std::string_view about) {
  std::string name(topic);
  name += '/';
  name += about;
  return Uuid::V5(id_space::Event(), name).ToBinary();
}

template <class Bytes>
void Assign(std::string* field, const Bytes& bytes) {
  field->assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

void FillPlace(const emv::TapRecord& record, events::v1::Place& place) {
  place.set_stop_id(record.stop_id);
  place.set_vehicle_id(record.vehicle_id);
  place.set_route_id(record.route_id);
  place.set_trip_id(record.trip_id);
}

}  // namespace

TapId TapIdOf(const emv::TapRecord& record) {
  return MakeTapId(ValidatorId(record.validator_id), record.sequence);
}

std::string TapRecordedEvent(const Judged& judged, const MediumId& medium, const AccountId& account,
                             const TraceContext& trace, events::v1::Event& scratch) {
  const emv::TapRecord& record = judged.record;
  scratch.set_id(EventId(kTapsTopic, TapIdOf(record).value()));
  scratch.set_event_time_ms(record.event_time.unix_ms);
  scratch.set_source(kSource);
  scratch.set_traceparent(TraceparentOfFact(trace));
  events::v1::TapRecorded& tap = *scratch.mutable_tap_recorded();
  tap.Clear();  // not `scratch`, which would free it
  tap.set_validator_id(record.validator_id);
  tap.set_sequence(record.sequence);
  tap.set_event_time_ms(record.event_time.unix_ms);
  tap.set_clock_doubtful(record.clock_doubtful);
  FillPlace(record, *tap.mutable_place());
  tap.set_operator_id(judged.operator_id.value());
  tap.set_decision(static_cast<events::v1::Decision>(record.decision));
  tap.set_reason(static_cast<events::v1::Reason>(record.reason));
  tap.set_token_epoch(record.token_epoch);
  if (record.token.has_value()) Assign(tap.mutable_token(), *record.token);
  // A refused card's data may not be authentic.
  if (record.decision == emv::Decision::kAccepted) tap.set_par(record.par);
  tap.set_deny_list_epoch(record.deny_list_epoch);
  tap.set_media_kind(static_cast<events::v1::MediaKind>(record.media_kind));
  Assign(tap.mutable_chip_data(), record.chip_data);
  Assign(tap.mutable_sealed_card(), record.sealed_card);
  tap.set_seal_scheme(record.seal_scheme);
  Assign(tap.mutable_account_id(), account.value().bytes());
  if (!medium.value().IsNil()) Assign(tap.mutable_medium_id(), medium.value().bytes());
  return scratch.SerializeAsString();
}

std::string AccountLinkedEvent(const AccountLink& link, Instant at) {
  events::v1::Event event;
  event.set_id(EventId(kAccountsTopic, "linked/" + link.medium.value().ToText() + "/" +
                                           link.from.value().ToText() + "/" +
                                           link.to.value().ToText()));
  event.set_event_time_ms(at.unix_ms);
  event.set_source(kSource);
  events::v1::AccountLinked& linked = *event.mutable_account_linked();
  linked.set_from_account_id(link.from.value().ToBinary());
  linked.set_to_account_id(link.to.value().ToBinary());
  linked.set_medium_id(link.medium.value().ToBinary());
  for (const TokenRef& token : link.tokens) {
    events::v1::TokenRef& ref = *linked.add_tokens();
    ref.set_token_epoch(token.epoch);
    Assign(ref.mutable_token(), token.token);
  }
  return event.SerializeAsString();
}

std::string DeadLetterEvent(const Judged& judged, Refusal refusal, const std::string& what,
                            ByteView octets, std::int64_t sample_per_million) {
  const std::string digest = ToHex(Sha256(octets));
  events::v1::Event event;
  event.set_id(EventId(kDeadLetterTopic, std::string(KindOf(refusal).reason) + "/" + digest));
  event.set_source(kSource);
  events::v1::DeadLetter& letter = *event.mutable_dead_letter();
  letter.set_consumer(kSource);
  letter.set_topic("SubmitTaps");
  letter.set_partition(-1);
  letter.set_offset(-1);
  letter.set_code(KindOf(refusal).reason);
  if (refusal == Refusal::kBadTapRecord) {
    letter.set_message(what + "; " + std::to_string(octets.size()) + " octets, SHA-256 " + digest);
  } else {
    letter.set_message(what);
    Assign(letter.mutable_value(), octets);
  }
  if (IsOnesOwn(refusal)) {
    event.set_event_time_ms(judged.record.event_time.unix_ms);
    const TapId tap = TapIdOf(judged.record);
    event.set_traceparent(TraceparentOfFact(RecordedContext(tap, sample_per_million)));
    letter.set_key(tap.value());
  }
  return event.SerializeAsString();
}

}  // namespace plaza::tap_ingest
