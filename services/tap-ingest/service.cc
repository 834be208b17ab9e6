#include "services/tap-ingest/service.h"

#include <utility>

#include "libs/eventlog/topics.h"
#include "libs/runtime/key_file.h"
#include "services/tap-ingest/app/city.h"
#include "services/tap-ingest/app/directory.h"
#include "services/tap-ingest/app/memory.h"
#include "services/tap-ingest/app/register_validators.h"
#include "services/tap-ingest/app/submit_taps.h"
#include "services/tap-ingest/feed/facts.h"
#include "services/tap-ingest/logged_traces.h"
#include "services/tap-ingest/rpc/tap_ingest_rpc.h"
#include "services/tap-ingest/store/sql_store.h"
#include "services/tap-ingest/store/sql_transactions.h"
#include "services/tap-ingest/tap_ingest_metrics.h"

namespace plaza::tap_ingest {

// The participant comes first, so that it is destroyed last: everything else works on its store.
struct Service::Impl {
  std::unique_ptr<eventlog::Participant> participant;
  TapIngestMetrics metrics;
  LoggedTraces traces;
  SqlStore store;
  SqlTransactions transactions;
  OutboxLog fact_log;
  City city;
  Directory directory;
  Memory memory;
  ValidatorRegistrar registrar;
  const bool several_processes;
  TapSubmitter submitter;
  FactHandler handler;

  Impl(const Config& config, const Deps& deps, const emv::Key256& mac_base,
       std::unique_ptr<eventlog::Participant> opened)
      : participant(std::move(opened)),
        metrics(deps.metrics),
        traces(deps.traces),
        transactions(participant->db(), static_cast<int>(config.group_max)),
        fact_log(participant->relay()),
        directory(mac_base),
        memory(store),
        registrar(transactions, store, directory),
        several_processes(deps.log.capabilities().rebalance),
        submitter(
            {transactions, fact_log, store, memory, store, directory, store, city, metrics, traces},
            {Seconds(config.future_tolerance_s), config.outbox_backlog_max, several_processes,
             deps.traces.sample_per_million}),
        handler(store, store, memory, city, metrics) {
    participant->SetHandler(handler);
  }

  Result<void> Load() {
    PLAZA_RETURN_IF_ERROR(registrar.Load());
    PLAZA_RETURN_IF_ERROR(participant->db().Write([&](store::Tx& tx) { return memory.Load(tx); }));
    PLAZA_RETURN_IF_ERROR(city.Refresh(transactions, store));
    metrics.Denied(city.denied_count());
    return {};
  }
};

Service::Service(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Service::~Service() = default;

Result<std::unique_ptr<Service>> Service::Open(const Config& config, const Deps& deps) {
  PLAZA_ASSIGN_OR_RETURN(
      const emv::Key256 mac_base,
      runtime::ReadKeyFile(config.mac_base_key_file, "tap_ingest.mac_base_key_file"));
  eventlog::ParticipantOptions options;
  options.name = "tap-ingest";
  options.store.path = config.db_path;
  options.store.postgres = config.postgres;
  options.migrations = Migrations();
  options.topics = {std::string(eventlog::topic::kClock), std::string(eventlog::topic::kMedia),
                    std::string(eventlog::topic::kDenyList)};
  options.account_partitions = deps.account_partitions;
  PLAZA_ASSIGN_OR_RETURN(auto participant,
                         eventlog::Participant::Open(deps.log, std::move(options)));
  auto impl = std::make_unique<Impl>(config, deps, mac_base, std::move(participant));
  PLAZA_RETURN_IF_ERROR(impl->Load());
  return std::unique_ptr<Service>(new Service(std::move(impl)));
}

void Service::Register(rpc::Server& server) {
  RegisterRpc(server,
              {impl_->submitter, impl_->registrar, impl_->city, impl_->transactions, impl_->store,
               impl_->participant->db(), impl_->store, impl_->several_processes});
}

void Service::Start() { impl_->participant->Start(); }
void Service::Stop() { impl_->participant->Stop(); }
eventlog::Participant& Service::participant() { return *impl_->participant; }

}  // namespace plaza::tap_ingest
