// A small city for tests of the fare service: its tariff, an embedded log and the service on a real
// store, all in a fresh temporary folder. One thread: facts are appended, then the service runs
// until it is idle.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/civil.h"
#include "libs/base/ids.h"
#include "libs/eventlog/log.h"
#include "libs/eventlog/topics.h"
#include "libs/runtime/metrics.h"
#include "plaza/events/v1/events.pb.h"
#include "services/fare/app/account.h"
#include "services/fare/service.h"
#include "services/fare/store/fare_store.h"
#include "tests/support/store_place.h"

namespace plaza::fare::testing_world {

inline constexpr int kPartitions = 4;

// General 11.00, student 5.00, half-price transfers within two hours, the state pays 3.00 of each
// general ride.
inline const std::map<std::string, std::string>& TariffTexts() {
  static const std::map<std::string, std::string> kTexts = {
      {"agency.txt",
       "agency_id,agency_name,agency_url,agency_timezone\n"
       "siteur,SITEUR,https://example.org,America/Mexico_City\n"
       "rutas,Rutas Unidas,https://example.org,America/Mexico_City\n"},
      {"stops.txt", "stop_id,stop_name\nbandera,Plaza de la Bandera\njuarez,Juarez\n"},
      {"routes.txt",
       "route_id,agency_id,route_short_name,route_type\n"
       "L3,siteur,Line 3,1\nC10,rutas,C10,3\n"},
      {"networks.txt", "network_id,network_name\ntren,Mi Tren\nbus,Bus\n"},
      {"route_networks.txt", "network_id,route_id\ntren,L3\nbus,C10\n"},
      {"fare_media.txt",
       "fare_media_id,fare_media_name,fare_media_type\nmi_movilidad,Mi Movilidad,2\nemv,Bank "
       "card,3\n"},
      {"rider_categories.txt",
       "rider_category_id,rider_category_name,is_default_fare_category\ngeneral,General,1\nstudent,"
       "Student,0\n"},
      {"fare_products.txt",
       "fare_product_id,fare_product_name,rider_category_id,amount,currency\n"
       "single,Single ride,general,11.00,MXN\n"
       "single,Single ride,student,5.00,MXN\n"
       "half,Transfer,general,5.50,MXN\n"
       "half,Transfer,student,2.50,MXN\n"},
      {"fare_leg_rules.txt",
       "leg_group_id,network_id,fare_product_id\nride,tren,single\nride,bus,single\n"},
      {"fare_transfer_rules.txt",
       "from_leg_group_id,to_leg_group_id,fare_product_id,transfer_count,duration_limit,duration_"
       "limit_type,"
       "fare_transfer_type\n"
       "ride,ride,half,1,7200,1,0\n"},
      {"fare_journey_rules.txt",
       "network_id,validation,pass_back_interval,pass_back_policy\ntren,0,300,0\nbus,0,,\n"},
      {"fare_concessions.txt",
       "kind,rider_category_id,quota_day,past_quota_category_id\nstudent,student,4,general\n"},
      {"fare_subsidies.txt",
       "payer,subsidy_type,rider_category_id,technical_amount,currency\nstate,0,general,14.00,"
       "MXN\n"},
  };
  return kTexts;
}

inline Instant At(const std::string& local) {
  return ParseMoment(local + "-06:00").value().instant;
}

inline AccountId Rider(const std::string& name) {
  return AccountId(Uuid::V5(id_space::Account(), name));
}

struct TapSpec {
  AccountId account;
  std::string validator = "GATE-1";
  std::uint64_t sequence = 0;
  Instant time;
  std::string route = "L3";
  std::string stop = "bandera";
  std::string operator_id = "siteur";
  bool denied = false;
  bool doubtful = false;
  events::v1::MediaKind media = events::v1::MEDIA_KIND_EMV_CARD;
};

// A fact with where it goes.
struct Fact {
  std::string topic;
  int partition = 0;
  std::string key;
  std::string value;
};

inline Fact ByAccount(std::string_view topic, const AccountId& account,
                      const events::v1::Event& event) {
  return {std::string(topic), eventlog::AccountPartition(account.value(), kPartitions),
          account.value().ToBinary(), event.SerializeAsString()};
}

inline Fact TapFact(const TapSpec& spec) {
  events::v1::Event event;
  event.set_event_time_ms(spec.time.unix_ms);
  events::v1::TapRecorded& tap = *event.mutable_tap_recorded();
  tap.set_validator_id(spec.validator);
  tap.set_sequence(spec.sequence);
  tap.set_event_time_ms(spec.time.unix_ms);
  tap.set_clock_doubtful(spec.doubtful);
  tap.mutable_place()->set_stop_id(spec.stop);
  tap.mutable_place()->set_route_id(spec.route);
  tap.set_operator_id(spec.operator_id);
  tap.set_decision(spec.denied ? events::v1::DECISION_DENIED : events::v1::DECISION_ACCEPTED);
  if (spec.denied) tap.set_reason(events::v1::REASON_EXPIRED);
  tap.set_media_kind(spec.media);
  tap.set_account_id(spec.account.value().ToBinary());
  return ByAccount(eventlog::topic::kTaps, spec.account, event);
}

inline std::vector<Fact> CutOffFacts(const std::string& day, Instant at) {
  std::vector<Fact> facts;
  for (int partition = 0; partition < kPartitions; ++partition) {
    events::v1::Event event;
    event.set_event_time_ms(at.unix_ms);
    event.mutable_cut_off()->set_business_day(day);
    event.mutable_cut_off()->set_at_ms(at.unix_ms);
    facts.push_back(
        {std::string(eventlog::topic::kTaps), partition, "", event.SerializeAsString()});
  }
  return facts;
}

// Sent twice: keyed by each account.
inline std::vector<Fact> LinkFacts(const AccountId& from, const AccountId& to, Instant time) {
  events::v1::Event event;
  event.set_event_time_ms(time.unix_ms);
  event.mutable_account_linked()->set_from_account_id(from.value().ToBinary());
  event.mutable_account_linked()->set_to_account_id(to.value().ToBinary());
  return {ByAccount(eventlog::topic::kAccounts, from, event),
          ByAccount(eventlog::topic::kAccounts, to, event)};
}

inline Fact EntitlementFact(const AccountId& account, const std::string& kind,
                            const std::string& from, Instant time) {
  events::v1::Event event;
  event.set_event_time_ms(time.unix_ms);
  event.mutable_entitlement_granted()->set_account_id(account.value().ToBinary());
  event.mutable_entitlement_granted()->mutable_entitlement()->set_kind(kind);
  event.mutable_entitlement_granted()->mutable_entitlement()->set_from(from);
  return ByAccount(eventlog::topic::kAccounts, account, event);
}

// "leg operator" → Σ, and "leg" → Σ charged; zeros left out.
using Sums = std::map<std::string, std::int64_t>;

class World {
 public:
  World() {
    std::string pattern = (std::filesystem::temp_directory_path() / "plaza-fare-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    std::filesystem::create_directory(folder_ / "tariff");
    for (const auto& [name, text] : TariffTexts()) WriteTariff(name, text);
    auto log =
        eventlog::OpenEmbeddedLog({.path = (folder_ / "log.db").string(), .sync_full = false});
    EXPECT_TRUE(log.ok()) << log.error().ToString();
    log_ = std::move(*log);
    EXPECT_TRUE(log_->CreateTopics(eventlog::CityTopics(kPartitions)).ok());
    Restart();
  }
  ~World() {
    service_.reset();
    log_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  void WriteTariff(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / "tariff" / name, std::ios::binary) << text;
  }
  std::filesystem::path folder() const { return folder_; }
  Config config() const {
    Config config;
    config.db_path = (folder_ / "fare.db").string();
    config.postgres = store_place::ConninfoFor(config.db_path);
    config.tariff_dir = (folder_ / "tariff").string();
    return config;
  }
  Deps deps() { return {*log_, metrics_, kPartitions}; }

  // Closes the service as it stands and opens it again on what it committed.
  void Restart() {
    service_.reset();
    Result<std::unique_ptr<Service>> opened = Service::Open(config(), deps());
    ASSERT_TRUE(opened.ok()) << opened.error().ToString();
    service_ = std::move(*opened);
  }
  Service& service() { return *service_; }
  eventlog::Log& log() { return *log_; }
  const runtime::Metrics& metrics() const { return metrics_; }

  void Append(const std::vector<Fact>& facts) {
    std::vector<eventlog::AppendBatch> batches;
    for (const Fact& fact : facts) {
      batches.push_back({{fact.topic, fact.partition}, {{fact.key, fact.value}}});
    }
    const Result<void> appended = log_->Append(batches);
    ASSERT_TRUE(appended.ok()) << appended.error().ToString();
  }
  void Settle() {
    const Result<void> idle = service_->participant().RunUntilIdle();
    ASSERT_TRUE(idle.ok()) << idle.error().ToString();
  }
  void Send(const std::vector<Fact>& facts) {
    Append(facts);
    Settle();
  }
  void Send(const Fact& fact) { Send(std::vector<Fact>{fact}); }

  std::vector<events::v1::Event> Read(std::string_view topic, int partition) {
    std::vector<events::v1::Event> events;
    std::int64_t offset = 0;
    for (;;) {
      auto records = log_->Fetch({std::string(topic), partition}, offset, 10'000,
                                 std::chrono::milliseconds(0));
      EXPECT_TRUE(records.ok());
      if (!records.ok() || records->empty()) return events;
      for (const eventlog::StoredRecord& record : *records) {
        EXPECT_TRUE(events.emplace_back().ParseFromString(record.record.value));
      }
      offset = records->back().offset + 1;
    }
  }
  std::vector<events::v1::Charge> Charges() {
    std::vector<events::v1::Charge> charges;
    for (int partition = 0; partition < kPartitions; ++partition) {
      for (const events::v1::Event& event : Read(eventlog::topic::kCharges, partition)) {
        if (event.has_charge()) charges.push_back(event.charge());
      }
    }
    return charges;
  }
  // Checks each charge on the way: its shares sum to it, and its leg's revisions count 1, 2, 3 …
  Sums ChargeSums() {
    Sums sums;
    std::map<std::string, std::vector<std::uint32_t>> revisions;
    for (const events::v1::Charge& charge : Charges()) {
      std::int64_t shares = 0;
      for (const auto& share : charge.shares()) {
        sums[charge.leg_id() + " " + share.operator_id()] += share.amount_minor();
        shares += share.amount_minor();
      }
      EXPECT_EQ(shares, charge.amount_minor()) << charge.leg_id();
      for (const auto& part : charge.subsidies()) {
        sums[charge.leg_id() + " paid by " + part.payer()] += part.amount_minor();
      }
      sums[charge.leg_id()] += charge.amount_minor();
      revisions[charge.leg_id()].push_back(charge.revision());
    }
    for (auto& [leg, seen] : revisions) {
      std::sort(seen.begin(), seen.end());
      for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], i + 1) << leg;
    }
    std::erase_if(sums, [](const auto& entry) { return entry.second == 0; });
    return sums;
  }
  Account State(const AccountId& id) {
    auto read =
        service_->participant().db().Read([&](store::Tx& tx) { return ReadAccount(tx, id); });
    EXPECT_TRUE(read.ok());
    if (!read.ok() || !read->has_value()) return Account{};
    return **read;
  }
  // Over all accounts.
  TapCounters Counters() {
    TapCounters sum;
    auto read = service_->participant().db().Read([&](store::Tx& tx) -> Result<void> {
      tx.Query("SELECT account FROM account_state", {}, "b", [&](const store::Row& row) {
        ids_.emplace_back(Uuid::FromBytes(AsBytes(row.Bytes(0))).value());
      });
      return {};
    });
    EXPECT_TRUE(read.ok());
    for (const AccountId& id : std::exchange(ids_, {})) {
      const TapCounters counters = State(id).counters;
      sum.rated += counters.rated;
      sum.ignored += counters.ignored;
      sum.held += counters.held;
      sum.refused += counters.refused;
    }
    return sum;
  }

 private:
  std::filesystem::path folder_;
  runtime::Metrics metrics_;
  std::unique_ptr<eventlog::Log> log_;
  std::unique_ptr<Service> service_;
  std::vector<AccountId> ids_;
};

}  // namespace plaza::fare::testing_world
