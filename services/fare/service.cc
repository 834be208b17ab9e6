#include "services/fare/service.h"

#include <string>
#include <utility>

#include "libs/eventlog/topics.h"
#include "services/fare/feed/handler.h"
#include "services/fare/gateway/tariff_files.h"
#include "services/fare/rpc/fare_rpc.h"
#include "services/fare/store/fare_store.h"

namespace plaza::fare {

struct Service::Impl {
  std::shared_ptr<const Tariff> tariff;
  std::unique_ptr<eventlog::Participant> participant;
  std::unique_ptr<FactHandler> handler;
  std::unique_ptr<FareRpc> rpc;
};

Service::Service() : impl_(std::make_unique<Impl>()) {}
Service::~Service() { Stop(); }

Result<std::unique_ptr<Service>> Service::Open(const Config& config, const Deps& deps) {
  std::unique_ptr<Service> service(new Service);
  Impl& impl = *service->impl_;
  PLAZA_ASSIGN_OR_RETURN(const TariffFiles files, ReadTariffFiles(config.tariff_dir));
  PLAZA_ASSIGN_OR_RETURN(impl.tariff, CompileFiles(files, config.tariff_dir));

  eventlog::ParticipantOptions options;
  options.name = "fare";
  options.store.path = config.db_path;
  options.store.postgres = config.postgres;
  options.migrations = store::FareMigrations();
  options.topics = {std::string(eventlog::topic::kTaps), std::string(eventlog::topic::kAccounts)};
  options.account_partitions = deps.account_partitions;
  PLAZA_ASSIGN_OR_RETURN(impl.participant,
                         eventlog::Participant::Open(deps.log, std::move(options)));

  FoldOptions fold;
  fold.window_days = static_cast<int>(config.window_days);
  fold.media = MediaIdsOf(*impl.tariff);
  fold.has_caps = HasCaps(files);
  impl.handler = std::make_unique<FactHandler>(impl.tariff, std::move(fold),
                                               static_cast<std::size_t>(config.cached_accounts_max),
                                               deps.metrics, deps.traces);
  impl.participant->SetHandler(*impl.handler);
  impl.rpc =
      std::make_unique<FareRpc>(impl.tariff, impl.participant->db(), impl.participant->relay());
  return service;
}

void Service::Register(rpc::Server& server) { impl_->rpc->Register(server); }

void Service::Start() { impl_->participant->Start(); }

void Service::Stop() {
  if (impl_->participant != nullptr) impl_->participant->Stop();
}

eventlog::Participant& Service::participant() { return *impl_->participant; }

}  // namespace plaza::fare
