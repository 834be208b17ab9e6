#include "services/clearing/service.h"

#include <utility>

#include "services/clearing/feed/handler.h"
#include "services/clearing/gateway/policy_file.h"
#include "services/clearing/rpc/clearing_rpc.h"
#include "services/clearing/store/sql_books.h"

namespace plaza::clearing {

struct Service::Impl {
  Impl(Policy p, runtime::Metrics& m) : policy(std::move(p)), metrics(m) {}
  const Policy policy;
  ClearingMetrics metrics;
  std::unique_ptr<eventlog::Participant> participant;
  std::unique_ptr<FactHandler> handler;
  std::unique_ptr<ClearingRpc> rpc;
};

Service::Service() = default;
Service::~Service() { Stop(); }

Result<std::unique_ptr<Service>> Service::Open(const Config& config, const Deps& deps) {
  PLAZA_ASSIGN_OR_RETURN(Policy policy, LoadPolicy(config.policy_dir));
  std::unique_ptr<Service> service(new Service);
  service->impl_ = std::make_unique<Impl>(std::move(policy), deps.metrics);
  Impl& impl = *service->impl_;

  eventlog::ParticipantOptions options;
  options.name = "clearing";
  options.store.path = config.db_path;
  options.store.postgres = config.postgres;
  options.migrations = store::ClearingMigrations();
  options.topics = ConsumedTopics();
  options.account_partitions = deps.account_partitions;
  PLAZA_ASSIGN_OR_RETURN(impl.participant,
                         eventlog::Participant::Open(deps.log, std::move(options)));

  impl.handler = std::make_unique<FactHandler>(impl.policy, deps.account_partitions, impl.metrics,
                                               deps.traces);
  impl.participant->SetHandler(*impl.handler);
  impl.rpc = std::make_unique<ClearingRpc>(impl.policy, impl.participant->db());
  return service;
}

void Service::Register(rpc::Server& server) { impl_->rpc->Register(server); }
void Service::Start() { impl_->participant->Start(); }
void Service::Stop() {
  if (impl_ != nullptr && impl_->participant != nullptr) impl_->participant->Stop();
}
eventlog::Participant& Service::participant() { return *impl_->participant; }

}  // namespace plaza::clearing
