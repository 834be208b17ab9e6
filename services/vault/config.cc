#include "services/vault/config.h"

#include "services/vault/limits.h"

namespace plaza::vault {

void Config::AddTo(runtime::Config& config) {
  config.AddText("vault.db_path", &db_path, "SQLite file of the vault");
  config.AddSecret("vault.postgres", &postgres,
                   "libpq conninfo of its PostgreSQL database; empty: SQLite at db_path");
  config.AddText("vault.card_data_base_key_file", &card_data_base_key_file,
                 "file with the base key of the validators' data keys, 64 hexadecimal digits");
  config.AddText("vault.storage_key_file", &storage_key_file,
                 "file with the key that cards are kept under, 64 hexadecimal digits");
  config.AddInt("vault.acquirer_seed", &acquirer_seed, 0, INT64_MAX,
                "seed of the simulated acquirer");
  config.AddInt("vault.decline_basis_points", &decline_basis_points, 0, kBasisPointsMax,
                "authorisations that the simulated acquirer declines, in 1/10,000");
  config.AddInt("vault.verification_decline_basis_points", &verification_decline_basis_points, 0,
                kBasisPointsMax,
                "account verifications that the simulated acquirer declines, in 1/10,000");
  config.AddBool("vault.acquirer_par_at_verification", &acquirer_par_at_verification,
                 "the simulated acquirer tells a card's PAR at a verification already");
}

}  // namespace plaza::vault
