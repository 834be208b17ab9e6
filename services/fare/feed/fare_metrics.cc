#include "services/fare/feed/fare_metrics.h"

#include <algorithm>

namespace plaza::fare {
namespace {

constexpr const char* kTaps = "plaza_fare_taps_total";
constexpr const char* kTapsHelp = "Taps by what became of them when they came in";

}  // namespace

FareMetrics::FareMetrics(runtime::Metrics& metrics)
    : rated_(metrics.AddCounter(kTaps, kTapsHelp, {{"outcome", "rated"}})),
      ignored_(metrics.AddCounter(kTaps, kTapsHelp, {{"outcome", "ignored"}})),
      held_(metrics.AddCounter(kTaps, kTapsHelp, {{"outcome", "held"}})),
      refused_(metrics.AddCounter(kTaps, kTapsHelp, {{"outcome", "refused"}})),
      moved_(metrics.AddCounter(kTaps, kTapsHelp, {{"outcome", "moved"}})),
      charges_(
          metrics.AddCounter("plaza_fare_charges_total", "Charges sent, differences included")),
      corrections_(metrics.AddCounter("plaza_fare_corrections_total",
                                      "Charges that correct an earlier one of the same leg")),
      failures_(metrics.AddCounter("plaza_fare_rating_failures_total",
                                   "Accounts that could not be rated; see the log")),
      cached_(metrics.AddGauge("plaza_fare_cached_accounts", "Accounts kept in memory")) {}

void FareMetrics::Add(const FoldCounts& counts) {
  // A tap that ceases to be rated is counted again under its new outcome; a counter never falls.
  rated_.Add(std::max<std::int64_t>(counts.rated, 0));
  ignored_.Add(std::max<std::int64_t>(counts.ignored, 0));
  held_.Add(counts.held);
  refused_.Add(counts.refused);
  moved_.Add(counts.moved);
  charges_.Add(counts.charges);
  corrections_.Add(counts.corrections);
  failures_.Add(counts.rating_failures);
}

void FareMetrics::SetCachedAccounts(std::int64_t accounts) { cached_.Set(accounts); }

}  // namespace plaza::fare
