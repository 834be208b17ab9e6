#include "apps/plaza/cluster_file.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "apps/plaza/errors.h"
#include "libs/host/errors.h"

namespace plaza {

Result<ClusterFile> ReadClusterFile(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) return Error(host::kNotRunning, "there is no cluster", file.string());
  const auto json = nlohmann::json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded() || !json.is_object()) {
    return Error(kBadClusterFile, "it is not a JSON object", file.string());
  }
  ClusterFile cluster;
  try {
    for (const auto& process : json.at("processes")) {
      cluster.processes.push_back({process.at("name"), process.at("service"), process.at("pid"),
                                   process.at("mark"),
                                   process.at("running_file").get<std::string>(),
                                   process.at("log_file").get<std::string>()});
    }
    cluster.databases = json.at("databases");
    cluster.brokers = json.at("brokers");
    cluster.prometheus = json.at("prometheus");
  } catch (const nlohmann::json::exception& broken) {
    return Error(kBadClusterFile, broken.what(), file.string());
  }
  return cluster;
}

Result<void> WriteClusterFile(const std::filesystem::path& file, const ClusterFile& cluster) {
  nlohmann::json processes = nlohmann::json::array();
  for (const ClusterFile::Process& process : cluster.processes) {
    processes.push_back({{"name", process.name},
                         {"service", process.service},
                         {"pid", process.pid},
                         {"mark", process.mark},
                         {"running_file", process.running_file.string()},
                         {"log_file", process.log_file.string()}});
  }
  const nlohmann::json json{{"processes", processes},
                            {"databases", cluster.databases},
                            {"brokers", cluster.brokers},
                            {"prometheus", cluster.prometheus}};
  // Whole under another name first: a reader never sees half of it.
  const std::filesystem::path next = file.string() + ".next";
  std::ofstream out(next);
  std::error_code failed;  // its owner's alone: it holds the databases' passwords
  std::filesystem::permissions(
      next, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, failed);
  if (failed) return Error(kBadFolder, failed.message(), next.string());
  out << json.dump(2) << "\n";
  out.close();
  if (!out) return Error(kBadFolder, "it cannot be written", next.string());
  std::filesystem::rename(next, file, failed);
  if (failed) return Error(kBadFolder, failed.message(), file.string());
  return {};
}

}  // namespace plaza
