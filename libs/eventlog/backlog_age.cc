#include "libs/eventlog/backlog_age.h"

#include <algorithm>
#include <utility>

#include "libs/eventlog/limits.h"

namespace plaza::eventlog {

std::int64_t BacklogAge::Look(std::int64_t now_ms, std::int64_t next, std::int64_t end) {
  if (marks_.empty() || end > marks_.back().end) marks_.push_back({now_ms, end});
  while (!marks_.empty() && marks_.front().end <= next) marks_.pop_front();
  // Too many: each two become one that is as old as the older, so that no age is too small.
  if (marks_.size() > kBacklogMarksMax) {
    std::deque<Mark> fewer;
    for (std::size_t i = 0; i < marks_.size(); i += 2) {
      fewer.push_back({marks_[i].at_ms, marks_[std::min(i + 1, marks_.size() - 1)].end});
    }
    marks_ = std::move(fewer);
  }
  return marks_.empty() ? 0 : now_ms - marks_.front().at_ms;
}

}  // namespace plaza::eventlog
