#include "services/tap-ingest/core/validator.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "libs/emv/journal/tap_record.h"
#include "services/tap-ingest/errors.h"
#include "services/tap-ingest/limits.h"

namespace plaza::tap_ingest {
namespace {

bool IsValidatorId(std::string_view id) {
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !id.empty() && id.size() <= emv::kValidatorIdCharsMax &&
         std::all_of(id.begin(), id.end(), allowed);
}

bool IsName(std::string_view text, std::size_t chars_max) {
  const auto printable = [](char c) { return c >= 0x20 && c < 0x7F; };
  return text.size() <= chars_max && std::all_of(text.begin(), text.end(), printable);
}

Result<void> CheckOne(const Validator& validator, const std::string& path) {
  if (!IsValidatorId(validator.id.value())) {
    return Error(kBadValidator, "a validator id is 1 to 16 of A-Z, 0-9 and hyphen",
                 path + ".validator_id");
  }
  const std::string& operator_id = validator.operator_id.value();
  if (operator_id.empty() || !IsName(operator_id, kOperatorIdCharsMax)) {
    return Error(kBadValidator, "an operator id is 1 to 64 printable characters",
                 path + ".operator_id");
  }
  const bool fixed = !validator.stop_id.value().empty();
  if (fixed != validator.vehicle_id.empty()) {
    return Error(kBadValidator, "give either a stop or a vehicle", path + ".stop_id");
  }
  if (!IsName(validator.stop_id.value(), emv::kPlaceCharsMax)) {
    return Error(kBadValidator, "a stop id is at most 32 printable characters", path + ".stop_id");
  }
  if (!IsName(validator.vehicle_id, emv::kPlaceCharsMax)) {
    return Error(kBadValidator, "a vehicle id is at most 32 printable characters",
                 path + ".vehicle_id");
  }
  if (validator.enrolled_from.unix_ms < 0) {
    return Error(kBadValidator, "an enrolment is not before 1970", path + ".enrolled_from_ms");
  }
  return {};
}

}  // namespace

Result<void> CheckValidators(std::span<const Validator> validators) {
  if (validators.empty() || validators.size() > kRegisterValidatorsMax) {
    return Error(kBadValidator,
                 "give 1 to 1000 validators, not " + std::to_string(validators.size()),
                 "validators");
  }
  std::unordered_set<std::string_view> seen;
  for (std::size_t i = 0; i < validators.size(); ++i) {
    const std::string path = "validators[" + std::to_string(i) + "]";
    PLAZA_RETURN_IF_ERROR(CheckOne(validators[i], path));
    if (!seen.insert(validators[i].id.value()).second) {
      return Error(kBadValidator, validators[i].id.value() + " is there twice",
                   path + ".validator_id");
    }
  }
  return {};
}

}  // namespace plaza::tap_ingest
