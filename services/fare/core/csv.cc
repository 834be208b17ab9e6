#include "services/fare/core/csv.h"

#include <csv.h>

#include <algorithm>
#include <charconv>

#include "services/fare/core/limits.h"

namespace plaza::fare {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool AllDigits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

// Takes libcsv's callbacks. Lines are counted from the unquoted ends of line that it reports one by
// one (CSV_REPALL_NL) and from those inside quoted fields.
struct CsvSink {
  std::vector<Table::Line>* rows;
  Table::Line row;
  int line = 1;
  bool in_row = false;
  bool pending_cr = false;

  void Field(std::string_view text) {
    SettleCarriageReturn();
    if (!in_row) row.line = line;
    in_row = true;
    line += static_cast<int>(std::count(text.begin(), text.end(), '\n'));
    row.fields.emplace_back(Trim(text));
  }
  void EndOfLine(int c) {
    const bool blank = row.fields.size() == 1 && row.fields[0].empty();
    if (in_row && !blank) rows->push_back(std::move(row));
    row = {};
    in_row = false;
    if (c == '\n') {
      pending_cr = false;
      ++line;
      return;
    }
    SettleCarriageReturn();
    pending_cr = c == '\r';
  }
  void SettleCarriageReturn() {
    if (pending_cr) ++line;  // a carriage return alone ended the line
    pending_cr = false;
  }

  static void OnField(void* data, std::size_t size, void* self) {
    static_cast<CsvSink*>(self)->Field({static_cast<const char*>(data), size});
  }
  static void OnRow(int c, void* self) { static_cast<CsvSink*>(self)->EndOfLine(c); }
};

void Issues::Add(std::vector<LintIssue>& list, LintIssue issue) {
  if (list.size() < kMaxLintIssues) list.push_back(std::move(issue));
}

std::string Quoted(std::string_view foreign) {
  std::string text = "'";
  for (char c : foreign.substr(0, kMaxQuotedText)) text += (c >= 0 && c < ' ') ? '?' : c;
  return text + (foreign.size() > kMaxQuotedText ? "…'" : "'");
}

Table Table::Parse(std::string file, std::string_view text, Issues& issues) {
  Table table;
  table.file_ = std::move(file);
  table.present_ = true;
  if (text.size() > kMaxFileBytes) {
    issues.Error({table.file_, 0, 0, "TOO_LARGE", "the file is larger than this program reads"});
    return table;
  }
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  csv_parser parser;
  CsvSink sink{.rows = &table.rows_, .row = {}};
  if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0) {
    issues.Error({table.file_, 0, 0, "INTERNAL", "the CSV parser did not start"});
    return table;
  }
  const std::size_t used =
      csv_parse(&parser, text.data(), text.size(), CsvSink::OnField, CsvSink::OnRow, &sink);
  if (used != text.size() || csv_fini(&parser, CsvSink::OnField, CsvSink::OnRow, &sink) != 0) {
    const int column = static_cast<int>(sink.row.fields.size()) + 1;
    issues.Error({table.file_, sink.line, column, "BAD_CSV",
                  "quotes do not match: double a quote inside a quoted value"});
    table.rows_.clear();
  }
  csv_free(&parser);
  if (table.rows_.empty()) {
    if (used == text.size())
      issues.Warning({table.file_, 0, 0, "EMPTY_FILE", "the file has no header"});
    return table;
  }
  table.CheckHeader(issues);
  table.CheckWidths(issues);
  return table;
}

void Table::CheckHeader(Issues& issues) {
  header_ = std::move(rows_.front().fields);
  rows_.erase(rows_.begin());
  for (std::size_t i = 0; i < header_.size(); ++i) {
    const int column = static_cast<int>(i);
    if (header_[i].empty()) continue;
    if (!columns_.emplace(header_[i], column).second) {
      issues.Error({file_, 1, column + 1, "DUPLICATE_COLUMN",
                    "the header names " + Quoted(header_[i]) + " twice"});
    }
  }
}

void Table::CheckWidths(Issues& issues) {
  const int amount = ColumnOf("amount");
  std::erase_if(rows_, [&](const Line& row) {
    const auto extra = row.fields.begin() +
                       static_cast<std::ptrdiff_t>(std::min(header_.size(), row.fields.size()));
    if (std::all_of(extra, row.fields.end(), [](const std::string& f) { return f.empty(); }))
      return false;
    const auto at = static_cast<std::size_t>(amount);
    // 1,45 without quotes looks like two fields; say what was meant.
    if (amount >= 0 && AllDigits(row.fields[at]) && AllDigits(row.fields[at + 1])) {
      issues.Error({file_, row.line, amount + 1, "BAD_AMOUNT",
                    "amount '" + row.fields[at] + "," + row.fields[at + 1] +
                        "' has a comma: write a point"});
      return true;
    }
    issues.Error({file_, row.line, static_cast<int>(header_.size()) + 1, "BAD_ROW",
                  "the row has " + std::to_string(row.fields.size()) + " fields, the header " +
                      std::to_string(header_.size())});
    return true;  // its fields would be read as those of other columns
  });
}

int Table::ColumnOf(std::string_view name) const {
  const auto found = columns_.find(name);
  return found == columns_.end() ? -1 : found->second;
}

std::string_view Table::At(std::size_t row, int column) const {
  const auto& fields = rows_[row].fields;
  return column < 0 || static_cast<std::size_t>(column) >= fields.size()
             ? std::string_view()
             : std::string_view(fields[static_cast<std::size_t>(column)]);
}

std::string_view RowReader::Text(std::string_view column) const {
  return table_.At(row_, table_.ColumnOf(column));
}

std::string_view RowReader::Required(std::string_view column) {
  const std::string_view text = Text(column);
  if (text.empty()) Bad(column, "MISSING_VALUE", std::string(column) + " is required");
  return text;
}

std::int64_t RowReader::Int(std::string_view column, std::int64_t fallback, std::int64_t low,
                            std::int64_t high) {
  const std::string_view text = Text(column);
  if (text.empty()) return fallback;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < low || value > high) {
    Bad(column, "BAD_VALUE",
        std::string(column) + " " + Quoted(text) + " is not an integer from " +
            std::to_string(low) + " to " + std::to_string(high));
    return fallback;
  }
  return value;
}

std::int64_t RowReader::Milli(std::string_view column, std::int64_t fallback) {
  const std::string_view text = Text(column);
  if (text.empty()) return fallback;
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string digits(text.substr(0, point));
  std::string fraction(point < text.size() ? text.substr(point + 1) : std::string_view());
  while (fraction.size() > 3 && fraction.back() == '0') fraction.pop_back();
  const bool good = AllDigits(digits) && (fraction.empty() || AllDigits(fraction)) &&
                    fraction.size() <= 3 && digits.size() <= 12;
  if (!good) {
    Bad(column, "BAD_VALUE",
        std::string(column) + " " + Quoted(text) + " is not a number with up to 3 places");
    return fallback;
  }
  fraction.append(3 - fraction.size(), '0');
  digits += fraction;
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

int RowReader::ServiceTime(std::string_view column, int fallback) {
  const std::string_view text = Text(column);
  if (text.empty()) return fallback;
  int part[3] = {0, 0, 0};
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  bool good = true;
  for (int i = 0; i < 3 && good; ++i) {
    const auto [next, error] = std::from_chars(at, end, part[i]);
    good = error == std::errc() && part[i] >= 0 && (i == 0 || (part[i] < 60 && next - at == 2));
    at = next;
    if (i < 2 && good) good = at != end && *at++ == ':';
  }
  if (!good || at != end || part[0] > 999) {
    Bad(column, "BAD_TIME", std::string(column) + " " + Quoted(text) + " is not a time HH:MM:SS");
    return fallback;
  }
  return part[0] * 3600 + part[1] * 60 + part[2];
}

void RowReader::Bad(std::string_view column, std::string code, const std::string& why) {
  issues_.Error({table_.file(), line(), table_.ColumnOf(column) + 1, std::move(code), why});
}

void RowReader::Warn(std::string_view column, std::string code, const std::string& why) {
  issues_.Warning({table_.file(), line(), table_.ColumnOf(column) + 1, std::move(code), why});
}

}  // namespace plaza::fare
