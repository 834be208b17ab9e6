// The network's files: agencies, calendars, timeframes, areas, stops, networks, routes, media,
// rider categories.
#include <algorithm>

#include "services/fare/core/compile.h"

namespace plaza::fare {
namespace {

// Adds to a list that keeps the file's order, once.
void AddOnce(std::vector<Sym>& list, IdSet& ids, Sym id) {
  if (ids.ids.insert(id).second && std::find(list.begin(), list.end(), id) == list.end())
    list.push_back(id);
}

}  // namespace

void VersionCompiler::Agencies() {
  const Table table = Open(
      "agency.txt", {"agency_id", "agency_name", "agency_url", "agency_timezone", "agency_lang",
                     "agency_phone", "agency_fare_url", "agency_email", "cemv_support"});
  agencies_.present = table.rows() > 0 && table.HasColumn("agency_id");
  for (std::size_t i = 0; i < table.rows(); ++i) {
    RowReader row(table, i, context_.issues);
    const Sym id = context_.Intern(row.Text("agency_id"));
    if (id == kNoSym) continue;
    if (agencies_.ids.contains(id))
      row.Bad("agency_id", "DUPLICATE_KEY", "the agency is listed twice");
    AddOnce(context_.model.agencies, agencies_, id);
    context_.model.agency_names[id] = std::string(row.Text("agency_name"));
  }
  if (agencies_.ids.empty()) agencies_.present = false;
  if (context_.model.agencies.size() == 1)
    context_.model.only_agency = context_.model.agencies.front();
  if (context_.model.agencies.size() > 1) context_.model.only_agency = kNoSym;
}

void VersionCompiler::Calendar() {
  const Table table =
      Open("calendar.txt", {"service_id", "monday", "tuesday", "wednesday", "thursday", "friday",
                            "saturday", "sunday", "start_date", "end_date"});
  RequireColumns(table, {"service_id", "start_date", "end_date"});
  services_.present = table.present();
  constexpr std::string_view kDays[] = {"monday", "tuesday",  "wednesday", "thursday",
                                        "friday", "saturday", "sunday"};
  for (std::size_t i = 0; i < table.rows(); ++i) {
    RowReader row(table, i, context_.issues);
    const Sym id = context_.Intern(row.Required("service_id"));
    if (!services_.ids.insert(id).second)
      row.Bad("service_id", "DUPLICATE_KEY", "the service is listed twice");
    ServiceDays& days = rules_.services[id];
    days.has_range = true;
    for (int day = 0; day < 7; ++day) {
      if (row.Flag(kDays[day]))
        days.weekdays = static_cast<std::uint8_t>(days.weekdays | (1u << day));
    }
    for (std::string_view column : {"start_date", "end_date"}) {
      const Result<Date> date = Date::ParseCompact(row.Text(column));
      if (!date.ok()) {
        row.Bad(column, "BAD_DATE",
                std::string(column) + " " + Quoted(row.Text(column)) + " is not YYYYMMDD");
        continue;
      }
      (column == "start_date" ? days.first : days.last) = *date;
    }
  }
}

void VersionCompiler::CalendarDates() {
  const Table table = Open("calendar_dates.txt", {"service_id", "date", "exception_type"});
  RequireColumns(table, {"service_id", "date", "exception_type"});
  services_.present = services_.present || table.present();
  for (std::size_t i = 0; i < table.rows(); ++i) {
    RowReader row(table, i, context_.issues);
    const Sym id = context_.Intern(row.Required("service_id"));
    services_.ids.insert(id);
    const Result<Date> date = Date::ParseCompact(row.Text("date"));
    if (!date.ok()) {
      row.Bad("date", "BAD_DATE", "date " + Quoted(row.Text("date")) + " is not YYYYMMDD");
      continue;
    }
    const bool adds = row.Int("exception_type", 1, 1, 2) == 1;
    (adds ? rules_.services[id].added : rules_.services[id].removed).push_back(*date);
  }
}

void VersionCompiler::Timeframes() {
  const Table table =
      Open("timeframes.txt", {"timeframe_group_id", "start_time", "end_time", "service_id"});
  RequireColumns(table, {"timeframe_group_id", "service_id"});
  timeframes_.present = true;  // a group without rows would never match
  for (std::size_t i = 0; i < table.rows(); ++i) {
    RowReader row(table, i, context_.issues);
    const Sym group = context_.Intern(row.Required("timeframe_group_id"));
    timeframes_.ids.insert(group);
    Timeframe frame;
    frame.start_s = row.ServiceTime("start_time", 0);
    frame.end_s = row.ServiceTime("end_time", 86'400);
    frame.service = IdOf(row, "service_id", services_, "calendar.txt or calendar_dates.txt");
    if (frame.end_s > 86'400) row.Bad("end_time", "BAD_TIME", "a timeframe ends by 24:00:00");
    if (frame.start_s >= frame.end_s) {
      row.Bad("start_time", "BAD_TIME",
              "a timeframe begins before it ends: write overnight as two rows");
    }
    rules_.timeframes[group].push_back(frame);
  }
}

void VersionCompiler::Areas() {
  const Table table = Open("areas.txt", {"area_id", "area_name"});
  RequireColumns(table, {"area_id"});
  areas_.present = table.present();
  for (std::size_t i = 0; i < table.rows(); ++i) {
    RowReader row(table, i, context_.issues);
    if (!areas_.ids.insert(context_.Intern(row.Required("area_id"))).second) {
      row.Bad("area_id", "DUPLICATE_KEY", "the area is listed twice");
    }
  }
}

void VersionCompiler::Stops() {
  const Table table =
      Open("stops.txt",
           {"stop_id", "stop_code", "stop_name", "tts_stop_name", "stop_desc", "stop_lat",
            "stop_lon", "zone_id", "stop_url", "location_type", "parent_station", "stop_timezone",
            "wheelchair_boarding", "level_id", "platform_code", "stop_access"});
  RequireColumns(table, {"stop_id"});
  stops_.present = table.present();
  std::unordered_map<Sym, Sym> parents;
  for (std::size_t i = 0; i < table.rows(); ++i) {
    RowReader row(table, i, context_.issues);
    const Sym id = context_.Intern(row.Required("stop_id"));
    if (stops_.ids.contains(id)) row.Bad("stop_id", "DUPLICATE_KEY", "the stop is listed twice");
    AddOnce(context_.model.stops, stops_, id);
    StopInfo& stop = rules_.stops[id];
    stop.name = std::string(row.Text("stop_name"));
    stop.zone = context_.ZoneIndex(row, "stop_timezone");
    parents[id] = context_.Intern(row.Text("parent_station"));
  }
  for (std::size_t i = 0; i < table.rows(); ++i) {
    RowReader row(table, i, context_.issues);
    IdOf(row, "parent_station", stops_, "stops.txt");
  }
  // A boarding area's parent is a platform, whose parent is the station (location_type 4, 0, 1).
  for (auto& [id, stop] : rules_.stops) {
    stop.station = id;
    for (int depth = 0; depth < 3; ++depth) {
      const auto parent = parents.find(stop.station);
      if (parent == parents.end() || parent->second == kNoSym) break;
      stop.station = parent->second;
      const auto station = rules_.stops.find(stop.station);
      if (stop.zone < 0 && station != rules_.stops.end()) stop.zone = station->second.zone;
    }
  }
}

void VersionCompiler::StopAreas() {
  const Table table = Open("stop_areas.txt", {"area_id", "stop_id"});
  RequireColumns(table, {"area_id", "stop_id"});
  for (std::size_t i = 0; i < table.rows(); ++i) {
    RowReader row(table, i, context_.issues);
    row.Required("area_id");
    row.Required("stop_id");
    const Sym area = IdOf(row, "area_id", areas_, "areas.txt");
    const Sym id = IdOf(row, "stop_id", stops_, "stops.txt");
    StopInfo& stop = rules_.stops[id];
    if (stop.station == kNoSym) stop.station = id;
    if (std::find(stop.areas.begin(), stop.areas.end(), area) == stop.areas.end())
      stop.areas.push_back(area);
  }
  // A station gives its areas to its platforms, unless a platform has rows of its own.
  std::vector<std::pair<StopInfo*, const StopInfo*>> heirs;
  for (auto& [id, stop] : rules_.stops) {
    const auto station = rules_.stops.find(stop.station);
    if (stop.areas.empty() && stop.station != id && station != rules_.stops.end()) {
      heirs.emplace_back(&stop, &station->second);
    }
  }
  for (const auto& [stop, station] : heirs) stop->areas = station->areas;
}

void VersionCompiler::NetworksAndRoutes() {
  const Table networks = Open("networks.txt", {"network_id", "network_name"});
  RequireColumns(networks, {"network_id"});
  networks_.present = networks.present();
  for (std::size_t i = 0; i < networks.rows(); ++i) {
    RowReader row(networks, i, context_.issues);
    if (!networks_.ids.insert(context_.Intern(row.Required("network_id"))).second) {
      row.Bad("network_id", "DUPLICATE_KEY", "the network is listed twice");
    }
  }
  const Table routes =
      Open("routes.txt",
           {"route_id", "agency_id", "route_short_name", "route_long_name", "route_desc",
            "route_type", "route_url", "route_color", "route_text_color", "route_sort_order",
            "continuous_pickup", "continuous_drop_off", "network_id", "cemv_support"});
  RequireColumns(routes, {"route_id"});
  routes_.present = routes.present();
  for (std::size_t i = 0; i < routes.rows(); ++i) {
    RowReader row(routes, i, context_.issues);
    const Sym id = context_.Intern(row.Required("route_id"));
    if (routes_.ids.contains(id)) row.Bad("route_id", "DUPLICATE_KEY", "the route is listed twice");
    AddOnce(context_.model.routes, routes_, id);
    RouteInfo& route = rules_.routes[id];
    route.agency = IdOf(row, "agency_id", agencies_, "agency.txt");
    route.network = IdOf(row, "network_id", networks_, "networks.txt");
    route.name = std::string(row.Blank("route_short_name") ? row.Text("route_long_name")
                                                           : row.Text("route_short_name"));
  }
  const Table members = Open("route_networks.txt", {"network_id", "route_id"});
  RequireColumns(members, {"network_id", "route_id"});
  std::unordered_set<Sym> seen;
  for (std::size_t i = 0; i < members.rows(); ++i) {
    RowReader row(members, i, context_.issues);
    row.Required("network_id");
    row.Required("route_id");
    const Sym id = IdOf(row, "route_id", routes_, "routes.txt");
    if (!seen.insert(id).second) row.Bad("route_id", "DUPLICATE_KEY", "a route is in one network");
    rules_.routes[id].network = IdOf(row, "network_id", networks_, "networks.txt");
  }
}

// Distances of stop times are an open proposal that this engine does not read; the header alone is
// looked at.
void VersionCompiler::StopTimeDistances() {
  const auto found = context_.files.find("stop_times.txt");
  if (found == context_.files.end()) return;
  const std::string_view header =
      std::string_view(found->second).substr(0, found->second.find('\n'));
  if (header.find("fare_distance_units_traveled") == std::string_view::npos) return;
  context_.issues.Warning({"stop_times.txt", 1, 0, "NOT_SUPPORTED_YET",
                           "fare_distance_units_traveled is not read: a leg has a distance only if "
                           "it is given with one"});
}

void VersionCompiler::Media() {
  const Table table =
      Open("fare_media.txt", {"fare_media_id", "fare_media_name", "fare_media_type"});
  RequireColumns(table, {"fare_media_id"});
  media_.present = table.present();
  for (std::size_t i = 0; i < table.rows(); ++i) {
    RowReader row(table, i, context_.issues);
    const std::string id(row.Required("fare_media_id"));
    if (!media_.ids.insert(context_.Intern(id)).second)
      row.Bad("fare_media_id", "DUPLICATE_KEY", "the medium is listed twice");
    const int type = static_cast<int>(row.Int("fare_media_type", 0, 0, 4));
    auto& list = context_.model.media;
    const auto known = std::find_if(list.begin(), list.end(),
                                    [&](const auto& medium) { return medium.first == id; });
    if (known == list.end()) list.emplace_back(id, type);
  }
}

void VersionCompiler::Categories() {
  const Table table = Open("rider_categories.txt", {"rider_category_id", "rider_category_name",
                                                    "is_default_fare_category", "eligibility_url"});
  RequireColumns(table, {"rider_category_id"});
  categories_.present = table.present();
  for (std::size_t i = 0; i < table.rows(); ++i) {
    RowReader row(table, i, context_.issues);
    const Sym id = context_.Intern(row.Required("rider_category_id"));
    if (!categories_.ids.insert(id).second)
      row.Bad("rider_category_id", "DUPLICATE_KEY", "the category is listed twice");
    if (!row.Flag("is_default_fare_category")) continue;
    if (rules_.default_category != kNoSym) {
      row.Bad("is_default_fare_category", "BAD_VALUE", "there is more than one default category");
    }
    rules_.default_category = id;
  }
}

}  // namespace plaza::fare
