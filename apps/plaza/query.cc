#include "apps/plaza/query.h"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <iostream>

namespace plaza {

int ParseArgs(CLI::App& app, const std::vector<std::string>& args) {
  std::vector<std::string> reversed(args.rbegin(), args.rend());  // as CLI11 takes them
  try {
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, std::cout, std::cerr);
  }
  return -1;
}

void AddClusterOptions(CLI::App& app, int& copies) {
  app.add_flag(
      "--cluster", [&copies](std::int64_t) { copies = std::max(copies, 1); },
      "each service in a process of its own, over PostgreSQL and Kafka");
  app.add_option("--copies", copies, "a cluster with so many processes of each service")
      ->check(CLI::Range(1, 8));
}

int Complain(const Error& error) {
  std::cerr << "plaza: " << error.ToString() << "\n";
  return 1;
}

std::string DefaultDataFolder() { return (ProjectRoot() / "out" / "demo").string(); }

Result<Uuid> ParseAccount(const std::string& text) { return Uuid::Parse(text); }

}  // namespace plaza
