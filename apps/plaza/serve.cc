// plaza serve: the embedded city until SIGTERM or SIGINT.
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <iostream>

#include "apps/plaza/city.h"
#include "apps/plaza/cli.h"
#include "apps/plaza/query.h"
#include "libs/runtime/log.h"
#include "libs/runtime/process.h"

namespace plaza {
namespace {

constexpr std::chrono::milliseconds kGrace{20'000};
constexpr const char* kUsage =
    "usage: plaza serve [--data FOLDER] [--print-config] [--config FILE] [--KEY VALUE ...]\n"
    "  --data FOLDER    where the city keeps its stores, keys and certificates (default: "
    "out/serve)\n"
    "  --print-config   every key with its value and where it came from, then exit\n"
    "  --with-parent PID  stop when that process ends, which must be the one that started this\n"
    "Keys also come from FOLDER/plaza.toml and from the environment, as PLAZA_RPC_ADDRESS.\n"
    "Clients need a certificate of the development CA in FOLDER/tls (README, \"Talk to it\").\n";

struct ServeOptions {
  pid_t parent = 0;
  CityPaths paths{ProjectRoot() / "out" / "serve"};
  bool print_config = false;
  std::vector<std::string> rest;
};

// True if understood; what is not ours is left for the configuration, which knows its own keys.
bool Parse(const Args& args, ServeOptions& options) {
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (args[i] == "--data") {
      if (++i == args.size()) return false;
      options.paths.data = std::filesystem::absolute(args[i]);
    } else if (args[i] == "--with-parent") {
      if (++i == args.size()) return false;
      options.parent = static_cast<pid_t>(std::strtol(args[i].c_str(), nullptr, 10));
    } else if (args[i] == "--print-config") {
      options.print_config = true;
    } else if (args[i] == "--help" || args[i] == "-h") {
      return false;
    } else {
      options.rest.push_back(args[i]);
    }
  }
  return true;
}

}  // namespace

int RunServe(const Args& args) {
  runtime::BlockSignals();  // before any thread, so that only WaitForSignal() sees them
  ServeOptions options;
  if (!Parse(args, options)) {
    std::cerr << kUsage;
    return 2;
  }
  if (options.print_config) {
    const auto text = DescribeConfig(options.paths, options.rest);
    if (!text.ok()) return Complain(text.error());
    std::cout << *text;
    return 0;
  }
  if (options.parent != 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != options.parent) return 0;  // it ended before we could ask
  }
  // The vault shares this process: no core file and no debugger may see its memory.
  if (const auto disabled = runtime::DisableCoreDumps(); !disabled.ok())
    return Complain(disabled.error());
  auto city = City::Open(options.paths, options.rest);
  if (!city.ok()) return Complain(city.error());
  if (const auto started = (*city)->Start(); !started.ok()) return Complain(started.error());
  std::cerr << "plaza serves " << options.paths.data.string() << "\n"
            << "  gRPC (mutual TLS)  127.0.0.1:" << (*city)->rpc_port() << "\n"
            << "  health, metrics    http://127.0.0.1:" << (*city)->http_port()
            << "/readyz /metrics\n"
            << "  certificates       " << options.paths.tls().string() << "\n"
            << "  stop               kill " << getpid() << ", or Ctrl-C\n";
  const int signal = runtime::WaitForSignal();
  runtime::Log(runtime::LogLevel::kInfo, "serve", "stopping", {{"signal", std::int64_t{signal}}});
  runtime::Shutdown shutdown;
  shutdown.Add("city", [&] { (*city)->Stop(); });
  return shutdown.Run(kGrace) ? 0 : 1;
}

}  // namespace plaza
