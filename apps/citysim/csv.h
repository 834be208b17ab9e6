// A table of a GTFS feed: header and rows, by column name. For the simulation's own reading of the
// network; what prices a ride is compiled by the fare engine, which is strict.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/result.h"

namespace plaza::citysim {

class CsvTable {
 public:
  // Quotes, CRLF, a BOM, blanks around values and a last line without newline are read. BAD_FEED
  // with "file:line".
  static Result<CsvTable> Parse(std::string_view text, const std::string& file);
  std::size_t rows() const { return rows_.size(); }
  bool Has(const std::string& column) const { return columns_.contains(column); }
  // Empty if there is no such column.
  const std::string& At(std::size_t row, const std::string& column) const;

 private:
  std::map<std::string, std::size_t> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace plaza::citysim
