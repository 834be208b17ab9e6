// The rules of deploy/prometheus/alerts.yml: Prometheus takes them, each fires when it should
// (alerts_test.yml), watches metrics that the code has, and has its place in the runbook.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "apps/plaza/servers/child.h"
#include "tests/support/temp_folder.h"

namespace plaza {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = PLAZA_SOURCE_DIR;
const fs::path kRules = kRoot / "deploy" / "prometheus" / "alerts.yml";
const fs::path kRunbook = kRoot / "docs" / "operating" / "alerts.md";

std::string Read(const fs::path& file) {
  std::ifstream in(file);
  EXPECT_TRUE(in) << file;
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

// What the first group of `pattern` matches, anywhere in `text`.
std::set<std::string> All(const std::string& text, const char* pattern) {
  const std::regex regex(pattern);
  std::set<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), regex), end; at != end; ++at) {
    found.insert((*at)[1].str());
  }
  return found;
}

std::set<std::string> AlertNames() { return All(Read(kRules), "- alert: (\\w+)"); }

void Promtool(const std::vector<std::string>& args) {
  const testing::TempFolder folder;
  servers::Child::Options command;
  command.name = "promtool";
  command.argv = {"promtool"};
  command.argv.insert(command.argv.end(), args.begin(), args.end());
  command.log_file = folder.path() / "promtool.log";
  const auto run = servers::RunToEnd(command, std::chrono::minutes(1));
  EXPECT_TRUE(run.ok()) << Read(command.log_file);
}

TEST(Alerts, PrometheusTakesTheRules) { Promtool({"check", "rules", kRules.string()}); }

TEST(Alerts, FireWhenTheyShould) {
  const fs::path cases = kRoot / "tests" / "integration" / "alerts" / "alerts_test.yml";
  Promtool({"test", "rules", cases.string()});
  // promtool passes over an alert that no case names.
  const std::set<std::string> tested = All(Read(cases), "alertname: (\\w+)\n *exp_alerts");
  for (const std::string& alert : AlertNames()) EXPECT_TRUE(tested.contains(alert)) << alert;
}

TEST(Alerts, WatchMetricsThatExist) {
  std::set<std::string> metrics;
  for (const char* folder : {"libs", "services", "apps"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
      if (entry.path().extension() != ".cc") continue;
      metrics.merge(All(Read(entry.path()), "\"(plaza_[a-z_]+)\""));
    }
  }
  ASSERT_TRUE(metrics.contains("plaza_rpc_requests_total"));
  for (const fs::path& file : {kRules, kRunbook}) {
    for (const std::string& used : All(Read(file), "\\b(plaza_[a-z_]+)\\b")) {
      EXPECT_TRUE(metrics.contains(used)) << used << " in " << file;
    }
  }
}

TEST(Alerts, EachHasItsPlaceInTheRunbook) {
  EXPECT_EQ(All(Read(kRunbook), "\n### (\\w+)\n"), AlertNames());
}

}  // namespace
}  // namespace plaza
