// The rules of the house that a machine can check (docs/architecture.md, "Rules of the house";
// docs/style.md): who may include whom, that cores are pure, how files and headers look. Text rules
// over the tree; no compiler.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace plaza::lint {

struct Violation {
  std::string file;  // relative to the root
  int line;          // 0: the file as a whole
  std::string rule;  // "arrow", "cycle", "purity", "header", "name", "layout", "size", "catch",
                     // "float", "proto"
  std::string message;
  auto operator<=>(const Violation&) const = default;
};

// All violations of the tree under `root`, in order of file and line. Reads libs/, services/,
// apps/, tests/ and proto/.
std::vector<Violation> Check(const std::filesystem::path& root);

}  // namespace plaza::lint
