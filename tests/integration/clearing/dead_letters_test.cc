// A charge that came before the one that it corrects: refused, and in effect exactly once when it
// is replayed after the other.
#include <gmock/gmock.h>

#include "libs/base/hex.h"
#include "libs/host/dead_letters.h"
#include "libs/runtime/process.h"
#include "tests/integration/clearing/clearing_city.h"

namespace plaza::clearing {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LateCharge : public testing::Test {
 protected:
  struct City {
    Folder folder;
    std::unique_ptr<eventlog::Log> log =
        eventlog::OpenEmbeddedLog({folder.File("log.db"), true}).value();
    Writer writer{*log};
    runtime::Metrics metrics;
    std::unique_ptr<Service> service =
        Service::Open(TestConfig(folder), {*log, metrics, kTestPartitions}).value();

    void Charge(std::uint32_t revision) {
      const Instant at = ParseMoment("2025-11-23T08:00:00-06:00")->instant;
      if (revision == 1) {
        writer.Charge(0, 1, 1, at, {{"siteur", 700}, {"mimacro", 400}});
      } else {
        writer.Charge(0, 1, 2, at, {{"siteur", -500}});
      }
    }
    void Run() {
      const auto idle = service->participant().RunUntilIdle();
      ASSERT_TRUE(idle.ok()) << idle.error().ToString();
    }
    std::vector<std::string> Ledger() {
      std::vector<std::string> rows;
      const auto read = service->participant().db().Read([&](store::Tx& tx) -> Result<void> {
        tx.Query("SELECT posting_id, debit, credit, amount_minor FROM ledger ORDER BY posting_id",
                 {}, "btti", [&](const store::Row& row) {
                   rows.push_back(ToHex(AsBytes(row.Bytes(0))) + " " + row.Text(1) + ">" +
                                  row.Text(2) + " " + std::to_string(row.Int(3)));
                 });
        return {};
      });
      EXPECT_TRUE(read.ok());
      return rows;
    }
  };
};

TEST_F(LateCharge, IsReplayedAfterTheOneBeforeIt) {
  City orderly;
  orderly.Charge(1);
  orderly.Charge(2);
  orderly.Run();
  ASSERT_EQ(orderly.Ledger().size(), 3U);

  City city;
  const runtime::WallClock clock;
  const auto topics = eventlog::CityTopics(kTestPartitions);
  host::DeadLetters letters(*city.log, topics, clock);
  const auto until = std::chrono::system_clock::now() + std::chrono::minutes(1);
  city.Charge(2);
  city.Run();
  EXPECT_THAT(city.Ledger(), IsEmpty());
  const auto listed = letters.List({}, until);
  ASSERT_TRUE(listed.ok()) << listed.error().ToString();
  ASSERT_EQ(listed->letters_size(), 1);
  EXPECT_EQ(listed->letters(0).code(), "REVISION_GAP");
  EXPECT_EQ(listed->letters(0).group(), "clearing");
  EXPECT_EQ(listed->letters(0).what(), "charge");

  city.Charge(1);  // what was missing
  city.Run();
  ops::v1::ResolveDeadLettersRequest replay;
  replay.set_outcome(events::v1::DEAD_LETTER_OUTCOME_REPLAYED);
  *replay.add_letters() = listed->letters(0).place();
  for (const bool again : {false, true}) {
    replay.set_again(again);
    const auto resolved = letters.Resolve(replay, "admin", until);
    ASSERT_TRUE(resolved.ok()) << resolved.error().ToString();
    EXPECT_EQ(resolved->letters(0).code(), "");
    city.Run();
    EXPECT_EQ(city.Ledger(), orderly.Ledger()) << "again: " << again;
  }
  EXPECT_EQ(letters.List({}, until)->letters_size(), 0);
}

}  // namespace
}  // namespace plaza::clearing
