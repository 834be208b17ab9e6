// The gRPC door of tap-ingest: proto ↔ core, nothing decided here. Handlers are plain functions;
// roles are those of proto/plaza/tap_ingest/v1/tap_ingest.proto.
#pragma once
#include "libs/rpc/server.h"
#include "libs/store/db.h"
#include "services/tap-ingest/app/city.h"
#include "services/tap-ingest/app/ports.h"
#include "services/tap-ingest/app/register_validators.h"
#include "services/tap-ingest/app/submit_taps.h"

namespace plaza::tap_ingest {

// All of them outlive the server.
struct RpcParts {
  TapSubmitter& submitter;
  ValidatorRegistrar& registrar;
  City& city;
  Transactions& transactions;
  FactStore& facts;
  store::Db& db;
  TapStore& store;
  bool several_processes;  // share the store, and only one of them hears of the deny list
};
void RegisterRpc(rpc::Server& server, const RpcParts& parts);

}  // namespace plaza::tap_ingest
