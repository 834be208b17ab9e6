// The configuration of the vault: keys "vault.…".
#pragma once
#include <cstdint>
#include <string>

#include "libs/runtime/config.h"

namespace plaza::vault {

struct Config {
  std::string db_path = "vault.db";
  std::string postgres;                 // libpq conninfo; empty: SQLite at db_path
  std::string card_data_base_key_file;  // 64 hexadecimal digits; no default
  std::string storage_key_file;         // 64 hexadecimal digits; no default
  std::int64_t acquirer_seed = 1;       // of the simulated acquirer
  std::int64_t decline_basis_points = 150;
  std::int64_t verification_decline_basis_points = 20;
  bool acquirer_par_at_verification = false;
  void AddTo(runtime::Config& config);
};

}  // namespace plaza::vault
