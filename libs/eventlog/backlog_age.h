// How long the oldest record that a consumer has not handled has been in the log. Neither log keeps
// when a record was appended, so it is told from looks at the end of the partition. Pure.
#pragma once
#include <cstdint>
#include <deque>

namespace plaza::eventlog {

// Of one partition and group. Not thread-safe.
class BacklogAge {
 public:
  // Looks at `now_ms` (any clock that does not go back): the consumer's next offset and the
  // partition's end. Returns the age in ms, 0 if nothing waits. What was there before the first
  // look counts from it; the age is at most the time between two looks too small.
  std::int64_t Look(std::int64_t now_ms, std::int64_t next, std::int64_t end);

 private:
  struct Mark {
    std::int64_t at_ms;  // records before `end` were there by now
    std::int64_t end;
  };
  std::deque<Mark> marks_;
};

}  // namespace plaza::eventlog
