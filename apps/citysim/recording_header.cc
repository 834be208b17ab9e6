#include "apps/citysim/recording_header.h"

#include <nlohmann/json.hpp>

#include "apps/citysim/errors.h"

namespace plaza::citysim {
namespace {

using nlohmann::json;

Result<std::string> Text(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) {
    return Error(kNotARecording, "the header has no text here", name);
  }
  return found->get<std::string>();
}

Result<std::int64_t> Integer(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_integer()) {
    return Error(kNotARecording, "the header has no integer here", name);
  }
  return found->get<std::int64_t>();
}

Result<ValidatorPlace> ParsePlace(const json& object) {
  if (!object.is_object()) return Error(kNotARecording, "no object", "validators");
  ValidatorPlace place;
  PLAZA_ASSIGN_OR_RETURN(place.validator_id, Text(object, "validator_id"));
  PLAZA_ASSIGN_OR_RETURN(place.operator_id, Text(object, "operator_id"));
  PLAZA_ASSIGN_OR_RETURN(place.stop_id, Text(object, "stop_id"));
  PLAZA_ASSIGN_OR_RETURN(place.vehicle_id, Text(object, "vehicle_id"));
  PLAZA_ASSIGN_OR_RETURN(place.enrolled_from_ms, Integer(object, "enrolled_from_ms"));
  return place;
}

Result<Grant> ParseGrant(const json& object) {
  if (!object.is_object()) return Error(kNotARecording, "no object", "grants");
  Grant grant;
  PLAZA_ASSIGN_OR_RETURN(const std::string account, Text(object, "account_id"));
  PLAZA_ASSIGN_OR_RETURN(const Uuid id, Uuid::Parse(account));
  grant.account = AccountId(id);
  PLAZA_ASSIGN_OR_RETURN(grant.kind, Text(object, "kind"));
  PLAZA_ASSIGN_OR_RETURN(grant.from, Text(object, "from"));
  PLAZA_ASSIGN_OR_RETURN(grant.until, Text(object, "until"));
  return grant;
}

}  // namespace

std::string EncodeHeader(const RecordingHeader& header) {
  json out;
  out["format"] = "plaza tap recording";
  out["version"] = kRecordingVersion;
  out["seed"] = header.seed;
  out["date"] = header.date.ToText();
  out["zone"] = header.zone;
  out["validators"] = json::array();
  for (const ValidatorPlace& place : header.validators) {
    out["validators"].push_back({{"validator_id", place.validator_id},
                                 {"operator_id", place.operator_id},
                                 {"stop_id", place.stop_id},
                                 {"vehicle_id", place.vehicle_id},
                                 {"enrolled_from_ms", place.enrolled_from_ms}});
  }
  out["grants"] = json::array();
  for (const Grant& grant : header.grants) {
    out["grants"].push_back({{"account_id", grant.account.value().ToText()},
                             {"kind", grant.kind},
                             {"from", grant.from},
                             {"until", grant.until}});
  }
  return out.dump();
}

Result<RecordingHeader> ParseHeader(std::string_view text) {
  const json in = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!in.is_object()) return Error(kNotARecording, "the header is no JSON object");
  PLAZA_ASSIGN_OR_RETURN(const std::int64_t version, Integer(in, "version"));
  if (version != kRecordingVersion) {
    return Error(kWrongRecordingVersion, "version " + std::to_string(version));
  }
  RecordingHeader header;
  const auto seed = in.find("seed");
  if (seed == in.end() || !seed->is_number_unsigned()) {
    return Error(kNotARecording, "the header has no number here", "seed");
  }
  header.seed = seed->get<std::uint64_t>();
  PLAZA_ASSIGN_OR_RETURN(const std::string date, Text(in, "date"));
  PLAZA_ASSIGN_OR_RETURN(header.date, Date::Parse(date));
  PLAZA_ASSIGN_OR_RETURN(header.zone, Text(in, "zone"));
  const auto validators = in.find("validators");
  const auto grants = in.find("grants");
  if (validators == in.end() || !validators->is_array() || grants == in.end() ||
      !grants->is_array()) {
    return Error(kNotARecording, "the header lacks a list", "validators, grants");
  }
  for (const json& object : *validators) {
    PLAZA_ASSIGN_OR_RETURN(ValidatorPlace place, ParsePlace(object));
    header.validators.push_back(std::move(place));
  }
  for (const json& object : *grants) {
    PLAZA_ASSIGN_OR_RETURN(Grant grant, ParseGrant(object));
    header.grants.push_back(std::move(grant));
  }
  return header;
}

}  // namespace plaza::citysim
