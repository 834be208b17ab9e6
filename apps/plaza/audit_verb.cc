// plaza audit: the auditor's view of a city's folder.
#include <iostream>

#include "apps/plaza/audit.h"
#include "apps/plaza/cli.h"
#include "apps/plaza/demo_report.h"
#include "apps/plaza/query.h"

namespace plaza {

int RunAudit(const Args& args) {
  CLI::App app(
      "Reads the stores by itself: what must hold between tap and settlement, and the digests",
      "plaza audit");
  std::string data = DefaultDataFolder();
  bool lines = false;
  app.add_option("--data", data, "the city's folder")->capture_default_str();
  app.add_flag("--lines", lines,
               "prints the lines under the digests, to compare two runs with diff");
  if (const int code = ParseArgs(app, args); code >= 0) return code;
  if (lines) {
    const auto digest_lines = ReadDigestLines({data});
    if (!digest_lines.ok()) return Complain(digest_lines.error());
    for (const std::string& line : digest_lines->money) std::cout << "money " << line << "\n";
    for (const std::string& line : digest_lines->book) std::cout << "book " << line << "\n";
    return 0;
  }
  const auto report = Audit({data});
  if (!report.ok()) return Complain(report.error());
  PrintAudit(*report, std::cout);
  return report->Clean() ? 0 : 1;
}

}  // namespace plaza
