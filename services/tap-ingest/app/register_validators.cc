#include "services/tap-ingest/app/register_validators.h"

#include "services/tap-ingest/errors.h"
#include "services/tap-ingest/limits.h"

namespace plaza::tap_ingest {

Result<void> ValidatorRegistrar::Load() {
  return In<Result<void>>(transactions_, &Transactions::Read, [&](store::Tx& tx) -> Result<void> {
    directory_.Replace(store_.ReadRegistryVersion(tx), store_.LoadValidators(tx));
    return {};
  });
}

Result<std::uint32_t> ValidatorRegistrar::Register(std::string_view request_id, ByteView request,
                                                   std::span<const Validator> validators) {
  if (request_id.empty() || request_id.size() > kRequestIdCharsMax) {
    return Error(kBadRequestId, std::to_string(request_id.size()) + " characters", "request_id");
  }
  PLAZA_RETURN_IF_ERROR(CheckValidators(validators));
  const auto done = In<Result<std::string>>(
      transactions_, &Transactions::Write, [&](store::Tx& tx) -> Result<std::string> {
        const auto work = [&]() -> Result<std::string> {
          for (const Validator& validator : validators) store_.WriteValidator(tx, validator);
          store_.NextRegistryVersion(tx);
          return std::to_string(validators.size());
        };
        return transactions_.OncePerRequest(tx, "RegisterValidator", request_id, request, work);
      });
  // Also after an error: whether an ambiguous commit took place, only the store knows.
  PLAZA_RETURN_IF_ERROR(Load());
  if (!done.ok()) return done.error();
  return static_cast<std::uint32_t>(validators.size());
}

}  // namespace plaza::tap_ingest
