// The vault's door for people: plaza.vault.v1.Vault.
#pragma once
#include "libs/rpc/server.h"
#include "libs/store/db.h"

namespace plaza::vault {

// `db` outlives the server.
void RegisterRpc(rpc::Server& server, store::Db& db);

}  // namespace plaza::vault
