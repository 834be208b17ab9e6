// An embedded log for readers beside its owner: the archiver and rebuilds read the file while the
// city writes it.
#pragma once
#include <memory>
#include <string>

#include "libs/eventlog/log.h"

namespace plaza::eventlog {

// Takes no claim on the log; sees what was committed before each call. Fetch() does not wait.
// CreateTopics(), Append() and Join() are LOG_READ_ONLY. LOG_UNAVAILABLE if there is no such log.
Result<std::unique_ptr<Log>> OpenEmbeddedLogReader(const std::string& path);

}  // namespace plaza::eventlog
