#include "apps/clock/rpc/clock_rpc.h"

#include <string>

#include "apps/clock/errors.h"

namespace plaza::clock {
namespace {

constexpr std::string_view kService = "plaza.clock.v1.Clock";

template <class Request>
std::string BodyOf(const Request& request) {
  Request body = request;
  body.clear_request_id();
  return body.SerializeAsString();
}

}  // namespace

void ClockRpc::Register(rpc::Server& server) {
  const rpc::Access admin{{"admin"}};
  server.Handle<v1::AdvanceRequest, v1::AdvanceResponse>(
      kService, "Advance", admin,
      [this](rpc::Ctx&, const v1::AdvanceRequest& request) { return Advance(request); });
  server.Handle<v1::CutOffRequest, v1::CutOffResponse>(
      kService, "CutOff", admin,
      [this](rpc::Ctx&, const v1::CutOffRequest& request) { return CutOff(request); });
}

Result<v1::AdvanceResponse> ClockRpc::Advance(const v1::AdvanceRequest& request) const {
  if (wall_) return Error(kClockIsWall, "Advance in wall mode");
  PLAZA_RETURN_IF_ERROR(
      clock_.Advance(request.request_id(), BodyOf(request), Instant{request.now_ms()}));
  return v1::AdvanceResponse();
}

Result<v1::CutOffResponse> ClockRpc::CutOff(const v1::CutOffRequest& request) const {
  if (wall_) return Error(kClockIsWall, "CutOff in wall mode");
  PLAZA_ASSIGN_OR_RETURN(const Date day, Date::Parse(request.business_day()));
  PLAZA_ASSIGN_OR_RETURN(const Instant at,
                         clock_.CutOff(request.request_id(), BodyOf(request), day));
  v1::CutOffResponse response;
  response.set_at_ms(at.unix_ms);
  return response;
}

}  // namespace plaza::clock
