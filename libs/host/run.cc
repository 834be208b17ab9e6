#include <chrono>
#include <iostream>

#include "libs/host/host.h"
#include "libs/runtime/log.h"
#include "libs/runtime/process.h"

namespace plaza::host {
namespace {

constexpr std::chrono::milliseconds kGrace{20'000};

int Complain(const std::string& name, const Error& error) {
  std::cerr << name << ": " << error.ToString() << "\n";
  return 1;
}

}  // namespace

int Run(int argc, char** argv, const Program& program) {
  runtime::BlockSignals();  // before any thread, so that only WaitForSignal() sees them
  std::vector<std::string> args(argv + 1, argv + argc);
  if (!runtime::EndWithParent(args)) return 0;
  Config config;
  config.name = program.name;
  runtime::Config keys;
  config.AddTo(keys);
  program.declare(keys);
  if (const auto loaded = keys.Load(args, "", runtime::ProcessEnvironment()); !loaded.ok()) {
    return Complain(program.name, loaded.error());
  }
  if (keys.help_requested()) {
    std::cout << "usage: " << program.name
              << " [--config FILE] [--print-config] [--with-parent PID] [--KEY VALUE ...]\n"
              << keys.Help();
    return 0;
  }
  if (keys.print_requested()) {
    std::cout << keys.Print();
    return 0;
  }
  if (program.card_data) {
    const auto disabled = runtime::DisableCoreDumps();
    if (!disabled.ok()) return Complain(program.name, disabled.error());
  }
  auto host = Host::Open(config);
  if (!host.ok()) return Complain(program.name, host.error());
  auto service = program.open((*host)->deps());
  if (!service.ok()) return Complain(program.name, service.error());
  (*host)->Add(std::move(*service));
  if (const auto started = (*host)->Start(); !started.ok()) {
    return Complain(program.name, started.error());
  }
  runtime::Log(runtime::LogLevel::kInfo, program.name, "serving",
               {{"rpc_port", std::int64_t{(*host)->rpc_port()}},
                {"http_port", std::int64_t{(*host)->http_port()}}});
  const int signal = runtime::WaitForSignal();
  runtime::Log(runtime::LogLevel::kInfo, program.name, "stopping",
               {{"signal", std::int64_t{signal}}});
  runtime::Shutdown shutdown;
  shutdown.Add(program.name, [&] {
    (*host)->Stop();
    host->reset();  // closing the log and the store may wait for servers that are away
  });
  return shutdown.Run(kGrace) ? 0 : 1;
}

}  // namespace plaza::host
