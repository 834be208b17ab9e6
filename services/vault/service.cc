#include "services/vault/service.h"

#include <utility>

#include "libs/emv/crypto/secret.h"
#include "libs/eventlog/topics.h"
#include "libs/runtime/key_file.h"
#include "services/vault/feed/handler.h"
#include "services/vault/gateway/simulated_acquirer.h"
#include "services/vault/rpc/vault_rpc.h"
#include "services/vault/store/card_safe.h"
#include "services/vault/store/vault_store.h"
#include "services/vault/vault_metrics.h"

namespace plaza::vault {
namespace {

SimulatedAcquirerOptions AcquirerOptions(const Config& config) {
  SimulatedAcquirerOptions options;
  options.seed = config.acquirer_seed;
  options.decline_basis_points = config.decline_basis_points;
  options.verification_decline_basis_points = config.verification_decline_basis_points;
  options.par_at_verification = config.acquirer_par_at_verification;
  return options;
}

}  // namespace

// The participant comes first, so that it is destroyed last: everything else works on its store.
struct Service::Impl {
  std::unique_ptr<eventlog::Participant> participant;
  emv::Key256 data_base;
  CardSafe safe;
  SimulatedAcquirer acquirer;
  VaultMetrics metrics;
  FactHandler handler;

  Impl(std::unique_ptr<eventlog::Participant> opened, const emv::Key256& base,
       const emv::Key256& storage, const Config& config, const Deps& deps)
      : participant(std::move(opened)),
        data_base(base),
        safe(storage),
        acquirer(AcquirerOptions(config)),
        metrics(deps.metrics),
        handler(data_base, safe, acquirer, metrics, deps.traces) {
    participant->SetHandler(handler);
  }
  ~Impl() {
    participant->Stop();
    emv::Zeroise(data_base);
  }
};

Service::Service(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Service::~Service() = default;

Result<std::unique_ptr<Service>> Service::Open(const Config& config, const Deps& deps) {
  PLAZA_ASSIGN_OR_RETURN(emv::Key256 base, runtime::ReadKeyFile(config.card_data_base_key_file,
                                                                "vault.card_data_base_key_file"));
  PLAZA_ASSIGN_OR_RETURN(emv::Key256 storage,
                         runtime::ReadKeyFile(config.storage_key_file, "vault.storage_key_file"));
  eventlog::ParticipantOptions options;
  options.name = "vault";
  options.store.path = config.db_path;
  options.store.postgres = config.postgres;
  options.migrations = Migrations();
  options.topics = {std::string(eventlog::topic::kTaps),
                    std::string(eventlog::topic::kAuthorisations)};
  options.account_partitions = deps.account_partitions;
  PLAZA_ASSIGN_OR_RETURN(auto participant,
                         eventlog::Participant::Open(deps.log, std::move(options)));
  auto impl = std::make_unique<Impl>(std::move(participant), base, storage, config, deps);
  emv::Zeroise(base);
  emv::Zeroise(storage);
  PLAZA_ASSIGN_OR_RETURN(const std::int64_t parked,
                         impl->participant->db().Write([&](store::Tx& tx) -> Result<std::int64_t> {
                           PLAZA_RETURN_IF_ERROR(CheckStorageKey(tx, impl->safe));
                           return TxRequests(tx).CountParked();
                         }));
  impl->metrics.Parked(parked);
  return std::unique_ptr<Service>(new Service(std::move(impl)));
}

void Service::Register(rpc::Server& server) { RegisterRpc(server, impl_->participant->db()); }
void Service::Start() { impl_->participant->Start(); }
void Service::Stop() { impl_->participant->Stop(); }
eventlog::Participant& Service::participant() { return *impl_->participant; }

}  // namespace plaza::vault
