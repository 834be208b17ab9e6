#include "services/tap-ingest/core/batch_row.h"

#include <gtest/gtest.h>

#include "libs/base/hex.h"
#include "services/tap-ingest/errors.h"
#include "services/tap-ingest/limits.h"

namespace plaza::tap_ingest {
namespace {

BatchRecord Record(std::uint64_t sequence, std::uint8_t status, std::string_view body) {
  return {{sequence, status, HashBody(AsBytes(body))}, AsBytes(body)};
}

TEST(BatchRow, GoldenOctets) {
  const auto rows = CutIntoRows({Record(258, 5, "b"), Record(1, 0, "abc")});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].first_sequence, 1u);
  EXPECT_EQ(rows[0].last_sequence, 258u);
  EXPECT_EQ(rows[0].records, 2u);
  EXPECT_EQ(rows[0].recorded, 1u);
  // SHA-256("abc") begins ba7816bf…, FIPS 180-2 B.1; of "b": 3e23e816….
  EXPECT_EQ(ToHex(AsBytes(rows[0].hashes)),
            "000000000000000100BA7816BF8F01CFEA414140DE5DAE2223"
            "0000000000000102053E23E8160039594A33894F6564E1B134");
  EXPECT_EQ(ToHex(AsBytes(rows[0].batch)),
            "0003616263"
            "000162");
}

TEST(BatchRow, ReadsBackWhatItWrote) {
  const auto rows = CutIntoRows({Record(3, 0, "three"), Record(1, 7, "one")});
  const auto entries = DecodeHashes(rows.at(0).hashes);
  ASSERT_TRUE(entries.ok());
  EXPECT_EQ(*entries,
            (std::vector<RecordEntry>{Record(1, 7, "one").entry, Record(3, 0, "three").entry}));
  const auto bodies = DecodeBatch(rows[0].batch);
  ASSERT_TRUE(bodies.ok());
  EXPECT_EQ(*bodies, (std::vector<std::string_view>{"one", "three"}));
}

TEST(BatchRow, ARowSpansLessThanTheLimit) {
  const auto rows = CutIntoRows(
      {Record(1, 0, "a"), Record(kRowSequenceSpan, 0, "b"), Record(kRowSequenceSpan + 1, 0, "c")});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].last_sequence, kRowSequenceSpan);
  EXPECT_EQ(rows[1].first_sequence, kRowSequenceSpan + 1);
}

TEST(BatchRow, RefusesDamage) {
  EXPECT_TRUE(DecodeHashes("short").error().Is(kBadStoredState));
  EXPECT_TRUE(DecodeBatch(std::string_view("\x00\x05"
                                           "abc",
                                           5))
                  .error()
                  .Is(kBadStoredState));
  EXPECT_TRUE(DecodeBatch(std::string_view("\x00", 1)).error().Is(kBadStoredState));
}

}  // namespace
}  // namespace plaza::tap_ingest
