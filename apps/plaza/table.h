// A plain text table for people: columns padded to their widest cell, numbers to the right.
#pragma once
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace plaza {

class Table {
 public:
  // A heading that begins with '>' makes its column right-aligned.
  explicit Table(std::vector<std::string> headings);
  void Add(std::vector<std::string> cells);  // as many as headings (checked)
  void Print(std::ostream& out, const std::string& indent = "  ") const;
  bool empty() const { return rows_.empty(); }

 private:
  std::vector<std::string> headings_;
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;
};

// "1,234,567"
std::string WithThousands(std::int64_t n);

}  // namespace plaza
