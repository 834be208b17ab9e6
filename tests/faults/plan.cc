#include "tests/faults/plan.h"

#include <array>
#include <random>

namespace plaza::testing {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kDiskBytes = 768ULL << 20;
constexpr std::array<const char*, 10> kNames{"short",   "processes", "links",   "disk",
                                             "clock",   "zombie",    "brokers", "repeated",
                                             "offline", "copies"};
constexpr std::array<const char*, 6> kInjuries{"delay", "trickle",    "black hole",
                                               "reset", "half-close", "refuse"};

class Draw {
 public:
  explicit Draw(std::uint32_t seed) : random_(seed) {}
  std::uint32_t Below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }
  template <class T>
  const T& Of(const std::vector<T>& all) {
    return all[Below(static_cast<std::uint32_t>(all.size()))];
  }
  milliseconds Between(std::uint32_t from, std::uint32_t until) {
    return milliseconds(from + Below(until - from));
  }

 private:
  std::mt19937 random_;
};

std::vector<std::string> Servers(int kafka_nodes) {
  std::vector<std::string> servers{"postgres"};
  for (int i = 0; i < kafka_nodes; ++i) servers.push_back("kafka-" + std::to_string(i));
  return servers;
}

// A service's process twice as often as a server.
Strike OnProcess(Draw& draw, const RoundPlan& plan) {
  std::vector<std::string> targets = Servers(plan.kafka_nodes);
  for (int twice = 0; twice < 2; ++twice) {
    for (const std::string& process : Cluster::ProcessNames(plan.copies))
      targets.push_back(process);
  }
  Strike strike;
  strike.act = draw.Below(4) == 0 ? Act::kHalt : Act::kKill;
  strike.target = draw.Of(targets);
  strike.lasts = draw.Between(100, 2100);
  return strike;
}

Strike OnRedis(Draw& draw) {
  static const std::vector<Act> acts{Act::kKill, Act::kHalt, Act::kFlush, Act::kCram};
  Strike strike;
  strike.act = draw.Of(acts);
  strike.target = "redis";
  strike.lasts = draw.Between(100, 2100);
  return strike;
}

Strike OnLink(Draw& draw, int kafka_nodes) {
  std::vector<std::string> links;
  for (const std::string& service : Cluster::ProcessNames(/*copies=*/1)) {
    links.push_back("gates-to-" + service);
    for (const std::string& server : Servers(kafka_nodes))
      links.push_back(service + "-to-" + server);
  }
  Strike strike;
  strike.act = Act::kInjure;
  strike.target = draw.Of(links);
  strike.injury = static_cast<servers::Injury>(draw.Below(kInjuries.size()));
  strike.lasts = draw.Between(300, 3000);
  return strike;
}

Strike OnDisk(Draw& draw) {
  Strike strike;
  strike.act = Act::kFill;
  strike.target = draw.Below(2) == 0 ? "postgres" : "kafka";
  strike.bytes_left = draw.Below(2) == 0 ? 0 : draw.Below(256) * 1024;
  strike.lasts = draw.Between(1000, 4000);
  return strike;
}

Strike OnClock(Draw& draw) {
  Strike strike;
  strike.act = Act::kJump;
  strike.target = draw.Of(Cluster::ProcessNames(/*copies=*/1));
  const std::chrono::seconds by(60 + draw.Below(12 * 3600));
  strike.ahead = draw.Below(2) == 0 ? by : -by;
  strike.lasts = draw.Between(1500, 4000);  // the library looks once a second
  return strike;
}

Strike OnOwner(Draw& draw) {
  Strike strike;
  strike.act = Act::kReplace;
  strike.target = draw.Of(Cluster::ProcessNames(/*copies=*/1));
  strike.lasts = draw.Between(100, 2000);
  return strike;
}

Strike OnBroker(Draw& draw, int kafka_nodes) {
  Strike strike;
  strike.act = draw.Below(4) == 0 ? Act::kHalt : Act::kKill;
  strike.target = draw.Below(2) == 0
                      ? "controller"
                      : "kafka-" + std::to_string(draw.Below(static_cast<unsigned>(kafka_nodes)));
  strike.lasts = draw.Between(100, 5000);  // a halted broker's session lasts 3 s
  return strike;
}

// Of every kind but kProcesses some strikes hit processes nevertheless.
Strike Next(Draw& draw, const RoundPlan& plan) {
  if (plan.kind == Kind::kCopies && draw.Below(4) == 0) return OnRedis(draw);
  if (draw.Below(4) == 0) return OnProcess(draw, plan);
  switch (plan.kind) {
    case Kind::kShort:
    case Kind::kLinks:
      return OnLink(draw, plan.kafka_nodes);
    case Kind::kDisk:
      return OnDisk(draw);
    case Kind::kClock:
      return OnClock(draw);
    case Kind::kZombie:
      return OnOwner(draw);
    case Kind::kBrokers:
      return OnBroker(draw, plan.kafka_nodes);
    default:
      return OnProcess(draw, plan);
  }
}

}  // namespace

RoundPlan MakePlan(std::uint32_t seed, Kind kind) {
  Draw draw(seed);
  RoundPlan plan;
  plan.kind = kind;
  plan.breakable.links = kind == Kind::kShort || kind == Kind::kLinks || kind == Kind::kZombie;
  plan.breakable.disk_bytes = kind == Kind::kDisk ? kDiskBytes : 0;
  plan.breakable.clocks = kind == Kind::kClock;
  plan.kafka_nodes = kind == Kind::kBrokers ? 3 : 1;
  plan.copies = kind == Kind::kCopies ? 3 : 1;
  if (kind == Kind::kRepeated || kind == Kind::kOffline || kind == Kind::kShort) {
    plan.replay.emplace();
    plan.replay->shuffle_seed = seed;
    plan.replay->repeat_percent = 100;
  }
  if (kind == Kind::kOffline) {
    plan.replay->offline_percent = 10;
    plan.same_book = false;
  }
  const int strikes = kind == Kind::kShort ? 4 : kind == Kind::kDisk ? 8 : 12;
  for (int i = 0; i < strikes; ++i) {
    plan.strikes.push_back(Next(draw, plan));
    plan.strikes.back().after = draw.Between(20, 520);
  }
  return plan;
}

Kind KindOf(std::uint32_t seed) { return static_cast<Kind>(1 + seed % kKinds); }

std::optional<Kind> KindNamed(const std::string& name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (name == kNames[i]) return static_cast<Kind>(i);
  }
  return std::nullopt;
}

std::string NameOf(Kind kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::string Describe(const Strike& strike) {
  const std::string on = " " + strike.target;
  const std::string lasting = on + " " + std::to_string(strike.lasts.count()) + " ms";
  switch (strike.act) {
    case Act::kKill:
      return "kill" + on;
    case Act::kHalt:
      return "halt" + lasting;
    case Act::kInjure:
      return kInjuries[static_cast<std::size_t>(strike.injury)] + lasting;
    case Act::kFill:
      return "fill disk to " + std::to_string(strike.bytes_left) + " B" + lasting;
    case Act::kJump:
      return "clock by " + std::to_string(strike.ahead.count()) + " s" + lasting;
    case Act::kReplace:
      return "zombie" + lasting;
    case Act::kFlush:
      return "flush" + on;
    case Act::kCram:
      return "no memory for" + lasting;
  }
  return "";
}

}  // namespace plaza::testing
