#include "apps/citysim/doors.h"

#include <algorithm>
#include <thread>

#include "apps/citysim/errors.h"
#include "apps/citysim/limits.h"
#include "apps/validator/uplink.h"
#include "libs/emv/journal/tap_record.h"
#include "libs/rpc/client.h"
#include "plaza/clock/v1/clock.pb.h"
#include "plaza/fare/v1/fare.pb.h"
#include "plaza/ops/v1/ops.pb.h"
#include "plaza/tap_ingest/v1/tap_ingest.pb.h"

namespace plaza::citysim {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr std::string_view kTapIngest = "plaza.tap_ingest.v1.TapIngest";
constexpr std::string_view kFare = "plaza.fare.v1.Fare";
constexpr std::string_view kClock = "plaza.clock.v1.Clock";
constexpr std::string_view kOps = "plaza.ops.v1.Ops";

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

// Waiting for a server that may be away: pauses double, and end when nothing has moved for the
// patience given.
class Wait {
 public:
  explicit Wait(milliseconds patience) : patience_(patience) { Progress(); }
  void Progress() {
    since_ = SteadyClock::now();
    pause_ = kPauseFirst;
  }
  bool Over() const { return SteadyClock::now() - since_ >= patience_; }
  void Pause() {
    std::this_thread::sleep_for(pause_);
    pause_ = std::min(pause_ * 2, kPauseMax);
  }

 private:
  milliseconds patience_;
  milliseconds pause_{};
  SteadyClock::time_point since_;
};

template <class Response, class Request>
Result<Response> CallPatiently(rpc::Client& client, std::string_view service, const char* method,
                               const Request& request, milliseconds patience,
                               const std::optional<TraceContext>& trace = std::nullopt) {
  Wait wait(patience);
  while (true) {
    Result<Response> response =
        client.Call<Response>(service, method, request, kCallTimeout, trace);
    if (response.ok() || !MayPass(response.error().code())) return response;
    if (wait.Over()) return Error(kServerAway, response.error().ToString(), method);
    wait.Pause();
  }
}

// As a gate's uplink says it.
std::optional<TraceContext> TraceOf(const std::vector<Bytes>& records) {
  const auto first = emv::DecodeTapRecord(records.front());
  if (!first.ok()) return std::nullopt;
  const emv::TapRecord& record = first->record;
  return validator::UploadTrace(MakeTapId(ValidatorId(record.validator_id), record.sequence));
}

// The id of a request follows from its body: sent again after a crash, it is the same request.
template <class Request>
void SetRequestId(Request& request, const char* method) {
  request.clear_request_id();
  const std::string body = std::string(method) + "/" + request.SerializeAsString();
  request.set_request_id(Uuid::V5(id_space::Request(), body).ToText());
}

}  // namespace

struct CityDoors::Impl {
  std::unique_ptr<rpc::Client> admin;
  std::unique_ptr<rpc::Client> depot;
  std::vector<std::unique_ptr<rpc::Client>> processes;
  milliseconds patience{};

  Result<ops::v1::GetProgressResponse> Look();
};

CityDoors::CityDoors() : impl_(std::make_unique<Impl>()) {}
CityDoors::~CityDoors() = default;
rpc::Client& CityDoors::depot() { return *impl_->depot; }

Result<std::unique_ptr<CityDoors>> CityDoors::Connect(const Doors& doors, milliseconds patience) {
  std::unique_ptr<CityDoors> out(new CityDoors);
  rpc::ClientOptions options;
  options.route = doors.route;
  options.tls = doors.admin;
  options.retries = rpc::kCallOnce;  // CallPatiently and the uplink have their own patience
  PLAZA_ASSIGN_OR_RETURN(out->impl_->admin, rpc::Client::Connect(options));
  for (const std::string& process : doors.processes) {
    options.route = process;
    PLAZA_ASSIGN_OR_RETURN(auto client, rpc::Client::Connect(options));
    out->impl_->processes.push_back(std::move(client));
  }
  options.route = doors.route;
  options.tls = doors.depot;
  PLAZA_ASSIGN_OR_RETURN(out->impl_->depot, rpc::Client::Connect(options));
  out->impl_->patience = patience;
  return out;
}

Result<void> CityDoors::Register(const std::vector<ValidatorPlace>& validators) {
  for (std::size_t at = 0; at < validators.size(); at += kRegisterMax) {
    tap_ingest::v1::RegisterValidatorRequest request;
    const std::size_t end = std::min(validators.size(), at + kRegisterMax);
    for (std::size_t i = at; i < end; ++i) {
      const ValidatorPlace& place = validators[i];
      auto& validator = *request.add_validators();
      validator.set_validator_id(place.validator_id);
      validator.set_operator_id(place.operator_id);
      validator.set_stop_id(place.stop_id);
      validator.set_vehicle_id(place.vehicle_id);
      validator.set_enrolled_from_ms(place.enrolled_from_ms);
    }
    SetRequestId(request, "RegisterValidator");
    PLAZA_RETURN_IF_ERROR((CallPatiently<tap_ingest::v1::RegisterValidatorResponse>(
        *impl_->admin, kTapIngest, "RegisterValidator", request, impl_->patience)));
  }
  return {};
}

Result<AccountId> CityDoors::LookupAccount(std::uint32_t token_epoch, const emv::Token& token,
                                           const std::string& par) {
  tap_ingest::v1::LookupAccountRequest request;
  request.set_token_epoch(token_epoch);
  request.set_token(ToString(token));
  request.set_par(par);
  PLAZA_ASSIGN_OR_RETURN(const auto response, (CallPatiently<tap_ingest::v1::LookupAccountResponse>(
                                                  *impl_->admin, kTapIngest, "LookupAccount",
                                                  request, impl_->patience)));
  PLAZA_ASSIGN_OR_RETURN(const Uuid id, Uuid::FromBytes(AsBytes(response.account_id())));
  return AccountId(id);
}

Result<void> CityDoors::GrantEntitlement(const Grant& grant) {
  fare::v1::GrantEntitlementRequest request;
  request.set_account_id(grant.account.value().ToBinary());
  request.set_kind(grant.kind);
  request.set_from(grant.from);
  request.set_until(grant.until);
  SetRequestId(request, "GrantEntitlement");
  PLAZA_RETURN_IF_ERROR((CallPatiently<fare::v1::GrantEntitlementResponse>(
      *impl_->admin, kFare, "GrantEntitlement", request, impl_->patience)));
  return {};
}

Result<void> CityDoors::Advance(Instant now) {
  clock::v1::AdvanceRequest request;
  request.set_now_ms(now.unix_ms);
  SetRequestId(request, "Advance");
  PLAZA_RETURN_IF_ERROR((CallPatiently<clock::v1::AdvanceResponse>(*impl_->admin, kClock, "Advance",
                                                                   request, impl_->patience)));
  return {};
}

Result<void> CityDoors::CutOff(Date business_day) {
  clock::v1::CutOffRequest request;
  request.set_business_day(business_day.ToText());
  SetRequestId(request, "CutOff");
  PLAZA_RETURN_IF_ERROR((CallPatiently<clock::v1::CutOffResponse>(*impl_->admin, kClock, "CutOff",
                                                                  request, impl_->patience)));
  return {};
}

// How far all processes together are behind.
Result<ops::v1::GetProgressResponse> CityDoors::Impl::Look() {
  const ops::v1::GetProgressRequest request;
  if (processes.empty()) {
    return CallPatiently<ops::v1::GetProgressResponse>(*admin, kOps, "GetProgress", request,
                                                       patience);
  }
  ops::v1::GetProgressResponse all;
  all.set_idle(true);
  for (const auto& process : processes) {
    PLAZA_ASSIGN_OR_RETURN(const auto one, (CallPatiently<ops::v1::GetProgressResponse>(
                                               *process, kOps, "GetProgress", request, patience)));
    for (const auto& consumer : one.consumers()) *all.add_consumers() = consumer;
    all.set_outbox_rows(all.outbox_rows() + one.outbox_rows());
    all.set_idle(all.idle() && one.idle());
    if (!one.last_error().empty()) all.set_last_error(one.last_error());
  }
  return all;
}

Result<void> CityDoors::WaitIdle() {
  Wait wait(impl_->patience);
  std::string last_seen;
  while (true) {
    PLAZA_ASSIGN_OR_RETURN(const auto progress, impl_->Look());
    if (progress.idle()) {
      if (impl_->processes.empty()) return {};
      // A fact on its way between two processes may be seen by neither look at them. Whoever moved
      // it has handled more when we look again.
      PLAZA_ASSIGN_OR_RETURN(const auto again, impl_->Look());
      if (again.SerializeAsString() == progress.SerializeAsString()) return {};
      wait.Progress();
      continue;
    }
    // Progress is anything that is not as it was: a lag that shrinks, a record handled, an outbox
    // row gone.
    std::string seen = progress.SerializeAsString();
    if (seen != last_seen) {
      last_seen = std::move(seen);
      wait.Progress();
    }
    if (wait.Over()) {
      std::string behind;
      for (const auto& consumer : progress.consumers()) {
        if (consumer.lag() == 0) continue;
        behind += (behind.empty() ? "" : ", ") + consumer.consumer() + " is " +
                  std::to_string(consumer.lag()) + " records behind";
      }
      if (behind.empty()) behind = std::to_string(progress.outbox_rows()) + " outbox rows wait";
      if (!progress.last_error().empty()) behind += "; last error: " + progress.last_error();
      return Error(kServerStuck, behind);
    }
    std::this_thread::sleep_for(kIdlePoll);
  }
}

Result<void> CityDoors::Submit(std::vector<Bytes> records, SubmitCounts& counts) {
  Wait wait(impl_->patience);
  while (!records.empty()) {
    tap_ingest::v1::SubmitTapsRequest request;
    for (const Bytes& record : records) request.add_records(ToString(record));
    PLAZA_ASSIGN_OR_RETURN(const auto response, (CallPatiently<tap_ingest::v1::SubmitTapsResponse>(
                                                    *impl_->depot, kTapIngest, "SubmitTaps",
                                                    request, impl_->patience, TraceOf(records))));
    if (static_cast<std::size_t>(response.answers_size()) != records.size()) {
      return Error(kTapsRefused, "one answer for each record is missing", "SubmitTaps");
    }
    std::vector<Bytes> left;
    std::string refusal;
    for (std::size_t i = 0; i < records.size(); ++i) {
      const auto& answer = response.answers(static_cast<int>(i));
      switch (answer.outcome()) {
        case tap_ingest::v1::TAP_OUTCOME_ACCEPTED:
          ++counts.accepted;
          break;
        case tap_ingest::v1::TAP_OUTCOME_DUPLICATE:
          ++counts.duplicates;
          break;
        case tap_ingest::v1::TAP_OUTCOME_CONFLICT:
          ++counts.conflicts;
          break;
        case tap_ingest::v1::TAP_OUTCOME_REFUSED:
          ++counts.refused;
          break;
        default:
          refusal = answer.code() + ": " + answer.message();
          left.push_back(std::move(records[i]));
      }
    }
    if (left.empty()) return {};
    if (left.size() < records.size()) wait.Progress();
    records = std::move(left);
    if (wait.Over()) return Error(kTapsRefused, refusal);
    wait.Pause();
  }
  return {};
}

}  // namespace plaza::citysim
