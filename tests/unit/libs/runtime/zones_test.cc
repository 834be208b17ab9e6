#include "libs/runtime/zones.h"

#include <gmock/gmock.h>

#include "libs/runtime/errors.h"

namespace plaza::runtime {
namespace {

std::string LocalText(const ZoneRules& zone, const char* utc) {
  const auto moment = ParseMoment(utc);
  EXPECT_TRUE(moment.ok());
  return FormatMoment(moment->instant, zone.OffsetAt(moment->instant));
}

struct Case {
  const char* zone;
  const char* utc;
  const char* local;
};

class ZonesTest : public ::testing::TestWithParam<Case> {};

TEST_P(ZonesTest, GivesTheLocalTime) {
  const auto zone = LoadZone(GetParam().zone);
  ASSERT_TRUE(zone.ok()) << zone.error().ToString();
  EXPECT_EQ(LocalText(*zone, GetParam().utc), GetParam().local);
}

INSTANTIATE_TEST_SUITE_P(
    Zones, ZonesTest,
    ::testing::Values(
        // Mexico gave up summer time on 2022-10-30 (DOF, 2022-10-28).
        Case{"America/Mexico_City", "2022-07-01T12:00:00Z", "2022-07-01T07:00:00-05:00"},
        Case{"America/Mexico_City", "2022-10-30T06:59:59Z", "2022-10-30T01:59:59-05:00"},
        Case{"America/Mexico_City", "2022-10-30T07:00:00Z", "2022-10-30T01:00:00-06:00"},
        Case{"America/Mexico_City", "2026-07-01T12:00:00Z", "2026-07-01T06:00:00-06:00"},
        Case{"America/Mexico_City", "2099-07-01T12:00:00Z", "2099-07-01T06:00:00-06:00"},
        // Europe changes at 01:00 UTC on the last Sundays of March and October, also beyond 2037,
        // where a file's own list ends.
        Case{"Europe/Madrid", "2026-03-29T00:59:59Z", "2026-03-29T01:59:59+01:00"},
        Case{"Europe/Madrid", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00+02:00"},
        Case{"Europe/Madrid", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00+01:00"},
        Case{"Europe/Madrid", "2037-12-01T00:00:00Z", "2037-12-01T01:00:00+01:00"},
        Case{"Europe/Madrid", "2060-03-28T00:59:59Z", "2060-03-28T01:59:59+01:00"},
        Case{"Europe/Madrid", "2060-03-28T01:00:00Z", "2060-03-28T03:00:00+02:00"},
        Case{"Europe/Madrid", "2099-10-25T00:59:59Z", "2099-10-25T02:59:59+02:00"},
        Case{"Europe/Madrid", "2099-10-25T01:00:00Z", "2099-10-25T02:00:00+01:00"},
        // South of the equator summer spans the new year.
        Case{"America/Santiago", "2060-01-01T12:00:00Z", "2060-01-01T09:00:00-03:00"},
        Case{"America/Santiago", "2060-07-01T12:00:00Z", "2060-07-01T08:00:00-04:00"},
        Case{"America/New_York", "1970-07-01T12:00:00Z", "1970-07-01T08:00:00-04:00"},
        Case{"UTC", "2026-07-01T12:00:00Z", "2026-07-01T12:00:00+00:00"}));

TEST(ZonesTest, NamesTheDatabasesVersion) {
  const auto zone = LoadZone("America/Mexico_City");
  ASSERT_TRUE(zone.ok());
  EXPECT_EQ(zone->name(), "America/Mexico_City");
  EXPECT_THAT(zone->tzdata_version(), ::testing::MatchesRegex("20[0-9][0-9][a-z]"));
}

TEST(ZonesTest, RefusesOtherNames) {
  for (const char* name :
       {"", "Mexico/Guadalajara", "../../etc/passwd", "America", "CST6CDT4EVER"}) {
    const auto zone = LoadZone(name);
    ASSERT_FALSE(zone.ok()) << name;
    EXPECT_TRUE(zone.error().Is(kUnknownZone));
  }
}

}  // namespace
}  // namespace plaza::runtime
