// plaza-validator: one gate as a process of its own. `plaza-validator --help` lists its keys.
#include <iostream>

#include "apps/validator/daemon.h"
#include "apps/validator/limits.h"
#include "apps/validator/terminal_display.h"
#include "libs/runtime/log.h"
#include "libs/runtime/process.h"

namespace {

int Complain(const plaza::Error& error) {
  std::cerr << "plaza-validator: " << error.ToString() << "\n";
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  namespace runtime = plaza::runtime;
  runtime::BlockSignals();  // before any thread, so that only WaitForSignal() sees them
  std::vector<std::string> args(argv + 1, argv + argc);
  if (!runtime::EndWithParent(args)) return 0;
  plaza::validator::Config config;
  runtime::Config keys;
  config.AddTo(keys);
  const auto loaded = keys.Load(args, "plaza-validator.toml", runtime::ProcessEnvironment());
  if (!loaded.ok()) return Complain(loaded.error());
  if (keys.help_requested()) {
    std::cout << "usage: plaza-validator [--config FILE] [--print-config] [--with-parent PID] "
                 "[--KEY VALUE ...]\n"
              << keys.Help();
    return 0;
  }
  if (keys.print_requested()) {
    std::cout << keys.Print();
    return 0;
  }
  const auto disabled = runtime::DisableCoreDumps();
  if (!disabled.ok()) return Complain(disabled.error());
  const runtime::WallClock wall;
  plaza::validator::TerminalDisplay display(std::cout);
  auto daemon = plaza::validator::Daemon::Open(config, display, wall);
  if (!daemon.ok()) return Complain(daemon.error());
  if (const auto started = (*daemon)->Start(); !started.ok()) return Complain(started.error());
  runtime::Log(runtime::LogLevel::kInfo, "plaza-validator", "taking cards",
               {{"validator", config.id},
                {"reader", (*daemon)->reader_address()},
                {"http_port", std::int64_t{(*daemon)->http_port()}}});
  const int signal = runtime::WaitForSignal();
  runtime::Log(runtime::LogLevel::kInfo, "plaza-validator", "stopping",
               {{"signal", std::int64_t{signal}}});
  runtime::Shutdown shutdown;
  shutdown.Add("plaza-validator", [&] { daemon->reset(); });
  return shutdown.Run(plaza::validator::kStopGrace) ? 0 : 1;
}
