// One tap's way through the city, from what the services wrote into their logs
// (docs/operating/tracing.md).
#pragma once
#include <filesystem>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "apps/plaza/city.h"
#include "libs/base/ids.h"
#include "libs/base/result.h"

namespace plaza {

struct TraceHop {
  std::int64_t at_us = 0;  // when it was worked out, since 1970, by that process's clock
  std::string at;          // the same as text
  std::string process;     // "fare-2"
  std::string service;
  std::string what;
  std::string tap;  // another one's: the tap that spoke for an aggregate
  std::string detail;
  std::string from;  // the fact that was read
  std::string event_time;
  std::string aggregate;
  std::string span;
  std::string parent;
  std::string call;
};

struct TapTrace {
  TapId tap;
  bool known = false;          // to tap-ingest's store
  std::vector<TraceHop> hops;  // by time
};

// process → its log. Of an embedded city every *.log of its folder.
Result<std::map<std::string, std::filesystem::path>> LogFilesOf(const CityPaths& paths);

// The hops of the tap's own trace, and what was asked and answered for the aggregates that it was
// charged to, whichever of their taps spoke for them. Lines that cannot be read are passed over.
// NO_LOG.
Result<std::vector<TraceHop>> ReadHops(const std::map<std::string, std::filesystem::path>& logs,
                                       const TapId& tap);

// BAD_TAP_ID; errors of the store if nothing was found in the logs.
Result<TapTrace> TraceTap(const CityPaths& paths, const std::string& tap_id);

void ShowTrace(const TapTrace& trace, std::ostream& out);
std::string TraceJson(const TapTrace& trace);

}  // namespace plaza
