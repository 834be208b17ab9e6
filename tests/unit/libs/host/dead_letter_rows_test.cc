#include "libs/host/dead_letter_rows.h"

#include <gmock/gmock.h>

#include "libs/eventlog/limits.h"
#include "libs/host/errors.h"
#include "libs/host/fact_json.h"
#include "libs/host/limits.h"

namespace plaza::host {
namespace {

using events::v1::Event;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(LetterPlace, ReadsWhatTheListShows) {
  const struct {
    const char* text;
    const char* place;  // empty: refused
  } table[] = {
      {"plaza.taps.v1.dlq/3/17", "plaza.taps.v1.dlq/3/17"},
      {"plaza.taps.v1/3/17", "plaza.taps.v1.dlq/3/17"},
      {"a/b/0/9223372036854775807", "a/b.dlq/0/9223372036854775807"},
      {"", ""},
      {"/", ""},
      {"/0/0", ""},
      {"plaza.taps.v1", ""},
      {"plaza.taps.v1/3", ""},
      {"plaza.taps.v1/3/", ""},
      {"plaza.taps.v1//17", ""},
      {"plaza.taps.v1/-1/17", ""},
      {"plaza.taps.v1/3/17x", ""},
      {"plaza.taps.v1/3/9223372036854775808", ""},
  };
  for (const auto& row : table) {
    const auto place = ParseLetterPlace(row.text);
    EXPECT_EQ(place.ok() ? ToText(*place) : "", row.place) << row.text;
    EXPECT_TRUE(place.ok() || place.error().Is(kBadLetterPlace)) << row.text;
  }
}

Event Resolved(const std::string& letter, events::v1::DeadLetterOutcome outcome) {
  events::v1::DeadLetterResolved what;
  what.set_outcome(outcome);
  return ResolutionFact("t.dlq", letter, 1, 0, what);
}

TEST(LetterResolutions, HoldForTheLettersBeforeThem) {
  Resolutions resolutions;
  resolutions.Add(3, Event());  // another letter
  resolutions.Add(4, Resolved("a", events::v1::DEAD_LETTER_OUTCOME_DROPPED));
  EXPECT_EQ(resolutions.StateOf("a", 3), ops::v1::DEAD_LETTER_STATE_DROPPED);
  EXPECT_EQ(resolutions.StateOf("a", 5), ops::v1::DEAD_LETTER_STATE_OPEN);
  EXPECT_EQ(resolutions.StateOf("b", 3), ops::v1::DEAD_LETTER_STATE_OPEN);
  resolutions.Add(9, Resolved("a", events::v1::DEAD_LETTER_OUTCOME_REPLAYED));
  EXPECT_EQ(resolutions.StateOf("a", 3), ops::v1::DEAD_LETTER_STATE_REPLAYED);
  EXPECT_EQ(resolutions.Of("a").size(), 2U);
}

TEST(LetterResolutions, IdsFollowFromTheLetterAndTheCount) {
  const auto id = [](const std::string& topic, const std::string& letter, std::size_t ordinal) {
    return ResolutionFact(topic, letter, ordinal, 0, {}).id();
  };
  EXPECT_EQ(id("t.dlq", "a", 1), id("t.dlq", "a", 1));
  EXPECT_NE(id("t.dlq", "a", 1), id("t.dlq", "a", 2));
  EXPECT_NE(id("t.dlq", "a", 1), id("u.dlq", "a", 1));
  EXPECT_NE(id("t.dlq", "a", 1), id("t.dlq", "b", 1));
}

TEST(LetterRow, SaysWhatThereIsAndNoCardNumber) {
  Event record;
  record.mutable_charge()->set_leg_id("G1:7");
  Event event;
  event.set_id("a");
  event.set_event_time_ms(1'000);
  events::v1::DeadLetter& letter = *event.mutable_dead_letter();
  letter.set_consumer("clearing");
  letter.set_topic("plaza.charges.v1");
  letter.set_partition(1);
  letter.set_offset(40);
  letter.set_code("BAD_CHARGE");
  letter.set_message("BAD_CHARGE: 4761739001010010 in it");  // the well-known test number
  letter.set_value(record.SerializeAsString());
  const ops::v1::DeadLetterRow row =
      RowOf(ParseLetterPlace("plaza.charges.v1/1/2").value(), event, Resolutions());
  EXPECT_EQ(row.what(), "charge");
  EXPECT_EQ(row.state(), ops::v1::DEAD_LETTER_STATE_OPEN);
  EXPECT_EQ(row.offset(), 40);
  EXPECT_EQ(row.message(), "BAD_CHARGE: **** in it");
  letter.set_value("no fact");
  EXPECT_EQ(RowOf({}, event, Resolutions()).what(), "");
}

TEST(LetterReplay, NeedsTheWholeRecordAndItsPlace) {
  events::v1::DeadLetter letter;
  letter.set_topic("t");
  letter.set_value(std::string(eventlog::kDeadLetterValueBytesMax - 1, 'x'));
  EXPECT_TRUE(CheckReplayable(letter).ok());
  letter.mutable_value()->push_back('x');
  EXPECT_TRUE(CheckReplayable(letter).error().Is(kRecordCut));
  letter.set_partition(-1);
  EXPECT_TRUE(CheckReplayable(letter).error().Is(kNotFromTheLog));
}

TEST(FactJson, ShowsIdsAndHidesWhatIsSealed) {
  Event event;
  event.set_id(std::string(16, '\x0A'));
  event.set_event_time_ms(1'764'000'004'672);
  events::v1::TapRecorded& tap = *event.mutable_tap_recorded();
  tap.set_validator_id("GDL-S0001");
  tap.set_decision(events::v1::DECISION_ACCEPTED);
  tap.set_token("\xAA\xBB");
  tap.set_sealed_card("SEALED");
  tap.set_chip_data("CHIP");
  const char* const expected = R"json({
  "id": "0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a",
  "event_time_ms": 1764000004672,
  "tap_recorded": {
    "validator_id": "GDL-S0001",
    "decision": "DECISION_ACCEPTED",
    "token": "AABB",
    "chip_data": "(4 octets, not shown)",
    "sealed_card": "(6 octets, not shown)"
  }
})json";
  EXPECT_EQ(FactJson(event), expected);
  EXPECT_EQ(RecordJson(event.SerializeAsString()), expected);
}

TEST(FactJson, OfFactsInFactsAndOfTextsThatShouldNotBeThere) {
  Event event;
  events::v1::AccountMoved& moved = *event.mutable_account_moved();
  moved.add_taps()->set_sealed_card("SEALED");
  moved.add_taps()->set_par("4761739001010010");
  const std::string json = FactJson(event);
  EXPECT_THAT(json, HasSubstr("(6 octets, not shown)"));
  EXPECT_THAT(json, HasSubstr(R"("par": "****")"));
}

TEST(FactJson, OfWhatIsNoFactShowsOnlyADigest) {
  for (const std::string& octets :
       {std::string("4761739001010010"), std::string(), std::string("\xFF")}) {
    const std::string json = RecordJson(octets);
    EXPECT_THAT(json, HasSubstr("no fact that is known here"));
    EXPECT_THAT(json, HasSubstr("\"octets\": " + std::to_string(octets.size())));
    EXPECT_THAT(json, Not(HasSubstr("4761739001")));
  }
}

TEST(FactJson, ThatIsTooLongIsDescribed) {
  Event event;
  for (std::size_t i = 0; i < kShownJsonBytesMax / 20; ++i) {
    event.mutable_account_moved()->add_taps()->set_sequence(1);
  }
  EXPECT_THAT(FactJson(event), HasSubstr("too long to be shown"));
}

}  // namespace
}  // namespace plaza::host
