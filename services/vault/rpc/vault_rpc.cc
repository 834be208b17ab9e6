#include "services/vault/rpc/vault_rpc.h"

#include <optional>

#include "libs/base/hex.h"
#include "plaza/vault/v1/vault.pb.h"
#include "services/vault/errors.h"
#include "services/vault/feed/convert.h"
#include "services/vault/store/vault_store.h"

namespace plaza::vault {
namespace {

Result<v1::DescribeCardResponse> DescribeCard(store::Db& db,
                                              const v1::DescribeCardRequest& request) {
  PLAZA_ASSIGN_OR_RETURN(const CardKey key, ToCardKey(request.token_epoch(), request.token()));
  PLAZA_ASSIGN_OR_RETURN(const std::optional<ShownCard> card,
                         db.Read([&](store::Tx& tx) -> Result<std::optional<ShownCard>> {
                           return FindShownCard(tx, key);
                         }));
  if (!card.has_value()) {
    return Error(kUnknownCard,
                 "no card of token epoch " + std::to_string(key.token_epoch) + " has the token " +
                     ToHex(ByteView(key.token).first(4)) + "…",
                 "token");
  }
  v1::DescribeCardResponse response;
  response.set_pan_masked(card->pan_masked);
  response.set_expiry(card->expiry);
  response.set_scheme(card->scheme);
  return response;
}

}  // namespace

void RegisterRpc(rpc::Server& server, store::Db& db) {
  server.Handle<v1::DescribeCardRequest, v1::DescribeCardResponse>(
      "plaza.vault.v1.Vault", "DescribeCard", {{"support"}},
      [&db](rpc::Ctx&, const v1::DescribeCardRequest& request) {
        return DescribeCard(db, request);
      });
}

}  // namespace plaza::vault
