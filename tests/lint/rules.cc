#include "tests/lint/rules.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string_view>

namespace plaza::lint {
namespace {

namespace fs = std::filesystem;

struct Include {
  int line;
  std::string path;
  bool quoted;
};

struct Source {
  std::string path;  // relative, with /
  std::vector<std::string> lines;
  std::vector<Include> includes;
};

bool StartsWith(std::string_view text, std::string_view prefix) { return text.starts_with(prefix); }

Source ReadSource(const fs::path& root, const fs::path& file) {
  Source source;
  source.path = fs::relative(file, root).generic_string();
  std::ifstream in(file);
  static const std::regex include(R"re(^\s*#\s*include\s*(["<])([^">]+)[">])re");
  std::string line;
  while (std::getline(in, line)) {
    source.lines.push_back(line);
    std::smatch match;
    if (std::regex_search(line, match, include)) {
      source.includes.push_back(
          {static_cast<int>(source.lines.size()), match[2], match[1] == "\""});
    }
  }
  return source;
}

std::vector<Source> ReadTree(const fs::path& root) {
  std::vector<Source> sources;
  for (const char* folder : {"libs", "services", "apps", "tests"}) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension().string();
      if (extension == ".h" || extension == ".cc")
        sources.push_back(ReadSource(root, entry.path()));
    }
  }
  std::sort(sources.begin(), sources.end(),
            [](const Source& a, const Source& b) { return a.path < b.path; });
  return sources;
}

// --- arrows
// -------------------------------------------------------------------------------------------------------

// libs/<name> may include libs/<these>; each also itself.
const std::map<std::string, std::set<std::string>>& LibraryArrows() {
  static const std::map<std::string, std::set<std::string>> arrows{
      {"base", {}},
      {"emv", {"base"}},
      {"devices", {"base", "emv"}},
      {"runtime", {"base"}},
      {"rpc", {"base", "runtime"}},
      {"store", {"base", "runtime"}},
      {"cache", {"base", "runtime"}},
      {"eventlog", {"base", "runtime", "store"}},
      {"archive", {"base", "eventlog"}},
      {"host", {"base", "runtime", "rpc", "store", "eventlog", "cache"}},
  };
  return arrows;
}

// Folders of libs/emv, each with those that it may include beside itself.
const std::map<std::string, std::set<std::string>>& EmvArrows() {
  static const std::map<std::string, std::set<std::string>> arrows{
      {"crypto", {}},
      {"tlv", {"crypto"}},
      {"dol", {"crypto", "tlv"}},
      {"apdu", {"crypto", "tlv", "dol"}},
      {"capk", {"crypto", "tlv", "dol", "apdu"}},
      {"oda", {"crypto", "tlv", "dol", "apdu", "capk"}},
      // What kernels share; no kernel knows another.
      {"kernel", {"crypto", "tlv", "dol", "apdu", "capk", "oda"}},
      {"kernel2", {"crypto", "tlv", "dol", "apdu", "capk", "oda", "kernel"}},
      {"kernel3", {"crypto", "tlv", "dol", "apdu", "capk", "oda", "kernel"}},
      {"kernel4", {"crypto", "tlv", "dol", "apdu", "capk", "oda", "kernel"}},
      {"kernel7", {"crypto", "tlv", "dol", "apdu", "capk", "oda", "kernel"}},
      {"entrypoint",
       {"crypto", "tlv", "dol", "apdu", "capk", "oda", "kernel", "kernel2", "kernel3", "kernel4",
        "kernel7"}},
      // The top: it puts the decision, the token and the record of a tap together.
      {"transit",
       {"crypto", "tlv", "dol", "apdu", "capk", "oda", "kernel", "kernel2", "kernel3", "kernel4",
        "kernel7", "entrypoint", "vsam", "journal"}},
      {"vsam", {"crypto", "tlv", "apdu", "journal"}},
      {"journal", {"crypto"}},
      {"lists", {"crypto"}},
      {"closedloop", {"crypto", "apdu"}},
  };
  return arrows;
}

std::vector<std::string> Split(const std::string& path) {
  std::vector<std::string> parts;
  std::string part;
  for (char c : path) {
    if (c == '/') {
      parts.push_back(part);
      part.clear();
    } else {
      part.push_back(c);
    }
  }
  parts.push_back(part);
  return parts;
}

const std::set<std::string> kServicesWithEmvValues{"tap-ingest", "vault", "merchant"};

std::optional<std::string> LibraryArrow(const std::vector<std::string>& from,
                                        const std::vector<std::string>& to) {
  if (to[0] != "libs") return "a library includes only libraries";
  const auto& arrows = LibraryArrows();
  const auto known = arrows.find(from[1]);
  if (known == arrows.end()) return "libs/" + from[1] + " is not in the list of libraries";
  if (from[1] != to[1]) {
    if (!known->second.contains(to[1]))
      return "libs/" + from[1] + " must not include libs/" + to[1];
    return std::nullopt;
  }
  if (from[1] == "emv" && from.size() > 3 && to.size() > 3 && from[2] != to[2]) {
    const auto layer = EmvArrows().find(from[2]);
    if (layer == EmvArrows().end()) return "libs/emv/" + from[2] + " is not in the list of layers";
    if (!layer->second.contains(to[2])) return "emv's " + from[2] + " must not know " + to[2];
  }
  return std::nullopt;
}

std::optional<std::string> ServiceArrow(const std::vector<std::string>& from,
                                        const std::vector<std::string>& to) {
  const std::string& service = from[1];
  const std::string folder = from.size() > 3 ? from[2] : "";
  if (to[0] == "libs") {
    const bool emv_values = to[1] == "emv" && kServicesWithEmvValues.contains(service);
    if (folder == "core" || folder == "app") {
      if (to[1] != "base" && !emv_values) return folder + "/ must not include libs/" + to[1];
    } else if (to[1] == "emv" && !emv_values) {
      return "services/" + service + " must not include libs/emv";
    }
    return std::nullopt;
  }
  if (to[0] != "services") return "a service must not include " + to[0] + "/";
  if (to[1] != service) return "services/" + service + " must not include services/" + to[1];
  const std::string target = to.size() > 3 ? to[2] : "";
  if (target.empty()) {  // config.h, limits.h, errors.h, service.h
    const bool value_header = to[2] == "limits.h" || to[2] == "errors.h";
    if (folder == "core" && !value_header) return "core/ must not include " + to[2];
    if (to[2] == "service.h" && !folder.empty()) return folder + "/ must not include service.h";
    return std::nullopt;
  }
  if (folder == "core" && target != "core") return "core/ must not include " + target + "/";
  if (folder == "app" && target != "core" && target != "app") {
    return "app/ must not include " + target + "/";
  }
  return std::nullopt;
}

std::optional<std::string> AppArrow(const std::vector<std::string>& from,
                                    const std::vector<std::string>& to) {
  if (from.size() > 3 && from[1] == "plaza" && from[2] == "eval") {
    const bool core = to[0] == "services" && to.size() > 3 && to[2] == "core";
    const bool zones = to[0] == "libs" && to[1] == "runtime" && to[2] == "zones.h";
    const bool library = to[0] == "libs" && (to[1] == "base" || to[1] == "emv");
    const bool own = to[0] == "apps" && to[1] == "plaza" && to[2] == "eval";
    if (!core && !zones && !library && !own)
      return "eval reaches only base, emv, cores and the zone loader";
  }
  if (from[1] == "validator" && to[0] == "services") return "the gate program knows no service";
  return std::nullopt;
}

std::optional<std::string> ArrowFault(const Source& source, const Include& include) {
  const auto from = Split(source.path);
  const auto to = Split(include.path);
  if (to.size() < 3) return std::nullopt;  // not one of ours
  if (to[0] != "libs" && to[0] != "services" && to[0] != "apps" && to[0] != "tests")
    return std::nullopt;
  if (from[0] != "tests" && to[0] == "tests") return "only tests include tests/";
  if (from[0] == "libs") return LibraryArrow(from, to);
  if (from[0] == "services") return ServiceArrow(from, to);
  if (from[0] == "apps") return AppArrow(from, to);
  return std::nullopt;
}

// --- purity
// -------------------------------------------------------------------------------------------------------

bool IsPure(const std::string& path) {
  const auto parts = Split(path);
  if (StartsWith(path, "libs/base/")) return true;
  return parts[0] == "services" && parts.size() > 3 && parts[2] == "core";
}

std::optional<std::string> PurityFault(const Source& source, const Include& include) {
  if (!IsPure(source.path)) return std::nullopt;
  static const std::set<std::string> forbidden{"chrono",       "condition_variable",
                                               "ctime",        "filesystem",
                                               "fstream",      "future",
                                               "iostream",     "mutex",
                                               "random",       "semaphore",
                                               "shared_mutex", "thread",
                                               "time.h",       "unistd.h",
                                               "fcntl.h",      "atomic"};
  static const std::vector<std::string> prefixes{
      "grpc",   "google/",    "soci",    "sqlite3", "libpq", "librdkafka", "hiredis",
      "spdlog", "prometheus", "httplib", "sys/",    "date/", "CLI/"};
  const std::string& path = include.path;
  if (path.ends_with(".pb.h")) return "a core knows no protobuf: convert in rpc/ or feed/";
  if (forbidden.contains(path)) return "<" + path + "> has no place in a pure core";
  for (const std::string& prefix : prefixes) {
    if (StartsWith(path, prefix)) return "<" + path + "> has no place in a pure core";
  }
  return std::nullopt;
}

// --- text rules
// ---------------------------------------------------------------------------------------------------

// The line's code: without string literals, then without its comment.
std::string CodeOf(const std::string& line) {
  static const std::regex literal(R"re("(\\.|[^"\\])*")re");
  const std::string code = std::regex_replace(line, literal, "\"\"");
  return code.substr(0, code.find("//"));
}

void CheckText(const Source& source, std::vector<Violation>& found) {
  static const std::regex floating(R"(\b(float|double)\b)");
  static const std::regex catch_all(R"(catch\s*\(\s*\.\.\.\s*\))");
  // Money is never a float; histograms and progress bars live at the edge.
  const bool no_float = IsPure(source.path) || StartsWith(source.path, "libs/emv/");
  for (std::size_t i = 0; i < source.lines.size(); ++i) {
    const std::string code = CodeOf(source.lines[i]);
    const int line = static_cast<int>(i) + 1;
    if (no_float && std::regex_search(code, floating)) {
      found.push_back({source.path, line, "float", "no floating point here"});
    }
    if (std::regex_search(code, catch_all) && !StartsWith(source.path, "tests/lint/")) {
      found.push_back(
          {source.path, line, "catch", "catch (...) swallows bugs: name what you expect"});
    }
  }
  const bool main_file = source.path.ends_with("/main.cc");
  if (main_file && source.lines.size() > 60) {
    found.push_back({source.path, 61, "size", "a main.cc has at most 60 lines"});
  }
}

void CheckHeader(const Source& source, std::vector<Violation>& found) {
  if (!source.path.ends_with(".h")) return;
  std::size_t line = 0;
  while (line < source.lines.size() && StartsWith(source.lines[line], "//")) ++line;
  if (line == 0) {
    found.push_back(
        {source.path, 1, "header", "a header begins with a comment that says what it is for"});
  }
  if (line >= source.lines.size() || source.lines[line] != "#pragma once") {
    found.push_back(
        {source.path, static_cast<int>(line) + 1, "header", "#pragma once follows the comment"});
  }
}

void CheckName(const Source& source, std::vector<Violation>& found) {
  static const std::regex name(R"(^[a-z][a-z0-9_]*\.(h|cc)$)");
  const auto parts = Split(source.path);
  if (!std::regex_match(parts.back(), name)) {
    found.push_back({source.path, 0, "name", "file names are lower snake case"});
  }
}

// --- the tree
// -----------------------------------------------------------------------------------------------------

void CheckIncludes(const std::vector<Source>& sources, std::vector<Violation>& found) {
  for (const Source& source : sources) {
    for (const Include& include : source.includes) {
      if (const auto fault = ArrowFault(source, include)) {
        found.push_back({source.path, include.line, "arrow", *fault});
      }
      if (const auto fault = PurityFault(source, include)) {
        found.push_back({source.path, include.line, "purity", *fault});
      }
    }
  }
}

// Depth-first over includes; a header that is met while it is still open closes a cycle.
void CheckCycles(const std::vector<Source>& sources, std::vector<Violation>& found) {
  std::map<std::string, const Source*> by_path;
  for (const Source& source : sources) by_path[source.path] = &source;
  enum class Mark { kOpen, kDone };
  std::map<std::string, Mark> marks;
  std::function<void(const Source&)> visit = [&](const Source& source) {
    marks[source.path] = Mark::kOpen;
    for (const Include& include : source.includes) {
      const auto target = by_path.find(include.path);
      if (target == by_path.end()) continue;
      const auto mark = marks.find(include.path);
      if (mark == marks.end()) {
        visit(*target->second);
      } else if (mark->second == Mark::kOpen) {
        found.push_back(
            {source.path, include.line, "cycle", "includes itself by way of " + include.path});
      }
    }
    marks[source.path] = Mark::kDone;
  };
  for (const Source& source : sources) {
    if (!marks.contains(source.path)) visit(source);
  }
}

void CheckLayout(const fs::path& root, const std::vector<Source>& sources,
                 std::vector<Violation>& found) {
  for (const char* folder : {"libs", "services"}) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::directory_iterator(root / folder)) {
      if (!entry.is_directory()) continue;
      const std::string path = std::string(folder) + "/" + entry.path().filename().string();
      std::vector<std::string> needed{"README.md", "CMakeLists.txt"};
      if (path.starts_with("services/")) {
        for (const char* name : {"core", "app", "store", "rpc", "feed", "config.h", "limits.h",
                                 "errors.h", "service.h"}) {
          needed.emplace_back(name);
        }
      }
      for (const std::string& name : needed) {
        if (!fs::exists(entry.path() / name)) {
          found.push_back({path, 0, "layout", "has no " + name});
        }
      }
    }
  }
  for (const Source& source : sources) {
    if (!source.path.starts_with("tests/unit/")) continue;
    const fs::path mirrored = fs::path(source.path.substr(11)).parent_path();
    if (!fs::exists(root / mirrored)) {
      found.push_back(
          {source.path, 0, "layout", "mirrors no folder: " + mirrored.generic_string()});
    }
  }
}

// --- proto files
// ------------------------------------------------------------------------------------------------

// Clients call again only what is declared to bear it (libs/rpc/client.h), so that each method has
// to say; one that does not bear it says IDEMPOTENCY_UNKNOWN.
void CheckProtos(const fs::path& root, std::vector<Violation>& found) {
  if (!fs::exists(root / "proto")) return;
  static const std::regex rpc(R"(^\s*rpc\s+(\w+))");
  for (const auto& entry : fs::recursive_directory_iterator(root / "proto")) {
    if (entry.path().extension() != ".proto") continue;
    const Source source = ReadSource(root, entry.path());
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      std::smatch match;
      if (!std::regex_search(source.lines[i], match, rpc)) continue;
      const bool says =
          i + 1 < source.lines.size() &&
          source.lines[i + 1].find("option idempotency_level = ") != std::string::npos;
      if (!says) {
        found.push_back({source.path, static_cast<int>(i) + 1, "proto",
                         match[1].str() + " has no idempotency_level on its next line"});
      }
    }
  }
}

}  // namespace

std::vector<Violation> Check(const fs::path& root) {
  std::vector<Violation> found;
  const std::vector<Source> sources = ReadTree(root);
  CheckIncludes(sources, found);
  CheckCycles(sources, found);
  CheckLayout(root, sources, found);
  CheckProtos(root, found);
  for (const Source& source : sources) {
    CheckText(source, found);
    CheckHeader(source, found);
    CheckName(source, found);
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace plaza::lint
