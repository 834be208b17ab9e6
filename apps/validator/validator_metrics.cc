#include "apps/validator/validator_metrics.h"

#include <utility>

#include "libs/rpc/certificate.h"

namespace plaza::validator {
namespace {

// Our part is to take at most 20 ms, a whole tap 500 ms (docs/facts/scheme-rules.md).
const std::vector<double> kSeconds{0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5};

runtime::Histogram& TapSeconds(runtime::Metrics& metrics, const char* part) {
  return metrics.AddHistogram("plaza_validator_tap_seconds",
                              "Time of a tap: the gate's part, and waiting for the card", kSeconds,
                              {{"part", part}});
}

double InSeconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

ValidatorMetrics::ValidatorMetrics(runtime::Metrics& metrics)
    : metrics_(metrics),
      own_seconds_(TapSeconds(metrics, "gate")),
      card_seconds_(TapSeconds(metrics, "card")),
      out_of_service_(metrics.AddCounter("plaza_validator_out_of_service_total",
                                         "Taps on which nothing could be decided or kept")),
      unsent_(metrics.AddGauge("plaza_validator_unsent_records",
                               "Records in the journal that tap-ingest has not answered for")),
      oldest_unsent_(metrics.AddGauge("plaza_validator_oldest_unsent_seconds",
                                      "When the oldest of them was made, Unix time; 0: none")),
      calls_(metrics.AddCounter("plaza_validator_uplink_calls_total", "Calls of tap-ingest")),
      failed_calls_(metrics.AddCounter("plaza_validator_uplink_failed_calls_total",
                                       "Calls that tap-ingest did not answer")),
      epoch_(metrics.AddGauge("plaza_validator_deny_list_epoch", "Epoch of its deny list")),
      entries_(metrics.AddGauge("plaza_validator_deny_list_entries", "Cards on its deny list")),
      confirmed_(metrics.AddGauge(
          "plaza_validator_deny_list_confirmed_seconds",
          "When tap-ingest last said that this list is the current one, Unix time; 0: never")) {}

void ValidatorMetrics::SetCertificates(const rpc::TlsFiles& tls) {
  rpc::SetExpiryMetrics(metrics_, tls, "validator");
}

void ValidatorMetrics::Tapped(const TapResult& result, std::chrono::nanoseconds all,
                              std::chrono::nanoseconds card) {
  const char* decision = result.opened ? "accepted" : result.recorded ? "denied" : "retry";
  const std::string_view reason =
      result.recorded ? emv::ReasonName(result.reason) : emv::RetryReasonName(result.retry);
  metrics_
      .AddCounter("plaza_validator_taps_total", "Taps by what was decided, and why",
                  {{"decision", decision}, {"reason", std::string(reason)}})
      .Add();
  if (!result.recorded) return;  // a card that was taken away says nothing of how fast we are
  own_seconds_.Observe(InSeconds(all - card));
  card_seconds_.Observe(InSeconds(card));
}

void ValidatorMetrics::Journal(emv::Journal& journal) {
  const std::uint64_t acknowledged = journal.acknowledged();
  unsent_.Set(static_cast<std::int64_t>(journal.next_sequence() - 1 - acknowledged));
  std::int64_t oldest = 0;
  const auto entries = journal.Read(acknowledged + 1, 1);
  if (entries.ok() && !entries->empty()) {
    const auto tap = emv::DecodeTapRecord(entries->front().record);
    if (tap.ok()) oldest = tap->record.event_time.unix_ms / 1000;
  }
  oldest_unsent_.Set(oldest);
}

void ValidatorMetrics::Uplinked(const UplinkCounts& now) {
  const auto grown = [](std::uint64_t after, std::uint64_t before) {
    return static_cast<std::int64_t>(after - before);
  };
  calls_.Add(grown(now.calls, counted_.calls));
  failed_calls_.Add(grown(now.failed_calls, counted_.failed_calls));
  const std::pair<const char*, std::int64_t> outcomes[] = {
      {"accepted", grown(now.accepted, counted_.accepted)},
      {"duplicate", grown(now.duplicates, counted_.duplicates)},
      {"conflict", grown(now.conflicts, counted_.conflicts)},
      {"refused_for_now", grown(now.refused_for_now, counted_.refused_for_now)},
      {"refused", grown(now.refused, counted_.refused)}};
  for (const auto& [outcome, count] : outcomes) {
    if (count == 0) continue;
    metrics_
        .AddCounter("plaza_validator_uplink_records_total", "What tap-ingest said of records",
                    {{"outcome", outcome}})
        .Add(count);
  }
  counted_ = now;
}

void ValidatorMetrics::CaKeys(const emv::CapkTable& keys, std::uint64_t epoch) {
  metrics_.AddGauge("plaza_validator_ca_keys", "CA public keys that it trusts")
      .Set(static_cast<std::int64_t>(keys.keys().size()));
  metrics_.AddGauge("plaza_validator_ca_keys_epoch", "Epoch of that list; 0: it is not signed")
      .Set(static_cast<std::int64_t>(epoch));
}

void ValidatorMetrics::CaKeysRefused(const Error& error) {
  metrics_
      .AddCounter("plaza_validator_ca_keys_refused_total",
                  "Looks at a file of CA keys that is not good; those in use stay",
                  {{"reason", std::string(error.reason())}})
      .Add();
}

void ValidatorMetrics::DenyList(const emv::DenyListView& list, Instant confirmed) {
  epoch_.Set(static_cast<std::int64_t>(list.epoch()));
  entries_.Set(static_cast<std::int64_t>(list.size()));
  confirmed_.Set(confirmed.unix_ms / 1000);
}

}  // namespace plaza::validator
