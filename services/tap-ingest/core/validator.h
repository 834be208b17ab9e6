// A validator as the registry knows it. Pure.
#pragma once
#include <span>
#include <string>

#include "libs/base/civil.h"
#include "libs/base/ids.h"
#include "libs/base/result.h"

namespace plaza::tap_ingest {

// Fixed at a stop, or riding in a vehicle: exactly one of the two is set.
struct Validator {
  ValidatorId id;
  OperatorId operator_id;
  StopId stop_id;
  std::string vehicle_id;
  Instant enrolled_from;
  bool operator==(const Validator&) const = default;
};

// All or none: the first wrong one is named as "validators[3].stop_id". BAD_VALIDATOR.
Result<void> CheckValidators(std::span<const Validator> validators);

}  // namespace plaza::tap_ingest
