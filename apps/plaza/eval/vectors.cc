#include "apps/plaza/eval/vectors.h"

#include <fstream>
#include <iostream>

namespace plaza::eval {
namespace {

struct Tally {
  int passed = 0;
  int failed = 0;
};

// Answers that no expectation may hide behind: they say that nothing was asked.
bool IsNoAnswer(const Json& answer) {
  if (!answer.contains("error")) return false;
  const std::string code = answer["error"].value("code", "");
  return code == "UNKNOWN_OP" || code == "UNKNOWN_FIELD" || code == "BAD_JSON";
}

// Empty if the line passes, else why not.
std::string Judge(const Registry& registry, const std::string& line, std::string* group) {
  const Json question = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (question.is_discarded() || !question.is_object()) return "the line is not a JSON object";
  *group = question.value("group", "");
  const bool has_expect = question.contains("expect");
  const bool has_not = question.contains("expect_not");
  if (!has_expect && !has_not) return "it expects nothing: give \"expect\" or \"expect_not\"";
  const Json answer = Json::parse(registry.Answer(line));
  if (has_expect && !Matches(question["expect"], answer)) {
    return "expected " + question["expect"].dump() + "\n     got " + answer.dump();
  }
  if (has_not && (Matches(question["expect_not"], answer) || IsNoAnswer(answer))) {
    return "must not be " + question["expect_not"].dump() + "\n     got " + answer.dump();
  }
  return "";
}

}  // namespace

void RunEval(const Registry& registry, std::istream& in, std::ostream& out) {
  std::string line;
  while (std::getline(in, line)) out << registry.Answer(line) << std::endl;
}

bool Matches(const Json& expected, const Json& actual) {
  if (expected.is_object()) {
    if (!actual.is_object()) return false;
    for (const auto& item : expected.items()) {
      const auto found = actual.find(item.key());
      if (found == actual.end() || !Matches(item.value(), *found)) return false;
    }
    return true;
  }
  if (expected.is_array()) {
    if (!actual.is_array() || actual.size() != expected.size()) return false;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (!Matches(expected[i], actual[i])) return false;
    }
    return true;
  }
  return expected == actual;
}

int RunVectors(const Registry& registry, const std::vector<std::string>& files, std::ostream& out) {
  Tally all;
  std::map<std::string, Tally> groups;
  for (const std::string& file : files) {
    std::ifstream in(file);
    if (!in) {
      out << file << ": cannot be read\n";
      ++all.failed;
      continue;
    }
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
      if (line.empty()) continue;
      std::string group;
      const std::string why = Judge(registry, line, &group);
      const int failed = why.empty() ? 0 : 1;
      if (failed) out << file << ":" << number << ": " << why << "\n";
      for (Tally* tally : {&all, &groups[group]}) {
        tally->failed += failed;
        tally->passed += 1 - failed;
      }
    }
  }
  for (const auto& [group, tally] : groups) {
    if (!group.empty())
      out << group << ": " << tally.passed << " passed, " << tally.failed << " failed\n";
  }
  out << all.passed << " passed, " << all.failed << " failed\n";
  return all.failed == 0 ? 0 : 1;
}

}  // namespace plaza::eval
