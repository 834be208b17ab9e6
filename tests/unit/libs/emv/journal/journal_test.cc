#include "libs/emv/journal/journal.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>

#include "libs/base/hex.h"
#include "libs/emv/errors.h"
#include "libs/emv/journal/frame.h"
#include "libs/emv/journal/segment.h"
#include "tests/support/emv/forgetful_files.h"

namespace plaza::emv {
namespace {

using test::ForgetfulFiles;
using test::Unsynced;
using ::testing::HasSubstr;

JournalOptions SmallOptions() {
  return {.folder = "j", .bytes_max = 3 * 2048, .segment_bytes = 2048, .chunk_bytes = 256};
}

Bytes RecordOf(std::uint64_t sequence) {
  return Bytes(40 + sequence % 7, static_cast<std::uint8_t>(sequence));
}

std::vector<std::uint64_t> SequencesOf(const std::vector<JournalEntry>& entries) {
  std::vector<std::uint64_t> out;
  for (const JournalEntry& entry : entries) {
    EXPECT_EQ(entry.record, RecordOf(entry.sequence));
    out.push_back(entry.sequence);
  }
  return out;
}

std::vector<std::uint64_t> Range(std::uint64_t first, std::uint64_t last) {
  std::vector<std::uint64_t> out;
  for (std::uint64_t i = first; i <= last; ++i) out.push_back(i);
  return out;
}

TEST(JournalTest, KeepsWhatItIsGiven) {
  ForgetfulFiles files;
  {
    auto journal = Journal::Open(files, SmallOptions());
    ASSERT_TRUE(journal.ok()) << journal.error().ToString();
    EXPECT_EQ((*journal)->next_sequence(), 1u);
    for (std::uint64_t i = 1; i <= 60; ++i) {  // crosses a segment's end
      ASSERT_TRUE((*journal)->Append(i, RecordOf(i)).ok());
    }
    EXPECT_EQ(SequencesOf(*(*journal)->Read(1, 1000)), Range(1, 60));
    EXPECT_EQ(SequencesOf(*(*journal)->Read(30, 5)), Range(30, 34));
    EXPECT_TRUE((*journal)->Read(61, 5)->empty());
  }
  auto journal = Journal::Open(files, SmallOptions());
  ASSERT_TRUE(journal.ok()) << journal.error().ToString();
  EXPECT_EQ((*journal)->next_sequence(), 61u);
  EXPECT_EQ((*journal)->recovery().records, 60u);
  EXPECT_EQ((*journal)->recovery().torn_bytes, 0u);
  EXPECT_EQ(SequencesOf(*(*journal)->Read(1, 1000)), Range(1, 60));
}

TEST(JournalTest, ResumesFromWhatWasAcknowledgedAndFreesSegments) {
  ForgetfulFiles files;
  {
    auto journal = Journal::Open(files, SmallOptions());
    for (std::uint64_t i = 1; i <= 60; ++i) ASSERT_TRUE((*journal)->Append(i, RecordOf(i)).ok());
    ASSERT_TRUE((*journal)->Acknowledge(10).ok());
    ASSERT_TRUE((*journal)->Acknowledge(5).ok());  // passed already: no step back
    EXPECT_EQ((*journal)->acknowledged(), 10u);
    ASSERT_TRUE((*journal)->Acknowledge(50).ok());
    EXPECT_EQ(files.List("j")->size(), 2u);  // one segment and the position
    EXPECT_TRUE((*journal)->Read(1, 1).error().Is(errors::kJournalMisuse));
    EXPECT_TRUE((*journal)->Acknowledge(61).error().Is(errors::kJournalMisuse));
  }
  auto journal = Journal::Open(files, SmallOptions());
  ASSERT_TRUE(journal.ok()) << journal.error().ToString();
  EXPECT_EQ((*journal)->acknowledged(), 50u);
  EXPECT_EQ(SequencesOf(*(*journal)->Read(51, 100)), Range(51, 60));
  ASSERT_TRUE((*journal)->Acknowledge(60).ok());
  auto again = Journal::Open(files, SmallOptions());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ((*again)->next_sequence(), 61u);
}

TEST(JournalTest, FullIsSaidAndEndsWithAnAcknowledgement) {
  ForgetfulFiles files;
  auto journal = Journal::Open(files, SmallOptions());
  std::uint64_t next = 1;
  Result<void> result;
  while ((result = (*journal)->Append(next, RecordOf(next))).ok()) ++next;
  EXPECT_TRUE(result.error().Is(errors::kJournalFull));
  EXPECT_THAT(result.error().what(), HasSubstr("not acknowledged is 1"));
  EXPECT_EQ((*journal)->next_sequence(), next);
  ASSERT_TRUE((*journal)->Acknowledge(next - 1).ok());
  EXPECT_TRUE((*journal)->Append(next, RecordOf(next)).ok());
}

TEST(JournalTest, ADiskWithoutRoomIsFullNotBroken) {
  ForgetfulFiles files;
  auto journal = Journal::Open(files, SmallOptions());
  ASSERT_TRUE((*journal)->Append(1, RecordOf(1)).ok());
  files.space_left = 100;
  std::uint64_t next = 2;
  Result<void> result;
  while ((result = (*journal)->Append(next, RecordOf(next))).ok()) ++next;
  EXPECT_TRUE(result.error().Is(errors::kJournalFull)) << result.error().ToString();
  EXPECT_THAT(result.error().what(), HasSubstr("no space left"));
  files.space_left.reset();
  EXPECT_TRUE((*journal)->Append(next, RecordOf(next)).ok());
}

TEST(JournalTest, RefusesMisuse) {
  ForgetfulFiles files;
  auto journal = Journal::Open(files, SmallOptions());
  EXPECT_TRUE((*journal)->Append(2, RecordOf(2)).error().Is(errors::kJournalMisuse));
  EXPECT_TRUE((*journal)->Append(1, Bytes()).error().Is(errors::kJournalMisuse));
  EXPECT_TRUE((*journal)->Append(1, Bytes(1025)).error().Is(errors::kJournalMisuse));
  EXPECT_TRUE((*journal)->Append(1, Bytes(1024)).ok());
}

// Runs a fixed day on a disk whose power goes after `steps`. Returns the last sequence whose
// Append() returned, and the last acknowledgement that did.
struct Kept {
  std::uint64_t appended = 0;
  std::uint64_t acknowledged = 0;
};
Kept RunUntilCut(ForgetfulFiles& files) {
  Kept kept;
  auto journal = Journal::Open(files, SmallOptions());
  if (!journal.ok()) return kept;
  for (std::uint64_t i = 1; i <= 70; ++i) {
    if (!(*journal)->Append(i, RecordOf(i)).ok()) return kept;
    kept.appended = i;
    if (i % 9 != 0) continue;
    if (!(*journal)->Acknowledge(i - 2).ok()) return kept;
    kept.acknowledged = i - 2;
  }
  return kept;
}

class JournalCrashTest : public ::testing::TestWithParam<Unsynced> {};

// At every octet and every sync of the day: what Append() had confirmed is there, nothing else but
// the record under way, no sequence is used twice, and work goes on.
TEST_P(JournalCrashTest, LosesNothingConfirmed) {
  ForgetfulFiles whole;
  RunUntilCut(whole);
  const std::uint64_t all_steps = whole.steps();
  ASSERT_GT(all_steps, 5000u);
  for (std::uint64_t cut = 0; cut <= all_steps; ++cut) {
    ForgetfulFiles files;
    files.CutPowerAfter(cut);
    const Kept kept = RunUntilCut(files);
    files.PowerOn(GetParam());
    auto journal = Journal::Open(files, SmallOptions());
    ASSERT_TRUE(journal.ok()) << "cut at " << cut << ": " << journal.error().ToString();
    const std::uint64_t next = (*journal)->next_sequence();
    ASSERT_GE(next, kept.appended + 1) << "cut at " << cut;
    ASSERT_LE(next, kept.appended + 2) << "cut at " << cut;
    ASSERT_GE((*journal)->acknowledged(), kept.acknowledged) << "cut at " << cut;
    ASSERT_LE((*journal)->acknowledged(), next - 1) << "cut at " << cut;
    const auto entries = (*journal)->Read((*journal)->acknowledged() + 1, 1000);
    ASSERT_TRUE(entries.ok()) << "cut at " << cut << ": " << entries.error().ToString();
    ASSERT_EQ(SequencesOf(*entries), Range((*journal)->acknowledged() + 1, next - 1));
    ASSERT_TRUE((*journal)->Append(next, RecordOf(next)).ok()) << "cut at " << cut;
  }
}

INSTANTIATE_TEST_SUITE_P(Cuts, JournalCrashTest,
                         ::testing::Values(Unsynced::kLost, Unsynced::kKept,
                                           Unsynced::kLaterHalfKept));

TEST(JournalTest, AfterAFailedWriteItRefusesUntilOpenedAgain) {
  ForgetfulFiles files;
  auto journal = Journal::Open(files, SmallOptions());
  ASSERT_TRUE((*journal)->Append(1, RecordOf(1)).ok());
  files.CutPowerAfter(10);
  EXPECT_TRUE((*journal)->Append(2, RecordOf(2)).error().Is(errors::kJournalIo));
  files.PowerOn(Unsynced::kKept);
  EXPECT_TRUE((*journal)->Append(2, RecordOf(2)).error().Is(errors::kJournalIo));
  journal = Journal::Open(files, SmallOptions());
  ASSERT_TRUE(journal.ok());
  EXPECT_EQ((*journal)->recovery().torn_bytes > 0, true);
  EXPECT_TRUE((*journal)->Append(2, RecordOf(2)).ok());
}

struct Damage {
  const char* name;
  const char* file;
  std::size_t offset;
  const char* expected;  // in the error
};

class JournalDamageTest : public ::testing::TestWithParam<Damage> {};

TEST_P(JournalDamageTest, IsReportedAndNothingIsChanged) {
  ForgetfulFiles files;
  {
    auto journal = Journal::Open(files, SmallOptions());
    for (std::uint64_t i = 1; i <= 60; ++i) ASSERT_TRUE((*journal)->Append(i, RecordOf(i)).ok());
  }
  Bytes& contents = files.Contents(GetParam().file);
  contents[GetParam().offset] ^= 0x10;
  const Bytes before = contents;
  const auto journal = Journal::Open(files, SmallOptions());
  ASSERT_FALSE(journal.ok());
  EXPECT_TRUE(journal.error().Is(errors::kJournalDamaged));
  EXPECT_THAT(journal.error().ToString(), HasSubstr(GetParam().expected));
  EXPECT_EQ(files.Contents(GetParam().file), before);
}

INSTANTIATE_TEST_SUITE_P(
    Places, JournalDamageTest,
    ::testing::Values(
        Damage{"first record", "j/00000000000000000001.seg", 40, "offset 20"},
        Damage{"a length in the middle", "j/00000000000000000001.seg", 20 + 57 + 3, "offset 77"},
        Damage{"the header", "j/00000000000000000001.seg", 2, "header"},
        Damage{"the second segment's header", "j/00000000000000000035.seg", 9, "header"},
        Damage{"zeros after the end", "j/00000000000000000035.seg", 20, "offset 20"}));

TEST(JournalTest, AMissingSegmentIsReported) {
  ForgetfulFiles files;
  {
    auto journal = Journal::Open(files, SmallOptions());
    for (std::uint64_t i = 1; i <= 80; ++i) ASSERT_TRUE((*journal)->Append(i, RecordOf(i)).ok());
  }
  ASSERT_TRUE(files.Remove("j/00000000000000000035.seg").ok());
  const auto journal = Journal::Open(files, SmallOptions());
  ASSERT_FALSE(journal.ok());
  EXPECT_THAT(journal.error().ToString(), HasSubstr("records from 35 to 68 are missing"));
}

TEST(JournalTest, ALostTailBehindTheAcknowledgedPositionIsReported) {
  ForgetfulFiles files;
  {
    auto journal = Journal::Open(files, SmallOptions());
    for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE((*journal)->Append(i, RecordOf(i)).ok());
    ASSERT_TRUE((*journal)->Acknowledge(3).ok());
  }
  // The last record is broken: alone it would pass for torn, but it was acknowledged.
  files.Contents("j/00000000000000000001.seg")[20 + 57 + 58 + 30] ^= 1;
  const auto journal = Journal::Open(files, SmallOptions());
  ASSERT_FALSE(journal.ok());
  EXPECT_TRUE(journal.error().Is(errors::kJournalDamaged));
}

// docs/formats/journal.md shows these octets.
TEST(JournalFormatTest, GoldenBytes) {
  EXPECT_EQ(ToHex(EncodeSegmentHeader(1)), "504C415A414A0001000000000000000111E03B4E");
  Bytes frame;
  AppendFrame(frame, 7, AsBytes("tap"));
  EXPECT_EQ(ToHex(frame), "000000030000000000000007A29C9243746170");
  EXPECT_EQ(ToHex(EncodeAckSlot(7)), "0000000000000007111C1110");
  EXPECT_EQ(SegmentName(7), "00000000000000000007.seg");
}

TEST(PosixFilesTest, AJournalOnARealDisk) {
  std::string folder = ::testing::TempDir() + "plaza_journal_XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const JournalOptions options{.folder = folder + "/journal"};
  {
    auto journal = Journal::Open(PosixFiles(), options);
    ASSERT_TRUE(journal.ok()) << journal.error().ToString();
    for (std::uint64_t i = 1; i <= 20; ++i) ASSERT_TRUE((*journal)->Append(i, RecordOf(i)).ok());
    ASSERT_TRUE((*journal)->Acknowledge(4).ok());
    const auto second = Journal::Open(PosixFiles(), options);
    ASSERT_FALSE(second.ok());
    EXPECT_THAT(second.error().what(), HasSubstr("in use by another process"));
  }
  auto journal = Journal::Open(PosixFiles(), options);
  ASSERT_TRUE(journal.ok()) << journal.error().ToString();
  EXPECT_EQ(SequencesOf(*(*journal)->Read(5, 100)), Range(5, 20));
  journal = Error(errors::kJournalIo, "closed");
  std::filesystem::remove_all(folder);
}

TEST(PosixFilesTest, AFolderThatCannotBeMadeIsSaid) {
  const auto journal = Journal::Open(PosixFiles(), {.folder = "/proc/none/journal"});
  ASSERT_FALSE(journal.ok());
  EXPECT_TRUE(journal.error().Is(errors::kJournalIo));
  EXPECT_THAT(journal.error().ToString(), HasSubstr("/proc/none/journal"));
}

}  // namespace
}  // namespace plaza::emv
