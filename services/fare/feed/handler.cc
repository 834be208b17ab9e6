#include "services/fare/feed/handler.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "libs/eventlog/topics.h"
#include "libs/runtime/log.h"
#include "plaza/events/v1/events.pb.h"
#include "services/fare/convert.h"
#include "services/fare/errors.h"

namespace plaza::fare {
namespace {

// Charges and moves leave through the outbox of the transaction.
class OutboxFacts : public Facts {
 public:
  OutboxFacts(eventlog::Outbox& outbox, std::int64_t sample_per_million, runtime::TraceLines& lines)
      : outbox_(outbox), sample_per_million_(sample_per_million), lines_(lines) {}
  void Send(const ChargeOut& charge) override {
    // Of the leg's tap, which may not be the one that is handled now.
    const TraceContext tap = RecordedContext(TapId(charge.leg_id), sample_per_million_);
    const TraceContext trace = Child(tap, "charged/" + std::to_string(charge.revision));
    outbox_.AddByAccount(eventlog::topic::kCharges, charge.account.value(),
                         ToEvent(charge, trace).SerializeAsString());
    if (lines_.Wants(trace)) {
      lines_.Add({.what = "charged",
                  .context = trace,
                  .parent = tap.span,
                  .event_time = charge.event_time,
                  .tap = charge.leg_id,
                  .detail = charge.currency + " " + std::to_string(charge.amount_minor) +
                            " minor, revision " + std::to_string(charge.revision)});
    }
  }
  void Send(const Moved& moved) override {
    for (const WindowTap& tap : moved.taps) {
      const TraceContext recorded = RecordedContext(tap.tap_id, sample_per_million_);
      if (!lines_.Wants(recorded)) continue;
      lines_.Add({.what = "moved",
                  .context = Child(recorded, "moved/" + moved.from.value().ToText()),
                  .parent = recorded.span,
                  .event_time = moved.time,
                  .tap = tap.tap_id.value(),
                  .detail = "to " + moved.to.value().ToText()});
    }
    outbox_.AddByAccount(eventlog::topic::kAccounts, moved.to.value(),
                         ToEvent(moved).SerializeAsString());
  }

 private:
  eventlog::Outbox& outbox_;
  std::int64_t sample_per_million_;
  runtime::TraceLines& lines_;
};

// What became of the tap that was handled between the two.
const char* OutcomeOf(const FoldCounts& before, const FoldCounts& after) {
  if (after.refused > before.refused) return "set aside: the gate refused it";
  if (after.held > before.held) return "held";
  if (after.moved > before.moved) return "its account was linked away";
  return "";
}

}  // namespace

// One batch of one partition.
class FactHandler::Batch {
 public:
  Batch(FactHandler& handler, store::Tx& tx, eventlog::Outbox& outbox,
        const eventlog::TopicPartition& from)
      : handler_(handler),
        tx_(tx),
        outbox_(outbox),
        topic_(from.topic),
        partition_(from.partition),
        accounts_(tx, handler.cache_),
        set_aside_(tx),
        lines_("fare", handler.traces_),
        facts_(outbox, handler.traces_.sample_per_million, lines_),
        fold_(*handler.tariff_, handler.options_, LastCutOff(), accounts_, set_aside_, facts_) {}

  Result<void> Take(const eventlog::StoredRecord& stored) {
    const eventlog::Record& record = stored.record;
    events::v1::Event event;
    if (!event.ParseFromString(record.value)) return Error(kBadFact, "not a plaza.events.v1.Event");
    const Instant time{event.event_time_ms()};
    switch (event.body_case()) {
      case events::v1::Event::kTapRecorded: {
        PLAZA_ASSIGN_OR_RETURN(const GateTap tap, ToGateTap(event.tap_recorded()));
        return Rate(tap, ParseTraceparent(event.traceparent()), stored.offset);
      }
      case events::v1::Event::kCutOff:
        return PassCutOff(event.cut_off(), record);
      case events::v1::Event::kAccountLinked:
        return Link(event.account_linked(), record.key, time);
      case events::v1::Event::kAccountMoved: {
        PLAZA_ASSIGN_OR_RETURN(const Moved moved, ToMoved(event.account_moved(), time));
        return fold_.Merge(moved);
      }
      case events::v1::Event::kEntitlementGranted: {
        const events::v1::EntitlementGranted& fact = event.entitlement_granted();
        PLAZA_ASSIGN_OR_RETURN(const AccountId account,
                               ToAccountId(fact.account_id(), "account_id"));
        PLAZA_ASSIGN_OR_RETURN(const Grant grant, ToGrant(fact.entitlement()));
        return fold_.Entitle(account, grant, time);
      }
      case events::v1::Event::kDebtMoved:  // clearing's, in a topic that we share
        return {};
      default:
        return Error(kBadFact, "a fact of kind " + std::to_string(event.body_case()) +
                                   ", which does not belong in this topic");
    }
  }

  FoldCounts Finish() {
    CloseSegment();
    fold_.Finish();
    return fold_.counts();
  }
  runtime::TraceLines TakeLines() { return std::move(lines_); }

 private:
  Result<void> Rate(const GateTap& tap, const std::optional<TraceContext>& trace,
                    std::int64_t offset) {
    const auto at = std::chrono::system_clock::now();  // before what follows from it
    const FoldCounts before = fold_.counts();
    PLAZA_RETURN_IF_ERROR(fold_.Record(tap));
    if (!trace || !lines_.Wants(*trace)) return {};
    lines_.Add({.what = "rated",
                .context = Child(*trace, "rated"),
                .parent = trace->span,
                .event_time = tap.tap.time,
                .tap = tap.tap.tap_id.value(),
                .detail = OutcomeOf(before, fold_.counts()),
                .from = runtime::TracePlace(topic_, partition_, offset),
                .at = at});
    return {};
  }

  std::optional<Instant> LastCutOff() {
    const auto known = handler_.cut_offs_.find(partition_);
    if (known != handler_.cut_offs_.end()) return known->second.at;
    const std::optional<PassedCutOff> stored = LoadCutOff(tx_, partition_);
    if (!stored.has_value()) return std::nullopt;
    handler_.cut_offs_[partition_] = *stored;
    return stored->at;
  }

  void CloseSegment() {
    for (const Error& error : fold_.CloseSegment()) {
      runtime::Log(runtime::LogLevel::kError, "fare", "an account could not be rated",
                   {{"error", error.ToString()}});
    }
  }

  // After the charges of the taps before it, and before those of the taps after it. Once each day.
  Result<void> PassCutOff(const events::v1::CutOff& cut_off, const eventlog::Record& record) {
    const Result<Date> day = Date::Parse(cut_off.business_day());
    if (!day.ok())
      return Error(kBadFact, "business day '" + cut_off.business_day() + "'", "cut_off");
    const auto last = handler_.cut_offs_.find(partition_);
    if (last != handler_.cut_offs_.end() && cut_off.business_day() <= last->second.business_day)
      return {};
    CloseSegment();
    outbox_.Add(eventlog::topic::kCharges, partition_, record.key, record.value);
    const PassedCutOff passed{cut_off.business_day(), Instant{cut_off.at_ms()}};
    SaveCutOff(tx_, partition_, passed);
    handler_.cut_offs_[partition_] = passed;
    fold_.PassCutOff(passed.at);
    return {};
  }

  // The link comes twice, keyed by each account: only the old side acts, the survivor waits for
  // AccountMoved.
  Result<void> Link(const events::v1::AccountLinked& link, const std::string& key, Instant time) {
    if (key != link.from_account_id()) return {};
    PLAZA_ASSIGN_OR_RETURN(const AccountId from,
                           ToAccountId(link.from_account_id(), "from_account_id"));
    PLAZA_ASSIGN_OR_RETURN(const AccountId to, ToAccountId(link.to_account_id(), "to_account_id"));
    return fold_.Link(from, to, time);
  }

  FactHandler& handler_;
  store::Tx& tx_;
  eventlog::Outbox& outbox_;
  std::string topic_;
  int partition_;
  TxAccounts accounts_;
  TxSetAside set_aside_;
  runtime::TraceLines lines_;
  OutboxFacts facts_;
  Fold fold_;
};

FactHandler::FactHandler(std::shared_ptr<const Tariff> tariff, FoldOptions options,
                         std::size_t cached_accounts_max, runtime::Metrics& metrics,
                         const runtime::TraceSettings& traces)
    : tariff_(std::move(tariff)),
      options_(std::move(options)),
      metrics_(metrics),
      traces_(traces),
      cache_(cached_accounts_max) {}

Result<std::vector<eventlog::Rejected>> FactHandler::Handle(
    store::Tx& tx, eventlog::Outbox& outbox, const eventlog::TopicPartition& from,
    std::span<const eventlog::StoredRecord> records) {
  if (uncommitted_) Reset();
  uncommitted_ = true;
  cache_.Trim();
  Batch batch(*this, tx, outbox, from);
  std::vector<eventlog::Rejected> rejected;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Result<void> taken = batch.Take(records[i]);
    if (!taken.ok()) rejected.push_back({i, taken.error()});
  }
  const FoldCounts counts = batch.Finish();
  tx.OnCommit([this, counts, lines = batch.TakeLines()] {
    lines.Write();
    uncommitted_ = false;
    metrics_.Add(counts);
    metrics_.SetCachedAccounts(static_cast<std::int64_t>(cache_.size()));
  });
  return rejected;
}

void FactHandler::Reset() {
  cache_.Clear();
  cut_offs_.clear();
  uncommitted_ = false;
}

}  // namespace plaza::fare
