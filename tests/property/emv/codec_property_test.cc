// Round trips of what a validator writes and reads.
#include <gtest/gtest.h>

#include "libs/emv/dol/dictionary.h"
#include "libs/emv/dol/dol.h"
#include "libs/emv/journal/frame.h"
#include "libs/emv/journal/tap_record.h"
#include "libs/emv/tlv/reader.h"
#include "libs/emv/tlv/writer.h"
// After gtest: its main is gtest's.
#include <rapidcheck.h>

namespace plaza::emv {
namespace {

void ExpectHolds(bool held) { EXPECT_TRUE(held); }

Tag AnyTag() {
  const Tag first = *rc::gen::inRange<Tag>(1, 256);
  if ((first & 0x1F) != 0x1F) return first;
  const Tag last = *rc::gen::inRange<Tag>(0, 0x80);
  if (*rc::gen::arbitrary<bool>()) return first << 8 | last;
  return first << 16 | (*rc::gen::inRange<Tag>(0x81, 0x100)) << 8 | last;
}

Bytes AnyBytes(int most) {
  const int size = *rc::gen::inRange(0, most);
  return *rc::gen::container<Bytes>(static_cast<std::size_t>(size),
                                    rc::gen::arbitrary<std::uint8_t>());
}

std::string AnyText(const char* alphabet, int least, int most) {
  const int size = *rc::gen::inRange(least, most + 1);
  return *rc::gen::container<std::string>(static_cast<std::size_t>(size),
                                          rc::gen::elementOf(std::string(alphabet)));
}

TEST(CodecPropertyTest, TlvObjectsReadAsTheyWereWritten) {
  ExpectHolds(rc::check([] {
    std::vector<std::pair<Tag, Bytes>> objects;
    Bytes data;
    const int count = *rc::gen::inRange(0, 8);
    for (int i = 0; i < count; ++i) {
      objects.emplace_back(AnyTag(), AnyBytes(400));
      data.resize(data.size() + static_cast<std::size_t>(*rc::gen::inRange(0, 3)));  // padding
      AppendTlv(data, objects.back().first, objects.back().second);
    }
    TlvReader reader(data);
    Tlv object;
    for (const auto& [tag, value] : objects) {
      const auto more = reader.Next(object);
      RC_ASSERT(more.ok() && *more);
      RC_ASSERT(object.tag == tag);
      RC_ASSERT(ToBytes(object.value) == value);
    }
    const auto more = reader.Next(object);
    RC_ASSERT(more.ok() && !*more);
  }));
}

TEST(CodecPropertyTest, ACutTlvObjectIsAnError) {
  ExpectHolds(rc::check([] {
    const Bytes whole = MakeTlv(AnyTag(), AnyBytes(400));
    const auto size =
        static_cast<std::size_t>(*rc::gen::inRange(1, static_cast<int>(whole.size())));
    TlvReader reader(ByteView(whole).first(size));
    Tlv object;
    RC_ASSERT(!reader.Next(object).ok());
  }));
}

// Book 3, 5.4, said the other way round: which octet of the value is where.
TEST(CodecPropertyTest, ADolGivesTheLengthAskedAndKeepsTheRightOctets) {
  ExpectHolds(rc::check([] {
    const Tag tag =
        *rc::gen::elementOf(std::vector<Tag>{tag::kPan, tag::kAmount, tag::kTtq, 0xDF7F});
    const Bytes value = AnyBytes(20);
    const auto length = static_cast<std::size_t>(*rc::gen::inRange(0, 24));
    DataElements elements;
    RC_ASSERT(elements.Add(tag, value, Source::kTerminal));
    Bytes dol;
    AppendTag(dol, tag);
    dol.push_back(static_cast<std::uint8_t>(length));
    const auto built = BuildDol(dol, {&elements});
    RC_ASSERT(built.ok());
    RC_ASSERT(built->size() == length);
    const Format format = FormatOf(tag);
    for (std::size_t i = 0; i < length; ++i) {
      if (format == Format::kNumeric) {
        const std::size_t from_right = length - 1 - i;
        const std::uint8_t expected =
            from_right < value.size() ? value[value.size() - 1 - from_right] : 0;
        RC_ASSERT((*built)[i] == expected);
      } else {
        const std::uint8_t padding = format == Format::kCompressedNumeric ? 0xFF : 0x00;
        RC_ASSERT((*built)[i] == (i < value.size() ? value[i] : padding));
      }
    }
  }));
}

TapRecord AnyRecord() {
  TapRecord record;
  record.validator_id = AnyText("ABCXYZ0189-", 1, 16);
  record.sequence = *rc::gen::nonZero<std::uint64_t>();
  record.event_time = {*rc::gen::arbitrary<std::int64_t>()};
  record.clock_doubtful = *rc::gen::arbitrary<bool>();
  for (std::string* text :
       {&record.stop_id, &record.vehicle_id, &record.route_id, &record.trip_id}) {
    *text = AnyText("ABCdef 019:_-", 0, 32);
  }
  const bool accepted = *rc::gen::arbitrary<bool>();
  record.decision = accepted ? Decision::kAccepted : Decision::kDenied;
  record.reason = accepted ? Reason::kNone : static_cast<Reason>(*rc::gen::inRange(1, 9));
  record.token_epoch = *rc::gen::arbitrary<std::uint32_t>();
  if (accepted || *rc::gen::arbitrary<bool>()) {
    record.token = *rc::gen::arbitrary<Token>();
  }
  if (*rc::gen::arbitrary<bool>()) record.par = AnyText("ABC012", 29, 29);
  record.deny_list_epoch = *rc::gen::arbitrary<std::uint64_t>();
  record.media_kind = static_cast<MediaKind>(*rc::gen::inRange(1, 4));
  record.chip_data = AnyBytes(300);
  record.sealed_card = AnyBytes(100);
  if (!record.sealed_card.empty()) record.seal_scheme = kSealSchemeAesGcm;
  return record;
}

TEST(CodecPropertyTest, ATapRecordDecodesToItself) {
  ExpectHolds(rc::check([] {
    const TapRecord record = AnyRecord();
    const Mac mac = *rc::gen::arbitrary<Mac>();
    const Bytes unsigned_record = EncodeUnsigned(record);
    const Bytes encoded = AppendMac(unsigned_record, mac);
    const auto decoded = DecodeTapRecord(encoded);
    RC_ASSERT(decoded.ok());
    RC_ASSERT(decoded->record == record);
    RC_ASSERT(decoded->mac == mac);
    RC_ASSERT(ToBytes(decoded->covered) == unsigned_record);
  }));
}

TEST(CodecPropertyTest, AFrameWithAnyBitChangedIsNoFrame) {
  ExpectHolds(rc::check([] {
    Bytes record = AnyBytes(200);
    record.push_back(1);
    Bytes frame;
    AppendFrame(frame, *rc::gen::arbitrary<std::uint64_t>(), record);
    const auto whole = DecodeFrame(frame);
    RC_ASSERT(whole && ToBytes(whole->record) == record);
    const auto bit =
        static_cast<std::size_t>(*rc::gen::inRange(0, static_cast<int>(frame.size()) * 8));
    frame[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    RC_ASSERT(!DecodeFrame(frame));
  }));
}

}  // namespace
}  // namespace plaza::emv
