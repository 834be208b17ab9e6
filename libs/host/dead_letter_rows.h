// What a dead-letter topic says, as rows: pure, over its records.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/result.h"
#include "libs/eventlog/log.h"
#include "plaza/events/v1/events.pb.h"
#include "plaza/ops/v1/ops.pb.h"

namespace plaza::host {

inline constexpr std::string_view kDlqSuffix = ".dlq";

// "plaza.taps.v1.dlq/3/17"; the topic may be given without ".dlq". BAD_LETTER_PLACE.
Result<ops::v1::DeadLetterPlace> ParseLetterPlace(std::string_view text);
std::string ToText(const ops::v1::DeadLetterPlace& place);

// What people decided, in one partition of a dead-letter topic. A letter's id follows from its
// record, its group and its topic, so the same record refused twice is one matter: a resolution
// holds for every letter of its id before it.
class Resolutions {
 public:
  struct One {
    std::int64_t offset;
    std::int64_t at_ms;
    events::v1::DeadLetterResolved what;
  };
  void Add(std::int64_t offset, const events::v1::Event& event);  // others are passed over
  // Oldest first; also those before the letter.
  const std::vector<One>& Of(const std::string& letter_id) const;
  ops::v1::DeadLetterState StateOf(const std::string& letter_id, std::int64_t offset) const;

 private:
  std::map<std::string, std::vector<One>> by_letter_;
};

// `event` is a dead letter, at `place`.
ops::v1::DeadLetterRow RowOf(ops::v1::DeadLetterPlace place, const events::v1::Event& event,
                             const Resolutions& resolutions);

// The topic is not looked at: it says which partitions are read.
bool Matches(const ops::v1::DeadLetterRow& row, const ops::v1::ListDeadLettersRequest& request);

// NOT_FROM_THE_LOG, RECORD_CUT: what cannot be appended again, whatever a person wants.
Result<void> CheckReplayable(const events::v1::DeadLetter& letter);

// The fact that a letter was resolved, the `ordinal`th time, counted from 1.
events::v1::Event ResolutionFact(const std::string& dlq_topic, const std::string& letter_id,
                                 std::size_t ordinal, std::int64_t now_ms,
                                 events::v1::DeadLetterResolved what);

}  // namespace plaza::host
