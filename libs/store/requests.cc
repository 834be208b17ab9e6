#include "libs/base/digest.h"
#include "libs/store/db.h"
#include "libs/store/errors.h"
#include "libs/store/limits.h"

namespace plaza::store {

Result<std::string> OncePerRequest(Tx& tx, std::string_view method, std::string_view request_id,
                                   ByteView body,
                                   const std::function<Result<std::string>()>& work) {
  if (request_id.empty() || request_id.size() > kRequestIdBytesMax) {
    return Error(kBadRequestId,
                 "a request id has 1 to " + std::to_string(kRequestIdBytesMax) + " bytes, not " +
                     std::to_string(request_id.size()),
                 "request_id");
  }
  const std::string digest = ToString(Sha256(body));
  const std::optional<Row> known = tx.QueryOne(
      "SELECT body_sha256, answer FROM requests WHERE method = :method AND request_id = :id",
      {{"method", std::string(method)}, {"id", std::string(request_id)}}, "bb");
  if (known.has_value()) {
    if (known->Bytes(0) == digest) return known->Bytes(1);
    return Error(kRequestIdReused,
                 "request id \"" + std::string(request_id) + "\" was used with another body for " +
                     std::string(method),
                 "request_id");
  }
  PLAZA_ASSIGN_OR_RETURN(std::string answer, work());
  tx.Exec(
      "INSERT INTO requests (request_id, method, body_sha256, answer)"
      " VALUES (:id, :method, :digest, :answer)",
      {{"id", std::string(request_id)},
       {"method", std::string(method)},
       {"digest", Blob{digest}},
       {"answer", Blob{answer}}});
  return answer;
}

}  // namespace plaza::store
