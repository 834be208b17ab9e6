#include "services/tap-ingest/app/submit_taps.h"

#include <algorithm>
#include <chrono>
#include <unordered_map>
#include <utility>

#include "plaza/events/v1/events.pb.h"
#include "services/tap-ingest/app/events.h"
#include "services/tap-ingest/errors.h"
#include "services/tap-ingest/limits.h"

namespace plaza::tap_ingest {
namespace {

std::string_view DecisionName(emv::Decision decision) {
  return decision == emv::Decision::kAccepted ? "accepted" : "denied";
}

}  // namespace

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAccepted:
      return "accepted";
    case Outcome::kDuplicate:
      return "duplicate";
    case Outcome::kConflict:
      return "conflict";
    case Outcome::kRefusedForNow:
      return "refused_for_now";
    case Outcome::kRefused:
      return "refused";
  }
  return "unknown";
}

// What a call's body works out; handed over only if the transaction was committed.
struct TapSubmitter::Taken {
  std::vector<Answer> answers;
  Counts counts;
  int par_conflicts = 0;
  std::size_t media_count = 0;
  std::vector<TracedTap> traced;
};

// One body: made inside the transaction and gone with it, so that it can run again.
class TapSubmitter::Writer {
 public:
  Writer(TapSubmitter& owner, store::Tx& tx, Memory::Step step)
      : owner_(owner), tx_(tx), step_(std::move(step)), facts_(owner.parts_.log.Begin()) {}

  Result<Taken> Run(std::span<const ByteView> records, std::span<const Judged> judged) {
    taken_.answers.reserve(records.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
      PLAZA_RETURN_IF_ERROR(Take(records[i], judged[i]));
    }
    Save();
    return std::move(taken_);
  }

 private:
  // What this call adds for one validator.
  struct Addition {
    ValidatorMemory* memory = nullptr;
    std::vector<BatchRecord> records;
    std::unordered_map<std::uint64_t, RecordEntry> known;  // of this call, and read from the store
  };

  Result<void> Take(ByteView octets, const Judged& judged) {
    if (!IsOnesOwn(judged.refusal)) {
      Refuse(judged, judged.refusal, judged.what, octets);
      return {};
    }
    Addition& addition = AdditionOf(judged.record.validator_id);
    SequenceWindow& window = addition.memory->window;
    const std::uint64_t sequence = judged.record.sequence;
    if (window.Seen(sequence)) return TakeAgain(octets, judged, addition);
    if (IsForNow(judged.refusal)) {
      Refuse(judged, judged.refusal, judged.what, octets);
      return {};
    }
    if (!window.Mark(sequence)) {
      Refuse(judged, Refusal::kTooManyGaps,
             "validator " + judged.record.validator_id + " has " +
                 std::to_string(window.gaps().size()) + " gaps below sequence " +
                 std::to_string(window.high_water()),
             octets);
      return {};
    }
    Remember(octets, judged, addition);
    if (judged.refusal == Refusal::kNone) {
      Record(judged);
    } else {
      Refuse(judged, judged.refusal, judged.what, octets);
    }
    return {};
  }

  // A sequence that was received before: the same body, or another.
  Result<void> TakeAgain(ByteView octets, const Judged& judged, Addition& addition) {
    PLAZA_ASSIGN_OR_RETURN(const RecordEntry before,
                           EntryOf(judged.record.validator_id, judged.record.sequence, addition));
    if (before.hash != judged.hash) {
      Refuse(judged, Refusal::kConflict,
             "sequence " + std::to_string(judged.record.sequence) + " of validator " +
                 judged.record.validator_id + " was taken with another body",
             octets);
      return {};
    }
    if (before.status == 0) {
      ++taken_.counts[{std::string(OutcomeName(Outcome::kDuplicate)), "", ""}];
      taken_.answers.push_back({Outcome::kDuplicate, "", "taken before; the gate may forget it"});
      return {};
    }
    // Refused for good before, and dead-lettered then: the same answer.
    const auto refusal = static_cast<Refusal>(before.status);
    AddAnswer(Outcome::kRefused, refusal, "refused before, for the same reason");
    return {};
  }

  Result<RecordEntry> EntryOf(const std::string& validator, std::uint64_t sequence,
                              Addition& addition) {
    for (const RecordEntry& entry : addition.memory->recent) {
      if (entry.sequence == sequence) return entry;
    }
    auto found = addition.known.find(sequence);
    if (found == addition.known.end()) {
      PLAZA_ASSIGN_OR_RETURN(const auto entries,
                             owner_.parts_.store.EntriesAround(tx_, validator, sequence));
      for (const RecordEntry& entry : entries) addition.known.insert({entry.sequence, entry});
      found = addition.known.find(sequence);
    }
    if (found == addition.known.end()) {
      return Error(kBadStoredState, "sequence " + std::to_string(sequence) + " of validator " +
                                        validator + " was received, but is in no batch");
    }
    return found->second;
  }

  Addition& AdditionOf(const std::string& validator) {
    Addition& addition = additions_[validator];
    if (addition.memory == nullptr) addition.memory = &step_.Of(validator);
    return addition;
  }

  void Remember(ByteView octets, const Judged& judged, Addition& addition) {
    const RecordEntry entry{judged.record.sequence, static_cast<std::uint8_t>(judged.refusal),
                            judged.hash};
    addition.records.push_back({entry, octets});
    addition.known.insert({entry.sequence, entry});
    auto& recent = addition.memory->recent;
    recent.push_back(entry);
    if (recent.size() > kRecentRecordsMax) recent.pop_front();
  }

  void Record(const Judged& judged) {
    const emv::TapRecord& record = judged.record;
    Holder holder;
    if (!record.token.has_value()) {
      holder.account = AccountId(Uuid::V5(id_space::Refused(), record.validator_id));
    } else {
      const TokenRef token{record.token_epoch, *record.token};
      if (record.decision == emv::Decision::kAccepted) {
        const std::size_t links_before = media_.links.size();
        holder = step_.Accepted(token, record.par, media_);
        AddLinks(links_before, record.event_time);
      } else {
        holder = step_.Refused(token);
      }
    }
    const TraceContext trace = Trace(record);
    facts_->AddByAccount(kTapsTopic, holder.account.value(),
                         TapRecordedEvent(judged, holder.medium, holder.account, trace, scratch_));
    ++taken_.counts[{std::string(OutcomeName(Outcome::kAccepted)),
                     std::string(DecisionName(record.decision)),
                     std::string(emv::ReasonName(record.reason))}];
    taken_.answers.emplace_back();
  }

  TraceContext Trace(const emv::TapRecord& record) {
    const TapId tap = TapIdOf(record);
    const TraceContext trace = RecordedContext(tap, owner_.options_.sample_per_million);
    if (trace.sampled) {
      std::string detail(DecisionName(record.decision));
      if (record.decision != emv::Decision::kAccepted) {
        detail += ", " + std::string(emv::ReasonName(record.reason));
      }
      taken_.traced.push_back(
          {tap, trace, record.event_time, std::move(detail), std::chrono::system_clock::now()});
    }
    return trace;
  }

  void AddLinks(std::size_t from, Instant at) {
    for (std::size_t i = from; i < media_.links.size(); ++i) {
      const AccountLink& link = media_.links[i];
      const std::string event = AccountLinkedEvent(link, at);
      facts_->AddByAccount(kAccountsTopic, link.from.value(), event);
      facts_->AddByAccount(kAccountsTopic, link.to.value(), event);
    }
  }

  void Refuse(const Judged& judged, Refusal refusal, const std::string& what, ByteView octets) {
    const bool for_now = IsForNow(refusal);
    if (!for_now) DeadLetter(judged, refusal, what, octets);
    const bool conflict = refusal == Refusal::kConflict;
    AddAnswer(
        conflict ? Outcome::kConflict : (for_now ? Outcome::kRefusedForNow : Outcome::kRefused),
        refusal, what);
  }

  void AddAnswer(Outcome outcome, Refusal refusal, const std::string& what) {
    const ErrorKind& kind = KindOf(refusal);
    ++taken_.counts[{std::string(OutcomeName(outcome)), "", kind.reason}];
    taken_.answers.push_back({outcome, kind.reason, what + ". " + kind.remedy});
  }

  void DeadLetter(const Judged& judged, Refusal refusal, const std::string& what, ByteView octets) {
    // A refusal that uses up a sequence happens once per sequence; the others may be repeated at
    // will.
    const bool repeatable = !IsOnesOwn(refusal) || refusal == Refusal::kConflict;
    if (repeatable && !owner_.dead_letters_.Take(std::chrono::steady_clock::now())) {
      owner_.parts_.metrics.DeadLetterSuppressed();
      return;
    }
    facts_->AddByAccount(
        kDeadLetterTopic, Uuid::V5(id_space::Refused(), judged.record.validator_id),
        DeadLetterEvent(judged, refusal, what, octets, owner_.options_.sample_per_million));
  }

  void Save() {
    TapStore& store = owner_.parts_.store;
    for (auto& [validator, addition] : additions_) {
      if (addition.records.empty()) continue;
      for (BatchRow& row : CutIntoRows(std::move(addition.records))) {
        store.InsertBatch(tx_, step_.NextBatchSeq(), validator, std::move(row));
      }
      store.WriteWindow(tx_, validator, addition.memory->window, step_.stamp());
    }
    store.WriteMedia(tx_, media_, step_.stamp());
    store.AddCounts(tx_, taken_.counts);
    facts_->Flush(tx_);
    taken_.par_conflicts = media_.par_conflicts;
    taken_.media_count = step_.media_count();
  }

  TapSubmitter& owner_;
  store::Tx& tx_;
  Memory::Step step_;
  std::unique_ptr<Facts> facts_;
  std::unordered_map<std::string, Addition> additions_;
  MediaEffects media_;
  Taken taken_;
  events::v1::Event scratch_;
};

TapSubmitter::TapSubmitter(const Parts& parts, const SubmitOptions& options)
    : parts_(parts), options_(options), dead_letters_(kDeadLettersPerSecond, kDeadLetterBurst) {}

Result<void> TapSubmitter::CheckCall(std::size_t records) const {
  if (records == 0) return Error(kNoRecords, "a call without records", "records");
  if (records > kSubmitRecordsMax) {
    return Error(kTooManyRecords, std::to_string(records) + " records", "records");
  }
  const std::int64_t backlog = parts_.log.Backlog();
  if (backlog > options_.outbox_backlog_max) {
    parts_.metrics.BacklogRefused();
    return Error(kBacklogFull, std::to_string(backlog) + " batches wait for the log, more than " +
                                   std::to_string(options_.outbox_backlog_max));
  }
  return {};
}

std::vector<Judged> TapSubmitter::Judge(const Directory::Snapshot& directory,
                                        std::span<const ByteView> records,
                                        const MaySpeakFor& may_speak_for) const {
  const FindValidator find = [&](const std::string& id) -> const EnrolledValidator* {
    const auto found = directory.validators.find(id);
    return found == directory.validators.end() ? nullptr : &found->second;
  };
  const Circumstances circumstances{parts_.city.Now(), options_.future_tolerance};
  std::vector<Judged> judged;
  judged.reserve(records.size());
  for (const ByteView record : records) {
    judged.push_back(JudgeRecord(record, find, may_speak_for, circumstances));
  }
  return judged;
}

// Another process may have read the clock's facts: who finds a tap to be of the future looks at
// what that one has written.
Result<std::vector<Judged>> TapSubmitter::JudgeByTheCitysClock(
    const Directory::Snapshot& directory, std::span<const ByteView> records,
    const MaySpeakFor& may_speak_for) const {
  std::vector<Judged> judged = Judge(directory, records, may_speak_for);
  const bool ahead = std::ranges::any_of(
      judged, [](const Judged& one) { return one.refusal == Refusal::kFromTheFuture; });
  if (!ahead || !options_.several_processes) return judged;
  PLAZA_RETURN_IF_ERROR(parts_.city.Refresh(parts_.transactions, parts_.facts));
  return Judge(directory, records, may_speak_for);
}

Result<std::vector<Answer>> TapSubmitter::Submit(std::span<const ByteView> records,
                                                 const MaySpeakFor& may_speak_for,
                                                 const std::optional<TraceContext>& call) {
  const auto begin = std::chrono::steady_clock::now();
  PLAZA_RETURN_IF_ERROR(CheckCall(records.size()));
  const auto directory = parts_.directory.Now();
  PLAZA_ASSIGN_OR_RETURN(const std::vector<Judged> judged,
                         JudgeByTheCitysClock(*directory, records, may_speak_for));
  PLAZA_ASSIGN_OR_RETURN(
      Taken taken,
      In<Result<Taken>>(
          parts_.transactions, &Transactions::Group, [&](store::Tx& tx) -> Result<Taken> {
            PLAZA_ASSIGN_OR_RETURN(Memory::Step step, Memory::Step::Begin(parts_.memory, tx));
            if (step.registry_version() == directory->version) {
              return Writer(*this, tx, std::move(step)).Run(records, judged);
            }
            parts_.directory.Replace(step.registry_version(), parts_.registry.LoadValidators(tx));
            const std::vector<Judged> again =
                Judge(*parts_.directory.Now(), records, may_speak_for);
            return Writer(*this, tx, std::move(step)).Run(records, again);
          }));
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  parts_.metrics.Submitted(taken.counts, records.size(), seconds.count());
  parts_.metrics.ParConflicts(taken.par_conflicts);
  parts_.metrics.Media(taken.media_count);
  if (!taken.traced.empty()) parts_.traces.Recorded(taken.traced, call);
  return std::move(taken.answers);
}

}  // namespace plaza::tap_ingest
