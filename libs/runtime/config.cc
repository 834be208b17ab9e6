#include "libs/runtime/config.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <CLI/CLI.hpp>

#include "libs/base/check.h"
#include "libs/runtime/errors.h"
#include "libs/runtime/limits.h"

extern char** environ;

namespace plaza::runtime {
namespace {

constexpr std::string_view kEnvironmentPrefix = "PLAZA_";

std::string EnvironmentName(std::string_view key) {
  std::string name(kEnvironmentPrefix);
  for (char c : key) {
    name.push_back(c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  }
  return name;
}

// Levenshtein's distance: how many letters to change, add or leave out.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row[b.size()];
}

Error UnknownKey(std::string_view given, const std::vector<std::string>& known, std::string where) {
  const std::string shown(given.substr(0, 128));
  std::string what = "there is no key " + shown;
  const auto nearest =
      std::min_element(known.begin(), known.end(), [&](const std::string& a, const std::string& b) {
        return Distance(shown, a) < Distance(shown, b);
      });
  if (nearest != known.end()) what += "; the nearest is " + *nearest;
  return Error(kUnknownKey, what, std::move(where));
}

// "file:line" of the first line that sets `name`, as CLI11's reader keeps no positions.
std::string PlaceInFile(const std::string& path, const std::string& text, const std::string& name) {
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    const std::size_t from = line.find_first_not_of(" \t");
    if (from == std::string::npos || line.compare(from, name.size(), name) != 0) continue;
    const std::size_t after = line.find_first_not_of(" \t", from + name.size());
    if (after != std::string::npos && line[after] == '=')
      return path + ":" + std::to_string(number);
  }
  return path;
}

Result<std::string> ReadFile(const std::string& path) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed)) {
    return Error(kNoSuchFile, "no configuration file " + path, path);
  }
  std::ifstream in(path, std::ios::binary);
  std::string text(kConfigFileBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (!in.eof() && !in) return Error(kNoSuchFile, "cannot read " + path, path);
  if (text.size() > kConfigFileBytesMax) {
    return Error(kBadConfigFile, "larger than " + std::to_string(kConfigFileBytesMax) + " bytes",
                 path);
  }
  return text;
}

struct Setting {
  std::string key;
  std::string value;
  std::string origin;
};

Result<std::vector<Setting>> ReadSettings(const std::string& path) {
  PLAZA_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  std::vector<Setting> settings;
  try {
    std::istringstream in(text);
    for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_config(in)) {
      if (item.name == "++" || item.name == "--") continue;  // a section opens or closes
      const std::string where = PlaceInFile(path, text, item.name);
      if (item.inputs.size() != 1) {
        return Error(kBadValue, item.fullname() + " takes one value", where);
      }
      settings.push_back({item.fullname(), item.inputs.front(), where});
    }
  } catch (const CLI::Error& error) {
    return Error(kBadConfigFile, error.what(), path);
  }
  return settings;
}

}  // namespace

void Config::AddText(std::string key, std::string* target, std::string help) {
  entries_.push_back({Entry::Kind::kText, std::move(key), target, 0, 0, std::move(help)});
}

void Config::AddInt(std::string key, std::int64_t* target, std::int64_t min, std::int64_t max,
                    std::string help) {
  entries_.push_back({Entry::Kind::kInt, std::move(key), target, min, max, std::move(help)});
}

void Config::AddBool(std::string key, bool* target, std::string help) {
  entries_.push_back({Entry::Kind::kBool, std::move(key), target, 0, 1, std::move(help)});
}

void Config::AddSecret(std::string key, std::string* target, std::string help) {
  entries_.push_back({Entry::Kind::kSecret, std::move(key), target, 0, 0, std::move(help)});
}

Config::Entry* Config::Find(std::string_view key) {
  for (Entry& entry : entries_) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

std::vector<std::string> Config::Keys() const {
  std::vector<std::string> keys;
  for (const Entry& entry : entries_) keys.push_back(entry.key);
  return keys;
}

Result<void> Config::Assign(Entry& entry, const std::string& value, const std::string& origin) {
  if (value.size() > kConfigValueCharsMax) {
    return Error(
        kBadValue,
        entry.key + " is longer than " + std::to_string(kConfigValueCharsMax) + " characters",
        origin);
  }
  switch (entry.kind) {
    case Entry::Kind::kText:
    case Entry::Kind::kSecret:
      *static_cast<std::string*>(entry.target) = value;
      break;
    case Entry::Kind::kInt: {
      std::int64_t number = 0;
      const char* end = value.data() + value.size();
      const auto [rest, failed] = std::from_chars(value.data(), end, number);
      if (failed != std::errc() || rest != end || number < entry.min || number > entry.max) {
        return Error(kBadValue,
                     entry.key + " takes a whole number from " + std::to_string(entry.min) +
                         " to " + std::to_string(entry.max) + ", not '" + value + "'",
                     origin);
      }
      *static_cast<std::int64_t*>(entry.target) = number;
      break;
    }
    case Entry::Kind::kBool: {
      const bool yes = value == "true" || value == "1" || value == "on" || value.empty();
      if (!yes && value != "false" && value != "0" && value != "off") {
        return Error(kBadValue, entry.key + " takes true or false, not '" + value + "'", origin);
      }
      *static_cast<bool*>(entry.target) = yes;
      break;
    }
  }
  entry.origin = origin;
  return {};
}

Result<void> Config::LoadFile(const std::string& path) {
  PLAZA_ASSIGN_OR_RETURN(const std::vector<Setting> settings, ReadSettings(path));
  for (const Setting& setting : settings) {
    Entry* entry = Find(setting.key);
    if (entry == nullptr) return UnknownKey(setting.key, Keys(), setting.origin);
    PLAZA_RETURN_IF_ERROR(Assign(*entry, setting.value, "file " + setting.origin));
  }
  return {};
}

// A variable whose section is ours must be a key of ours; others (PLAZA_JOBS of the scripts) are
// not for us.
Result<void> Config::LoadEnvironment(const std::map<std::string, std::string>& environment) {
  std::map<std::string, Entry*> by_name;
  std::vector<std::string> names;
  for (Entry& entry : entries_) {
    by_name[EnvironmentName(entry.key)] = &entry;
    names.push_back(EnvironmentName(entry.key));
  }
  for (const auto& variable : environment) {
    const std::string& name = variable.first;
    if (!name.starts_with(kEnvironmentPrefix)) continue;
    const auto found = by_name.find(name);
    if (found != by_name.end()) {
      PLAZA_RETURN_IF_ERROR(Assign(*found->second, variable.second, "environment " + name));
      continue;
    }
    const bool our_section = std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
      const std::size_t dot = entry.key.find('.');
      return dot != std::string::npos &&
             name.starts_with(EnvironmentName(entry.key.substr(0, dot)) + "_");
    });
    if (our_section) return UnknownKey(name, names, "environment");
  }
  return {};
}

Result<void> Config::Load(const std::vector<std::string>& args, const std::string& default_file,
                          const std::map<std::string, std::string>& environment) {
  CLI::App app;
  app.set_help_flag();  // ours, below
  app.allow_extras();   // reported by us, with the nearest key
  std::string file;
  app.add_option("--config", file);
  app.add_flag("--print-config", print_requested_);
  app.add_flag("--help", help_requested_);
  std::map<std::string, std::string> flags;
  for (const Entry& entry : entries_) {
    CLI::Option* option = app.add_option_function<std::string>(
        "--" + entry.key,
        [&flags, key = entry.key](const std::string& value) { flags[key] = value; });
    if (entry.kind == Entry::Kind::kBool) option->expected(0, 1);
  }
  try {
    app.parse(std::vector<std::string>(args.rbegin(), args.rend()));  // CLI11 takes them last first
  } catch (const CLI::Error& error) {
    return Error(kBadValue, error.what(), "flags");
  }
  const std::vector<std::string> unknown = app.remaining();
  if (!unknown.empty()) {
    std::vector<std::string> known{"--config", "--print-config", "--help"};
    for (const std::string& key : Keys()) known.push_back("--" + key);
    return UnknownKey(unknown.front().substr(0, unknown.front().find('=')), known, "flags");
  }
  if (file.empty() && !default_file.empty() && std::filesystem::exists(default_file)) {
    file = default_file;
  }
  if (!file.empty()) PLAZA_RETURN_IF_ERROR(LoadFile(file));
  PLAZA_RETURN_IF_ERROR(LoadEnvironment(environment));
  for (const auto& [key, value] : flags) {
    PLAZA_RETURN_IF_ERROR(Assign(*Find(key), value, "flag --" + key));
  }
  return {};
}

std::string Config::Print() const {
  std::ostringstream out;
  for (const Entry& entry : entries_) {
    out << entry.key << " = ";
    switch (entry.kind) {
      case Entry::Kind::kText:
        out << '"' << *static_cast<std::string*>(entry.target) << '"';
        break;
      case Entry::Kind::kSecret:
        out << "****";
        break;
      case Entry::Kind::kInt:
        out << *static_cast<std::int64_t*>(entry.target);
        break;
      case Entry::Kind::kBool:
        out << (*static_cast<bool*>(entry.target) ? "true" : "false");
        break;
    }
    out << "  # " << entry.origin << '\n';
  }
  return out.str();
}

std::string Config::Help() const {
  std::ostringstream out;
  out << "--config FILE\n    a file of settings: [section] and key = value\n"
         "--print-config\n    every key with its value and where it came from\n";
  for (const Entry& entry : entries_) {
    out << "--" << entry.key << "  (" << EnvironmentName(entry.key) << ")\n    " << entry.help
        << '\n';
  }
  return out.str();
}

std::map<std::string, std::string> ProcessEnvironment() {
  std::map<std::string, std::string> environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

}  // namespace plaza::runtime
