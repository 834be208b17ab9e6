#include "apps/plaza/retention.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "apps/plaza/errors.h"

namespace plaza {
namespace {

using nlohmann::json;

constexpr int kDaysMax = 36'500;
constexpr std::string_view kDlqSuffix = ".dlq";

Result<int> Days(const json& value, const std::string& where) {
  if (!value.is_number_integer() || value < 1 || value > kDaysMax) {
    return Error(kBadRetention, "it is not a number of days, 1 to " + std::to_string(kDaysMax),
                 where);
  }
  return value.get<int>();
}

// A missing key is an error, and so is one that is not known: a policy is never half-read.
Result<void> CheckKeys(const json& object, const std::string& where) {
  if (!object.is_object()) return Error(kBadRetention, "it is no object", where);
  const std::vector<std::string> known{"archive_days", "from", "log_days", "topics"};
  for (const std::string& key : known) {
    if (!object.contains(key)) return Error(kBadRetention, "missing", where + "." + key);
  }
  for (const auto& [key, value] : object.items()) {
    if (!std::ranges::binary_search(known, key)) {
      return Error(kBadRetention, "unknown key", where + "." + key);
    }
  }
  if (!object["topics"].is_object()) return Error(kBadRetention, "no object", where + ".topics");
  if (!object["from"].is_string()) return Error(kBadRetention, "no day", where + ".from");
  return {};
}

Result<Retention> ParseEntry(const json& object, const std::string& where) {
  PLAZA_RETURN_IF_ERROR(CheckKeys(object, where));
  Retention entry;
  const Result<Date> from = Date::Parse(object["from"].get<std::string>());
  if (!from.ok()) return Error(kBadRetention, "it is no day YYYY-MM-DD", where + ".from");
  entry.from = *from;
  PLAZA_ASSIGN_OR_RETURN(entry.log_days, Days(object["log_days"], where + ".log_days"));
  PLAZA_ASSIGN_OR_RETURN(entry.archive_days, Days(object["archive_days"], where + ".archive_days"));
  int longest = entry.log_days;
  for (const auto& [topic, days] : object["topics"].items()) {
    PLAZA_ASSIGN_OR_RETURN(entry.topics[topic], Days(days, where + ".topics." + topic));
    longest = std::max(longest, entry.topics[topic]);
  }
  if (entry.archive_days < longest) {
    return Error(kBadRetention, "the archive keeps less than the log", where + ".archive_days");
  }
  return entry;
}

}  // namespace

int Retention::LogDays(std::string_view topic) const {
  if (topic.ends_with(kDlqSuffix)) topic.remove_suffix(kDlqSuffix.size());
  const auto named = topics.find(std::string(topic));
  return named == topics.end() ? log_days : named->second;
}

Result<std::vector<Retention>> ParseRetention(std::string_view text, std::string_view where) {
  const json parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_array() || parsed.empty()) {
    return Error(kBadRetention, "it is not a JSON array of entries", std::string(where));
  }
  std::vector<Retention> entries;
  for (std::size_t i = 0; i < parsed.size(); ++i) {
    PLAZA_ASSIGN_OR_RETURN(
        Retention entry, ParseEntry(parsed[i], std::string(where) + "[" + std::to_string(i) + "]"));
    if (!entries.empty() && entry.from <= entries.back().from) {
      return Error(kBadRetention, "entries are in the order of their days", std::string(where));
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

Result<std::vector<Retention>> ReadRetention(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) return Error(kBadRetention, "it cannot be opened", file.string());
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  return ParseRetention(text, file.string());
}

Result<Retention> RetentionOn(const std::vector<Retention>& entries, Date day) {
  const auto after = std::ranges::upper_bound(entries, day, {}, &Retention::from);
  if (after == entries.begin()) {
    return Error(kBadRetention, "no entry is in force on " + day.ToText());
  }
  return *std::prev(after);
}

}  // namespace plaza
