// plaza trace.
#include <iostream>

#include "apps/plaza/cli.h"
#include "apps/plaza/query.h"
#include "apps/plaza/trace.h"

namespace plaza {

int RunTrace(const Args& args) {
  CLI::App app("One tap's way through the services, from their logs", "plaza trace");
  std::string data = DefaultDataFolder(), tap;
  bool json = false;
  app.add_option("TAP_ID", tap, "validator:sequence")->required();
  app.add_option("--data", data, "the city's folder")->capture_default_str();
  app.add_flag("--json", json, "one JSON object instead of a table");
  if (const int code = ParseArgs(app, args); code >= 0) return code;
  const auto trace = TraceTap({std::filesystem::absolute(data)}, tap);
  if (!trace.ok()) return Complain(trace.error());
  if (json) {
    std::cout << TraceJson(*trace) << "\n";
  } else {
    ShowTrace(*trace, std::cout);
  }
  return trace->hops.empty() ? 1 : 0;
}

}  // namespace plaza
