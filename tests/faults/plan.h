// What a round of faults does to a cluster: follows from its seed alone.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/citysim/citysim.h"
#include "apps/plaza/cluster.h"

namespace plaza::testing {

enum class Kind {
  kShort,      // for CI: a little of what needs no root and no second broker
  kProcesses,  // kill -9 and SIGSTOP of services, PostgreSQL and Kafka
  kLinks,      // connections between any two parts: Toxiproxy
  kDisk,       // the disk of PostgreSQL or Kafka is full for a while
  kClock,      // a service's clock jumps by hours
  kZombie,     // a halted service is replaced, and then goes on
  kBrokers,    // three brokers: any of them, and the one that leads
  kRepeated,   // every upload twice, in another order
  kOffline,    // gates that come back after three days
  kCopies,     // three processes of each service, any of them killed or halted; Redis flushed, full
};
inline constexpr int kKinds = 9;  // that follow from a seed: all but kShort

enum class Act { kKill, kHalt, kInjure, kFill, kJump, kReplace, kFlush, kCram };

struct Strike {
  Act act = Act::kKill;
  // "fare", "postgres", "kafka-0", "controller", "redis"; of kInjure a link; of kFill "postgres",
  // "kafka".
  std::string target;
  std::chrono::milliseconds after{};  // the one before
  std::chrono::milliseconds lasts{};
  servers::Injury injury{};      // of kInjure
  std::chrono::seconds ahead{};  // of kJump
  std::uint64_t bytes_left = 0;  // of kFill
};

struct RoundPlan {
  Kind kind{};
  int kafka_nodes = 1;
  int copies = 1;  // of each service
  Breakable breakable;
  // Instead of a day at the gates, a recorded one.
  std::optional<citysim::ReplayOptions> replay;
  bool same_book = true;  // false: taps come after their day was closed
  std::vector<Strike> strikes;
};

RoundPlan MakePlan(std::uint32_t seed, Kind kind);
Kind KindOf(std::uint32_t seed);
std::optional<Kind> KindNamed(const std::string& name);
std::string NameOf(Kind kind);
std::string Describe(const Strike& strike);  // "delay fare-to-postgres 1200 ms"

}  // namespace plaza::testing
