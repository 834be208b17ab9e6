// A compiled tariff: GTFS with Fares v2 and Plaza's extension files (docs/fares-extension.md),
// ready to rate by.
//
// Lifecycle: CompileTariff() reads texts and gives an immutable value, shared by pointer.
// Thread-safe once built. Units: money in minor units of the tariff's one currency; moments in
// milliseconds since the epoch. Errors: a list with file, line and column, never an exception; a
// tariff with any error is not given out. Source: google/transit, gtfs/spec/en/reference.md;
// docs/fares-extension.md for the extension, docs/formats/tariff.md for what is read.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/civil.h"
#include "libs/base/money.h"
#include "libs/base/result.h"
#include "libs/base/zone.h"

namespace plaza::fare {

// Something wrong, or worth a look, in a tariff's files.
struct LintIssue {
  std::string file;  // relative to the tariff, "v2026/fare_products.txt"
  int line = 0;      // 1 is the header; 0: the file as a whole
  int column = 0;    // ordinal of the field in its line, from 1; 0: the line as a whole
  std::string code;  // UPPER_SNAKE
  std::string message;
};

// Where a rule stands, for explanations.
struct RuleRef {
  std::string file;
  int line = 0;
  auto operator<=>(const RuleRef&) const = default;
};

// The caller's way to a zone's rules; libs/runtime/zones.h at the edge, a table in tests.
using ZoneLookup = std::function<Result<ZoneRules>(std::string_view iana_name)>;

// Path relative to the tariff ("fare_products.txt", "v2026/fare_products.txt") to its bytes.
using TariffFiles = std::map<std::string, std::string>;

struct TariffModel;  // services/fare/core/model.h; of the core alone

class Tariff {
 public:
  explicit Tariff(std::unique_ptr<const TariffModel> model);
  ~Tariff();
  Tariff(const Tariff&) = delete;
  Tariff& operator=(const Tariff&) = delete;

  Currency currency() const;
  // The zone of tariff.txt or agency.txt; nullptr if neither names one (each moment's own offset
  // then holds).
  const ZoneRules* zone() const;
  // Ids of the versions in order of time; one empty id for a tariff without tariff.txt.
  std::vector<std::string> VersionIds() const;
  // Version in force at a moment; nothing where none is.
  std::optional<std::string> VersionAt(Instant instant) const;
  // Service day of a moment by the version in force then (by the first version, where none is).
  Date ServiceDayOf(Instant instant) const;
  // First row of fare_media.txt with this fare_media_type (2 transit card, 3 contactless EMV);
  // empty if there is none.
  std::string FareMediaOfType(int fare_media_type) const;
  // agency_id of a route, or the only agency's; empty if not known.
  std::string OperatorOfRoute(std::string_view route_id) const;
  bool HasStop(std::string_view stop_id) const;
  bool HasRoute(std::string_view route_id) const;
  bool HasEntitlementKind(std::string_view kind) const;  // in any version's fare_concessions.txt
  // Name for people: stop_name, route_short_name or agency_name; the id itself if there is none.
  std::string StopName(std::string_view stop_id) const;
  std::string RouteName(std::string_view route_id) const;
  std::string OperatorName(std::string_view operator_id) const;
  // Ids as they stand in the files, in file order; for simulations and read models.
  std::vector<std::string> OperatorIds() const;
  std::vector<std::string> StopIds() const;
  std::vector<std::string> RouteIds() const;

  const TariffModel& model() const { return *model_; }

 private:
  std::unique_ptr<const TariffModel> model_;
};

struct CompiledTariff {
  std::shared_ptr<const Tariff> tariff;  // null if there is any error
  std::vector<LintIssue> errors;         // by file, line, column
  std::vector<LintIssue> warnings;       // unknown columns, ids that no table lists
  bool ok() const { return tariff != nullptr; }
};

// Pure: the same files give the same tariff. `zones` is asked once for each zone that the files
// name.
CompiledTariff CompileTariff(const TariffFiles& files, const ZoneLookup& zones);

// The first error as an Error (TARIFF_INVALID), its place "file:line:column"; for callers that need
// one value.
Error TariffError(const CompiledTariff& compiled);

}  // namespace plaza::fare
