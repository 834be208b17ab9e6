#include "apps/plaza/gate_setup.h"

#include "apps/plaza/dev_keys.h"
#include "apps/plaza/errors.h"
#include "apps/plaza/own_file.h"
#include "libs/base/hex.h"
#include "libs/emv/vsam/vsam.h"
#include "libs/rpc/dev_ca.h"
#include "libs/runtime/key_file.h"

namespace plaza {
namespace {

namespace fs = std::filesystem;

// A gate has keys of its own; the base keys stay with tap-ingest and the vault.
Result<void> WriteKeys(const CityPaths& paths, const std::string& id, const fs::path& folder) {
  PLAZA_ASSIGN_OR_RETURN(const emv::Key256 mac_base,
                         runtime::ReadKeyFile(paths.keys() / kTapMacBaseFile, kTapMacBaseFile));
  PLAZA_ASSIGN_OR_RETURN(const emv::Key256 data_base,
                         runtime::ReadKeyFile(paths.keys() / kCardDataBaseFile, kCardDataBaseFile));
  PLAZA_RETURN_IF_ERROR(
      WriteOwnFile(folder / "mac.key", ToHex(emv::DeriveMacKey(mac_base, id)) + "\n"));
  return WriteOwnFile(folder / "data.key", ToHex(emv::DeriveDataKey(data_base, id)) + "\n");
}

std::string Setting(const char* key, const std::string& value) {
  return std::string(key) + " = \"" + value + "\"\n";
}

}  // namespace

Result<ServerProcess::Options> SetUpGate(const CityPaths& paths, const GateSetup& gate) {
  const std::string& id = gate.place.validator_id;
  const fs::path folder = paths.gates() / id;
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) return Error(kBadFolder, failed.message(), folder.string());
  PLAZA_RETURN_IF_ERROR(WriteKeys(paths, id, folder));
  PLAZA_RETURN_IF_ERROR(rpc::EnsureDevCa(paths.tls()));
  PLAZA_ASSIGN_OR_RETURN(const rpc::TlsFiles tls,
                         rpc::EnsureDevCertificate(paths.tls(), id, {"validator"}, {id}));
  ServerProcess::Options process;
  process.name = id;
  process.program = gate.programs / "plaza-validator";
  process.args = {"--config", (folder / "plaza-validator.toml").string()};
  process.running_file = folder / "running.json";
  process.log_file = folder / "validator.log";
  process.address_flag = "--reader.listen";
  PLAZA_RETURN_IF_ERROR(
      WriteOwnFile(folder / "plaza-validator.toml",
                   "[validator]\n" + Setting("id", id) + Setting("stop_id", gate.place.stop_id) +
                       Setting("route_id", gate.route_id) + Setting("folder", folder) +
                       Setting("running_file", process.running_file) + "[vsam]\n" +
                       Setting("token_key_file", paths.keys() / kTokenFile) +
                       Setting("mac_key_file", folder / "mac.key") +
                       Setting("data_key_file", folder / "data.key") + "[kernel]\n" +
                       Setting("ca_keys_file", gate.ca_keys) + "[uplink]\n" +
                       Setting("address", gate.tap_ingest) + "[tls]\n" + Setting("ca", tls.ca_pem) +
                       Setting("certificate", tls.cert_pem) + Setting("key", tls.key_pem)));
  return process;
}

}  // namespace plaza
