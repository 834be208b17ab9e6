#include "services/tap-ingest/tap_ingest_metrics.h"

namespace plaza::tap_ingest {

TapIngestMetrics::TapIngestMetrics(runtime::Metrics& metrics)
    : metrics_(metrics),
      batch_records_(metrics.AddHistogram("plaza_tap_ingest_batch_records",
                                          "Records in a SubmitTaps call.",
                                          {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000})),
      batch_seconds_(metrics.AddHistogram(
          "plaza_tap_ingest_batch_seconds", "From a SubmitTaps call to its durable answer.",
          {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5})),
      backlog_refused_(metrics.AddCounter("plaza_tap_ingest_backlog_refused_total",
                                          "SubmitTaps calls refused because the outbox was full.")),
      dead_letters_suppressed_(
          metrics.AddCounter("plaza_tap_ingest_dead_letters_suppressed_total",
                             "Refused records beyond the rate of dead letters.")),
      par_conflicts_(metrics.AddCounter("plaza_tap_ingest_par_conflicts_total",
                                        "Media that were told a second, different PAR.")),
      media_(metrics.AddGauge("plaza_tap_ingest_media", "Media in the registry.")),
      denied_(metrics.AddGauge("plaza_tap_ingest_denied", "Tokens on the deny list.")) {}

void TapIngestMetrics::Submitted(const Counts& counts, std::size_t records, double seconds) {
  for (const auto& [key, count] : counts) {
    const auto& [outcome, decision, reason] = key;
    metrics_
        .AddCounter("plaza_tap_ingest_taps_total", "Tap records by what became of them.",
                    {{"outcome", outcome}, {"decision", decision}, {"reason", reason}})
        .Add(count);
  }
  batch_records_.Observe(static_cast<double>(records));
  batch_seconds_.Observe(seconds);
}

}  // namespace plaza::tap_ingest
