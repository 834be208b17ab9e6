// Gates of a cluster: fixed ones, each a process of its own, at the stations of the first line that
// has gates.
#include <algorithm>

#include "apps/citysim/network.h"
#include "apps/plaza/cluster.h"
#include "apps/plaza/errors.h"
#include "apps/plaza/gate_setup.h"
#include "apps/plaza/test_scheme.h"

namespace plaza {
namespace {

constexpr std::chrono::seconds kPatience{60};

std::string GateId(int number) {
  const std::string digits = std::to_string(number);
  return "GDL-G" + std::string(4 - std::min<std::size_t>(digits.size(), 4), '0') + digits;
}

Result<std::vector<GateSetup>> PlanGates(int count) {
  const std::string feed = ProjectRoot() / "data" / "guadalajara";
  PLAZA_ASSIGN_OR_RETURN(const auto network, citysim::LoadNetwork(feed));
  const auto line = std::ranges::find_if(network.lines, &citysim::Line::gated);
  if (line == network.lines.end()) return Error(kBadFolder, "no line has gates", feed);
  std::vector<GateSetup> gates;
  for (int n = 1; n <= count; ++n) {
    const std::string& stop = line->stop_ids[(n - 1) % line->stop_ids.size()];
    GateSetup& gate = gates.emplace_back();
    gate.place = {GateId(n), line->operator_id, stop, "", 0};
    gate.route_id = line->route_id;
  }
  return gates;
}

}  // namespace

Result<void> Cluster::StartGates(const std::function<void(const std::string&)>& say) {
  PLAZA_ASSIGN_OR_RETURN(auto gates, PlanGates(options_.validators));
  PLAZA_RETURN_IF_ERROR(EnsureTestScheme(options_.paths));
  std::string tap_ingest;
  for (const auto& [name, process] : services_) {
    if (!name.starts_with("tap-ingest")) continue;
    tap_ingest += (tap_ingest.empty() ? "" : ",") + process->address();
  }
  citysim::Doors doors;
  doors.route = tap_ingest;
  PLAZA_ASSIGN_OR_RETURN(doors.admin, AdminCertificate(options_.paths));
  PLAZA_ASSIGN_OR_RETURN(doors.depot, DepotCertificate(options_.paths));
  PLAZA_ASSIGN_OR_RETURN(const auto city, citysim::CityDoors::Connect(doors, kPatience));
  for (GateSetup& gate : gates) {
    say(gate.place.validator_id);
    gate.tap_ingest = tap_ingest;
    gate.ca_keys = CaKeysFile(options_.paths);
    gate.programs = Programs();
    PLAZA_RETURN_IF_ERROR(city->Register({gate.place}));
    PLAZA_ASSIGN_OR_RETURN(ServerProcess::Options process, SetUpGate(options_.paths, gate));
    process.detached = options_.detached;
    PLAZA_ASSIGN_OR_RETURN(gates_[gate.place.validator_id],
                           ServerProcess::Start(std::move(process)));
  }
  return {};
}

void Cluster::AddGates(std::vector<ClusterFile::Process>& processes) const {
  for (const auto& [id, gate] : gates_) {
    if (gate == nullptr) continue;
    const std::filesystem::path folder = options_.paths.gates() / id;
    processes.push_back({id, kGateService, gate->pid(), folder / "plaza-validator.toml",
                         folder / "running.json", folder / "validator.log"});
  }
}

}  // namespace plaza
