#include "tests/faults/striker.h"

#include <signal.h>

#include <iostream>
#include <optional>
#include <thread>

#include "apps/plaza/errors.h"

namespace plaza::testing {
namespace {

// How long a fault lasts: the fault itself, not a wait for something.
void Last(const Strike& strike) { std::this_thread::sleep_for(strike.lasts); }

std::optional<int> BrokerOf(const servers::Kafka& kafka, const std::string& target) {
  if (target == "controller") return kafka.Controller();
  if (!target.starts_with("kafka-")) return std::nullopt;
  return std::stoi(target.substr(target.rfind('-') + 1));
}

}  // namespace

Result<void> Striker::Kill(const std::string& target) {
  if (target == "postgres") {
    cluster_.postgres().Kill();
    return cluster_.postgres().StartAgain();
  }
  if (target == "redis") {
    cluster_.redis().Kill();
    return cluster_.redis().StartAgain();
  }
  if (const auto node = BrokerOf(cluster_.kafka(), target)) {
    cluster_.kafka().Kill(*node);
    return cluster_.kafka().StartAgain(*node);
  }
  cluster_.service(target).Kill();
  return cluster_.service(target).Restart();
}

void Striker::Halt(const Strike& strike) {
  const auto node = BrokerOf(cluster_.kafka(), strike.target);
  const pid_t pid = node                          ? cluster_.kafka().pid(*node)
                    : strike.target == "postgres" ? cluster_.postgres().pid()
                    : strike.target == "redis"    ? cluster_.redis().pid()
                                                  : cluster_.service(strike.target).pid();
  kill(pid, SIGSTOP);
  Last(strike);
  kill(pid, SIGCONT);
}

// The old process is halted, another takes its place, and then the old one goes on as if nothing
// had been.
Result<void> Striker::Replace(const Strike& strike) {
  const pid_t old = cluster_.service(strike.target).pid();
  kill(old, SIGSTOP);
  PLAZA_ASSIGN_OR_RETURN(zombie_, cluster_.Replace(strike.target));
  Last(strike);
  kill(old, SIGCONT);
  return {};
}

Result<void> Striker::Do(const Strike& strike) {
  zombie_.reset();
  switch (strike.act) {
    case Act::kKill:
      return Kill(strike.target);
    case Act::kHalt:
      Halt(strike);
      return {};
    case Act::kInjure:
      PLAZA_RETURN_IF_ERROR(cluster_.proxies().Injure(strike.target, strike.injury));
      Last(strike);
      return cluster_.proxies().Heal();
    case Act::kFill:
      PLAZA_RETURN_IF_ERROR(cluster_.disk(strike.target).Fill(strike.bytes_left));
      Last(strike);
      cluster_.disk(strike.target).Free();
      return Supervise();
    case Act::kJump:
      PLAZA_RETURN_IF_ERROR(cluster_.SetClock(strike.target, strike.ahead));
      Last(strike);
      return cluster_.SetClock(strike.target, std::chrono::seconds(0));
    case Act::kReplace:
      return Replace(strike);
    case Act::kFlush:
      return cluster_.redis().Command({"FLUSHALL"});
    case Act::kCram:
      PLAZA_RETURN_IF_ERROR(cluster_.redis().Command({"CONFIG", "SET", "maxmemory", "1"}));
      Last(strike);
      return cluster_.redis().Command({"CONFIG", "SET", "maxmemory", "0"});
  }
  return {};
}

Result<void> Striker::Supervise() {
  for (const std::string& process : Cluster::ProcessNames(cluster_.copies())) {
    if (!cluster_.service(process).Ended()) continue;
    return Error(kServerDied, process + " ended by itself", process);
  }
  if (cluster_.postgres().Ended()) {
    if (kind_ != Kind::kDisk) return Error(kServerDied, "PostgreSQL ended by itself", "postgres");
    std::cout << "  PostgreSQL had ended" << std::endl;
    cluster_.postgres().Kill();  // sessions that are left
    PLAZA_RETURN_IF_ERROR(cluster_.postgres().StartAgain());
  }
  for (int node = 0; node < cluster_.kafka().size(); ++node) {
    if (!cluster_.kafka().process(node).Ended()) continue;
    if (kind_ != Kind::kDisk) return Error(kServerDied, "a broker ended by itself", "kafka");
    std::cout << "  Kafka had ended" << std::endl;
    PLAZA_RETURN_IF_ERROR(cluster_.kafka().StartAgain(node));
  }
  return {};
}

}  // namespace plaza::testing
