#include "services/fare/core/tariff.h"

#include <algorithm>

#include "services/fare/core/model.h"

namespace plaza::fare {
namespace {

std::vector<std::string> Texts(const Symbols& symbols, const std::vector<Sym>& ids) {
  std::vector<std::string> texts;
  for (Sym id : ids) texts.push_back(symbols.Text(id));
  return texts;
}

}  // namespace

Sym Symbols::Intern(std::string_view text) {
  if (text.empty()) return kNoSym;
  const auto found = index_.find(text);
  if (found != index_.end()) return found->second;
  const auto id = static_cast<Sym>(texts_.size());
  texts_.emplace_back(text);
  index_.emplace(texts_.back(), id);
  return id;
}

Sym Symbols::Find(std::string_view text) const {
  const auto found = index_.find(text);
  return found == index_.end() ? kNoSym : found->second;
}

bool ServiceDays::Runs(Date date) const {
  if (std::find(removed.begin(), removed.end(), date) != removed.end()) return false;
  if (std::find(added.begin(), added.end(), date) != added.end()) return true;
  return has_range && first <= date && date <= last && ((weekdays >> date.weekday()) & 1u) != 0;
}

int TariffModel::VersionAt(Instant instant) const {
  for (std::size_t i = versions.size(); i-- > 0;) {
    const TariffVersion& version = versions[i];
    if (version.from && instant < *version.from) continue;
    return version.until && *version.until <= instant ? -1 : static_cast<int>(i);
  }
  return -1;
}

Tariff::Tariff(std::unique_ptr<const TariffModel> model) : model_(std::move(model)) {}
Tariff::~Tariff() = default;

Currency Tariff::currency() const { return model_->currency; }

const ZoneRules* Tariff::zone() const {
  for (const TariffVersion& version : model_->versions) {
    if (version.zone >= 0) return &model_->zones[static_cast<std::size_t>(version.zone)];
  }
  return nullptr;
}

std::vector<std::string> Tariff::VersionIds() const {
  std::vector<std::string> ids;
  for (const TariffVersion& version : model_->versions) ids.push_back(version.id);
  return ids;
}

std::optional<std::string> Tariff::VersionAt(Instant instant) const {
  const int index = model_->VersionAt(instant);
  if (index < 0) return std::nullopt;
  return model_->versions[static_cast<std::size_t>(index)].id;
}

Date Tariff::ServiceDayOf(Instant instant) const {
  static const ZoneRules kUtc;
  const auto index = static_cast<std::size_t>(std::max(0, model_->VersionAt(instant)));
  if (index >= model_->versions.size()) return DayOf(instant, kUtc, TimeOfDay{});
  const TariffVersion& version = model_->versions[index];
  const ZoneRules& rules =
      version.zone < 0 ? kUtc : model_->zones[static_cast<std::size_t>(version.zone)];
  return DayOf(instant, rules, version.day_start);
}

std::string Tariff::FareMediaOfType(int fare_media_type) const {
  for (const auto& [id, type] : model_->media) {
    if (type == fare_media_type) return id;
  }
  return "";
}

std::string Tariff::OperatorOfRoute(std::string_view route_id) const {
  const Sym id = model_->symbols.Find(route_id);
  for (const TariffVersion& version : model_->versions) {
    const auto route = version.rules.routes.find(id);
    if (id != kNoSym && route != version.rules.routes.end() && route->second.agency != kNoSym) {
      return model_->symbols.Text(route->second.agency);
    }
  }
  return model_->only_agency == kNoSym ? "" : model_->symbols.Text(model_->only_agency);
}

bool Tariff::HasStop(std::string_view stop_id) const {
  const Sym id = model_->symbols.Find(stop_id);
  return std::find(model_->stops.begin(), model_->stops.end(), id) != model_->stops.end();
}

bool Tariff::HasRoute(std::string_view route_id) const {
  const Sym id = model_->symbols.Find(route_id);
  return std::find(model_->routes.begin(), model_->routes.end(), id) != model_->routes.end();
}

bool Tariff::HasEntitlementKind(std::string_view kind) const {
  const Sym id = model_->symbols.Find(kind);
  return id != kNoSym &&
         std::any_of(model_->versions.begin(), model_->versions.end(),
                     [&](const TariffVersion& version) {
                       const auto& rows = version.rules.concessions;
                       return std::any_of(rows.begin(), rows.end(),
                                          [&](const ConcessionRow& row) { return row.kind == id; });
                     });
}

std::string Tariff::StopName(std::string_view stop_id) const {
  const Sym id = model_->symbols.Find(stop_id);
  for (auto version = model_->versions.rbegin(); version != model_->versions.rend(); ++version) {
    const auto stop = version->rules.stops.find(id);
    if (stop != version->rules.stops.end() && !stop->second.name.empty()) return stop->second.name;
  }
  return std::string(stop_id);
}

std::string Tariff::RouteName(std::string_view route_id) const {
  const Sym id = model_->symbols.Find(route_id);
  for (auto version = model_->versions.rbegin(); version != model_->versions.rend(); ++version) {
    const auto route = version->rules.routes.find(id);
    if (route != version->rules.routes.end() && !route->second.name.empty())
      return route->second.name;
  }
  return std::string(route_id);
}

std::string Tariff::OperatorName(std::string_view operator_id) const {
  const auto name = model_->agency_names.find(model_->symbols.Find(operator_id));
  return name == model_->agency_names.end() || name->second.empty() ? std::string(operator_id)
                                                                    : name->second;
}

std::vector<std::string> Tariff::OperatorIds() const {
  return Texts(model_->symbols, model_->agencies);
}
std::vector<std::string> Tariff::StopIds() const { return Texts(model_->symbols, model_->stops); }
std::vector<std::string> Tariff::RouteIds() const { return Texts(model_->symbols, model_->routes); }

}  // namespace plaza::fare
