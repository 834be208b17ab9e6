// plaza-clock: this service in a process of its own. `plaza-clock --help` lists its keys.
#include <memory>
#include <utility>

#include "apps/clock/config.h"
#include "apps/clock/service.h"
#include "libs/host/host.h"

int main(int argc, char** argv) {
  plaza::clock::Config config;
  plaza::host::Program program;
  program.name = "plaza-clock";
  program.declare = [&](plaza::runtime::Config& keys) { config.AddTo(keys); };
  program.open =
      [&](const plaza::host::Deps& deps) -> plaza::Result<std::unique_ptr<plaza::host::Service>> {
    PLAZA_ASSIGN_OR_RETURN(auto service, plaza::clock::Service::Open(config, deps));
    return std::unique_ptr<plaza::host::Service>(std::move(service));
  };
  return plaza::host::Run(argc, argv, program);
}
