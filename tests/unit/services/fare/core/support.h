// Small tariffs and taps for the fare core's tests.
#pragma once
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "libs/base/civil.h"
#include "services/fare/core/rating.h"
#include "services/fare/core/tariff.h"

namespace plaza::fare::testing {

// Mexico City has had no summer time since 2022: one offset is enough for these tests. Berlin's
// change of 2026-03-29.
inline Result<ZoneRules> Zones(std::string_view name) {
  if (name == "America/Mexico_City") return ZoneRules::Make(std::string(name), "test", -21'600, {});
  if (name == "Europe/Berlin") {
    return ZoneRules::Make(std::string(name), "test", 3'600,
                           {{ParseMoment("2026-03-29T01:00:00Z")->instant, 7'200}});
  }
  if (name == "Etc/UTC") return ZoneRules();
  return Error({StatusCode::kNotFound, "UNKNOWN_ZONE", ""}, std::string(name));
}

inline CompiledTariff Compile(const TariffFiles& files) { return CompileTariff(files, Zones); }

inline std::shared_ptr<const Tariff> MustCompile(const TariffFiles& files) {
  const CompiledTariff compiled = Compile(files);
  for (const LintIssue& issue : compiled.errors) {
    ADD_FAILURE() << issue.file << ":" << issue.line << ":" << issue.column << " " << issue.code
                  << " " << issue.message;
  }
  return compiled.tariff;
}

inline Moment At(std::string_view text) { return *ParseMoment(text); }

// "08:00" or "08:00:30" on a day of the tests, at the city's offset.
inline Moment Today(const std::string& time) {
  return At("2026-05-04T" + time + (time.size() == 5 ? ":00" : "") + "-06:00");
}

inline Tap Single(std::string id, Moment time, std::string network, std::string stop = "",
                  std::string media = "emv") {
  Tap tap;
  tap.tap_id = std::move(id);
  tap.time = time;
  tap.network_id = std::move(network);
  tap.stop_id = std::move(stop);
  tap.fare_media_id = std::move(media);
  return tap;
}

inline Tap On(std::string id, Moment time, std::string network, std::string stop) {
  Tap tap = Single(std::move(id), time, std::move(network), std::move(stop));
  tap.action = TapAction::kOn;
  return tap;
}

inline Tap Off(std::string id, Moment time, std::string network, std::string stop) {
  Tap tap = Single(std::move(id), time, std::move(network), std::move(stop));
  tap.action = TapAction::kOff;
  return tap;
}

inline Statement MustRate(const Tariff& tariff, const AccountInput& input,
                          std::optional<Instant> until = std::nullopt) {
  Result<Statement> statement = Rate(tariff, input, until);
  if (!statement.ok()) {
    ADD_FAILURE() << statement.error().ToString();
    return {};
  }
  return std::move(statement).value();
}

inline Statement RateTaps(const Tariff& tariff, std::vector<Tap> taps) {
  AccountInput input;
  input.account = "a";
  input.taps = std::move(taps);
  return MustRate(tariff, input);
}

// The charge of each leg, in order; -1 for an unknown fare.
inline std::vector<std::int64_t> Charges(const Statement& statement) {
  std::vector<std::int64_t> charges;
  for (const StatementJourney& journey : statement.journeys) {
    for (const StatementLeg& leg : journey.legs)
      charges.push_back(leg.unknown ? -1 : leg.charged_minor);
  }
  return charges;
}

inline std::int64_t Sum(const std::vector<OperatorShare>& shares) {
  std::int64_t sum = 0;
  for (const OperatorShare& share : shares) sum += share.amount_minor;
  return sum;
}

inline TariffFiles ReadFolder(const std::filesystem::path& folder) {
  TariffFiles files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".txt") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    files[entry.path().lexically_relative(folder).generic_string()] =
        std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return files;
}

}  // namespace plaza::fare::testing
