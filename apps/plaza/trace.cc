#include "apps/plaza/trace.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>
#include <tuple>

#include "apps/plaza/cluster_file.h"
#include "apps/plaza/errors.h"
#include "apps/plaza/table.h"
#include "libs/base/civil.h"
#include "libs/base/trace_context.h"
#include "libs/runtime/log.h"
#include "libs/store/db.h"

namespace plaza {
namespace {

namespace fs = std::filesystem;
using Logs = std::map<std::string, fs::path>;

constexpr std::string_view kMark = "\"message\":\"trace\"";

// "2026-11-25T10:54:11.123456Z" in microseconds; 0 if it is no such thing.
std::int64_t ParseMicros(const std::string& text) {
  const auto moment = ParseMoment(text);
  const std::size_t point = text.find('.');
  if (!moment.ok() || point == std::string::npos) return 0;
  int micros = 0;
  std::from_chars(text.data() + point + 1, text.data() + text.size() - 1, micros);
  return moment->instant.unix_ms / 1000 * 1'000'000 + micros;
}

struct Line {
  std::string trace;
  TraceHop hop;
};

// Calls `each` with every step that a log tells of.
Result<void> ForEachLine(const Logs& logs, const std::function<void(const Line&)>& each) {
  for (const auto& [process, file] : logs) {
    std::ifstream in(file);
    if (!in) return Error(kNoLog, "it cannot be read", file.string());
    for (std::string text; std::getline(in, text);) {
      if (text.find(kMark) == std::string::npos) continue;
      const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
      if (!json.is_object()) continue;
      const auto field = [&](const char* name) {
        const auto found = json.find(name);
        return found != json.end() && found->is_string() ? found->get<std::string>() : "";
      };
      Line line;
      line.trace = field("trace");
      TraceHop& hop = line.hop;
      hop = {ParseMicros(field("at")),
             field("at"),
             process,
             field("component"),
             field("what"),
             field("tap"),
             field("detail"),
             field("from"),
             field("event_time"),
             field("aggregate"),
             field("span"),
             field("parent"),
             field("call")};
      each(line);
    }
  }
  return {};
}

// A range of one validator's records: a gap inside it is not looked for.
Result<bool> IsKnown(const CityPaths& paths, const std::string& validator, std::int64_t sequence) {
  PLAZA_ASSIGN_OR_RETURN(store::Options options, StoreOf(paths, "tap-ingest"));
  options.read_only = true;
  options.readers = 1;
  PLAZA_ASSIGN_OR_RETURN(const auto db, store::Db::Open(options));
  return db->Read([&](store::Tx& tx) -> Result<bool> {
    return tx
        .QueryOne(
            "SELECT 1 FROM tap_batches WHERE validator_id = :validator AND"
            " first_sequence <= :sequence AND last_sequence >= :sequence LIMIT 1",
            {{"validator", validator}, {"sequence", sequence}}, "i")
        .has_value();
  });
}

}  // namespace

Result<Logs> LogFilesOf(const CityPaths& paths) {
  Logs logs;
  if (fs::exists(paths.cluster())) {
    PLAZA_ASSIGN_OR_RETURN(const ClusterFile cluster, ReadClusterFile(paths.cluster()));
    for (const ClusterFile::Process& process : cluster.processes) {
      if (!process.running_file.empty()) logs[process.name] = process.log_file;
    }
    return logs;
  }
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(paths.data, failed)) {
    if (entry.path().extension() == ".log") logs[entry.path().stem().string()] = entry.path();
  }
  if (logs.empty()) {
    return Error(kNoLog, "no *.log of a service is there", paths.data.string());
  }
  return logs;
}

Result<std::vector<TraceHop>> ReadHops(const Logs& logs, const TapId& tap) {
  // As the log shows it: a few ids look like card numbers in part, and are masked there.
  const std::string trace = runtime::Redact(TraceText(TraceIdOf(tap)));
  std::vector<TraceHop> hops;
  std::set<std::string> aggregates;
  PLAZA_RETURN_IF_ERROR(ForEachLine(logs, [&](const Line& line) {
    if (line.trace != trace) return;
    hops.push_back(line.hop);
    hops.back().tap.clear();
    if (line.hop.what == "posted") aggregates.insert(line.hop.aggregate);
  }));
  aggregates.erase("");
  if (!aggregates.empty()) {
    PLAZA_RETURN_IF_ERROR(ForEachLine(logs, [&](const Line& line) {
      if (line.trace == trace || line.hop.what == "posted") return;
      if (aggregates.contains(line.hop.aggregate)) hops.push_back(line.hop);
    }));
  }
  std::ranges::stable_sort(hops, {}, &TraceHop::at_us);
  return hops;
}

Result<TapTrace> TraceTap(const CityPaths& paths, const std::string& tap_id) {
  const std::size_t colon = tap_id.rfind(':');
  std::int64_t sequence = 0;
  if (colon != std::string::npos && colon > 0) {
    const char* const end = tap_id.data() + tap_id.size();
    const auto read = std::from_chars(tap_id.data() + colon + 1, end, sequence);
    if (read.ec != std::errc() || read.ptr != end) sequence = 0;
  }
  if (sequence <= 0) return Error(kBadTapId, "'" + tap_id + "' is no VALIDATOR:SEQUENCE");
  TapTrace trace;
  trace.tap = MakeTapId(ValidatorId(tap_id.substr(0, colon)), static_cast<std::uint64_t>(sequence));
  const auto logs = LogFilesOf(paths);
  if (logs.ok()) {
    PLAZA_ASSIGN_OR_RETURN(trace.hops, ReadHops(*logs, trace.tap));
  } else if (!logs.error().Is(kNoLog)) {
    return logs.error();
  }
  trace.known = !trace.hops.empty();
  if (trace.known) return trace;
  PLAZA_ASSIGN_OR_RETURN(trace.known, IsKnown(paths, tap_id.substr(0, colon), sequence));
  return trace;
}

void ShowTrace(const TapTrace& trace, std::ostream& out) {
  const std::string& tap = trace.tap.value();
  if (!trace.known) {
    out << "tap " << tap << " is not known to this city\n";
    return;
  }
  if (trace.hops.empty()) {
    out << "tap " << tap << " was recorded, but no log tells of its way: it was not sampled, or the"
        << " log is elsewhere.\nTo trace every tap from now on: trace.sample_per_million ="
        << " 1000000 (plaza.toml, PLAZA_TRACE_SAMPLE_PER_MILLION,\nor a flag of serve;"
        << " `plaza up --trace 1000000`), and log.file in the city's folder: "
        << "docs/operating/tracing.md\n";
    return;
  }
  out << "tap " << tap << ", trace " << TraceText(TraceIdOf(trace.tap)) << "\n";
  Table table({"time", ">+ms", "process", "service", "what", "", "from"});
  const std::int64_t first = trace.hops.front().at_us;
  for (const TraceHop& hop : trace.hops) {
    const std::int64_t us = hop.at_us - first;
    std::string fraction = std::to_string(us % 1000);
    fraction.insert(0, 3 - fraction.size(), '0');
    std::string detail = hop.detail;
    if (!hop.tap.empty()) detail += " (by tap " + hop.tap + ")";
    table.Add({hop.at, std::to_string(us / 1000) + "." + fraction, hop.process, hop.service,
               hop.what, detail, hop.from});
  }
  table.Print(out);
}

std::string TraceJson(const TapTrace& trace) {
  nlohmann::ordered_json hops = nlohmann::ordered_json::array();
  for (const TraceHop& hop : trace.hops) {
    nlohmann::ordered_json json;
    for (const auto& [name, value] :
         std::initializer_list<std::pair<const char*, std::string>>{{"at", hop.at},
                                                                    {"process", hop.process},
                                                                    {"service", hop.service},
                                                                    {"what", hop.what},
                                                                    {"detail", hop.detail},
                                                                    {"from", hop.from},
                                                                    {"event_time", hop.event_time},
                                                                    {"aggregate", hop.aggregate},
                                                                    {"by_tap", hop.tap},
                                                                    {"span", hop.span},
                                                                    {"parent", hop.parent},
                                                                    {"call", hop.call}}) {
      if (!value.empty()) json[name] = value;
    }
    hops.push_back(std::move(json));
  }
  return nlohmann::ordered_json{{"tap", trace.tap.value()},
                                {"trace", TraceText(TraceIdOf(trace.tap))},
                                {"known", trace.known},
                                {"hops", std::move(hops)}}
      .dump(2);
}

}  // namespace plaza
