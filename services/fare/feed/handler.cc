#include "services/fare/feed/handler.h"

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
  explicit OutboxFacts(eventlog::Outbox& outbox) : outbox_(outbox) {}
  void Send(const ChargeOut& charge) override {
    outbox_.AddByAccount(eventlog::topic::kCharges, charge.account.value(),
                         ToEvent(charge).SerializeAsString());
  }
  void Send(const Moved& moved) override {
    outbox_.AddByAccount(eventlog::topic::kAccounts, moved.to.value(),
                         ToEvent(moved).SerializeAsString());
  }

 private:
  eventlog::Outbox& outbox_;
};

}  // namespace

// One batch of one partition.
class FactHandler::Batch {
 public:
  Batch(FactHandler& handler, store::Tx& tx, eventlog::Outbox& outbox, int partition)
      : handler_(handler),
        tx_(tx),
        outbox_(outbox),
        partition_(partition),
        accounts_(tx, handler.cache_),
        set_aside_(tx),
        facts_(outbox),
        fold_(*handler.tariff_, handler.options_, LastCutOff(), accounts_, set_aside_, facts_) {}

  Result<void> Take(const eventlog::Record& record) {
    events::v1::Event event;
    if (!event.ParseFromString(record.value)) return Error(kBadFact, "not a plaza.events.v1.Event");
    const Instant time{event.event_time_ms()};
    switch (event.body_case()) {
      case events::v1::Event::kTapRecorded: {
        PLAZA_ASSIGN_OR_RETURN(const GateTap tap, ToGateTap(event.tap_recorded()));
        return fold_.Record(tap);
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

 private:
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
  int partition_;
  TxAccounts accounts_;
  TxSetAside set_aside_;
  OutboxFacts facts_;
  Fold fold_;
};

FactHandler::FactHandler(std::shared_ptr<const Tariff> tariff, FoldOptions options,
                         std::size_t cached_accounts_max, runtime::Metrics& metrics)
    : tariff_(std::move(tariff)),
      options_(std::move(options)),
      metrics_(metrics),
      cache_(cached_accounts_max) {}

Result<std::vector<eventlog::Rejected>> FactHandler::Handle(
    store::Tx& tx, eventlog::Outbox& outbox, const eventlog::TopicPartition& from,
    std::span<const eventlog::StoredRecord> records) {
  if (uncommitted_) Reset();
  uncommitted_ = true;
  cache_.Trim();
  Batch batch(*this, tx, outbox, from.partition);
  std::vector<eventlog::Rejected> rejected;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Result<void> taken = batch.Take(records[i].record);
    if (!taken.ok()) rejected.push_back({i, taken.error()});
  }
  const FoldCounts counts = batch.Finish();
  tx.OnCommit([this, counts] {
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
