#include "apps/citysim/csv.h"

#include "apps/citysim/errors.h"

namespace plaza::citysim {
namespace {

std::string Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(kBlanks) - first + 1));
}

// One record from `at` on; a quoted field may span lines.
Result<std::vector<std::string>> ParseRecord(std::string_view text, std::size_t& at, int& line,
                                             const std::string& file) {
  std::vector<std::string> fields;
  std::string field;
  bool quoted = false;
  bool was_quoted = false;
  const int first_line = line;
  const auto end_field = [&] {
    fields.push_back(was_quoted ? field : Trim(field));
    field.clear();
    was_quoted = false;
  };
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\n') ++line;
    if (quoted) {
      if (c != '"') {
        field.push_back(c);
      } else if (at + 1 < text.size() && text[at + 1] == '"') {
        field.push_back('"');
        ++at;
      } else {
        quoted = false;
      }
    } else if (c == '"' && Trim(field).empty()) {
      field.clear();
      quoted = was_quoted = true;
    } else if (c == ',') {
      end_field();
    } else if (c == '\n') {
      ++at;
      end_field();
      return fields;
    } else if (!was_quoted) {
      field.push_back(c);
    }
  }
  if (quoted) {
    return Error(kBadFeed, "a quote is not closed", file + ":" + std::to_string(first_line));
  }
  end_field();
  return fields;
}

}  // namespace

Result<CsvTable> CsvTable::Parse(std::string_view text, const std::string& file) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  CsvTable table;
  std::size_t at = 0;
  int line = 1;
  PLAZA_ASSIGN_OR_RETURN(const auto header, ParseRecord(text, at, line, file));
  for (std::size_t i = 0; i < header.size(); ++i) table.columns_.emplace(header[i], i);
  while (at < text.size()) {
    const int row_line = line;
    PLAZA_ASSIGN_OR_RETURN(auto fields, ParseRecord(text, at, line, file));
    if (fields.size() == 1 && fields[0].empty()) continue;  // an empty line
    if (fields.size() > header.size()) {
      return Error(kBadFeed, "more fields than the header names",
                   file + ":" + std::to_string(row_line));
    }
    fields.resize(header.size());
    table.rows_.push_back(std::move(fields));
  }
  return table;
}

const std::string& CsvTable::At(std::size_t row, const std::string& column) const {
  static const std::string kNone;
  const auto found = columns_.find(column);
  return found == columns_.end() ? kNone : rows_[row][found->second];
}

}  // namespace plaza::citysim
