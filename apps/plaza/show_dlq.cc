#include "apps/plaza/show_dlq.h"

#include <ostream>
#include <string>

#include "apps/plaza/table.h"
#include "libs/base/civil.h"
#include "libs/host/dead_letter_rows.h"

namespace plaza {
namespace {

std::string When(std::int64_t ms) { return ms == 0 ? "not known" : FormatUtc(Instant{ms}); }

std::string StateName(ops::v1::DeadLetterState state) {
  if (state == ops::v1::DEAD_LETTER_STATE_OPEN) return "open";
  return state == ops::v1::DEAD_LETTER_STATE_DROPPED ? "dropped" : "replayed";
}

std::string OutcomeName(events::v1::DeadLetterOutcome outcome) {
  return outcome == events::v1::DEAD_LETTER_OUTCOME_DROPPED ? "dropped" : "replayed";
}

std::string RecordPlace(const ops::v1::DeadLetterRow& row) {
  if (row.partition() < 0) return "the call " + row.topic();
  return row.topic() + "/" + std::to_string(row.partition()) + "/" + std::to_string(row.offset());
}

}  // namespace

void ShowDeadLetters(const ops::v1::ListDeadLettersResponse& letters, std::ostream& out) {
  Table table({"letter", "when", "group", "reason", "what", "state"});
  for (const ops::v1::DeadLetterRow& row : letters.letters()) {
    table.Add({host::ToText(row.place()), When(row.event_time_ms()), row.group(), row.code(),
               row.what(), StateName(row.state())});
  }
  if (!table.empty()) table.Print(out);
  std::int64_t all = 0;
  Table counts({"reason", ">letters"});
  for (const ops::v1::DeadLetterCount& count : letters.counts()) {
    counts.Add({count.code(), WithThousands(count.letters())});
    all += count.letters();
  }
  counts.Add({"all", WithThousands(all)});
  if (!table.empty()) out << "\n";
  counts.Print(out);
  if (!letters.next_page_token().empty()) {
    out << "  shown: the first " << WithThousands(letters.letters_size())
        << "; more by --limit, --topic, --group, --reason, --since\n";
  }
}

void ShowDeadLetter(const ops::v1::ShowDeadLetterResponse& shown, std::ostream& out) {
  const ops::v1::DeadLetterRow& row = shown.letter();
  out << "letter   " << host::ToText(row.place()) << ", " << StateName(row.state()) << "\n"
      << "refused  by " << row.group() << "\n"
      << "record   " << RecordPlace(row) << ", event time " << When(row.event_time_ms()) << "\n"
      << "reason   " << row.message() << "\n";
  for (const auto& resolution : shown.resolutions()) {
    out << OutcomeName(resolution.outcome()) << " by " << resolution.by() << ", "
        << When(resolution.at_ms()) << (resolution.note().empty() ? "" : ": ") << resolution.note()
        << "\n";
  }
  out << "more     docs/operating/dead-letters.md, " << row.code() << "\n";
  if (!shown.record_json().empty()) out << shown.record_json() << "\n";
}

void ShowResolved(const ops::v1::ResolveDeadLettersResponse& resolved,
                  events::v1::DeadLetterOutcome outcome, bool dry_run, std::ostream& out) {
  std::int64_t done = 0;
  for (const auto& one : resolved.letters()) {
    if (one.code().empty()) {
      ++done;
    } else {
      out << "  " << host::ToText(one.place()) << ": " << one.message() << "\n";
    }
  }
  out << WithThousands(done) << (dry_run ? " would be " : " ") << OutcomeName(outcome) << ", "
      << WithThousands(resolved.letters_size() - done) << " refused\n";
}

}  // namespace plaza
