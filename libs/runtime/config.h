// Configuration of a program: declared keys, read from a file, then the environment, then flags; the later wins.
// An unknown key is an error. Parsing is CLI11's.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/result.h"

namespace plaza::runtime {

class Config {
 public:
  // Declared before Load(). `key` in lower snake case with dots: "fare.tariff_dir"; environment PLAZA_FARE_TARIFF_DIR;
  // flag --fare.tariff_dir; file (TOML as CLI11 reads it): [fare] tariff_dir = "…".
  void AddText(std::string key, std::string* target, std::string help);
  void AddInt(std::string key, std::int64_t* target, std::int64_t min, std::int64_t max, std::string help);
  void AddBool(std::string key, bool* target, std::string help);
  void AddSecret(std::string key, std::string* target, std::string help);  // masked wherever it is printed

  // Targets hold the defaults. `--config FILE` names the file, else `default_file` if it exists (empty: none).
  // UNKNOWN_KEY (with the nearest known one), BAD_VALUE, NO_SUCH_FILE: what, where (file, environment or flag).
  Result<void> Load(const std::vector<std::string>& args, const std::string& default_file,
                    const std::map<std::string, std::string>& environment);
  std::string Print() const;  // every key with its value and where it came from; secrets as ****

 private:
  struct Entry {
    enum class Kind { kText, kInt, kBool, kSecret } kind;
    std::string key;
    void* target;
    std::int64_t min = 0;
    std::int64_t max = 0;
    std::string help;
    std::string origin = "default";
  };
  std::vector<Entry> entries_;
};

std::map<std::string, std::string> ProcessEnvironment();

}  // namespace plaza::runtime
