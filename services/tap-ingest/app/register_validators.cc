#include "services/tap-ingest/app/register_validators.h"

#include "services/tap-ingest/errors.h"
#include "services/tap-ingest/limits.h"

namespace plaza::tap_ingest {

Result<void> ValidatorRegistrar::Load() {
  using Loaded = Result<std::vector<Validator>>;
  PLAZA_ASSIGN_OR_RETURN(const auto validators, In<Loaded>(transactions_, &Transactions::Read,
                                                           [&](store::Tx& tx) -> Loaded {
                                                             return store_.LoadValidators(tx);
                                                           }));
  directory_.Replace(validators);
  return {};
}

Result<std::uint32_t> ValidatorRegistrar::Register(std::string_view request_id, ByteView request,
                                                   std::span<const Validator> validators) {
  if (request_id.empty() || request_id.size() > kRequestIdCharsMax) {
    return Error(kBadRequestId, std::to_string(request_id.size()) + " characters", "request_id");
  }
  PLAZA_RETURN_IF_ERROR(CheckValidators(validators));
  const std::lock_guard<std::mutex> lock(mutex_);
  bool registered_now = false;
  const auto done = In<Result<std::string>>(
      transactions_, &Transactions::Write, [&](store::Tx& tx) -> Result<std::string> {
        registered_now = false;
        const auto work = [&]() -> Result<std::string> {
          for (const Validator& validator : validators) store_.WriteValidator(tx, validator);
          registered_now = true;
          return std::to_string(validators.size());
        };
        return transactions_.OncePerRequest(tx, "RegisterValidator", request_id, request, work);
      });
  // Whether an ambiguous commit took place, only the store knows.
  if (!done.ok()) {
    if (registered_now) PLAZA_RETURN_IF_ERROR(Load());
    return done.error();
  }
  // A repeated request changes nothing: its validators may have been moved since.
  if (registered_now) directory_.Replace(validators);
  return static_cast<std::uint32_t>(validators.size());
}

}  // namespace plaza::tap_ingest
