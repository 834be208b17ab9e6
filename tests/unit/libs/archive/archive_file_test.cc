// The octets of an archive file and of a manifest (docs/formats/archive.md), and what is refused.
#include "libs/archive/archive_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/archive/errors.h"
#include "libs/archive/limits.h"
#include "libs/archive/manifest.h"
#include "libs/base/hex.h"

namespace plaza::archive {
namespace {

using ::testing::HasSubstr;

std::string Example() {
  FileBuilder builder({"plaza.taps.v1", 3}, 40);
  builder.Add({"key", "value"});
  builder.Add({"", std::string("\0\xFF", 2)});
  return builder.Finish();
}

// Header, then a zstd frame as libzstd 1.5 writes it.
constexpr const char* kHeaderHex =
    "504C5A415243480A"  // magic
    "01000000"          // version
    "03000000"          // partition
    "2800000000000000"  // first offset, 40
    "2900000000000000"  // last offset, 41
    "0200000000000000"  // records
    "2300000000000000"  // body before compression, 35
    "0D000000706C617A612E746170732E7631";
constexpr const char* kFrameHex =
    "28B52FFD20231901001F0000000102000000030000006B65790500000076616C7565000000000200000000FF";

TEST(ArchiveFile, HasTheseOctets) {
  const std::string bytes = Example();
  EXPECT_EQ(ToHex(AsBytes(bytes)).substr(0, std::string(kHeaderHex).size()), kHeaderHex);
  const Bytes golden = FromHex(std::string(kHeaderHex) + kFrameHex).value();
  const auto decoded = DecodeFile(AsText(golden), "golden");
  ASSERT_TRUE(decoded.ok()) << decoded.error().ToString();
  EXPECT_EQ(decoded->header, (FileHeader{{"plaza.taps.v1", 3}, 40, 2}));
  ASSERT_EQ(decoded->records.size(), 2U);
  EXPECT_EQ(decoded->records[0].offset, 40);
  EXPECT_EQ(decoded->records[0].record.key, "key");
  EXPECT_EQ(decoded->records[0].record.value, "value");
  EXPECT_EQ(decoded->records[1].offset, 41);
  EXPECT_EQ(decoded->records[1].record.key, "");
  EXPECT_EQ(decoded->records[1].record.value, std::string("\0\xFF", 2));
}

TEST(ArchiveFile, HoldsManyBatches) {
  FileBuilder builder({"t", 0}, 0);
  const std::int64_t count = 2 * static_cast<std::int64_t>(kBatchRecords) + 1;
  for (std::int64_t i = 0; i < count; ++i) builder.Add({std::to_string(i), std::string(50, 'x')});
  EXPECT_FALSE(builder.full());
  const auto decoded = DecodeFile(builder.Finish(), "many");
  ASSERT_TRUE(decoded.ok()) << decoded.error().ToString();
  ASSERT_EQ(static_cast<std::int64_t>(decoded->records.size()), count);
  for (std::int64_t i = 0; i < count; ++i) {
    EXPECT_EQ(decoded->records[static_cast<std::size_t>(i)].offset, i);
    EXPECT_EQ(decoded->records[static_cast<std::size_t>(i)].record.key, std::to_string(i));
  }
}

TEST(ArchiveFile, IsFullInTime) {
  FileBuilder builder({"t", 0}, 0);
  std::size_t bytes = 0;
  while (!builder.full()) {
    builder.Add({"k", std::string(1024 * 1024, 'x')});
    bytes += 1024 * 1024;
  }
  EXPECT_EQ(bytes, kFileBodyBytes);
  EXPECT_TRUE(DecodeFile(builder.Finish(), "full").ok());
}

TEST(ArchiveFile, AnyChangedOrMissingOctetOfTheHeaderIsRefused) {
  const std::string good = Example();
  const std::size_t header = std::string(kHeaderHex).size() / 2;
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    EXPECT_FALSE(DecodeFile(good.substr(0, cut), "cut").ok()) << cut;
  }
  for (std::size_t at = 0; at < header - 13; ++at) {  // the topic may be any, and so may its place
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x40);
    const auto decoded = DecodeFile(bad, "bad.plz");
    const bool another_place = (at >= 12 && at < 16) || (at >= 16 && at < 32);
    if (decoded.ok()) {
      EXPECT_TRUE(another_place) << at;
      continue;
    }
    EXPECT_TRUE(decoded.error().Is(kDamaged)) << at;
    EXPECT_THAT(decoded.error().where(), HasSubstr("bad.plz"));
  }
  EXPECT_FALSE(DecodeFile(good + "x", "more").ok());
}

Manifest ExampleManifest() {
  Manifest manifest;
  manifest.day = Date::Parse("2026-11-23").value();
  manifest.previous.fill(0xAB);
  manifest.topics = {{"plaza.clock.v1", 1}, {"plaza.taps.v1", 4}};
  FileEntry entry;
  entry.header = {{"plaza.taps.v1", 3}, 40, 2};
  entry.bytes = 99;
  entry.sha256.fill(0x01);
  manifest.files = {entry};
  return manifest;
}

constexpr const char* kManifestText =
    "plaza archive 1\n"
    "day 2026-11-23\n"
    "previous ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB\n"
    "topic plaza.clock.v1 1\n"
    "topic plaza.taps.v1 4\n"
    "file plaza.taps.v1 3 40 2 99 "
    "0101010101010101010101010101010101010101010101010101010101010101\n"
    "end\n";

TEST(Manifest, HasThisText) {
  EXPECT_EQ(EncodeManifest(ExampleManifest()), kManifestText);
  const auto decoded = DecodeManifest(kManifestText, "m");
  ASSERT_TRUE(decoded.ok()) << decoded.error().ToString();
  EXPECT_EQ(EncodeManifest(*decoded), kManifestText);
  EXPECT_EQ(decoded->files, ExampleManifest().files);
  EXPECT_EQ(decoded->files[0].Name(), "plaza.taps.v1/3/00000000000000000040.plz");
  EXPECT_EQ(ManifestName(decoded->day), "manifests/2026-11-23");
}

TEST(Manifest, WhatCannotBeIsRefusedWithItsLine) {
  const std::string good = kManifestText;
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  const struct {
    std::string text;
    const char* where;
  } table[] = {
      {"", "m"},
      {good.substr(0, good.size() - 4), "m"},      // no end: it was cut
      {good + "end\n", "m"},                       // something after it
      {with("archive 1", "archive 2"), "m:1"},     // another version
      {with("2026-11-23", "2026-11-31"), "m:2"},   // no such day
      {with("previous AB", "previous A"), "m:3"},  // a digit too few
      {with("plaza.clock.v1 1", "plaza.clock.v1 0"), "m:4"},
      {with("file plaza.taps.v1", "file ../taps"), "m:6"},  // a path out of the archive
      {with("3 40 2 99", "3 40 0 99"), "m:6"},              // no record
      {with("3 40 2 99", "3 -1 2 99"), "m:6"},
      {with("3 40 2 99", "3 040 2 99"), "m"},  // another spelling of the same
      {with("end\n", "End\n"), "m:7"},
  };
  for (const auto& row : table) {
    const auto decoded = DecodeManifest(row.text, "m");
    ASSERT_FALSE(decoded.ok()) << row.text;
    EXPECT_TRUE(decoded.error().Is(kDamaged));
    EXPECT_EQ(decoded.error().where(), row.where) << row.text;
  }
}

}  // namespace
}  // namespace plaza::archive
