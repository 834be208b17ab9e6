// Clearing's gRPC methods: reads of the books. Role: accountant. Thread-safe.
#pragma once
#include "libs/rpc/server.h"
#include "libs/store/db.h"
#include "services/clearing/core/policy.h"

namespace plaza::clearing {

class ClearingRpc {
 public:
  ClearingRpc(const Policy& policy, store::Db& db) : policy_(policy), db_(db) {}
  void Register(rpc::Server& server);

 private:
  const Policy& policy_;
  store::Db& db_;
};

}  // namespace plaza::clearing
