#include "tests/unit/apps/validator/fake_city.h"

#include <algorithm>

#include "libs/base/check.h"
#include "libs/base/ids.h"
#include "libs/rpc/dev_ca.h"
#include "plaza/clock/v1/clock.pb.h"
#include "plaza/fare/v1/fare.pb.h"
#include "plaza/ops/v1/ops.pb.h"

namespace plaza::testing {
namespace {

namespace pb = plaza::tap_ingest::v1;

constexpr ErrorKind kLost{StatusCode::kUnavailable, "LOST", "Send it again."};
constexpr std::size_t kDenyListPage = 3;  // small, so that there are many pages

rpc::TlsFiles Certificate(const std::string& folder, const std::string& name,
                          const std::set<std::string>& roles,
                          const std::set<std::string>& validators) {
  auto files = rpc::EnsureDevCertificate(folder, name, roles, validators);
  PLAZA_CHECK(files.ok());
  return *files;
}

}  // namespace

FakeCity::FakeCity(const std::string& folder, emv::Key256 mac_base) : mac_base_(mac_base) {
  PLAZA_CHECK(rpc::EnsureDevCa(folder).ok());
  server_ = Certificate(folder, "server", {}, {});
  admin_ = Certificate(folder, "admin", {"admin", "support"}, {});
  depot_ = Certificate(folder, "depot", {"validator"}, {"*"});
  Listen();
}

FakeCity::~FakeCity() { GoAway(); }

std::unique_ptr<rpc::Client> FakeCity::Connect() const {
  rpc::ClientOptions options;
  options.route.address = address_;
  options.tls = depot_;
  options.retries = rpc::kCallOnce;  // the uplink's own patience is what is tested
  auto client = rpc::Client::Connect(options);
  PLAZA_CHECK(client.ok());
  return std::move(*client);
}

void FakeCity::GoAway() {
  if (rpc_ != nullptr) rpc_->Stop(std::chrono::milliseconds(100));
  rpc_.reset();
}
void FakeCity::ComeBack() { Listen(); }

void FakeCity::Listen() {
  rpc::ServerOptions options;
  options.address = address_;
  options.tls = server_;
  rpc_ = std::make_unique<rpc::Server>(options);
  const rpc::Access admin{{"admin", "support"}};
  const rpc::Access depot{{"validator"}};
  const std::string service = "plaza.tap_ingest.v1.TapIngest";
  rpc_->Handle<pb::SubmitTapsRequest, pb::SubmitTapsResponse>(
      service, "SubmitTaps", depot,
      [this](rpc::Ctx&, const pb::SubmitTapsRequest& request) { return Submit(request); });
  rpc_->Handle<pb::GetDenyListRequest, pb::GetDenyListResponse>(
      service, "GetDenyList", depot, [this](rpc::Ctx&, const pb::GetDenyListRequest& request) {
        return DenyList(request.since_epoch());
      });
  rpc_->Handle<pb::RegisterValidatorRequest, pb::RegisterValidatorResponse>(
      service, "RegisterValidator", admin,
      [this](rpc::Ctx&,
             const pb::RegisterValidatorRequest& request) -> Result<pb::RegisterValidatorResponse> {
        const std::lock_guard lock(mutex_);
        for (const auto& validator : request.validators()) {
          validators_.insert(validator.validator_id());
        }
        return pb::RegisterValidatorResponse();
      });
  rpc_->Handle<pb::LookupAccountRequest, pb::LookupAccountResponse>(
      service, "LookupAccount", admin,
      [](rpc::Ctx&, const pb::LookupAccountRequest& request) -> Result<pb::LookupAccountResponse> {
        const MediumId medium = MakeMediumId(request.token_epoch(), AsBytes(request.token()));
        pb::LookupAccountResponse response;
        response.set_account_id(MakeAccountId(request.par(), medium).value().ToBinary());
        return response;
      });
  rpc_->Handle<fare::v1::GrantEntitlementRequest, fare::v1::GrantEntitlementResponse>(
      "plaza.fare.v1.Fare", "GrantEntitlement", admin,
      [this](rpc::Ctx&, const fare::v1::GrantEntitlementRequest& request)
          -> Result<fare::v1::GrantEntitlementResponse> {
        const std::lock_guard lock(mutex_);
        grants_[request.account_id()] = request.kind();
        return fare::v1::GrantEntitlementResponse();
      });
  rpc_->Handle<clock::v1::AdvanceRequest, clock::v1::AdvanceResponse>(
      "plaza.clock.v1.Clock", "Advance", admin,
      [this](rpc::Ctx&,
             const clock::v1::AdvanceRequest& request) -> Result<clock::v1::AdvanceResponse> {
        const std::lock_guard lock(mutex_);
        clock_.push_back(request.now_ms());
        return clock::v1::AdvanceResponse();
      });
  rpc_->Handle<clock::v1::CutOffRequest, clock::v1::CutOffResponse>(
      "plaza.clock.v1.Clock", "CutOff", admin,
      [this](rpc::Ctx&,
             const clock::v1::CutOffRequest& request) -> Result<clock::v1::CutOffResponse> {
        const std::lock_guard lock(mutex_);
        cut_offs_.push_back(request.business_day());
        for (const emv::Token& token : accepted_tokens_) {
          if (token[0] < deny_below_) DenyLocked(token, true);
        }
        return clock::v1::CutOffResponse();
      });
  rpc_->Handle<ops::v1::GetProgressRequest, ops::v1::GetProgressResponse>(
      "plaza.ops.v1.Ops", "GetProgress", admin,
      [this](rpc::Ctx&,
             const ops::v1::GetProgressRequest&) -> Result<ops::v1::GetProgressResponse> {
        const std::lock_guard lock(mutex_);
        ops::v1::GetProgressResponse response;
        response.set_idle(busy_polls_ == 0);
        auto& consumer = *response.add_consumers();
        consumer.set_consumer("fare/taps");
        consumer.set_lag(busy_polls_ == 0 ? 0 : 5);
        if (busy_polls_ > 0) --busy_polls_;
        return response;
      });
  const Result<int> port = rpc_->Start();
  PLAZA_CHECK(port.ok());
  address_ = "127.0.0.1:" + std::to_string(*port);
}

pb::TapOutcome FakeCity::Take(const std::string& octets) {
  const auto tap = emv::DecodeTapRecord(AsBytes(octets));
  if (!tap.ok()) return pb::TAP_OUTCOME_REFUSED;
  const TapKey key{tap->record.validator_id, tap->record.sequence};
  if (on_record_) {
    const pb::TapOutcome outcome = on_record_(key);
    if (outcome != pb::TAP_OUTCOME_UNSPECIFIED) return outcome;
  }
  const emv::Key256 mac_key = emv::DeriveMacKey(mac_base_, tap->record.validator_id);
  if (!emv::VerifyMac(mac_key, tap->covered, tap->mac)) return pb::TAP_OUTCOME_REFUSED;
  const auto [found, fresh] = taps_.emplace(key, ToBytes(AsBytes(octets)));
  if (!fresh) {
    return AsText(found->second) == octets ? pb::TAP_OUTCOME_DUPLICATE : pb::TAP_OUTCOME_CONFLICT;
  }
  arrivals_.push_back(key);
  if (tap->record.decision == emv::Decision::kAccepted && tap->record.token) {
    accepted_tokens_.insert(*tap->record.token);
  }
  return pb::TAP_OUTCOME_ACCEPTED;
}

Result<pb::SubmitTapsResponse> FakeCity::Submit(const pb::SubmitTapsRequest& request) {
  const std::lock_guard lock(mutex_);
  batches_.push_back(static_cast<std::size_t>(request.records_size()));
  pb::SubmitTapsResponse response;
  for (const std::string& octets : request.records()) {
    auto& answer = *response.add_answers();
    answer.set_outcome(Take(octets));
    if (answer.outcome() == pb::TAP_OUTCOME_REFUSED_FOR_NOW) answer.set_code("NOT_YET");
    if (answer.outcome() == pb::TAP_OUTCOME_REFUSED) answer.set_code("BAD_MAC");
  }
  if (lose_answers_ > 0) {
    --lose_answers_;
    return Error(kLost, "the answer was lost");
  }
  return response;
}

Result<pb::GetDenyListResponse> FakeCity::DenyList(std::uint64_t since) const {
  const std::lock_guard lock(mutex_);
  pb::GetDenyListResponse response;
  const std::size_t end = std::min<std::size_t>(deny_list_.size(), since + kDenyListPage);
  for (std::size_t i = since; i < end; ++i) {
    auto& entry = *response.add_entries();
    entry.set_token_epoch(1);
    entry.set_token(ToString(deny_list_[i].first));
    entry.set_denied(deny_list_[i].second);
    entry.set_deny_list_epoch(i + 1);
  }
  response.set_deny_list_epoch(end);
  response.set_more(end < deny_list_.size());
  return response;
}

void FakeCity::DenyLocked(const emv::Token& token, bool denied) {
  deny_list_.emplace_back(token, denied);
}
void FakeCity::Deny(const emv::Token& token, bool denied) {
  const std::lock_guard lock(mutex_);
  DenyLocked(token, denied);
}
void FakeCity::OnRecord(std::function<pb::TapOutcome(const TapKey&)> on_record) {
  const std::lock_guard lock(mutex_);
  on_record_ = std::move(on_record);
}
void FakeCity::LoseAnswers(int calls) {
  const std::lock_guard lock(mutex_);
  lose_answers_ = calls;
}
void FakeCity::DenyAtCutOff(std::uint8_t below) {
  const std::lock_guard lock(mutex_);
  deny_below_ = below;
}
std::map<FakeCity::TapKey, Bytes> FakeCity::taps() const {
  const std::lock_guard lock(mutex_);
  return taps_;
}
std::vector<FakeCity::TapKey> FakeCity::arrivals() const {
  const std::lock_guard lock(mutex_);
  return arrivals_;
}
std::vector<std::size_t> FakeCity::batches() const {
  const std::lock_guard lock(mutex_);
  return batches_;
}
std::vector<std::int64_t> FakeCity::clock() const {
  const std::lock_guard lock(mutex_);
  return clock_;
}
std::vector<std::string> FakeCity::cut_offs() const {
  const std::lock_guard lock(mutex_);
  return cut_offs_;
}
std::map<std::string, std::string> FakeCity::grants() const {
  const std::lock_guard lock(mutex_);
  return grants_;
}
std::size_t FakeCity::validators() const {
  const std::lock_guard lock(mutex_);
  return validators_.size();
}

}  // namespace plaza::testing
