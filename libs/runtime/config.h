// Configuration of a program: declared keys, read from a file, then the environment, then flags;
// the later wins. An unknown key is an error, and so is an unknown variable PLAZA_<SECTION>_… of a
// declared section. Parsing is CLI11's. Not thread-safe. After an error some targets may be set:
// the program ends.
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
  // Declared before Load(). `key` in lower snake case with dots: "fare.tariff_dir"; environment
  // PLAZA_FARE_TARIFF_DIR; flag --fare.tariff_dir; file (TOML as CLI11 reads it): [fare] tariff_dir
  // = "…".
  void AddText(std::string key, std::string* target, std::string help);
  void AddInt(std::string key, std::int64_t* target, std::int64_t min, std::int64_t max,
              std::string help);
  void AddBool(std::string key, bool* target, std::string help);
  void AddSecret(std::string key, std::string* target,
                 std::string help);  // masked wherever it is printed

  // Targets hold the defaults. `--config FILE` names the file, else `default_file` if it exists
  // (empty: none). UNKNOWN_KEY (with the nearest known one), BAD_VALUE, NO_SUCH_FILE: what, where
  // (file, environment or flag).
  Result<void> Load(const std::vector<std::string>& args, const std::string& default_file,
                    const std::map<std::string, std::string>& environment);
  std::string Print() const;  // every key with its value and where it came from; secrets as ****
  std::string Help() const;   // every key with its environment variable and what it is for
  // Load() saw --print-config or --help: the program prints it and ends.
  bool print_requested() const { return print_requested_; }
  bool help_requested() const { return help_requested_; }

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
  Entry* Find(std::string_view key);
  std::vector<std::string> Keys() const;
  Result<void> Assign(Entry& entry, const std::string& value, const std::string& origin);
  Result<void> LoadFile(const std::string& path);
  Result<void> LoadEnvironment(const std::map<std::string, std::string>& environment);

  std::vector<Entry> entries_;
  bool print_requested_ = false;
  bool help_requested_ = false;
};

std::map<std::string, std::string> ProcessEnvironment();

}  // namespace plaza::runtime
