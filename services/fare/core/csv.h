// A CSV file of GTFS as a table of texts (libcsv does the parsing). Pure; issues are collected,
// nothing throws.
//
// Read as real feeds are: a byte-order mark, CRLF, blanks around headers and values, blank lines,
// no last newline. Refused with line and column: broken quotes, a row with more fields than the
// header, a header that names a column twice.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "services/fare/core/tariff.h"

namespace plaza::fare {

class Issues {
 public:
  void Error(LintIssue issue) { Add(errors_, std::move(issue)); }
  void Warning(LintIssue issue) { Add(warnings_, std::move(issue)); }
  const std::vector<LintIssue>& errors() const { return errors_; }
  const std::vector<LintIssue>& warnings() const { return warnings_; }

 private:
  static void Add(std::vector<LintIssue>& list, LintIssue issue);
  std::vector<LintIssue> errors_;
  std::vector<LintIssue> warnings_;
};

class Table {
 public:
  // An empty or unreadable text gives a table without rows, and the issues say why.
  static Table Parse(std::string file, std::string_view text, Issues& issues);

  const std::string& file() const { return file_; }
  bool present() const { return present_; }
  bool HasColumn(std::string_view name) const { return columns_.contains(name); }
  // Ordinal from 0, or -1.
  int ColumnOf(std::string_view name) const;
  const std::vector<std::string>& header() const { return header_; }
  std::size_t rows() const { return rows_.size(); }
  int LineOf(std::size_t row) const { return rows_[row].line; }
  // Trimmed; empty where the row is short or the column is missing.
  std::string_view At(std::size_t row, int column) const;

 private:
  struct Line {
    int line = 0;
    std::vector<std::string> fields;
  };
  friend struct CsvSink;
  void CheckHeader(Issues& issues);
  void CheckWidths(Issues& issues);

  std::string file_;
  bool present_ = false;
  std::vector<std::string> header_;
  std::map<std::string, int, std::less<>> columns_;
  std::vector<Line> rows_;
};

// One row being read: typed fields, and issues with their place.
class RowReader {
 public:
  RowReader(const Table& table, std::size_t row, Issues& issues)
      : table_(table), row_(row), issues_(issues) {}

  int line() const { return table_.LineOf(row_); }
  std::string_view Text(std::string_view column) const;
  bool Blank(std::string_view column) const { return Text(column).empty(); }
  std::string_view Required(std::string_view column);  // MISSING_VALUE if blank
  // BAD_VALUE if not an integer in [low, high]; blank gives `fallback`.
  std::int64_t Int(std::string_view column, std::int64_t fallback, std::int64_t low,
                   std::int64_t high);
  bool Flag(std::string_view column) { return Int(column, 0, 0, 1) == 1; }
  std::int64_t Milli(std::string_view column, std::int64_t fallback);  // a decimal, in thousandths
  int ServiceTime(std::string_view column, int fallback);  // H:MM:SS, seconds; may pass 24:00:00
  void Bad(std::string_view column, std::string code, const std::string& why);
  void Warn(std::string_view column, std::string code, const std::string& why);

 private:
  const Table& table_;
  std::size_t row_;
  Issues& issues_;
};

std::string Quoted(std::string_view foreign);  // cut to kMaxQuotedText, for messages

}  // namespace plaza::fare
