#include "libs/emv/tlv/reader.h"

#include <gmock/gmock.h>

#include "libs/base/hex.h"
#include "libs/emv/errors.h"
#include "libs/emv/limits.h"
#include "libs/emv/tlv/data_elements.h"
#include "libs/emv/tlv/writer.h"
#include "tests/support/emv/test_ca.h"

namespace plaza::emv {
namespace {

using test::Hex;

struct GoodCase {
  const char* data;
  const char* expected;  // "TAG:VALUE@OFFSET …"
};

// Where the offset of each object and its value lie; more tables are in
// tests/vectors/emv/tlv.jsonl.
TEST(TlvReaderTest, ReadsObjectsWithTheirPlaces) {
  for (const auto& [data, expected] :
       {GoodCase{"", ""}, GoodCase{"000000", ""}, GoodCase{"5A0147", "5A:47@0 "},
        GoodCase{"00005A01470057020102", "5A:47@2 57:0102@6 "},
        GoodCase{"9F360200425F2400", "9F36:0042@0 5F24:@5 "},
        GoodCase{"DF81048101AA", "DF8104:AA@0 "}, GoodCase{"5A8300000147", "5A:47@0 "}}) {
    const Bytes bytes = Hex(data);
    TlvReader reader(bytes);
    Tlv object;
    std::string seen;
    auto more = reader.Next(object);
    while (more.ok() && *more) {
      seen += TagText(object.tag) + ":" + ToHex(object.value) + "@" +
              std::to_string(object.offset) + " ";
      EXPECT_EQ(bytes.data() + object.value_offset, object.value.data());
      more = reader.Next(object);
    }
    EXPECT_TRUE(more.ok()) << data;
    EXPECT_EQ(seen, expected) << data;
  }
}

TEST(TlvReaderTest, RefusesWithTheOffset) {
  for (const auto& [data, where] : {std::pair{"5A", "offset 1"},
                                    {"5A0147809F", "offset 4"},
                                    {"9F", "offset 1"},
                                    {"9F8182838401AA", "offset 0"},
                                    {"7080", "offset 1"},
                                    {"5A840000000147", "offset 1"},
                                    {"5A81", "offset 2"},
                                    {"5A0247", "offset 2"}}) {
    const Bytes bytes = Hex(data);
    TlvReader reader(bytes);
    Tlv object;
    auto more = reader.Next(object);
    while (more.ok() && *more) more = reader.Next(object);
    ASSERT_FALSE(more.ok()) << data;
    EXPECT_TRUE(more.error().Is(errors::kBadTlv));
    EXPECT_EQ(more.error().where(), where) << data;
  }
}

TEST(TlvReaderTest, FindDoesNotLookInsideTemplates) {
  const Bytes data =
      Hex("7003570147"
          "5702AABB");
  const auto found = FindTlv(data, tag::kTrack2);
  ASSERT_TRUE(found.ok() && *found);
  EXPECT_EQ(ToHex(**found), "AABB");
  EXPECT_FALSE((*FindTlv(data, tag::kPan)).has_value());
  EXPECT_FALSE(FindTlv(Hex("9F"), tag::kPan).ok());
}

TEST(TlvWriterTest, ShortestLengths) {
  for (const auto& [size, head] : {std::pair<std::size_t, const char*>{0, "5A00"},
                                   {127, "5A7F"},
                                   {128, "5A8180"},
                                   {255, "5A81FF"},
                                   {256, "5A820100"},
                                   {65535, "5A82FFFF"},
                                   {65536, "5A83010000"}}) {
    const Bytes object = MakeTlv(tag::kPan, Bytes(size, 0x11));
    const std::size_t head_size = std::string_view(head).size() / 2;
    EXPECT_EQ(ToHex(ByteView(object).first(head_size)), head);
    EXPECT_EQ(object.size(), head_size + size);
  }
}

TEST(TagTest, TextAndKind) {
  EXPECT_EQ(TagText(0x5A), "5A");
  EXPECT_EQ(TagText(0x9F37), "9F37");
  EXPECT_EQ(TagText(0xDF8104), "DF8104");
  EXPECT_TRUE(IsConstructed(0x70));
  EXPECT_TRUE(IsConstructed(0xBF0C));
  EXPECT_FALSE(IsConstructed(0x9F37));
  EXPECT_FALSE(IsConstructed(0x5A));
}

TEST(DataElementsTest, RefusesASecondValueAndTooMuch) {
  DataElements data;
  EXPECT_TRUE(data.Add(tag::kPan, Hex("47"), Source::kCard));
  EXPECT_FALSE(data.Add(tag::kPan, Hex("48"), Source::kCardStatic));
  EXPECT_EQ(ToHex(data.Get(tag::kPan)), "47");
  EXPECT_EQ(data.SourceOf(tag::kPan), Source::kCard);
  EXPECT_TRUE(data.Put(tag::kPan, Hex("4849"), Source::kTerminal));
  EXPECT_EQ(ToHex(data.Get(tag::kPan)), "4849");
  EXPECT_EQ(data.SourceOf(tag::kPan), Source::kTerminal);
  EXPECT_FALSE(data.Has(tag::kTrack2));
  EXPECT_TRUE(data.Get(tag::kTrack2).empty());
  EXPECT_FALSE(data.Add(0x01, Bytes(kElementBytesMax), Source::kCard));
  for (Tag tag = 0x1000; data.size() < kElementsMax; ++tag) {
    ASSERT_TRUE(data.Add(tag, {}, Source::kCard));
  }
  EXPECT_FALSE(data.Add(0x5000, {}, Source::kCard));
}

TEST(DataElementsTest, AViewOutlivesFurtherAdditions) {
  DataElements data;
  ASSERT_TRUE(data.Add(tag::kPan, Hex("4761"), Source::kCard));
  const ByteView pan = data.Get(tag::kPan);
  for (Tag tag = 0x1000; tag < 0x1040; ++tag) {
    ASSERT_TRUE(data.Add(tag, Bytes(50, 0xAA), Source::kCard));
  }
  EXPECT_EQ(ToHex(pan), "4761");
}

}  // namespace
}  // namespace plaza::emv
