// plaza-fare: this service in a process of its own. `plaza-fare --help` lists its keys.
#include <memory>
#include <utility>

#include "libs/host/host.h"
#include "services/fare/config.h"
#include "services/fare/service.h"

int main(int argc, char** argv) {
  plaza::fare::Config config;
  plaza::host::Program program;
  program.name = "plaza-fare";
  program.declare = [&](plaza::runtime::Config& keys) { config.AddTo(keys); };
  program.open =
      [&](const plaza::host::Deps& deps) -> plaza::Result<std::unique_ptr<plaza::host::Service>> {
    PLAZA_ASSIGN_OR_RETURN(auto service, plaza::fare::Service::Open(config, deps));
    return std::unique_ptr<plaza::host::Service>(std::move(service));
  };
  return plaza::host::Run(argc, argv, program);
}
