#include "apps/citysim/recording.h"

#include <gtest/gtest.h>

#include <fstream>

#include "apps/citysim/errors.h"
#include "apps/citysim/replay_plan.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/apps/citysim/small_feed.h"

namespace plaza::citysim {
namespace {

std::string ReadText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

class RecordingTest : public ::testing::Test {
 protected:
  RecordingTest() {
    header_.seed = 0xFFFFFFFFFFFFFFFFULL;
    header_.date = *Date::Parse("2026-11-23");
    header_.zone = "America/Mexico_City";
    header_.validators = {{"GDL-S0001", "SITEUR", "l4_a", "", 123},
                          {"GDL-V0001", "TVA", "", "BUS-0001", 123}};
    header_.grants = {{AccountId(id_space::Account()), "student", "2026-10-24", ""}};
  }
  std::string Write() {
    auto writer = RecordingWriter::Create(path_, header_);
    EXPECT_TRUE(writer.ok());
    for (const RecordingEntry& entry : entries_) EXPECT_TRUE((*writer)->Append(entry).ok());
    EXPECT_TRUE((*writer)->Finish().ok());
    return ReadText(path_);
  }
  ErrorKind RefusalOf(const std::string& text) {
    testing::WriteText(path_, text);
    const auto reader = RecordingReader::Open(path_);
    EXPECT_FALSE(reader.ok());
    if (reader.ok()) return kBadOptions;
    for (const ErrorKind& kind : {kRecordingIo, kNotARecording, kWrongRecordingVersion,
                                  kRecordingUnfinished, kRecordingDamaged}) {
      if (reader.error().Is(kind)) return kind;
    }
    ADD_FAILURE() << reader.error().ToString();
    return kBadOptions;
  }

  testing::TempFolder folder_;
  std::string path_ = (folder_.path() / "day.rec").string();
  RecordingHeader header_;
  std::vector<RecordingEntry> entries_ = {ClockMark{{-5}},
                                          WindowMark{},
                                          TapEntry{{1, 2, 3}},
                                          ClockMark{{1'795'000'000'000}},
                                          TapEntry{Bytes(600, 0xA)},
                                          WindowMark{},
                                          CutOffMark{*Date::Parse("2026-11-23")},
                                          WindowMark{}};
};

TEST_F(RecordingTest, RoundTrip) {
  Write();
  EXPECT_FALSE(std::filesystem::exists(path_ + ".part"));
  const auto reader = RecordingReader::Open(path_);
  ASSERT_TRUE(reader.ok()) << reader.error().ToString();
  EXPECT_EQ((*reader)->header(), header_);
  EXPECT_EQ((*reader)->taps(), 2U);
  std::vector<RecordingEntry> read;
  RecordingEntry entry;
  for (;;) {
    const auto more = (*reader)->Next(entry);
    ASSERT_TRUE(more.ok());
    if (!*more) break;
    read.push_back(entry);
  }
  EXPECT_EQ(read, entries_);
}

// Golden octets: docs/formats/recording.md.
TEST_F(RecordingTest, HasTheDocumentedLayout) {
  entries_ = {TapEntry{{0xAB}}, ClockMark{{258}}, WindowMark{}, CutOffMark{header_.date}};
  const std::string text = Write();
  const std::string head = "PLZTAPS\nH";
  EXPECT_EQ(text.substr(0, head.size()), head);
  const std::string body = std::string("T\0\0\0\1\xAB", 6) +
                           std::string("A\0\0\0\10\0\0\0\0\0\0\1\2", 13) +
                           std::string("W\0\0\0\0", 5) + std::string("C\0\0\0\012", 5) +
                           "2026-11-23" + std::string("E\0\0\0\50\0\0\0\0\0\0\0\1", 13);
  ASSERT_GT(text.size(), body.size() + 32);
  EXPECT_EQ(text.substr(text.size() - 32 - body.size(), body.size()), body);
}

TEST_F(RecordingTest, EachFlippedBitIsFound) {
  const std::string whole = Write();
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x04);
    testing::WriteText(path_, damaged);
    EXPECT_FALSE(RecordingReader::Open(path_).ok()) << "octet " << at;
  }
}

TEST_F(RecordingTest, EachCutIsUnfinished) {
  const std::string whole = Write();
  for (std::size_t length = 9; length < whole.size(); length += 11) {
    EXPECT_STREQ(RefusalOf(whole.substr(0, length)).reason, kRecordingUnfinished.reason) << length;
  }
}

TEST_F(RecordingTest, ForeignFilesAreRefusedByName) {
  const std::string whole = Write();
  EXPECT_STREQ(RefusalOf("").reason, kNotARecording.reason);
  EXPECT_STREQ(RefusalOf("route_id,agency_id\n").reason, kNotARecording.reason);
  EXPECT_STREQ(RefusalOf(whole + "x").reason, kRecordingDamaged.reason);
  EXPECT_STREQ(RefusalOf(std::string("PLZTAPS\nT\0\0\0\0", 13)).reason, kRecordingDamaged.reason);
  EXPECT_STREQ(RefusalOf(std::string("PLZTAPS\nH\xFF\xFF\xFF\xFF", 13)).reason,
               kRecordingDamaged.reason);
  const auto absent = RecordingReader::Open((folder_.path() / "absent").string());
  ASSERT_FALSE(absent.ok());
  EXPECT_TRUE(absent.error().Is(kRecordingIo));
  EXPECT_FALSE(RecordingReader::Open(folder_.path().string()).ok());
}

TEST_F(RecordingTest, AnUnfinishedRecordingIsNotLeftUnderItsName) {
  {
    auto writer = RecordingWriter::Create(path_, header_);
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE((*writer)->Append(entries_[0]).ok());
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".part"));
  EXPECT_FALSE(
      RecordingWriter::Create((folder_.path() / "no/such/day.rec").string(), header_).ok());
}

std::vector<ReplayWindow> TwoDays() {
  std::vector<ReplayWindow> windows(6);
  std::uint8_t n = 0;
  for (std::size_t at = 0; at < windows.size(); ++at) {
    windows[at].clock = {{static_cast<std::int64_t>(at)}};
    for (int i = 0; i < 10; ++i) windows[at].records.push_back({n++});
  }
  windows[2].cut_off = Date{1};
  return windows;
}

std::vector<std::size_t> WindowOf(const std::vector<ReplayWindow>& windows) {
  std::vector<std::size_t> found(60, 99);
  for (std::size_t at = 0; at < windows.size(); ++at) {
    for (const Bytes& record : windows[at].records) found[record[0]] = at;
  }
  return found;
}

TEST(ReplayPlanTest, ChangesNothingByDefault) {
  auto windows = TwoDays();
  const ReplayChanges changes = ChangeOrder({}, windows);
  EXPECT_EQ(changes.repeated + changes.late, 0U);
  for (std::size_t at = 0; at < 6; ++at) EXPECT_EQ(windows[at].records, TwoDays()[at].records);
}

TEST(ReplayPlanTest, ShufflesWithinABusinessDayAndNeverEarlier) {
  ReplayOptions options;
  options.shuffle_seed = 3;
  auto windows = TwoDays();
  ChangeOrder(options, windows);
  const auto found = WindowOf(windows);
  bool moved = false;
  for (std::size_t n = 0; n < 60; ++n) {
    EXPECT_GE(found[n], n / 10);
    EXPECT_EQ(found[n] <= 2, n < 30);  // on its side of the cut-off
    moved = moved || found[n] != n / 10;
  }
  EXPECT_TRUE(moved);
  auto again = TwoDays();
  ChangeOrder(options, again);
  for (std::size_t at = 0; at < 6; ++at) EXPECT_EQ(windows[at].records, again[at].records);
}

TEST(ReplayPlanTest, RepeatsAndDelays) {
  ReplayOptions options;
  options.repeat_percent = 100;
  options.late_percent = 100;
  auto windows = TwoDays();
  const ReplayChanges changes = ChangeOrder(options, windows);
  EXPECT_EQ(changes.repeated, 60U);
  EXPECT_EQ(changes.late, 30U);  // no cut-off comes after the second day's
  const auto found = WindowOf(windows);
  for (std::size_t n = 0; n < 30; ++n) EXPECT_EQ(found[n], 3U);
  for (std::size_t n = 30; n < 60; ++n) EXPECT_EQ(found[n], n / 10);
  EXPECT_TRUE(windows[0].records.empty());
  EXPECT_TRUE(windows[2].cut_off.has_value());
  EXPECT_EQ(windows[0].clock.size(), 1U);
}

}  // namespace
}  // namespace plaza::citysim
