// A record that a consumer refuses, from its letter to its effect, on a real log: refused, seen,
// appended again once the cause is mended, and in effect exactly once.
#include "libs/host/dead_letters.h"

#include "libs/base/ids.h"
#include "libs/eventlog/errors.h"
#include "libs/eventlog/limits.h"
#include "libs/eventlog/participant.h"
#include "libs/host/errors.h"
#include "libs/host/host_metrics.h"
#include "tests/contract/eventlog/backend.h"
#include "tests/support/temp_folder.h"

namespace plaza::host {
namespace {

namespace contract = eventlog::contract;
namespace ev = events::v1;
namespace pb = ops::v1;
using eventlog::Record;
using eventlog::StoredRecord;
using eventlog::TopicPartition;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr ErrorKind kNoTariff{StatusCode::kFailedPrecondition, "NO_TARIFF", "Load the tariff."};
constexpr ErrorKind kBadFact{StatusCode::kInvalidArgument, "BAD_FACT", "Send a good one."};

// Takes a charge once, by its leg, and only once its tariff is there.
class Books : public eventlog::Handler {
 public:
  Result<std::vector<eventlog::Rejected>> Handle(store::Tx& tx, eventlog::Outbox&,
                                                 const TopicPartition&,
                                                 std::span<const StoredRecord> records) override {
    std::vector<eventlog::Rejected> rejected;
    for (std::size_t i = 0; i < records.size(); ++i) {
      ev::Event event;
      if (!event.ParseFromString(records[i].record.value) || !event.has_charge()) {
        rejected.push_back({i, Error(kBadFact, "no charge", "value")});
      } else if (!mended) {
        rejected.push_back({i, Error(kNoTariff, "no tariff for " + event.charge().leg_id())});
      } else {
        tx.Exec("INSERT INTO booked (leg) VALUES (:leg) ON CONFLICT (leg) DO NOTHING",
                {{"leg", event.charge().leg_id()}});
      }
    }
    return rejected;
  }
  bool mended = false;
};

class FixedClock : public Clock {
 public:
  Instant Now() const override { return {1'800'000'000'000}; }
};

class Letters : public ::testing::TestWithParam<contract::BackendFactory> {
 protected:
  void SetUp() override {
    backend_ = GetParam().make();
    auto opened = backend_->Reopen();
    ASSERT_TRUE(opened.ok()) << opened.error().ToString();
    log_ = *opened;
    ASSERT_TRUE(log_->CreateTopics(kTopics).ok());
    books_ = Consumer("books", books_handler_);
    letters_ = std::make_unique<DeadLetters>(*log_, kTopics, clock_);
  }

  std::unique_ptr<eventlog::Participant> Consumer(const std::string& name, Books& handler) {
    eventlog::ParticipantOptions options;
    options.name = name;
    options.store.path = (folder_.path() / (name + ".db")).string();
    options.topics = {"charges"};
    options.migrations = {{1, "0001", "CREATE TABLE booked (leg TEXT PRIMARY KEY)"}};
    auto opened = eventlog::Participant::Open(*log_, std::move(options));
    EXPECT_TRUE(opened.ok()) << opened.error().ToString();
    (*opened)->SetHandler(handler);
    return std::move(*opened);
  }

  static std::string Charge(const std::string& leg, std::int64_t event_time_ms = 5'000) {
    ev::Event event;
    event.set_event_time_ms(event_time_ms);
    event.mutable_charge()->set_leg_id(leg);
    event.mutable_charge()->set_account_id(Uuid::V5(id_space::Account(), "rider").ToBinary());
    return event.SerializeAsString();
  }
  void Send(int partition, const std::string& value, const std::string& key = "key") {
    const eventlog::AppendBatch batch{{"charges", partition}, {{key, value}}};
    ASSERT_TRUE(log_->Append({&batch, 1}).ok());
  }
  // What a consumer writes; for letters that no consumer of this test would write.
  void SendLetter(const ev::DeadLetter& letter, const std::string& id = "id") {
    ev::Event event;
    event.set_id(id);
    *event.mutable_dead_letter() = letter;
    const eventlog::AppendBatch batch{{"charges.dlq", 0}, {{"key", event.SerializeAsString()}}};
    ASSERT_TRUE(log_->Append({&batch, 1}).ok());
  }
  static ev::DeadLetter LetterOf(const std::string& value) {
    ev::DeadLetter letter;
    letter.set_consumer("books");
    letter.set_topic("charges");
    letter.set_code("NO_TARIFF");
    letter.set_key("key");
    letter.set_value(value);
    return letter;
  }
  void Consume() { ASSERT_TRUE(books_->RunUntilIdle().ok()); }

  std::vector<std::string> Booked() {
    std::vector<std::string> legs;
    const auto read = books_->db().Read([&](store::Tx& tx) -> Result<void> {
      tx.Query("SELECT leg FROM booked ORDER BY leg", {}, "t",
               [&](const store::Row& row) { legs.push_back(row.Text(0)); });
      return {};
    });
    EXPECT_TRUE(read.ok());
    return legs;
  }
  std::vector<std::string> Values(const TopicPartition& at) {
    const auto end = log_->EndOffset(at);
    EXPECT_TRUE(end.ok());
    std::vector<std::string> values;
    while (static_cast<std::int64_t>(values.size()) < *end) {
      const auto fetched =
          log_->Fetch(at, static_cast<std::int64_t>(values.size()), 100'000, contract::kPatience);
      EXPECT_TRUE(fetched.ok());
      if (!fetched.ok() || fetched->empty()) break;
      for (const StoredRecord& one : *fetched) values.push_back(one.record.value);
    }
    return values;
  }

  static DeadLetters::Deadline Soon() {
    return std::chrono::system_clock::now() + std::chrono::minutes(1);
  }
  pb::ListDeadLettersResponse List(const pb::ListDeadLettersRequest& request = {}) {
    auto listed = letters_->List(request, Soon());
    EXPECT_TRUE(listed.ok()) << listed.error().ToString();
    return listed.ok() ? *listed : pb::ListDeadLettersResponse();
  }
  // "charges.dlq/0/0 NO_TARIFF charge" of each.
  std::vector<std::string> Rows(const pb::ListDeadLettersRequest& request = {}) {
    std::vector<std::string> rows;
    const pb::ListDeadLettersResponse listed = List(request);
    for (const auto& row : listed.letters()) {
      rows.push_back(ToText(row.place()) + " " + row.code() + " " + row.what());
    }
    return rows;
  }
  static pb::ResolveDeadLettersRequest Replay(const std::vector<std::string>& places) {
    pb::ResolveDeadLettersRequest request;
    request.set_outcome(ev::DEAD_LETTER_OUTCOME_REPLAYED);
    for (const std::string& place : places) {
      *request.add_letters() = ParseLetterPlace(place).value();
    }
    return request;
  }
  // The codes of the answer: empty ones were done.
  std::vector<std::string> Resolve(const pb::ResolveDeadLettersRequest& request) {
    const auto resolved = letters_->Resolve(request, "admin", Soon());
    EXPECT_TRUE(resolved.ok()) << resolved.error().ToString();
    std::vector<std::string> codes;
    if (!resolved.ok()) return codes;
    for (const auto& one : resolved->letters()) codes.push_back(one.code());
    return codes;
  }

  static const std::vector<eventlog::TopicSpec> kTopics;
  testing::TempFolder folder_;
  FixedClock clock_;
  std::unique_ptr<contract::Backend> backend_;
  eventlog::Log* log_ = nullptr;
  Books books_handler_;
  std::unique_ptr<eventlog::Participant> books_;
  std::unique_ptr<DeadLetters> letters_;
};
const std::vector<eventlog::TopicSpec> Letters::kTopics{{"charges", 2}, {"charges.dlq", 2}};

TEST_P(Letters, ARefusedRecordIsReplayedAndTakesEffectExactlyOnce) {
  Send(1, Charge("G1:7"));
  Consume();
  EXPECT_THAT(Booked(), ElementsAre());
  EXPECT_THAT(Rows(), ElementsAre("charges.dlq/1/0 NO_TARIFF charge"));

  books_handler_.mended = true;
  EXPECT_THAT(Resolve(Replay({"charges.dlq/1/0"})), ElementsAre(""));
  Consume();
  EXPECT_THAT(Booked(), ElementsAre("G1:7"));
  EXPECT_THAT(Values({"charges", 1}), ElementsAre(Charge("G1:7"), Charge("G1:7")));
  EXPECT_THAT(Values({"charges", 0}), ElementsAre());
  EXPECT_THAT(Rows(), ElementsAre());

  // A second time only if somebody insists, and then with the same effect.
  pb::ResolveDeadLettersRequest again = Replay({"charges.dlq/1/0"});
  const auto refused = letters_->Resolve(again, "admin", Soon());
  ASSERT_TRUE(refused.ok());
  EXPECT_EQ(refused->letters(0).code(), "ALREADY_RESOLVED");
  EXPECT_THAT(refused->letters(0).message(), HasSubstr("replayed by admin"));
  EXPECT_EQ(Values({"charges", 1}).size(), 2U);
  again.set_again(true);
  EXPECT_THAT(Resolve(again), ElementsAre(""));
  Consume();
  EXPECT_EQ(Values({"charges", 1}).size(), 3U);
  EXPECT_THAT(Booked(), ElementsAre("G1:7"));
  EXPECT_THAT(Rows(), ElementsAre());
}

TEST_P(Letters, WhatIsRefusedAgainIsOpenAgain) {
  Send(0, Charge("G1:7"));
  Consume();
  EXPECT_THAT(Resolve(Replay({"charges.dlq/0/0"})), ElementsAre(""));  // nothing was mended
  Consume();
  // 0: the letter, 1: its resolution, 2: the letter of the replayed record.
  EXPECT_THAT(Rows(), ElementsAre("charges.dlq/0/2 NO_TARIFF charge"));
  books_handler_.mended = true;
  EXPECT_THAT(Resolve(Replay({"charges.dlq/0/2"})), ElementsAre(""));
  Consume();
  EXPECT_THAT(Rows(), ElementsAre());
  EXPECT_THAT(Booked(), ElementsAre("G1:7"));
  // The facts of the resolutions have ids of their own, which follow from the letter.
  std::vector<ev::Event> facts;
  for (const std::string& value : Values({"charges.dlq", 0})) {
    ASSERT_TRUE(facts.emplace_back().ParseFromString(value));
  }
  ASSERT_EQ(facts.size(), 4U);
  EXPECT_EQ(facts[0].id(), facts[2].id());
  EXPECT_NE(facts[1].id(), facts[3].id());
  EXPECT_EQ(facts[3].dead_letter_resolved().letter_id(), facts[0].id());
  EXPECT_EQ(facts[3].event_time_ms(), 1'800'000'000'000);
}

TEST_P(Letters, TheSameRecordRefusedTwiceIsOneMatter) {
  Send(0, Charge("G1:7"));
  Send(0, Charge("G1:7"));
  Books other_handler;
  const auto other = Consumer("reports", other_handler);
  Consume();
  ASSERT_TRUE(other->RunUntilIdle().ok());
  EXPECT_EQ(Rows().size(), 4U);  // two groups, twice each
  EXPECT_THAT(
      Resolve(Replay({"charges.dlq/0/0", "charges.dlq/0/1", "charges.dlq/0/2", "charges.dlq/0/3"})),
      ElementsAre("", "", "", ""));
  EXPECT_EQ(Values({"charges", 0}).size(), 3U);
  EXPECT_EQ(Values({"charges.dlq", 0}).size(), 6U);  // one resolution a group
  EXPECT_THAT(Rows(), ElementsAre());
}

TEST_P(Letters, ADryRunAppendsNothing) {
  Send(0, Charge("G1:7"));
  Consume();
  pb::ResolveDeadLettersRequest request = Replay({"charges.dlq/0/0"});
  request.set_dry_run(true);
  EXPECT_THAT(Resolve(request), ElementsAre(""));
  EXPECT_EQ(Values({"charges", 0}).size(), 1U);
  EXPECT_EQ(Values({"charges.dlq", 0}).size(), 1U);
}

TEST_P(Letters, ADroppedOneIsGoneFromTheListWithItsReason) {
  Send(0, "not a fact at all");
  Consume();
  EXPECT_THAT(Rows(), ElementsAre("charges.dlq/0/0 BAD_FACT "));
  pb::ResolveDeadLettersRequest request = Replay({"charges.dlq/0/0"});
  request.set_outcome(ev::DEAD_LETTER_OUTCOME_DROPPED);
  request.set_note("a test of the network");
  EXPECT_THAT(Resolve(request), ElementsAre(""));
  EXPECT_EQ(Values({"charges", 0}).size(), 1U);
  EXPECT_THAT(Rows(), ElementsAre());
  pb::ListDeadLettersRequest all;
  all.set_resolved(true);
  EXPECT_EQ(List(all).letters(0).state(), pb::DEAD_LETTER_STATE_DROPPED);
  pb::ShowDeadLetterRequest show;
  *show.mutable_place() = ParseLetterPlace("charges.dlq/0/0").value();
  const auto shown = letters_->Show(show, Soon());
  ASSERT_TRUE(shown.ok()) << shown.error().ToString();
  ASSERT_EQ(shown->resolutions_size(), 1);
  EXPECT_EQ(shown->resolutions(0).note(), "a test of the network");
  EXPECT_EQ(shown->resolutions(0).by(), "admin");
  EXPECT_THAT(shown->record_json(), ::testing::Not(HasSubstr("not a fact at all")));
  EXPECT_THAT(shown->record_json(), HasSubstr("\"octets\": 17"));
}

TEST_P(Letters, WhatCannotBeReplayedIsRefusedAndTheRestGoOn) {
  Send(0, Charge("G1:7"));
  Consume();
  SendLetter(LetterOf(std::string(eventlog::kDeadLetterValueBytesMax, 'x')), "cut");
  ev::DeadLetter door = LetterOf("");
  door.set_topic("SubmitTaps");
  door.set_partition(-1);
  door.set_offset(-1);
  SendLetter(door, "door");
  ev::DeadLetter elsewhere = LetterOf("value");
  elsewhere.set_partition(2);
  SendLetter(elsewhere, "elsewhere");
  EXPECT_THAT(Resolve(Replay({"charges.dlq/0/0", "charges.dlq/0/1", "charges.dlq/0/2",
                              "charges.dlq/0/3", "charges.dlq/0/4", "charges.dlq/1/0"})),
              ElementsAre("", "RECORD_CUT", "NOT_FROM_THE_LOG", "UNKNOWN_PARTITION",
                          "NO_SUCH_LETTER", "NO_SUCH_LETTER"));
  EXPECT_EQ(Values({"charges", 0}).size(), 2U);
  // A resolution is no letter.
  EXPECT_THAT(Resolve(Replay({"charges.dlq/0/4"})), ElementsAre("NO_SUCH_LETTER"));
}

TEST_P(Letters, ListsWhatWasAskedForInPages) {
  for (const std::string leg : {"a", "b", "c"}) Send(0, Charge(leg, 1'000));
  Send(1, "not a fact");
  Send(1, Charge("d", 9'000));
  Consume();
  pb::ListDeadLettersRequest request;
  request.set_page_size(2);
  const auto first = List(request);
  ASSERT_EQ(first.letters_size(), 2);
  ASSERT_EQ(first.counts_size(), 2);
  EXPECT_EQ(first.counts(0).code(), "BAD_FACT");
  EXPECT_EQ(first.counts(0).letters(), 1);
  EXPECT_EQ(first.counts(1).letters(), 4);
  request.set_page_token(first.next_page_token());
  EXPECT_THAT(Rows(request),
              ElementsAre("charges.dlq/0/2 NO_TARIFF charge", "charges.dlq/1/0 BAD_FACT "));
  request.set_page_token(List(request).next_page_token());
  EXPECT_THAT(Rows(request), ElementsAre("charges.dlq/1/1 NO_TARIFF charge"));
  EXPECT_EQ(List(request).next_page_token(), "");

  request.Clear();
  request.set_since_ms(2'000);
  EXPECT_THAT(Rows(request), ElementsAre("charges.dlq/1/0 BAD_FACT ",  // of no known time
                                         "charges.dlq/1/1 NO_TARIFF charge"));
  request.set_code("NO_TARIFF");
  EXPECT_THAT(Rows(request), ElementsAre("charges.dlq/1/1 NO_TARIFF charge"));
  request.set_group("fare");
  EXPECT_THAT(Rows(request), ElementsAre());
  request.Clear();
  request.set_topic("charges");  // also without ".dlq"
  EXPECT_EQ(Rows(request).size(), 5U);
  request.set_topic("sales");
  EXPECT_TRUE(letters_->List(request, Soon()).error().Is(kUnknownLetterTopic));
}

TEST_P(Letters, RefusesWhatMakesNoSense) {
  Send(0, Charge("G1:7"));
  Consume();
  pb::ResolveDeadLettersRequest request = Replay({"charges.dlq/0/0"});
  request.set_outcome(ev::DEAD_LETTER_OUTCOME_UNSPECIFIED);
  EXPECT_TRUE(letters_->Resolve(request, "admin", Soon()).error().Is(kBadResolution));
  request = Replay({"charges.dlq/0/0"});
  request.set_note(std::string(2'000, 'n'));
  EXPECT_TRUE(letters_->Resolve(request, "admin", Soon()).error().Is(kBadResolution));
  request = Replay(std::vector<std::string>(1'001, "charges.dlq/0/0"));
  EXPECT_TRUE(letters_->Resolve(request, "admin", Soon()).error().Is(kBadResolution));
  request = Replay({"charges.dlq/7/0"});
  EXPECT_TRUE(letters_->Resolve(request, "admin", Soon()).error().Is(kNoSuchLetter));
  request = Replay({"sales.dlq/0/0"});
  EXPECT_TRUE(letters_->Resolve(request, "admin", Soon()).error().Is(kUnknownLetterTopic));
  EXPECT_TRUE(letters_->List({}, DeadLetters::Deadline()).error().Is(kOutOfTime));
  EXPECT_EQ(Values({"charges", 0}).size(), 1U);
}

// Looks at the consumer as the process around it does, by hand.
TEST_P(Letters, AreCountedAndWhatWaitsHasAnAge) {
  runtime::Metrics metrics;
  HostMetrics host_metrics(metrics, {books_.get()}, {folder_.path()});
  const auto line = [&](const std::string& name_and_labels) {
    const std::string page = metrics.Expose();
    const std::size_t at = page.find("\n" + name_and_labels + " ");
    if (at == page.npos) return std::string("none");
    const std::size_t value = at + name_and_labels.size() + 2;
    return page.substr(value, page.find('\n', value) - value);
  };
  const std::string of = R"({group="books",topic="charges"})";
  const std::string refused =
      R"(plaza_dead_letters_total{group="books",reason="NO_TARIFF",topic="charges"})";
  Consume();
  host_metrics.Sample(10'000);
  EXPECT_EQ(line("plaza_consumer_lag" + of), "0");
  EXPECT_EQ(line("plaza_consumer_oldest_seconds" + of), "0");
  EXPECT_EQ(line(R"(plaza_consumer_failing{group="books"})"), "0");
  EXPECT_EQ(line(R"(plaza_outbox_rows{group="books"})"), "0");
  EXPECT_EQ(line(refused), "none");

  Send(0, Charge("a"));
  Send(1, Charge("b"));
  host_metrics.Sample(20'000);
  Send(1, Charge("c"));
  host_metrics.Sample(50'000);
  EXPECT_EQ(line("plaza_consumer_lag" + of), "3");
  EXPECT_EQ(line("plaza_consumer_oldest_seconds" + of), "30");

  Consume();
  host_metrics.Sample(60'000);
  host_metrics.Sample(70'000);
  EXPECT_EQ(line("plaza_consumer_lag" + of), "0");
  EXPECT_EQ(line("plaza_consumer_oldest_seconds" + of), "0");
  EXPECT_EQ(line(refused), "3");
  EXPECT_EQ(line(R"(plaza_pool_size{pool="books.writer"})"), "1");
  EXPECT_EQ(line(R"(plaza_pool_busy{pool="books.writer"})"), "0");
  EXPECT_GT(std::stod(line(R"(plaza_pool_busy_seconds_total{pool="books.writer"})")), 0);
  EXPECT_NE(line("plaza_disk_free_bytes{folder=\"" + folder_.path().string() + "\"}"), "none");
}

// The rest of the message is cut at a whole character: with half of one nobody could read the
// letter again.
TEST_P(Letters, AMessageIsCutBetweenCharacters) {
  std::string leg = "é";
  while (leg.size() < 8'000) leg += leg;
  Send(0, Charge(leg));
  Send(1, Charge("x" + leg));  // one of the two would be cut within
  Consume();
  const auto listed = List();
  ASSERT_EQ(listed.letters_size(), 2);
  for (const auto& row : listed.letters()) {
    EXPECT_GT(row.message().size(), 4'000U);
    EXPECT_THAT(row.message(), ::testing::EndsWith("é"));
  }
}

INSTANTIATE_TEST_SUITE_P(Logs, Letters, ::testing::ValuesIn(contract::Backends()),
                         contract::BackendName);

}  // namespace
}  // namespace plaza::host
