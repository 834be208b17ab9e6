// Taps a second from the log through the fare service's feed to charges in the log: durable store,
// embedded log, the tariff of data/guadalajara. Floor: Rate() alone, called as often and on the
// same windows as the feed calls it. Prints one JSON line {"name","value","unit","floor","ratio"},
// and one to standard error with where the time goes.
#include <cstdio>
#include <cstdlib>

#include <chrono>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "libs/eventlog/log.h"
#include "libs/eventlog/topics.h"
#include "libs/runtime/metrics.h"
#include "plaza/events/v1/events.pb.h"
#include "services/fare/convert.h"
#include "services/fare/gateway/tariff_files.h"
#include "services/fare/service.h"

namespace plaza::fare {
namespace {

constexpr int kPartitions = 4;
constexpr int kAccounts = 20'000;
constexpr int kTaps = 60'000;
constexpr int kAppend = 2'000;    // records in one append
constexpr int kBatchMax = 2'000;  // records of a consumer's batch (eventlog::ParticipantOptions)

double Seconds(const std::function<void()>& body) {
  const auto begin = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// The bench has nobody to report to: it says what went wrong and ends.
template <class T>
T Must(Result<T> result) {
  if (!result.ok()) {
    std::fprintf(stderr, "%s\n", result.error().ToString().c_str());
    std::exit(1);
  }
  return std::move(result).value();
}
void Must(const Result<void>& result) {
  if (result.ok()) return;
  std::fprintf(stderr, "%s\n", result.error().ToString().c_str());
  std::exit(1);
}

// A day in order of time, as gates that are online upload it.
std::vector<events::v1::Event> MakeDay(const Tariff& tariff) {
  std::mt19937 random(1);
  const std::vector<std::string> routes = tariff.RouteIds();
  const Instant begin = Must(ParseMoment("2026-11-23T05:00:00-06:00")).instant;
  std::vector<events::v1::Event> day;
  for (int i = 0; i < kTaps; ++i) {
    const AccountId account(Uuid::V5(id_space::Account(), std::to_string(random() % kAccounts)));
    events::v1::Event& event = day.emplace_back();
    event.set_id(Uuid::V5(id_space::Event(), std::to_string(i)).ToBinary());
    event.set_event_time_ms(begin.unix_ms + i * 1000LL);
    events::v1::TapRecorded& tap = *event.mutable_tap_recorded();
    tap.set_validator_id("BUS-" + std::to_string(random() % 2000));
    tap.set_sequence(static_cast<std::uint64_t>(i) + 1);
    tap.set_event_time_ms(event.event_time_ms());
    tap.mutable_place()->set_route_id(routes[random() % routes.size()]);
    tap.set_decision(events::v1::DECISION_ACCEPTED);
    tap.set_media_kind(events::v1::MEDIA_KIND_EMV_CARD);
    tap.set_token(std::string(32, 't'));
    tap.set_chip_data(std::string(120, 'c'));
    tap.set_sealed_card(std::string(100, 's'));
    tap.set_account_id(account.value().ToBinary());
  }
  return day;
}

void Fill(eventlog::Log& log, const std::vector<events::v1::Event>& day) {
  std::vector<eventlog::AppendBatch> batches(kPartitions);
  const auto append = [&] {
    Must(log.Append(batches));
    for (eventlog::AppendBatch& batch : batches) batch.records.clear();
  };
  for (int p = 0; p < kPartitions; ++p) batches[p].to = {std::string(eventlog::topic::kTaps), p};
  int waiting = 0;
  for (const events::v1::Event& event : day) {
    const std::string& account = event.tap_recorded().account_id();
    const int partition =
        eventlog::AccountPartition(Must(Uuid::FromBytes(AsBytes(account))), kPartitions);
    batches[partition].records.push_back({account, event.SerializeAsString()});
    if (++waiting % kAppend == 0) append();
  }
  append();
}

// The calls of Rate() that the feed makes: once for each account and batch.
double RateAlone(const Tariff& tariff, const std::vector<events::v1::Event>& day) {
  const MediaIds media = MediaIdsOf(tariff);
  std::vector<std::vector<GateTap>> partitions(kPartitions);
  for (const events::v1::Event& event : day) {
    const GateTap tap = Must(ToGateTap(event.tap_recorded()));
    partitions[eventlog::AccountPartition(tap.account.value(), kPartitions)].push_back(tap);
  }
  std::vector<AccountInput> inputs;
  std::unordered_map<AccountId, Account> accounts;
  for (const std::vector<GateTap>& taps : partitions) {
    for (std::size_t at = 0; at < taps.size(); at += kBatchMax) {
      std::vector<AccountId> touched;
      std::unordered_map<AccountId, bool> seen;
      for (std::size_t i = at; i < std::min(taps.size(), at + kBatchMax); ++i) {
        AddTap(accounts[taps[i].account], taps[i].tap);
        if (seen.try_emplace(taps[i].account, true).second) touched.push_back(taps[i].account);
      }
      for (const AccountId& id : touched) inputs.push_back(MakeRatingInput(accounts[id], media));
    }
  }
  std::int64_t total = 0;
  const double seconds = Seconds([&] {
    for (const AccountInput& input : inputs)
      total += Must(Rate(tariff, input, std::nullopt)).total_minor;
  });
  std::fprintf(stderr, "{\"rate_calls\":%zu,\"us_each\":%.1f,\"checksum\":%lld}\n", inputs.size(),
               seconds * 1e6 / static_cast<double>(inputs.size()), static_cast<long long>(total));
  return seconds;
}

int Run() {
  std::string pattern =
      (std::filesystem::temp_directory_path() / "plaza-fare-bench-XXXXXX").string();
  const std::filesystem::path folder = mkdtemp(pattern.data());
  {
    const std::string tariff_dir = PLAZA_SOURCE_DIR "/data/guadalajara";
    const std::shared_ptr<const Tariff> tariff = Must(LoadTariff(tariff_dir));
    const std::vector<events::v1::Event> day = MakeDay(*tariff);
    const auto log =
        Must(eventlog::OpenEmbeddedLog({.path = (folder / "log.db").string(), .sync_full = true}));
    Must(log->CreateTopics(eventlog::CityTopics(kPartitions)));
    Fill(*log, day);
    runtime::Metrics metrics;
    Config config;
    config.db_path = (folder / "fare.db").string();
    config.tariff_dir = tariff_dir;
    const auto service = Must(Service::Open(config, {*log, metrics, kPartitions}));
    const double feed = Seconds([&] { Must(service->participant().RunUntilIdle()); });
    const double floor = RateAlone(*tariff, day);
    std::printf(
        "{\"name\":\"fare_feed\",\"value\":%.0f,\"unit\":\"taps/"
        "s\",\"floor\":%.0f,\"ratio\":%.3f}\n",
        kTaps / feed, kTaps / floor, floor / feed);
  }
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace plaza::fare

int main() { return plaza::fare::Run(); }
