#include "services/vault/vault_metrics.h"

#include <string>

namespace plaza::vault {
namespace {

constexpr Purpose kPurposes[] = {Purpose::kVerification, Purpose::kAuthorisation, Purpose::kCapture,
                                 Purpose::kRefund, Purpose::kReversal};

}  // namespace

VaultMetrics::VaultMetrics(runtime::Metrics& metrics)
    : cards_(
          metrics.AddCounter("plaza_vault_cards_learned_total", "Cards kept for the first time")),
      pars_(metrics.AddCounter("plaza_vault_pars_learned_total", "PARs that the acquirer told")),
      repeated_(
          metrics.AddCounter("plaza_vault_answers_repeated_total", "Requests that came again")),
      rejected_(metrics.AddCounter("plaza_vault_rejected_total",
                                   "Facts that went to a dead-letter topic")),
      parked_(metrics.AddGauge("plaza_vault_parked_requests",
                               "Requests that wait for their card's tap")) {
  for (const Purpose purpose : kPurposes) {
    const std::string name(PurposeName(purpose));
    const auto counter = [&](const char* outcome) {
      return &metrics.AddCounter("plaza_vault_answers_total", "Answers of the acquirer",
                                 {{"purpose", name}, {"outcome", outcome}});
    };
    approved_[purpose] = counter("approved");
    declined_[purpose] = counter("declined");
  }
}

void VaultMetrics::Committed(const DeskCounts& counts, std::int64_t rejected) {
  cards_.Add(counts.cards_learned);
  pars_.Add(counts.pars_learned);
  repeated_.Add(counts.repeated);
  rejected_.Add(rejected);
  for (const auto& [purpose, n] : counts.approved) approved_.at(purpose)->Add(n);
  for (const auto& [purpose, n] : counts.declined) declined_.at(purpose)->Add(n);
}

}  // namespace plaza::vault
