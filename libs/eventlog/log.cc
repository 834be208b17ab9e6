#include "libs/eventlog/log.h"

namespace plaza::eventlog {

Result<std::int64_t> Log::EndOffset(const TopicPartition& of) {
  PLAZA_ASSIGN_OR_RETURN(const std::vector<std::int64_t> ends, EndOffsets({&of, 1}));
  return ends.front();
}

}  // namespace plaza::eventlog
