// Strikes a running cluster as a plan says, and keeps it running as an operator's supervisor would.
#pragma once
#include <memory>
#include <string>

#include "apps/plaza/cluster.h"
#include "tests/faults/plan.h"

namespace plaza::testing {

// Not thread-safe.
class Striker {
 public:
  Striker(Cluster& cluster, Kind kind) : cluster_(cluster), kind_(kind) {}
  // Ends with all parts running again, but for a zombie, which goes on until the next strike.
  Result<void> Do(const Strike& strike);
  // A server that ended because its disk was full is started again; whoever else has ended by
  // itself is an error: SERVER_DIED.
  Result<void> Supervise();

 private:
  Result<void> Kill(const std::string& target);
  void Halt(const Strike& strike);
  Result<void> Replace(const Strike& strike);
  Cluster& cluster_;
  const Kind kind_;
  std::unique_ptr<ServerProcess> zombie_;
};

}  // namespace plaza::testing
