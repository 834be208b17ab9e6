#include "apps/validator/uplink.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "apps/validator/errors.h"
#include "libs/rpc/client.h"
#include "libs/runtime/log.h"
#include "plaza/tap_ingest/v1/tap_ingest.pb.h"

namespace plaza::validator {
namespace {

namespace pb = plaza::tap_ingest::v1;
using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr std::string_view kService = "plaza.tap_ingest.v1.TapIngest";

// The call may succeed when it is made again: the server is away, busy, or its answer was lost.
// Each is safe to repeat, since every record is its own key.
bool MayPass(StatusCode code) {
  switch (code) {
    case StatusCode::kUnavailable:
    case StatusCode::kDeadlineExceeded:
    case StatusCode::kResourceExhausted:
    case StatusCode::kAborted:
    case StatusCode::kCancelled:
    case StatusCode::kUnknown:
      return true;
    default:
      return false;
  }
}

std::string Refusal(const std::string& tap_id, const pb::TapAnswer& answer) {
  return tap_id + ": " + answer.code() + ", " + answer.message();
}

void LogRefused(const std::string& tap_id, const pb::TapAnswer& answer) {
  runtime::Log(runtime::LogLevel::kWarning, "uplink", "record refused",
               {{"tap_id", tap_id},
                {"outcome", std::string(pb::TapOutcome_Name(answer.outcome()))},
                {"code", answer.code()},
                {"reason", answer.message()}});
}

}  // namespace

TraceContext UploadTrace(const TapId& first) {
  const TraceId trace = TraceIdOf(first);
  return {trace, SpanIdOf(trace, kGateSpan), /*sampled=*/false};
}

UplinkCounts& UplinkCounts::operator+=(const UplinkCounts& other) {
  calls += other.calls;
  failed_calls += other.failed_calls;
  accepted += other.accepted;
  duplicates += other.duplicates;
  conflicts += other.conflicts;
  refused_for_now += other.refused_for_now;
  refused += other.refused;
  return *this;
}

// Pauses double from kBackOffFirst to kBackOffMax; patience is counted from the last progress.
class Uplink::BackOff {
 public:
  explicit BackOff(milliseconds patience) : patience_(patience) { Progress(); }
  void Progress() {
    since_ = SteadyClock::now();
    pause_ = kBackOffFirst;
  }
  bool Exhausted() const { return SteadyClock::now() - since_ >= patience_; }
  milliseconds NextPause() {
    const milliseconds pause = pause_;
    pause_ = std::min(pause_ * 2, kBackOffMax);
    return pause;
  }

 private:
  milliseconds patience_;
  milliseconds pause_{};
  SteadyClock::time_point since_;
};

Uplink::Uplink(rpc::Client& client, UplinkOptions options, emv::DenyListKeeper& deny_list)
    : client_(client), options_(options), deny_list_(deny_list) {}

void Uplink::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  stop_signal_.notify_all();
}

bool Uplink::WaitFor(milliseconds pause) {
  std::unique_lock lock(mutex_);
  return !stop_signal_.wait_for(lock, pause, [this] { return stopped_; });
}

template <class Request, class Response>
Result<Response> Uplink::CallPatiently(const char* method, const Request& request,
                                       const std::optional<TraceContext>& trace) {
  BackOff back_off(options_.patience);
  while (true) {
    if (!WaitFor(milliseconds(0))) return Error(kUplinkStopped, "stopped");
    ++counts_.calls;
    Result<Response> response =
        client_.Call<Response>(kService, method, request, options_.call_timeout, trace);
    if (response.ok() || !MayPass(response.error().code())) return response;
    ++counts_.failed_calls;
    if (back_off.Exhausted()) return Error(kUplinkAway, response.error().ToString());
    if (!WaitFor(back_off.NextPause())) return Error(kUplinkStopped, "stopped");
  }
}

// At most kBatchPerGateMax of each gate, beginning with another gate each time.
Result<std::vector<Uplink::Pending>> Uplink::NextBatch(const std::vector<Gate*>& gates,
                                                       std::size_t& turn) const {
  std::vector<Pending> batch;
  const std::size_t first = turn;
  for (std::size_t i = 0; i < gates.size() && batch.size() < options_.batch_records; ++i) {
    Gate* gate = gates[(first + i) % gates.size()];
    turn = (first + i + 1) % gates.size();
    emv::Journal& journal = gate->journal();
    if (journal.acknowledged() + 1 == journal.next_sequence()) continue;
    const std::size_t room = std::min(kBatchPerGateMax, options_.batch_records - batch.size());
    PLAZA_ASSIGN_OR_RETURN(auto entries, journal.Read(journal.acknowledged() + 1, room));
    for (emv::JournalEntry& entry : entries) batch.push_back({gate, std::move(entry)});
  }
  return batch;
}

// One call. True if any journal moved on; `refusal` is what the last record that has to wait was
// told.
Result<bool> Uplink::SubmitOnce(const std::vector<Pending>& batch, std::string& refusal) {
  pb::SubmitTapsRequest request;
  for (const Pending& pending : batch) request.add_records(ToString(pending.entry.record));
  const Pending& first = batch.front();
  const TraceContext trace =
      UploadTrace(MakeTapId(ValidatorId(first.gate->validator_id()), first.entry.sequence));
  PLAZA_ASSIGN_OR_RETURN(
      auto response,
      (CallPatiently<pb::SubmitTapsRequest, pb::SubmitTapsResponse>("SubmitTaps", request, trace)));
  if (static_cast<std::size_t>(response.answers_size()) != batch.size()) {
    return Error(kBadUplinkAnswer, std::to_string(response.answers_size()) + " answers for " +
                                       std::to_string(batch.size()) + " records");
  }
  std::map<Gate*, std::uint64_t> settled;  // up to which sequence
  std::set<Gate*> held;                    // by a record that has to wait
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const Pending& pending = batch[i];
    const pb::TapAnswer& answer = response.answers(static_cast<int>(i));
    const std::string tap_id =
        pending.gate->validator_id() + ":" + std::to_string(pending.entry.sequence);
    switch (answer.outcome()) {
      case pb::TAP_OUTCOME_ACCEPTED:
        ++counts_.accepted;
        break;
      case pb::TAP_OUTCOME_DUPLICATE:
        ++counts_.duplicates;
        break;
      case pb::TAP_OUTCOME_CONFLICT:
        ++counts_.conflicts;
        last_refusal_ = Refusal(tap_id, answer);
        LogRefused(tap_id, answer);
        break;
      case pb::TAP_OUTCOME_REFUSED:
        ++counts_.refused;
        last_refusal_ = Refusal(tap_id, answer);
        LogRefused(tap_id, answer);
        break;
      case pb::TAP_OUTCOME_REFUSED_FOR_NOW:
        ++counts_.refused_for_now;
        held.insert(pending.gate);
        refusal = Refusal(tap_id, answer);
        break;
      default:
        return Error(kBadUplinkAnswer, "no outcome", tap_id);
    }
    // What follows a record that has to wait is sent again with it, and is then a duplicate.
    if (held.contains(pending.gate)) continue;
    if (on_settled_) {
      on_settled_(pending.entry.sequence, pending.gate->validator_id(), pending.entry.record);
    }
    settled[pending.gate] = pending.entry.sequence;
  }
  for (const auto& [gate, sequence] : settled) {
    PLAZA_RETURN_IF_ERROR(gate->journal().Acknowledge(sequence));
  }
  return !settled.empty();
}

Result<void> Uplink::Drain(const std::vector<Gate*>& gates) {
  if (gates.empty()) return {};
  BackOff back_off(options_.patience);
  std::size_t turn = 0;
  std::size_t idle_gates = 0;  // gates whose turn came since any record got through
  std::string refusal;
  while (true) {
    const std::size_t before = turn;
    PLAZA_ASSIGN_OR_RETURN(const auto batch, NextBatch(gates, turn));
    if (batch.empty()) return {};
    PLAZA_ASSIGN_OR_RETURN(const bool moved, SubmitOnce(batch, refusal));
    if (moved) {
      back_off.Progress();
      idle_gates = 0;
      continue;
    }
    // Other gates may have records that get through: pause only after a whole round.
    idle_gates += (turn + gates.size() - before - 1) % gates.size() + 1;
    if (idle_gates < gates.size()) continue;
    idle_gates = 0;
    if (back_off.Exhausted()) return Error(kUplinkRefused, refusal);
    if (!WaitFor(back_off.NextPause())) return Error(kUplinkStopped, "stopped");
  }
}

Result<void> Uplink::SendAgain(const std::vector<Bytes>& records) {
  for (std::size_t at = 0; at < records.size(); at += options_.batch_records) {
    pb::SubmitTapsRequest request;
    const std::size_t end = std::min(records.size(), at + options_.batch_records);
    for (std::size_t i = at; i < end; ++i) request.add_records(ToString(records[i]));
    sent_again_ += end - at;
    PLAZA_ASSIGN_OR_RETURN(
        const auto response,
        (CallPatiently<pb::SubmitTapsRequest, pb::SubmitTapsResponse>("SubmitTaps", request)));
    for (const pb::TapAnswer& answer : response.answers()) {
      counts_.accepted += answer.outcome() == pb::TAP_OUTCOME_ACCEPTED;
      counts_.duplicates += answer.outcome() == pb::TAP_OUTCOME_DUPLICATE;
      counts_.conflicts += answer.outcome() == pb::TAP_OUTCOME_CONFLICT;
      counts_.refused_for_now += answer.outcome() == pb::TAP_OUTCOME_REFUSED_FOR_NOW;
      counts_.refused += answer.outcome() == pb::TAP_OUTCOME_REFUSED;
    }
  }
  return {};
}

namespace {

// One page as a delta. Of several entries of a token the last holds.
Result<emv::DenyListDelta> ToDelta(const pb::GetDenyListResponse& page, std::uint64_t from_epoch) {
  std::map<emv::DeniedToken, bool> last;
  for (const pb::DenyListEntry& entry : page.entries()) {
    emv::DeniedToken token;
    token.token_epoch = entry.token_epoch();
    if (entry.token().size() != token.token.size()) {
      return Error(kBadUplinkAnswer,
                   "a token of " + std::to_string(entry.token().size()) + " octets",
                   "entries.token");
    }
    std::ranges::copy(AsBytes(entry.token()), token.token.begin());
    last[token] = entry.denied();
  }
  emv::DenyListDelta delta;
  delta.from_epoch = from_epoch;
  delta.to_epoch = page.deny_list_epoch();
  for (const auto& [token, denied] : last) {
    (denied ? delta.added : delta.removed).push_back(token);
  }
  return delta;
}

}  // namespace

// From its beginning a list is taken whole, so that the old one is in use until the new one is
// there; from then on by what has changed.
Result<void> Uplink::FetchDenyList(const std::vector<Gate*>& gates) {
  std::unique_ptr<emv::DenyListKeeper::Replacement> whole;
  if (deny_list_.epoch() == 0) whole = deny_list_.Replace();
  for (std::size_t pages = 0;; ++pages) {
    if (pages == kDenyListPagesMax) {
      return Error(kBadUplinkAnswer, "a deny list without end", "more");
    }
    const std::uint64_t since = whole != nullptr ? whole->epoch() : deny_list_.epoch();
    pb::GetDenyListRequest request;
    request.set_since_epoch(since);
    PLAZA_ASSIGN_OR_RETURN(
        const auto page,
        (CallPatiently<pb::GetDenyListRequest, pb::GetDenyListResponse>("GetDenyList", request)));
    if (page.deny_list_epoch() < since) {
      // The platform knows less than the gates do, as after a restored backup: take its list from
      // the beginning.
      whole = deny_list_.Replace();
      continue;
    }
    if (page.deny_list_epoch() > since || page.entries_size() > 0) {
      PLAZA_ASSIGN_OR_RETURN(const auto delta, ToDelta(page, since));
      PLAZA_RETURN_IF_ERROR(whole != nullptr ? whole->Add(delta) : deny_list_.Apply(delta));
    }
    if (!page.more()) break;
  }
  // Nothing was replaced by nothing: there is nothing to write.
  const bool changed = whole != nullptr && (whole->epoch() > 0 || deny_list_.epoch() > 0);
  if (changed) PLAZA_RETURN_IF_ERROR(whole->Commit());
  for (Gate* gate : gates) gate->SetDenyList(deny_list_.view());
  return {};
}

}  // namespace plaza::validator
