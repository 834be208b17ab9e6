#include "services/tap-ingest/feed/facts.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "libs/eventlog/topics.h"
#include "plaza/events/v1/events.pb.h"
#include "services/tap-ingest/app/events.h"
#include "services/tap-ingest/errors.h"
#include "services/tap-ingest/limits.h"

namespace plaza::tap_ingest {
namespace {

Result<events::v1::Event> Parse(const eventlog::StoredRecord& stored) {
  events::v1::Event event;
  if (!event.ParseFromString(stored.record.value)) {
    return Error(kBadFact, "not an Event", "offset " + std::to_string(stored.offset));
  }
  return event;
}

Error Unexpected(const eventlog::StoredRecord& stored, std::string_view wanted) {
  return Error(kBadFact, "not a " + std::string(wanted), "offset " + std::to_string(stored.offset));
}

Result<TokenRef> ToToken(const events::v1::TokenRef& ref) {
  TokenRef token;
  if (ref.token().size() != token.token.size()) {
    return Error(kBadFact, "a token of " + std::to_string(ref.token().size()) + " octets",
                 "card.token");
  }
  std::copy(ref.token().begin(), ref.token().end(), token.token.begin());
  token.epoch = ref.token_epoch();
  return token;
}

Result<Instant> ToNow(const eventlog::StoredRecord& stored) {
  PLAZA_ASSIGN_OR_RETURN(const events::v1::Event event, Parse(stored));
  if (event.has_tick()) return Instant{event.tick().now_ms()};
  if (event.has_cut_off()) return Instant{event.cut_off().at_ms()};
  return Unexpected(stored, "Tick or CutOff");
}

Result<DenyEntry> ToDenyEntry(const eventlog::StoredRecord& stored) {
  PLAZA_ASSIGN_OR_RETURN(const events::v1::Event event, Parse(stored));
  if (!event.has_deny_list_changed()) return Unexpected(stored, "DenyListChanged");
  const events::v1::DenyListChanged& changed = event.deny_list_changed();
  PLAZA_ASSIGN_OR_RETURN(const TokenRef card, ToToken(changed.card()));
  const std::uint64_t epoch = changed.deny_list_epoch();
  if (epoch == 0 || epoch > kDenyListEpochMax) {
    return Error(kBadFact, "deny-list epochs count from 1", "deny_list_epoch");
  }
  return DenyEntry{card, changed.denied(), epoch};
}

struct LearnedFact {
  MediumId medium;
  TokenRef card;
  std::string par;
  Instant at;
};

Result<LearnedFact> ToLearned(const eventlog::StoredRecord& stored) {
  PLAZA_ASSIGN_OR_RETURN(const events::v1::Event event, Parse(stored));
  if (!event.has_medium_learned()) return Unexpected(stored, "MediumLearned");
  const events::v1::MediumLearned& learned = event.medium_learned();
  PLAZA_ASSIGN_OR_RETURN(const Uuid medium, Uuid::FromBytes(AsBytes(learned.medium_id())));
  PLAZA_ASSIGN_OR_RETURN(const TokenRef card, ToToken(learned.card()));
  if (learned.par().size() > kParCharsMax) {
    return Error(kBadFact, "a PAR of " + std::to_string(learned.par().size()) + " characters",
                 "par");
  }
  return LearnedFact{MediumId(medium), card, learned.par(), Instant{event.event_time_ms()}};
}

}  // namespace

Result<FactHandler::Rejects> FactHandler::HandleClock(store::Tx& tx, Records records) {
  Rejects rejects;
  std::optional<Instant> latest;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto now = ToNow(records[i]);
    if (!now.ok()) {
      rejects.push_back({i, now.error()});
      continue;
    }
    if (!latest.has_value() || *latest < *now) latest = *now;
  }
  if (latest.has_value()) {
    facts_.RaiseClock(tx, *latest);
    tx.OnCommit([this, now = *latest] { city_.RaiseClock(now); });
  }
  return rejects;
}

Result<FactHandler::Rejects> FactHandler::HandleDenyList(store::Tx& tx, Records records) {
  Rejects rejects;
  std::vector<DenyEntry> entries;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto entry = ToDenyEntry(records[i]);
    if (!entry.ok()) {
      rejects.push_back({i, entry.error()});
      continue;
    }
    facts_.WriteDenyEntry(tx, *entry);
    entries.push_back(*entry);
  }
  tx.OnCommit([this, entries = std::move(entries)] {
    city_.Apply(entries);
    metrics_.Denied(city_.denied_count());
  });
  return rejects;
}

Result<FactHandler::Rejects> FactHandler::HandleMedia(store::Tx& tx, eventlog::Outbox& outbox,
                                                      Records records) {
  Rejects rejects;
  MediaEffects effects;
  PLAZA_ASSIGN_OR_RETURN(Memory::Step step, Memory::Step::Begin(memory_, tx));
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto learned = ToLearned(records[i]);
    if (!learned.ok()) {
      rejects.push_back({i, learned.error()});
      continue;
    }
    const std::size_t links_before = effects.links.size();
    step.Learned(learned->medium, learned->card, learned->par, effects);
    for (std::size_t n = links_before; n < effects.links.size(); ++n) {
      const AccountLink& link = effects.links[n];
      const std::string event = AccountLinkedEvent(link, learned->at);
      outbox.AddByAccount(eventlog::topic::kAccounts, link.from.value(), event);
      outbox.AddByAccount(eventlog::topic::kAccounts, link.to.value(), event);
    }
  }
  taps_.WriteMedia(tx, effects, step.stamp());
  metrics_.ParConflicts(effects.par_conflicts);
  return rejects;
}

Result<std::vector<eventlog::Rejected>> FactHandler::Handle(store::Tx& tx, eventlog::Outbox& outbox,
                                                            const eventlog::TopicPartition& from,
                                                            Records records) {
  if (from.topic == eventlog::topic::kClock) return HandleClock(tx, records);
  if (from.topic == eventlog::topic::kDenyList) return HandleDenyList(tx, records);
  if (from.topic == eventlog::topic::kMedia) return HandleMedia(tx, outbox, records);
  return Error(kBadFact, "topic " + from.topic + " is not for tap-ingest");
}

}  // namespace plaza::tap_ingest
