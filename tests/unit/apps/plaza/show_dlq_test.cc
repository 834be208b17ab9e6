#include "apps/plaza/show_dlq.h"

#include <gtest/gtest.h>

#include <sstream>

namespace plaza {
namespace {

ops::v1::DeadLetterRow Row() {
  ops::v1::DeadLetterRow row;
  row.mutable_place()->set_topic("plaza.charges.v1.dlq");
  row.mutable_place()->set_partition(1);
  row.mutable_place()->set_offset(2);
  row.set_event_time_ms(1'764'000'004'000);
  row.set_group("clearing");
  row.set_code("REVISION_GAP");
  row.set_what("charge");
  row.set_message("REVISION_GAP: revision 2 after 0, at charge G1:7. Send them in order.");
  row.set_state(ops::v1::DEAD_LETTER_STATE_OPEN);
  row.set_topic("plaza.charges.v1");
  row.set_partition(1);
  row.set_offset(40);
  return row;
}

TEST(ShowDlq, ListsLettersAndCountsThem) {
  ops::v1::ListDeadLettersResponse letters;
  *letters.add_letters() = Row();
  *letters.add_letters() = Row();
  letters.mutable_letters(1)->set_event_time_ms(0);
  letters.mutable_letters(1)->set_state(ops::v1::DEAD_LETTER_STATE_DROPPED);
  auto* count = letters.add_counts();
  count->set_code("REVISION_GAP");
  count->set_letters(1'234);
  letters.set_next_page_token("more");
  std::ostringstream out;
  ShowDeadLetters(letters, out);
  EXPECT_EQ(
      out.str(),
      "  letter                    when                  group     reason        what    state\n"
      "  plaza.charges.v1.dlq/1/2  2025-11-24T16:00:04Z  clearing  REVISION_GAP  charge  open\n"
      "  plaza.charges.v1.dlq/1/2  not known             clearing  REVISION_GAP  charge  "
      "dropped\n"
      "\n"
      "  reason        letters\n"
      "  REVISION_GAP    1,234\n"
      "  all             1,234\n"
      "  shown: the first 2; more by --limit, --topic, --group, --reason, --since\n");
}

TEST(ShowDlq, ShowsOneWithWhatWasDecided) {
  ops::v1::ShowDeadLetterResponse shown;
  *shown.mutable_letter() = Row();
  auto* resolution = shown.add_resolutions();
  resolution->set_outcome(events::v1::DEAD_LETTER_OUTCOME_REPLAYED);
  resolution->set_by("admin");
  resolution->set_at_ms(1'764'000'005'000);
  resolution->set_note("fare was mended");
  shown.set_record_json("{}");
  std::ostringstream out;
  ShowDeadLetter(shown, out);
  EXPECT_EQ(out.str(),
            "letter   plaza.charges.v1.dlq/1/2, open\n"
            "refused  by clearing\n"
            "record   plaza.charges.v1/1/40, event time 2025-11-24T16:00:04Z\n"
            "reason   REVISION_GAP: revision 2 after 0, at charge G1:7. Send them in order.\n"
            "replayed by admin, 2025-11-24T16:00:05Z: fare was mended\n"
            "more     docs/operating/dead-letters.md, REVISION_GAP\n"
            "{}\n");
}

TEST(ShowDlq, SaysWhatWasRefused) {
  ops::v1::ResolveDeadLettersResponse resolved;
  resolved.add_letters();
  auto* refused = resolved.add_letters();
  *refused->mutable_place() = Row().place();
  refused->set_code("RECORD_CUT");
  refused->set_message("RECORD_CUT: why");
  std::ostringstream out;
  ShowResolved(resolved, events::v1::DEAD_LETTER_OUTCOME_REPLAYED, /*dry_run=*/true, out);
  EXPECT_EQ(out.str(),
            "  plaza.charges.v1.dlq/1/2: RECORD_CUT: why\n"
            "1 would be replayed, 1 refused\n");
}

}  // namespace
}  // namespace plaza
