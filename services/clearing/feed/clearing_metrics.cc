#include "services/clearing/feed/clearing_metrics.h"

#include <string>

namespace plaza::clearing {

ClearingMetrics::ClearingMetrics(runtime::Metrics& m)
    : taps_(m.AddCounter("plaza_clearing_taps_total", "Accepted taps taken in")),
      charges_(m.AddCounter("plaza_clearing_charges_total", "Charges posted, revisions counted")),
      duplicates_(m.AddCounter("plaza_clearing_duplicates_total", "Facts that were known already")),
      postings_(m.AddCounter("plaza_clearing_postings_total", "Ledger rows of riders' accounts")),
      breaks_(m.AddCounter("plaza_clearing_breaks_total",
                           "Captures and refunds that the acquirer did not take")),
      days_settled_(m.AddCounter("plaza_clearing_days_settled_total", "Business days settled")),
      debt_(m.AddGauge("plaza_clearing_debt_minor", "What riders owe, in minor units")),
      deny_list_epoch_(
          m.AddGauge("plaza_clearing_deny_list_epoch", "Number of the latest change")) {
  for (const AggregateState state :
       {AggregateState::kEmpty, AggregateState::kAuthorising, AggregateState::kCapturing,
        AggregateState::kCaptured, AggregateState::kDebt, AggregateState::kRefused}) {
    aggregates_[state] =
        &m.AddCounter("plaza_clearing_aggregates_total", "Aggregates that entered a state",
                      {{"state", std::string(AggregateStateName(state))}});
  }
}

void ClearingMetrics::Committed(const BatchCounts& counts, std::int64_t debt_minor) {
  taps_.Add(counts.taps);
  charges_.Add(counts.charges);
  duplicates_.Add(counts.duplicates);
  postings_.Add(counts.postings);
  breaks_.Add(counts.breaks);
  days_settled_.Add(counts.days_settled);
  debt_.Set(debt_minor);
  if (counts.deny_list_epoch)
    deny_list_epoch_.Set(static_cast<std::int64_t>(*counts.deny_list_epoch));
  for (const auto& [state, n] : counts.aggregates) {
    if (auto found = aggregates_.find(state); found != aggregates_.end()) found->second->Add(n);
  }
}

}  // namespace plaza::clearing
