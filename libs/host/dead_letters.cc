#include "libs/host/dead_letters.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "libs/base/digest.h"
#include "libs/eventlog/errors.h"
#include "libs/eventlog/limits.h"
#include "libs/host/errors.h"
#include "libs/host/fact_json.h"
#include "libs/host/limits.h"

namespace plaza::host {
namespace {

using eventlog::AppendBatch;
using eventlog::TopicPartition;
using events::v1::Event;

constexpr const char* kService = "plaza.ops.v1.Ops";

TopicPartition Of(const ops::v1::DeadLetterPlace& place) {
  return {place.topic(), place.partition()};
}

ops::v1::DeadLetterPlace PlaceOf(const TopicPartition& at, std::int64_t offset) {
  ops::v1::DeadLetterPlace place;
  place.set_topic(at.topic);
  place.set_partition(at.partition);
  place.set_offset(offset);
  return place;
}

std::string WithSuffix(std::string topic) {
  return topic.ends_with(kDlqSuffix) ? topic : topic + std::string(kDlqSuffix);
}

Result<void> CheckRequest(const ops::v1::ResolveDeadLettersRequest& request) {
  if (request.letters_size() > kLettersResolvedMax) {
    return Error(kBadResolution,
                 std::to_string(request.letters_size()) + " are more than " +
                     std::to_string(kLettersResolvedMax) + " letters",
                 "letters");
  }
  if (request.outcome() != events::v1::DEAD_LETTER_OUTCOME_REPLAYED &&
      request.outcome() != events::v1::DEAD_LETTER_OUTCOME_DROPPED) {
    return Error(kBadResolution, "it is neither replayed nor dropped", "outcome");
  }
  if (request.note().size() > kNoteBytesMax) {
    return Error(kBadResolution, "it has more than " + std::to_string(kNoteBytesMax) + " octets",
                 "note");
  }
  return {};
}

}  // namespace

// One call of Resolve().
struct DeadLetters::Resolving {
  const ops::v1::ResolveDeadLettersRequest& request;
  const std::string& by;
  ops::v1::ResolveDeadLettersResponse response;
  // Not yet in the log.
  std::vector<AppendBatch> records;
  AppendBatch resolutions;
  std::size_t bytes = 0;
  std::set<std::pair<TopicPartition, Sha256Digest>> appended;  // of the whole call

  void AddRecord(const events::v1::DeadLetter& letter) {
    const TopicPartition to{letter.topic(), letter.partition()};
    if (!appended.emplace(to, Sha256(AsBytes(letter.key() + letter.value()))).second) return;
    if (records.empty() || records.back().to != to) records.push_back({to, {}});
    records.back().records.push_back({letter.key(), letter.value()});
    bytes += letter.value().size();
  }
};

DeadLetters::DeadLetters(eventlog::Log& log, std::span<const eventlog::TopicSpec> topics,
                         const Clock& clock)
    : log_(log), clock_(clock) {
  for (const eventlog::TopicSpec& topic : topics) topics_.insert(WithSuffix(topic.name));
}

Result<std::vector<TopicPartition>> DeadLetters::PartitionsOf(const std::string& topic) {
  std::vector<TopicPartition> partitions;
  for (const std::string& one : topics_) {
    if (!topic.empty() && one != WithSuffix(topic)) continue;
    PLAZA_ASSIGN_OR_RETURN(const int count, log_.PartitionCount(one));
    for (int part = 0; part < count; ++part) partitions.push_back({one, part});
  }
  if (partitions.empty()) return Error(kUnknownLetterTopic, "'" + topic + "'", "topic");
  return partitions;
}

Result<void> DeadLetters::CheckPlace(const TopicPartition& at) {
  PLAZA_ASSIGN_OR_RETURN(const auto partitions, PartitionsOf(at.topic));
  if (std::ranges::find(partitions, at) != partitions.end()) return {};
  return Error(kNoSuchLetter, "the topic has " + std::to_string(partitions.size()) + " partitions",
               at.topic + "/" + std::to_string(at.partition));
}

Result<void> DeadLetters::Scan(const TopicPartition& at, std::int64_t from, std::int64_t end,
                               Deadline until, const Visit& visit) {
  Event event;
  while (from < end) {
    if (std::chrono::system_clock::now() >= until) {
      return Error(kOutOfTime,
                   "read up to offset " + std::to_string(from) + " of " + std::to_string(end),
                   at.topic + "/" + std::to_string(at.partition));
    }
    PLAZA_ASSIGN_OR_RETURN(const auto records, log_.Fetch(at, from, kLettersReadAtOnce,
                                                          /*wait=*/std::chrono::milliseconds(0)));
    if (records.empty()) {
      return Error(eventlog::kLogUnavailable, "nothing came from offset " + std::to_string(from),
                   at.topic + "/" + std::to_string(at.partition));
    }
    for (const eventlog::StoredRecord& record : records) {
      if (record.offset >= end) return {};
      if (event.ParseFromString(record.record.value)) {
        PLAZA_RETURN_IF_ERROR(visit(record.offset, event));
      }
    }
    from = records.back().offset + 1;
  }
  return {};
}

Result<Resolutions> DeadLetters::ResolutionsOf(const TopicPartition& at, std::int64_t end,
                                               Deadline until) {
  Resolutions resolutions;
  PLAZA_RETURN_IF_ERROR(Scan(at, 0, end, until, [&](std::int64_t offset, const Event& event) {
    resolutions.Add(offset, event);
    return Result<void>();
  }));
  return resolutions;
}

Result<ops::v1::ListDeadLettersResponse> DeadLetters::List(
    const ops::v1::ListDeadLettersRequest& request, Deadline until) {
  ops::v1::DeadLetterPlace after;  // the last of the page before
  if (!request.page_token().empty()) {
    PLAZA_ASSIGN_OR_RETURN(after, ParseLetterPlace(request.page_token()));
  }
  const auto ordered = [](const ops::v1::DeadLetterPlace& place) {
    return std::tuple(place.topic(), place.partition(), place.offset());
  };
  const int page_size =
      request.page_size() <= 0 ? kLetterPageDefault : std::min(request.page_size(), kLetterPageMax);
  PLAZA_ASSIGN_OR_RETURN(const auto partitions, PartitionsOf(request.topic()));
  PLAZA_ASSIGN_OR_RETURN(const auto ends, log_.EndOffsets(partitions));
  ops::v1::ListDeadLettersResponse response;
  std::map<std::string, std::int64_t> counts;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    if (ends[i] == 0) continue;
    PLAZA_ASSIGN_OR_RETURN(const Resolutions resolutions,
                           ResolutionsOf(partitions[i], ends[i], until));
    const auto visit = [&](std::int64_t offset, const Event& event) -> Result<void> {
      if (!event.has_dead_letter()) return {};
      ops::v1::DeadLetterRow row = RowOf(PlaceOf(partitions[i], offset), event, resolutions);
      if (!Matches(row, request)) return {};
      ++counts[row.code()];
      if (!request.page_token().empty() && ordered(row.place()) <= ordered(after)) return {};
      if (response.letters_size() < page_size) {
        *response.add_letters() = std::move(row);
      } else {
        response.set_next_page_token(ToText(response.letters(page_size - 1).place()));
      }
      return {};
    };
    PLAZA_RETURN_IF_ERROR(Scan(partitions[i], 0, ends[i], until, visit));
  }
  for (const auto& [code, letters] : counts) {
    auto* count = response.add_counts();
    count->set_code(code);
    count->set_letters(letters);
  }
  return response;
}

Result<ops::v1::ShowDeadLetterResponse> DeadLetters::Show(
    const ops::v1::ShowDeadLetterRequest& request, Deadline until) {
  const TopicPartition at = Of(request.place());
  const std::int64_t wanted = request.place().offset();
  PLAZA_RETURN_IF_ERROR(CheckPlace(at));
  PLAZA_ASSIGN_OR_RETURN(const std::int64_t end, log_.EndOffset(at));
  const Error absent(kNoSuchLetter, "no letter lies at " + ToText(request.place()));
  if (wanted < 0 || wanted >= end) return absent;
  PLAZA_ASSIGN_OR_RETURN(const Resolutions resolutions, ResolutionsOf(at, end, until));
  ops::v1::ShowDeadLetterResponse response;
  PLAZA_RETURN_IF_ERROR(
      Scan(at, wanted, wanted + 1, until, [&](std::int64_t, const Event& event) -> Result<void> {
        if (!event.has_dead_letter()) return {};
        *response.mutable_letter() = RowOf(request.place(), event, resolutions);
        response.set_record_json(
            event.dead_letter().partition() < 0 ? "" : RecordJson(event.dead_letter().value()));
        for (const Resolutions::One& one : resolutions.Of(event.id())) {
          auto* resolution = response.add_resolutions();
          resolution->set_outcome(one.what.outcome());
          resolution->set_by(one.what.by());
          resolution->set_at_ms(one.at_ms);
          resolution->set_note(one.what.note());
        }
        return {};
      }));
  if (!response.has_letter()) return absent;
  return response;
}

Result<void> DeadLetters::CheckResolvable(const Resolving& work, const Resolutions& known,
                                          std::int64_t offset, const Event& event) {
  const ops::v1::DeadLetterState state = known.StateOf(event.id(), offset);
  if (state != ops::v1::DEAD_LETTER_STATE_OPEN && !work.request.again()) {
    const Resolutions::One& last = known.Of(event.id()).back();
    return Error(kAlreadyResolved,
                 std::string(state == ops::v1::DEAD_LETTER_STATE_DROPPED ? "dropped" : "replayed") +
                     " by " + last.what.by());
  }
  if (work.request.outcome() != events::v1::DEAD_LETTER_OUTCOME_REPLAYED) return {};
  const events::v1::DeadLetter& letter = event.dead_letter();
  PLAZA_RETURN_IF_ERROR(CheckReplayable(letter));
  PLAZA_ASSIGN_OR_RETURN(const int count, log_.PartitionCount(letter.topic()));
  if (letter.partition() >= count) {
    return Error(eventlog::kUnknownPartition, "the topic has " + std::to_string(count),
                 letter.topic() + "[" + std::to_string(letter.partition()) + "]");
  }
  return {};
}

// Records first: killed in between, the letter stays open, and its record comes again.
Result<void> DeadLetters::Append(Resolving& work) {
  if (!work.records.empty()) PLAZA_RETURN_IF_ERROR(log_.Append(work.records));
  if (!work.resolutions.records.empty()) {
    PLAZA_RETURN_IF_ERROR(log_.Append({&work.resolutions, 1}));
  }
  work.records.clear();
  work.resolutions.records.clear();
  work.bytes = 0;
  return {};
}

Result<void> DeadLetters::ResolveIn(const TopicPartition& at, const std::set<std::int64_t>& offsets,
                                    Resolving& work, Deadline until) {
  PLAZA_RETURN_IF_ERROR(CheckPlace(at));
  PLAZA_ASSIGN_OR_RETURN(const std::int64_t end, log_.EndOffset(at));
  PLAZA_ASSIGN_OR_RETURN(const Resolutions known, ResolutionsOf(at, end, until));
  std::map<std::string, std::size_t> resolved;  // in this call, by letter id
  std::set<std::int64_t> missing = offsets;
  work.resolutions.to = at;
  const auto answer = [&](std::int64_t offset, const Result<void>& done) {
    auto* row = work.response.add_letters();
    *row->mutable_place() = PlaceOf(at, offset);
    if (done.ok()) return;
    row->set_code(std::string(done.error().reason()));
    row->set_message(done.error().ToString());
  };
  const auto visit = [&](std::int64_t offset, const Event& event) -> Result<void> {
    if (!event.has_dead_letter() || missing.erase(offset) == 0) return {};
    const Result<void> may = CheckResolvable(work, known, offset, event);
    answer(offset, may);
    // The same record refused twice is resolved by one resolution.
    if (!may.ok() || work.request.dry_run() || resolved[event.id()]++ > 0) return {};
    events::v1::DeadLetterResolved what;
    what.set_outcome(work.request.outcome());
    what.set_by(work.by);
    what.set_note(work.request.note());
    if (what.outcome() == events::v1::DEAD_LETTER_OUTCOME_REPLAYED) {
      work.AddRecord(event.dead_letter());
    }
    work.resolutions.records.push_back(
        {event.dead_letter().key(),
         ResolutionFact(at.topic, event.id(), known.Of(event.id()).size() + 1, clock_.Now().unix_ms,
                        std::move(what))
             .SerializeAsString()});
    if (work.bytes < static_cast<std::size_t>(eventlog::kRelayBytesMax)) return {};
    return Append(work);
  };
  if (!offsets.empty() && *offsets.begin() >= 0) {
    const std::int64_t last = std::min(*offsets.rbegin(), end - 1);
    PLAZA_RETURN_IF_ERROR(Scan(at, *offsets.begin(), last + 1, until, visit));
  }
  PLAZA_RETURN_IF_ERROR(Append(work));
  for (const std::int64_t offset : missing) {
    answer(offset, Error(kNoSuchLetter, "no letter lies there"));
  }
  return {};
}

Result<ops::v1::ResolveDeadLettersResponse> DeadLetters::Resolve(
    const ops::v1::ResolveDeadLettersRequest& request, const std::string& by, Deadline until) {
  PLAZA_RETURN_IF_ERROR(CheckRequest(request));
  const std::lock_guard<std::mutex> lock(resolving_);
  std::map<TopicPartition, std::set<std::int64_t>> wanted;
  for (const ops::v1::DeadLetterPlace& place : request.letters()) {
    if (place.offset() < 0) return Error(kBadLetterPlace, "'" + ToText(place) + "'");
    wanted[Of(place)].insert(place.offset());
  }
  Resolving work{request, by, {}, {}, {}, 0, {}};
  for (const auto& [at, offsets] : wanted) {
    PLAZA_RETURN_IF_ERROR(ResolveIn(at, offsets, work, until));
  }
  return std::move(work.response);
}

void DeadLetters::Register(rpc::Server& server) {
  server.Handle<ops::v1::ListDeadLettersRequest, ops::v1::ListDeadLettersResponse>(
      kService, "ListDeadLetters", {{"admin"}},
      [this](rpc::Ctx& ctx, const ops::v1::ListDeadLettersRequest& request) {
        return List(request, ctx.deadline());
      });
  server.Handle<ops::v1::ShowDeadLetterRequest, ops::v1::ShowDeadLetterResponse>(
      kService, "ShowDeadLetter", {{"admin"}},
      [this](rpc::Ctx& ctx, const ops::v1::ShowDeadLetterRequest& request) {
        return Show(request, ctx.deadline());
      });
  server.Handle<ops::v1::ResolveDeadLettersRequest, ops::v1::ResolveDeadLettersResponse>(
      kService, "ResolveDeadLetters", {{"admin"}},
      [this](rpc::Ctx& ctx, const ops::v1::ResolveDeadLettersRequest& request) {
        return Resolve(request, ctx.caller().name, ctx.deadline());
      });
}

}  // namespace plaza::host
