#include "libs/store/statement_text.h"

#include <algorithm>
#include <cctype>

namespace plaza::store {
namespace {

bool IsNameByte(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// The index behind the literal, quoted name or comment that begins at `at`; `at` itself if none
// does.
std::size_t SkipQuoted(std::string_view sql, std::size_t at) {
  const char c = sql[at];
  if (c == '\'' || c == '"') {
    const std::size_t end = sql.find(c, at + 1);  // a doubled quote opens the next literal at once
    return end == std::string_view::npos ? sql.size() : end + 1;
  }
  if (sql.substr(at, 2) == "--") {
    const std::size_t end = sql.find('\n', at);
    return end == std::string_view::npos ? sql.size() : end;
  }
  return at;
}

bool IsBlank(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t behind = text[at] == '-' ? SkipQuoted(text, at) : at;
    if (behind != at) {
      at = behind;
    } else if (std::isspace(static_cast<unsigned char>(text[at])) != 0 || text[at] == ';') {
      ++at;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

std::vector<ParameterPlace> ParameterPlaces(std::string_view sql) {
  std::vector<ParameterPlace> places;
  for (std::size_t at = 0; at < sql.size();) {
    if (const std::size_t behind = SkipQuoted(sql, at); behind != at) {
      at = behind;
      continue;
    }
    if (sql[at] != ':') {
      ++at;
      continue;
    }
    std::size_t end = at + 1;
    while (end < sql.size() && IsNameByte(sql[end])) ++end;
    if (end > at + 1) places.push_back({at, end, std::string(sql.substr(at + 1, end - at - 1))});
    at = end;
  }
  return places;
}

std::vector<std::string> ParameterNames(std::string_view sql) {
  std::vector<std::string> names;
  for (ParameterPlace& place : ParameterPlaces(sql)) {
    if (std::find(names.begin(), names.end(), place.name) == names.end()) {
      names.push_back(std::move(place.name));
    }
  }
  return names;
}

std::vector<std::string> SplitStatements(std::string_view script) {
  std::vector<std::string> statements;
  std::size_t begin = 0;
  auto keep = [&](std::size_t end) {
    const std::string_view text = script.substr(begin, end - begin);
    if (!IsBlank(text)) statements.emplace_back(text);
  };
  for (std::size_t at = 0; at < script.size();) {
    if (const std::size_t behind = SkipQuoted(script, at); behind != at) {
      at = behind;
      continue;
    }
    if (script[at] == ';' &&
        (at + 1 == script.size() || script[at + 1] == '\n' || script[at + 1] == '\r')) {
      keep(at);
      begin = at + 1;
    }
    ++at;
  }
  keep(script.size());
  return statements;
}

std::string OnlyDialect(std::string_view statement) {
  constexpr std::string_view kMark = "-- only: ";
  while (!statement.empty()) {
    const std::size_t end = std::min(statement.find('\n'), statement.size());
    const std::string_view line = statement.substr(0, end);
    if (line.starts_with(kMark)) return std::string(line.substr(kMark.size()));
    if (!line.empty() && !line.starts_with("--")) break;
    statement.remove_prefix(std::min(end + 1, statement.size()));
  }
  return {};
}

}  // namespace plaza::store
