// The door to dead letters: records that a consumer refused, seen by people, and appended again
// once the cause is mended (docs/operating/dead-letters.md). It works on the log of facts alone, so
// any process that has the log answers for all topics.
#pragma once
#include <chrono>
#include <functional>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/result.h"
#include "libs/eventlog/log.h"
#include "libs/host/dead_letter_rows.h"
#include "libs/rpc/server.h"
#include "plaza/ops/v1/ops.pb.h"

namespace plaza::host {

// Thread-safe. Log and clock outlive it. Each call reads the dead-letter topics that it needs from
// their beginning: nothing is kept beside the log. Errors: those of errors.h and of the log;
// OUT_OF_TIME once `until` has passed.
class DeadLetters {
 public:
  using Deadline = std::chrono::system_clock::time_point;

  // `topics`: those that have dead letters, each with or without its ".dlq"
  // (eventlog::CityTopics).
  DeadLetters(eventlog::Log& log, std::span<const eventlog::TopicSpec> topics, const Clock& clock);
  void Register(rpc::Server& server);

  Result<ops::v1::ListDeadLettersResponse> List(const ops::v1::ListDeadLettersRequest& request,
                                                Deadline until);
  Result<ops::v1::ShowDeadLetterResponse> Show(const ops::v1::ShowDeadLetterRequest& request,
                                               Deadline until);
  // For each letter: its record is appended, then the fact that it was; killed in between, the
  // letter is still open and a second replay appends it again (at least once). Two processes that
  // resolve the same letter at the same moment both do so. Letters go in the order of their places;
  // the same record refused by several groups is appended once a call.
  Result<ops::v1::ResolveDeadLettersResponse> Resolve(
      const ops::v1::ResolveDeadLettersRequest& request, const std::string& by, Deadline until);

 private:
  using Visit = std::function<Result<void>(std::int64_t offset, const events::v1::Event& event)>;
  struct Resolving;

  Result<std::vector<eventlog::TopicPartition>> PartitionsOf(const std::string& topic);
  Result<void> CheckPlace(const eventlog::TopicPartition& at);
  // Every event of [from, end); what is no event is passed over.
  Result<void> Scan(const eventlog::TopicPartition& at, std::int64_t from, std::int64_t end,
                    Deadline until, const Visit& visit);
  Result<Resolutions> ResolutionsOf(const eventlog::TopicPartition& at, std::int64_t end,
                                    Deadline until);
  Result<void> ResolveIn(const eventlog::TopicPartition& at, const std::set<std::int64_t>& offsets,
                         Resolving& work, Deadline until);
  Result<void> CheckResolvable(const Resolving& work, const Resolutions& known, std::int64_t offset,
                               const events::v1::Event& event);
  Result<void> Append(Resolving& work);

  eventlog::Log& log_;
  std::set<std::string> topics_;  // with their ".dlq"
  const Clock& clock_;
  std::mutex resolving_;
};

}  // namespace plaza::host
