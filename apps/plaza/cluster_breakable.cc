// What tests break of a cluster beyond its processes: links, disks, clocks, and two processes of
// one service at once.
#include <fstream>

#include "apps/plaza/cluster.h"
#include "apps/plaza/errors.h"
#include "apps/plaza/servers/errors.h"

namespace plaza {

namespace fs = std::filesystem;

namespace {

// Debian keeps it in a folder of the machine's architecture.
Result<fs::path> FakeTimeLibrary() {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/usr/lib", none)) {
    const fs::path library = entry.path() / "faketime" / "libfaketimeMT.so.1";
    if (fs::exists(library, none)) return library;
  }
  return Error(servers::kServerMissing, "libfaketime (Debian package faketime)", "/usr/lib");
}

}  // namespace

// Before the servers start.
Result<void> Cluster::MakeBreakable() {
  const fs::path& folder = options_.paths.data;
  if (options_.breakable.links) {
    PLAZA_ASSIGN_OR_RETURN(proxies_, servers::Toxiproxy::Start(folder / "toxiproxy"));
  }
  if (options_.breakable.disk_bytes == 0) return {};
  const std::map<std::string, fs::path> places{
      {"postgres", servers::Postgres::Home(folder / "postgres")}, {"kafka", folder / "kafka"}};
  for (const auto& [server, place] : places) {
    PLAZA_ASSIGN_OR_RETURN(disks_[server],
                           servers::SmallDisk::Mount(place, options_.breakable.disk_bytes));
  }
  return {};
}

fs::path Cluster::ClockFile(const std::string& process) const {
  return options_.paths.data / "run" / (process + ".faketime");
}

// jemalloc reads the clock inside malloc, and libfaketime calls malloc to find the clock: so memory
// comes from the C library here. Only the wall clock jumps: a machine's monotonic clock does not,
// whatever its operator does.
Result<std::vector<std::string>> Cluster::ClockEnvironment(const std::string& process) const {
  if (!options_.breakable.clocks) return std::vector<std::string>();
  PLAZA_RETURN_IF_ERROR(SetClock(process, std::chrono::seconds(0)));
  PLAZA_ASSIGN_OR_RETURN(const fs::path library, FakeTimeLibrary());
  return std::vector<std::string>{"LD_PRELOAD=" + library.string() + " libstdc++.so.6 libc.so.6",
                                  "FAKETIME_TIMESTAMP_FILE=" + ClockFile(process).string(),
                                  "FAKETIME_CACHE_DURATION=1", "FAKETIME_DONT_FAKE_MONOTONIC=1",
                                  "FAKETIME_DISABLE_SHM=1"};
}

// Whole under another name first: the library may look at any moment.
Result<void> Cluster::SetClock(const std::string& process, std::chrono::seconds ahead) const {
  const fs::path file = ClockFile(process);
  const fs::path next = file.string() + ".next";
  std::ofstream out(next);
  out << (ahead.count() < 0 ? "" : "+") << ahead.count() << "\n";
  out.close();
  std::error_code failed;
  if (out) fs::rename(next, file, failed);
  if (!out || failed) return Error(kBadFolder, "it cannot be written", file.string());
  return {};
}

Result<std::unique_ptr<ServerProcess>> Cluster::Replace(const std::string& process,
                                                        const fs::path& program) {
  ServerProcess::Options options = process_options_.at(process);
  if (!program.empty()) options.program = program;
  options.running_file = options_.paths.data / "run" /
                         (process + "." + std::to_string(services_.at(process)->pid()) + ".json");
  options.args.insert(options.args.end(), {"--host.running_file", options.running_file.string()});
  PLAZA_ASSIGN_OR_RETURN(auto fresh, ServerProcess::Start(options));
  PLAZA_RETURN_IF_ERROR(proxies_->Redirect("gates-to-" + process, fresh->address()));
  std::swap(services_.at(process), fresh);
  return fresh;
}

std::string Cluster::Outside(std::string addresses) const {
  for (const auto& [address, proxy] : outside_) {
    const std::size_t at = addresses.find(address);
    if (at != std::string::npos) addresses.replace(at, address.size(), proxy);
  }
  return addresses;
}

}  // namespace plaza
