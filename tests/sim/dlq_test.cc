// The verbs of dead letters as a person types them, on a city that runs: embedded, then a cluster
// over Kafka. What lies there is a record that is no fact, which clearing refuses.
#include <gmock/gmock.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "libs/eventlog/kafka_log.h"
#include "libs/eventlog/topics.h"
#include "tests/sim/sim_city.h"

namespace plaza::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kGarbage = "no fact at all, 4761739001010010";  // the well-known test number

class Dlq : public ::testing::Test {
 protected:
  CityPaths paths() const { return {folder_.path() / "city"}; }

  static void AppendGarbage(eventlog::Log& log) {
    const auto topics = eventlog::CityTopics(4);
    ASSERT_TRUE(log.CreateTopics(topics).ok());
    const eventlog::AppendBatch batch{{"plaza.charges.v1", 1}, {{"key", kGarbage}}};
    ASSERT_TRUE(log.Append({&batch, 1}).ok());
  }

  struct Answer {
    bool ok;
    std::string text;
  };
  Answer Plaza(std::vector<std::string> args) {
    servers::Child::Options command;
    command.name = "plaza dlq " + args.at(0);
    command.argv = {Program(), "dlq"};
    command.argv.insert(command.argv.end(), args.begin(), args.end());
    command.argv.insert(command.argv.end(), {"--data", paths().data.string()});
    command.log_file = folder_.path() / ("answer-" + std::to_string(++answers_));
    const bool ok = servers::RunToEnd(command, std::chrono::minutes(1)).ok();
    std::ifstream in(command.log_file);
    return {ok,
            std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>())};
  }
  // Lists until `wanted` is in it, and for a minute at most.
  std::string Listed(const std::string& wanted) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    Answer list;
    do {
      list = Plaza({"list"});
      EXPECT_TRUE(list.ok) << list.text;
    } while (list.ok && list.text.find(wanted) == std::string::npos &&
             std::chrono::steady_clock::now() < give_up);
    return list.text;
  }

  void ListShowReplayDrop() {
    const std::string first = "plaza.charges.v1.dlq/1/0";
    EXPECT_THAT(Listed(first), HasSubstr("BAD_FACT"));
    const Answer shown = Plaza({"show", first});
    EXPECT_TRUE(shown.ok) << shown.text;
    EXPECT_THAT(shown.text, HasSubstr("record   plaza.charges.v1/1/0"));
    EXPECT_THAT(shown.text, HasSubstr("\"octets\": 32"));
    EXPECT_THAT(shown.text, Not(HasSubstr("4761739001010010")));

    const Answer dry = Plaza({"replay", "--reason", "BAD_FACT", "--dry-run"});
    EXPECT_THAT(dry.text, HasSubstr("1 would be replayed, 0 refused")) << dry.text;
    const Answer replayed = Plaza({"replay", "--reason", "BAD_FACT"});
    EXPECT_TRUE(replayed.ok) << replayed.text;
    EXPECT_THAT(replayed.text, HasSubstr("1 replayed, 0 refused"));
    const Answer twice = Plaza({"replay", first});
    EXPECT_FALSE(twice.ok);
    EXPECT_THAT(twice.text, HasSubstr("ALREADY_RESOLVED"));

    // It is no fact still, so it is refused again: 0 the letter, 1 its resolution, 2 the new one.
    const std::string second = "plaza.charges.v1.dlq/1/2";
    EXPECT_THAT(Listed(second), Not(HasSubstr(first)));
    EXPECT_FALSE(Plaza({"drop", second}).ok);  // without a note
    const Answer dropped = Plaza({"drop", second, "--note", "written by a test"});
    EXPECT_THAT(dropped.text, HasSubstr("1 dropped, 0 refused"));
    EXPECT_THAT(Plaza({"list"}).text, Not(HasSubstr("BAD_FACT")));
    EXPECT_THAT(Plaza({"list", "--all", "--json"}).text, HasSubstr("DEAD_LETTER_STATE_DROPPED"));
    EXPECT_THAT(Plaza({"show", first}).text, HasSubstr("written by a test"));
  }

  TempFolder folder_;
  int answers_ = 0;
};

TEST_F(Dlq, OfAnEmbeddedCityWhileItRuns) {
  std::filesystem::create_directories(paths().stores());
  {
    eventlog::EmbeddedOptions embedded;
    embedded.path = paths().store("log");
    AppendGarbage(*eventlog::OpenEmbeddedLog(embedded).value());
  }
  const auto city = City::Open(paths(), {});
  ASSERT_TRUE(city.ok()) << city.error().ToString();
  ASSERT_TRUE((*city)->Start().ok());
  ListShowReplayDrop();
  (*city)->Stop();
}

TEST_F(Dlq, OfAnEmbeddedCityThatDoesNotRun) {
  std::filesystem::create_directories(paths().stores());
  {
    eventlog::EmbeddedOptions embedded;
    embedded.path = paths().store("log");
    AppendGarbage(*eventlog::OpenEmbeddedLog(embedded).value());
  }
  ListShowReplayDrop();  // each opens the city for as long as it takes
}

TEST_F(Dlq, OfACluster) {
  ClusterOptions options;
  options.paths = paths();
  options.programs = std::filesystem::path(Program()).parent_path();
  options.temporary = true;
  const auto cluster = Cluster::Start(options, [](const std::string&) {});
  ASSERT_TRUE(cluster.ok()) << cluster.error().ToString();
  {
    eventlog::KafkaOptions kafka;
    kafka.brokers = (*cluster)->kafka().brokers();
    AppendGarbage(*eventlog::OpenKafkaLog(kafka).value());
  }
  ListShowReplayDrop();
  EXPECT_TRUE((*cluster)->Stop().ok());
}

}  // namespace
}  // namespace plaza::testing
