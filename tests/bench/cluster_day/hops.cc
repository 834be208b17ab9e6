#include "tests/bench/cluster_day/hops.h"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <sstream>

#include "plaza/ops/v1/ops.pb.h"

namespace plaza::bench {
namespace {

constexpr std::chrono::milliseconds kLookEvery{100};

struct ProcessTimes {
  pid_t parent = 0;
  double own = 0;       // seconds
  double children = 0;  // of those that ended and were waited for
};

// proc(5): after the name in parentheses come state (3), ppid (4), …, utime (14), stime, cutime,
// cstime.
std::optional<ProcessTimes> TimesOf(const std::filesystem::path& proc) {
  std::ifstream in(proc / "stat");
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  const std::vector<std::string> words{std::istream_iterator<std::string>(fields), {}};
  if (words.size() < 15) return std::nullopt;
  const auto seconds = [&](std::size_t at) {
    return std::stod(words[at]) / static_cast<double>(sysconf(_SC_CLK_TCK));
  };
  return ProcessTimes{std::stoi(words[1]), seconds(11) + seconds(12), seconds(13) + seconds(14)};
}

std::filesystem::path Proc(pid_t pid) { return "/proc/" + std::to_string(pid); }

// "postgres: fare fare [local] idle": what a session serves; empty for the server's own processes.
std::string DatabaseOf(const std::filesystem::path& proc) {
  std::ifstream in(proc / "cmdline");
  std::string word, user, database;
  in >> word >> user >> database;
  return word == "postgres:" && user == database ? database : "";
}

void AddPostgres(pid_t postmaster, std::map<std::string, double>& cpu) {
  if (const auto times = TimesOf(Proc(postmaster))) cpu["postgres"] += times->own + times->children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto times = TimesOf(entry.path());
    if (!times || times->parent != postmaster) continue;
    const std::string database = DatabaseOf(entry.path());
    cpu[database.empty() ? "postgres" : "postgres:" + database] += times->own;
  }
}

// "fare-2" is a copy of "fare".
std::string ServiceOf(const std::string& process) {
  const std::size_t digit = process.find_first_of("0123456789");
  return digit == std::string::npos ? process : process.substr(0, digit - 1);
}

std::map<std::string, double> Cpu(Cluster& cluster) {
  std::map<std::string, double> cpu;
  const auto add = [&](const std::string& hop, pid_t pid) {
    if (const auto times = TimesOf(Proc(pid))) cpu[hop] += times->own;
  };
  for (const std::string& process : Cluster::ProcessNames(cluster.copies())) {
    add(ServiceOf(process), cluster.service(process).pid());
  }
  add("kafka", cluster.kafka().pid());
  add("redis", cluster.redis().pid());
  add("gates", getpid());
  AddPostgres(cluster.postgres().pid(), cpu);
  return cpu;
}

}  // namespace

HopMeter::HopMeter(Cluster& cluster, const rpc::TlsFiles& admin) : cluster_(cluster) {
  for (const std::string& process : Cluster::ProcessNames(cluster.copies())) {
    doors_.push_back(
        {ServiceOf(process),
         rpc::Client::Connect({.route = cluster.service(process).address(), .tls = admin})
             .value()});
  }
  cpu_before_ = Cpu(cluster);
  looking_ = std::thread([this] {
    while (!stop_) {
      Look();
      std::this_thread::sleep_for(kLookEvery);
    }
  });
}

HopMeter::~HopMeter() {
  stop_ = true;
  if (looking_.joinable()) looking_.join();
}

void HopMeter::Look() {
  std::set<std::string> busy;
  for (const Door& door : doors_) {
    const auto progress = door.client->Call<ops::v1::GetProgressResponse>(
        "plaza.ops.v1.Ops", "GetProgress", ops::v1::GetProgressRequest(), std::chrono::seconds(5));
    if (progress.ok() && !progress->idle()) busy.insert(door.service);
  }
  for (const std::string& service : busy) ++busy_looks_[service];
  ++looks_;
}

HopCosts HopMeter::Stop() {
  HopCosts costs;
  costs.cpu_seconds = Cpu(cluster_);
  for (const auto& [hop, seconds] : cpu_before_) costs.cpu_seconds[hop] -= seconds;
  stop_ = true;
  looking_.join();
  for (const Door& door : doors_) {
    costs.busy_share[door.service] = static_cast<double>(busy_looks_[door.service]) / looks_;
  }
  doors_.clear();  // a server that stops waits for idle connections that nobody reads
  return costs;
}

}  // namespace plaza::bench
