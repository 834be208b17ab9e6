// cluster.json in a city's folder: which processes, servers and databases a cluster on this machine
// is made of. It is there as long as the folder's stores are databases, also when nothing runs.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "libs/base/result.h"

namespace plaza {

// The service of a gate's process, which has a reader where others have gRPC doors.
inline constexpr const char* kGateService = "validator";

struct ClusterFile {
  struct Process {
    std::string name;     // "fare-1"
    std::string service;  // "fare"; servers: "postgres", "kafka"
    pid_t pid = 0;
    std::string mark;  // in the command line of that process, and of no other of this machine
    std::filesystem::path running_file;  // of libs/host; empty for servers
    std::filesystem::path log_file;
  };
  std::vector<Process> processes;                // in the order in which they were started
  std::map<std::string, std::string> databases;  // service → libpq conninfo
  std::string brokers;
  std::string prometheus;  // address; empty if there is none
};

// NOT_RUNNING if there is none; BAD_CLUSTER_FILE.
Result<ClusterFile> ReadClusterFile(const std::filesystem::path& file);
Result<void> WriteClusterFile(const std::filesystem::path& file, const ClusterFile& cluster);

}  // namespace plaza
