// Rebuilds a service's store from the archive and what the log has beyond it, and compares it with
// the live one. The service's own handler folds the facts; what it says again goes nowhere.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apps/plaza/audit.h"
#include "libs/archive/replay_log.h"

namespace plaza {

struct RebuildOptions {
  CityPaths paths;
  std::string service;  // "fare", "clearing"
  std::filesystem::path archive;
  store::Options into;            // a SQLite file that is not there yet, or an empty database
  std::optional<Date> from;       // earlier days are not read: `base` holds what came of them
  std::filesystem::path base;     // a backup of the service's SQLite store; empty: from nothing
  bool without_log = false;       // the log is lost too: the archive is all there is
  std::vector<std::string> args;  // more settings, as --fare.window_days 5
};

// One figure of the live store and of the rebuilt one.
struct Compared {
  std::string what;
  std::string live;
  std::string rebuilt;
  bool by_order = false;  // of ServiceDigest
  bool same() const { return live == rebuilt; }
};

struct RebuildReport {
  std::int64_t facts = 0;  // that the service folded
  std::int64_t dead_lettered = 0;
  std::map<std::string, archive::Swallowed> swallowed;  // by topic
  std::vector<Compared> compared;  // empty: there is no live store to compare with
  bool Equal() const;              // but for what the order decides
  bool Identical() const;          // in that too: the store may take the live one's place
};

// The live city may run, but must be idle, or what it has read since counts as a difference.
// NOT_REBUILT, NOT_FRESH, the archive's errors; OFFSET_OUT_OF_RANGE if archive and log do not reach
// from where `base` stands (or from the beginning) to the end.
Result<RebuildReport> Rebuild(const RebuildOptions& options);

}  // namespace plaza
