// A log with taps, charges and cut-offs as the other services would write them, and a vault that
// answers by a script.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/civil.h"
#include "libs/eventlog/topics.h"
#include "libs/runtime/metrics.h"
#include "plaza/events/v1/events.pb.h"
#include "services/clearing/service.h"
#include "tests/support/store_place.h"

namespace plaza::clearing {

namespace ev = plaza::events::v1;
namespace topic = plaza::eventlog::topic;

inline constexpr int kTestPartitions = 2;

// A fresh folder, removed at the end.
class Folder {
 public:
  Folder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "plaza-clearing-XXXXXX").string();
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string File(const char* name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline AccountId RiderAccount(int rider) {
  return AccountId(Uuid::V5(id_space::Account(), "rider/" + std::to_string(rider)));
}
inline std::string RiderToken(int rider, char salt = 't') {
  std::string token(32, salt);
  token.replace(0, 4, std::to_string(1000 + rider));
  return token;
}

// What the other services write. Everything in it follows from its arguments.
class Writer {
 public:
  explicit Writer(eventlog::Log& log) : log_(log) {
    const auto topics = eventlog::CityTopics(kTestPartitions);
    EXPECT_TRUE(log.CreateTopics(topics).ok());
  }

  static ev::TapRecorded TapOf(int rider, std::uint64_t sequence, Instant at) {
    ev::TapRecorded tap;
    tap.set_validator_id("G1");
    tap.set_sequence(sequence);
    tap.set_event_time_ms(at.unix_ms);
    tap.set_decision(ev::DECISION_ACCEPTED);
    tap.set_token_epoch(1);
    tap.set_token(RiderToken(rider));
    tap.set_chip_data("chip");
    tap.set_account_id(RiderAccount(rider).value().ToBinary());
    return tap;
  }
  void Tap(int rider, std::uint64_t sequence, Instant at) {
    ev::Event event;
    *event.mutable_tap_recorded() = TapOf(rider, sequence, at);
    Put(topic::kTaps, RiderAccount(rider), event);
  }
  void Charge(int rider, std::uint64_t sequence, std::uint32_t revision, Instant at,
              const std::map<std::string, std::int64_t>& shares) {
    ev::Event event;
    ev::Charge& charge = *event.mutable_charge();
    charge.set_account_id(RiderAccount(rider).value().ToBinary());
    charge.set_leg_id("G1:" + std::to_string(sequence));
    charge.set_revision(revision);
    charge.set_event_time_ms(at.unix_ms);
    charge.set_currency("MXN");
    std::int64_t sum = 0;
    for (const auto& [id, amount] : shares) {
      auto& share = *charge.add_shares();
      share.set_operator_id(id);
      share.set_amount_minor(amount);
      sum += amount;
    }
    charge.set_amount_minor(sum);
    Put(topic::kCharges, RiderAccount(rider), event);
  }
  void CutOff(std::string_view to, int partition, const std::string& day, Instant at) {
    ev::Event event;
    event.mutable_cut_off()->set_business_day(day);
    event.mutable_cut_off()->set_at_ms(at.unix_ms);
    Append(to, partition, "", event);
  }
  void CutOffs(const std::string& day, Instant at) {
    for (int p = 0; p < kTestPartitions; ++p) {
      CutOff(topic::kTaps, p, day, at);
      CutOff(topic::kCharges, p, day, at);
    }
    CutOff(topic::kClock, 0, day, at);
  }
  void Put(std::string_view to, const AccountId& key, const ev::Event& event) {
    Append(to, eventlog::AccountPartition(key.value(), kTestPartitions), key.value().ToBinary(),
           event);
  }
  void Raw(std::string_view to, int partition, std::string key, std::string value) {
    eventlog::AppendBatch batch{{std::string(to), partition}, {{std::move(key), std::move(value)}}};
    const Result<void> done = log_.Append(std::span(&batch, 1));
    EXPECT_TRUE(done.ok()) << done.error().ToString();
  }

 private:
  void Append(std::string_view to, int partition, std::string key, const ev::Event& event) {
    Raw(to, partition, std::move(key), event.SerializeAsString());
  }
  eventlog::Log& log_;
};

// Every record of a topic.
inline std::vector<ev::Event> ReadAll(eventlog::Log& log, std::string_view name, int partitions) {
  std::vector<ev::Event> events;
  for (int p = 0; p < partitions; ++p) {
    std::int64_t offset = 0;
    for (;;) {
      const auto records =
          log.Fetch({std::string(name), p}, offset, 1000, std::chrono::milliseconds(0));
      EXPECT_TRUE(records.ok()) << records.error().ToString();
      if (!records.ok() || records->empty()) break;
      for (const auto& record : *records) {
        EXPECT_TRUE(events.emplace_back().ParseFromString(record.record.value));
        offset = record.offset + 1;
      }
    }
  }
  return events;
}

// Answers each request once, by the script; remembers nothing but what the log says. Returns how
// many.
inline int AnswerRequests(
    eventlog::Log& log, const std::function<std::string(const ev::AuthorisationRequested&)>& code) {
  Writer writer(log);
  std::map<std::string, ev::AuthorisationRequested> open;
  for (const ev::Event& event : ReadAll(log, topic::kAuthorisations, kTestPartitions)) {
    if (event.has_authorisation_requested()) {
      open[event.authorisation_requested().request_id()] = event.authorisation_requested();
    }
  }
  for (const ev::Event& event : ReadAll(log, topic::kAuthorisations, kTestPartitions)) {
    if (event.has_authorisation_answered()) open.erase(event.authorisation_answered().request_id());
  }
  for (const auto& [id, request] : open) {
    ev::Event event;
    event.set_event_time_ms(1'763'976'600'000);
    ev::AuthorisationAnswered& answer = *event.mutable_authorisation_answered();
    answer.set_request_id(id);
    answer.set_account_id(request.account_id());
    answer.set_aggregate_id(request.aggregate_id());
    answer.set_attempt(request.attempt());
    answer.set_purpose(request.purpose());
    answer.set_response_code(code(request));
    answer.set_approved(answer.response_code() == "00");
    *answer.mutable_amount() = request.amount();
    writer.Put(topic::kAuthorisations, AccountId(*Uuid::FromBytes(AsBytes(request.account_id()))),
               event);
  }
  return static_cast<int>(open.size());
}

inline Config TestConfig(const Folder& folder) {
  Config config;
  config.db_path = folder.File("clearing.db");
  config.postgres = store_place::ConninfoFor(config.db_path);
  config.policy_dir = std::string(PLAZA_SOURCE_DIR) + "/data/guadalajara/policy";
  return config;
}

}  // namespace plaza::clearing
