#include "apps/citysim/network.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "apps/citysim/csv.h"
#include "apps/citysim/errors.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/apps/citysim/small_feed.h"

namespace plaza::citysim {
namespace {

TEST(CsvTest, ReadsTheDirtOfRealFeeds) {
  const auto table =
      CsvTable::Parse("\xEF\xBB\xBF a , b\r\n 1 ,\"x, \"\"y\"\"\"\r\n\r\n2\n3,last", "f.txt");
  ASSERT_TRUE(table.ok());
  ASSERT_EQ(table->rows(), 3U);
  EXPECT_EQ(table->At(0, "a"), "1");
  EXPECT_EQ(table->At(0, "b"), "x, \"y\"");
  EXPECT_EQ(table->At(1, "b"), "");
  EXPECT_EQ(table->At(2, "b"), "last");
  EXPECT_EQ(table->At(2, "c"), "");
}

TEST(CsvTest, RefusesWithFileAndLine) {
  const auto many = CsvTable::Parse("a,b\n1,2\n1,2,3\n", "f.txt");
  ASSERT_FALSE(many.ok());
  EXPECT_TRUE(many.error().Is(kBadFeed));
  EXPECT_EQ(many.error().where(), "f.txt:3");
  const auto open = CsvTable::Parse("a,b\n1,\"2\n", "f.txt");
  ASSERT_FALSE(open.ok());
  EXPECT_EQ(open.error().where(), "f.txt:2");
}

class NetworkTest : public ::testing::Test {
 protected:
  testing::TempFolder folder_;
  std::string feed_ = testing::WriteSmallFeed(folder_.path() / "feed");
};

TEST_F(NetworkTest, KnowsWhichLinesHaveStations) {
  const auto network = LoadNetwork(feed_);
  ASSERT_TRUE(network.ok()) << network.error().ToString();
  ASSERT_EQ(network->lines.size(), 3U);
  const Line& bus = network->lines[0];
  EXPECT_EQ(bus.route_id, "C01");
  EXPECT_FALSE(bus.gated);
  EXPECT_EQ(bus.operator_id, "TVA");
  EXPECT_EQ(bus.stop_ids, (std::vector<std::string>{"c_1", "c_2"}));
  EXPECT_EQ(bus.trip_ids, (std::vector<std::string>{"C01-1", "C01-2"}));
  const Line& rail = network->lines[2];
  EXPECT_EQ(rail.route_id, "MT-L4");
  EXPECT_TRUE(rail.gated);
  EXPECT_EQ(rail.network_id, "mi_tren_l4");
  EXPECT_EQ(rail.stop_ids, (std::vector<std::string>{"l4_a", "l4_b"}));
}

struct Damage {
  const char* file;
  const char* text;  // null: removed
};

class DamagedFeedTest : public NetworkTest, public ::testing::WithParamInterface<Damage> {};

TEST_P(DamagedFeedTest, IsRefusedWithItsFile) {
  const std::string path = feed_ + "/" + GetParam().file;
  if (GetParam().text == nullptr) {
    std::filesystem::remove(path);
  } else {
    testing::WriteText(path, GetParam().text);
  }
  const auto network = LoadNetwork(feed_);
  ASSERT_FALSE(network.ok());
  EXPECT_TRUE(network.error().Is(kBadFeed));
  EXPECT_NE(network.error().where().find(GetParam().file), std::string::npos)
      << network.error().ToString();
}

INSTANTIATE_TEST_SUITE_P(
    All, DamagedFeedTest,
    ::testing::Values(Damage{"routes.txt", nullptr}, Damage{"agency.txt", nullptr},
                      Damage{"stops.txt", nullptr}, Damage{"stop_times.txt", nullptr},
                      Damage{"routes.txt", "route_id,agency_id,route_type\nX,NOBODY,3\n"},
                      Damage{"routes.txt", "route_id,agency_id,route_type\nX,TVA,bus\n"},
                      Damage{"trips.txt", "route_id,trip_id\nNONE,T\n"},
                      Damage{"stop_times.txt", "trip_id,stop_id,stop_sequence\nL4-1,gone,1\n"},
                      Damage{"stop_times.txt", "trip_id,stop_id,stop_sequence\nL4-1,l4_a,-1\n"},
                      Damage{"stops.txt", "stop_id\n\"open"}));

TEST(GuadalajaraTest, LoadsTheDefaultCity) {
  const auto network = LoadNetwork(std::string(PLAZA_SOURCE_DIR) + "/data/guadalajara");
  ASSERT_TRUE(network.ok()) << network.error().ToString();
  EXPECT_GE(network->lines.size(), 20U);
  const auto line4 = std::ranges::find(network->lines, "mi_tren_l4", &Line::network_id);
  ASSERT_NE(line4, network->lines.end());
  EXPECT_TRUE(line4->gated);
  EXPECT_EQ(line4->stop_ids.size(), 8U);  // facts: 8 stations
  for (const Line& line : network->lines) {
    EXPECT_FALSE(line.stop_ids.empty()) << line.route_id;
    EXPECT_FALSE(line.trip_ids.empty()) << line.route_id;
  }
}

}  // namespace
}  // namespace plaza::citysim
