#include "services/tap-ingest/rpc/tap_ingest_rpc.h"

#include <algorithm>
#include <utility>

#include "plaza/tap_ingest/v1/tap_ingest.pb.h"
#include "services/tap-ingest/errors.h"
#include "services/tap-ingest/limits.h"

namespace plaza::tap_ingest {
namespace {

constexpr std::string_view kService = "plaza.tap_ingest.v1.TapIngest";

Result<v1::RegisterValidatorResponse> RegisterValidator(
    ValidatorRegistrar& registrar, const v1::RegisterValidatorRequest& request) {
  std::vector<Validator> validators;
  validators.reserve(static_cast<std::size_t>(request.validators_size()));
  for (const v1::Validator& validator : request.validators()) {
    validators.push_back({ValidatorId(validator.validator_id()),
                          OperatorId(validator.operator_id()), StopId(validator.stop_id()),
                          validator.vehicle_id(), Instant{validator.enrolled_from_ms()}});
  }
  const std::string body = request.SerializeAsString();
  PLAZA_ASSIGN_OR_RETURN(const std::uint32_t registered,
                         registrar.Register(request.request_id(), AsBytes(body), validators));
  v1::RegisterValidatorResponse response;
  response.set_registered(registered);
  return response;
}

Result<v1::SubmitTapsResponse> SubmitTaps(TapSubmitter& submitter, const rpc::Ctx& ctx,
                                          const v1::SubmitTapsRequest& request) {
  std::vector<ByteView> records;
  records.reserve(static_cast<std::size_t>(request.records_size()));
  for (const std::string& record : request.records()) records.push_back(AsBytes(record));
  const auto may_speak_for = [&](std::string_view validator) {
    return ctx.caller().MaySpeakFor(validator);
  };
  PLAZA_ASSIGN_OR_RETURN(const std::vector<Answer> answers,
                         submitter.Submit(records, may_speak_for, ctx.trace()));
  v1::SubmitTapsResponse response;
  response.mutable_answers()->Reserve(static_cast<int>(answers.size()));
  for (const Answer& answer : answers) {
    v1::TapAnswer& out = *response.add_answers();
    out.set_outcome(static_cast<v1::TapOutcome>(answer.outcome));
    out.set_code(answer.code);
    out.set_message(answer.message);
  }
  return response;
}

Result<v1::GetDenyListResponse> GetDenyList(const RpcParts& parts,
                                            const v1::GetDenyListRequest& request) {
  if (parts.several_processes) {
    PLAZA_RETURN_IF_ERROR(parts.city.Refresh(parts.transactions, parts.facts));
  }
  const std::size_t asked = request.page_size();
  const std::size_t entries_max = asked == 0 ? kDenyListPageMax : std::min(asked, kDenyListPageMax);
  const DenyPage page = parts.city.Page(request.since_epoch(), entries_max);
  v1::GetDenyListResponse response;
  response.set_deny_list_epoch(page.epoch);
  response.set_more(page.more);
  response.set_whole(page.whole);
  for (const DenyEntry& entry : page.entries) {
    v1::DenyListEntry& out = *response.add_entries();
    out.set_token_epoch(entry.card.epoch);
    out.set_token(ToString(entry.card.token));
    out.set_denied(entry.denied);
    out.set_deny_list_epoch(entry.epoch);
  }
  return response;
}

Result<v1::LookupAccountResponse> LookupAccount(store::Db& db, TapStore& store,
                                                const v1::LookupAccountRequest& request) {
  if (request.token().size() != emv::Token{}.size()) {
    return Error(kBadToken, std::to_string(request.token().size()) + " octets", "token");
  }
  if (request.par().size() > kParCharsMax) {
    return Error(kBadToken, "a PAR of " + std::to_string(request.par().size()) + " characters",
                 "par");
  }
  const MediumId own = MakeMediumId(request.token_epoch(), AsBytes(request.token()));
  using Found = std::pair<MediumId, std::optional<Medium>>;
  PLAZA_ASSIGN_OR_RETURN(const Found found, db.Read([&](store::Tx& tx) -> Result<Found> {
    const auto alias = store.ReadAlias(tx, own);
    const MediumId id = alias.has_value() ? alias->medium : own;
    return Found{id, store.ReadMedium(tx, id)};
  }));
  const auto& [medium_id, medium] = found;
  const bool account_is_final = medium.has_value() && (medium->has_par || request.par().empty());
  const AccountId account =
      account_is_final ? medium->account : MakeAccountId(request.par(), medium_id);
  v1::LookupAccountResponse response;
  response.set_account_id(account.value().ToBinary());
  response.set_medium_id(medium_id.value().ToBinary());
  response.set_known(medium.has_value());
  return response;
}

Result<v1::GetTapCountsResponse> GetTapCounts(store::Db& db, TapStore& store) {
  PLAZA_ASSIGN_OR_RETURN(const Counts counts, db.Read([&](store::Tx& tx) -> Result<Counts> {
    return store.ReadCounts(tx);
  }));
  v1::GetTapCountsResponse response;
  for (const auto& [key, count] : counts) {
    const auto& [outcome, decision, reason] = key;
    if (outcome == OutcomeName(Outcome::kAccepted)) {
      v1::TapCount& out = *response.add_counts();
      out.set_decision(decision);
      out.set_reason(reason);
      out.set_count(count);
    } else if (outcome == OutcomeName(Outcome::kDuplicate)) {
      response.set_duplicates(response.duplicates() + count);
    } else if (outcome == OutcomeName(Outcome::kConflict)) {
      response.set_conflicts(response.conflicts() + count);
    } else if (outcome == OutcomeName(Outcome::kRefusedForNow)) {
      response.set_refused_for_now(response.refused_for_now() + count);
    } else {
      response.set_refused(response.refused() + count);
    }
  }
  return response;
}

}  // namespace

void RegisterRpc(rpc::Server& server, const RpcParts& parts) {
  server.Handle<v1::RegisterValidatorRequest, v1::RegisterValidatorResponse>(
      kService, "RegisterValidator", {{"admin"}},
      [parts](rpc::Ctx&, const v1::RegisterValidatorRequest& request) {
        return RegisterValidator(parts.registrar, request);
      });
  server.Handle<v1::SubmitTapsRequest, v1::SubmitTapsResponse>(
      kService, "SubmitTaps", {{"validator"}},
      [parts](rpc::Ctx& ctx, const v1::SubmitTapsRequest& request) {
        return SubmitTaps(parts.submitter, ctx, request);
      });
  server.Handle<v1::GetDenyListRequest, v1::GetDenyListResponse>(
      kService, "GetDenyList", {{"validator"}},
      [parts](rpc::Ctx&, const v1::GetDenyListRequest& request) {
        return GetDenyList(parts, request);
      });
  server.Handle<v1::LookupAccountRequest, v1::LookupAccountResponse>(
      kService, "LookupAccount", {{"support"}},
      [parts](rpc::Ctx&, const v1::LookupAccountRequest& request) {
        return LookupAccount(parts.db, parts.store, request);
      });
  server.Handle<v1::GetTapCountsRequest, v1::GetTapCountsResponse>(
      kService, "GetTapCounts", {{"support"}}, [parts](rpc::Ctx&, const v1::GetTapCountsRequest&) {
        return GetTapCounts(parts.db, parts.store);
      });
}

}  // namespace plaza::tap_ingest
