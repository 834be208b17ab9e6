// plaza-tap-ingest: this service in a process of its own. `plaza-tap-ingest --help` lists its keys.
#include <memory>
#include <utility>

#include "libs/host/host.h"
#include "services/tap-ingest/config.h"
#include "services/tap-ingest/service.h"

int main(int argc, char** argv) {
  plaza::tap_ingest::Config config;
  plaza::host::Program program;
  program.name = "plaza-tap-ingest";
  program.declare = [&](plaza::runtime::Config& keys) { config.AddTo(keys); };
  program.open =
      [&](const plaza::host::Deps& deps) -> plaza::Result<std::unique_ptr<plaza::host::Service>> {
    PLAZA_ASSIGN_OR_RETURN(auto service, plaza::tap_ingest::Service::Open(config, deps));
    return std::unique_ptr<plaza::host::Service>(std::move(service));
  };
  return plaza::host::Run(argc, argv, program);
}
