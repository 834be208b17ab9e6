// The archiver: day after day, killed and failed at every step, and what verify finds.
#include "libs/archive/archiver.h"

#include <sys/wait.h>
#include <unistd.h>

#include "libs/archive/errors.h"
#include "libs/eventlog/embedded_reader.h"
#include "libs/eventlog/errors.h"
#include "tests/unit/libs/archive/archive_fixture.h"

namespace plaza::archive {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class Archiver : public ArchiveFixture {
 protected:
  void ExpectWhole(std::int64_t days, std::int64_t records) {
    const auto report = Verify();
    ASSERT_TRUE(report.ok()) << report.error().ToString();
    EXPECT_EQ(report->days, days);
    EXPECT_EQ(report->records, records);
  }
};

TEST_F(Archiver, EachDayTakesWhatCameSinceTheLast) {
  Append("a", 0, 3);
  Append("b", 0, 1);
  const auto first = Run(1);
  ASSERT_TRUE(first.ok()) << first.error().ToString();
  EXPECT_EQ(first->files, 2);
  EXPECT_EQ(first->records, 4);
  EXPECT_FALSE(first->already);
  Append("a", 0, 2);
  Append("a", 1, 5);
  const auto again = Run(1);  // the day is there
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->already);
  const auto second = Run(2);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->files, 2);
  EXPECT_EQ(second->records, 7);
  const auto third = Run(3);  // nothing came: a day without a file
  ASSERT_TRUE(third.ok());
  EXPECT_EQ(third->files, 0);
  EXPECT_TRUE(Run(2)->already);  // an earlier day than the last
  ExpectWhole(3, 11);
  const Archive archive = Archive::Open(*store_).value();
  EXPECT_EQ(archive.EndOf({"a", 0}), 5);
  EXPECT_EQ(archive.EndOf({"a", 1}), 5);
  EXPECT_EQ(archive.EndOf({"b", 0}), 1);
  const auto records = archive.Read(archive.days()[1].files[0]);
  ASSERT_TRUE(records.ok());
  ASSERT_EQ(records->size(), 2U);
  EXPECT_EQ((*records)[0].offset, 3);
  EXPECT_EQ((*records)[1].record.value, "a/0/4");
}

TEST_F(Archiver, ReadsALogBesideItsOwner) {
  Append("a", 1, 3);
  const auto reader = eventlog::OpenEmbeddedLogReader(log_path());
  ASSERT_TRUE(reader.ok()) << reader.error().ToString();
  const auto run = ArchiveDay(**reader, *store_, Day(1), topics_);
  ASSERT_TRUE(run.ok()) << run.error().ToString();
  EXPECT_EQ(run->records, 3);
  Append("a", 1, 1);
  EXPECT_EQ((*reader)->EndOffset({"a", 1}).value(), 4);
  const eventlog::AppendBatch batch{{"a", 1}, {{"k", "v"}}};
  EXPECT_TRUE((*reader)->Append({&batch, 1}).error().Is(eventlog::kLogReadOnly));
}

TEST_F(Archiver, ALogThatEndsBeforeTheArchiveIsAnother) {
  Append("a", 0, 3);
  ASSERT_TRUE(Run(1).ok());
  const auto other =
      eventlog::OpenEmbeddedLog({.path = (temp_.path() / "other.db").string(), .sync_full = false});
  ASSERT_TRUE((*other)->CreateTopics(topics_).ok());
  const auto run = ArchiveDay(**other, *store_, Day(2), topics_);
  ASSERT_FALSE(run.ok());
  EXPECT_TRUE(run.error().Is(kOtherLog)) << run.error().ToString();
  ExpectWhole(1, 3);
}

// At each step in turn: the child dies there, or the step fails; then the same again goes on.
class Interrupted : public Archiver, public ::testing::WithParamInterface<bool> {
 protected:
  // Archives day 2 up to step `left`; true if it came to its end.
  bool Attempt(int left) {
    FolderStoreOptions options{.folder = folder()};
    options.before_step = [&](std::string_view name) -> Result<void> {
      if (left-- > 0) return {};
      if (killed_) _exit(9);
      return Error(kUnavailable, "no room", std::string(name));
    };
    // By a reader of its own, since a database's connection does not survive a fork.
    const auto reader = eventlog::OpenEmbeddedLogReader(log_path());
    return reader.ok() && ArchiveDay(**reader, *OpenFolderStore(options), Day(2), topics_).ok();
  }
  bool AttemptInChild(int left) {
    const pid_t child = fork();
    if (child == 0) _exit(Attempt(left) ? 0 : 1);
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) != 1) << left;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  const bool killed_ = GetParam();
};

TEST_P(Interrupted, AtAnyStepItGoesOn) {
  for (const bool day_before : {false, true}) {
    int step = 0;
    for (bool finished = false; !finished; ++step) {
      SCOPED_TRACE("step " + std::to_string(step));
      fs::remove_all(folder());
      if (day_before) {
        ASSERT_TRUE(Run(1).ok());
      }
      Append("a", 0, 1);
      Append("b", 0, 1);
      finished = killed_ ? AttemptInChild(step) : Attempt(step);
      Append("a", 0, 1);
      // What is there without a manifest counts for nothing.
      const auto before = Verify();
      ASSERT_TRUE(before.ok()) << before.error().ToString();
      const std::int64_t days = before->days - (day_before ? 1 : 0);
      EXPECT_LE(days, 1);
      EXPECT_GE(days, finished ? 1 : 0);
      const auto run = Run(3);
      ASSERT_TRUE(run.ok()) << run.error().ToString();
      const auto whole = Verify();
      ASSERT_TRUE(whole.ok()) << whole.error().ToString();
      EXPECT_EQ(whole->records, *log_->EndOffset({"a", 0}) + *log_->EndOffset({"b", 0}));
    }
    EXPECT_GE(step, 18) << "three objects of six steps each";
  }
}
INSTANTIATE_TEST_SUITE_P(Archiver, Interrupted, ::testing::Bool(), [](const auto& killed) {
  return std::string(killed.param ? "Killed" : "Failed");
});

TEST_F(Archiver, WhatWasChangedOrIsMissingIsFoundWithItsPlace) {
  Append("a", 0, 3);
  Append("b", 0, 2);
  ASSERT_TRUE(Run(1).ok());
  Append("a", 0, 2);
  ASSERT_TRUE(Run(2).ok());
  Append("a", 0, 2);
  ASSERT_TRUE(Run(3).ok());
  const fs::path good = temp_.path() / "good";
  fs::copy(folder(), good, fs::copy_options::recursive);
  const std::string file = "a/0/00000000000000000003.plz";
  const struct {
    std::function<void()> harm;
    const ErrorKind& kind;
    std::string where;
  } table[] = {
      {[&] { FlipOctet(fs::path(folder()) / file, 70); }, kDamaged, file},
      {[&] { FlipOctet(fs::path(folder()) / file, 0); }, kDamaged, file},
      {[&] { fs::remove(fs::path(folder()) / file); }, kFileMissing, file},
      {[&] { fs::remove(fs::path(folder()) / "manifests/2026-11-22"); }, kGap,
       "manifests/2026-11-23"},
      {[&] { fs::remove(fs::path(folder()) / "manifests/2026-11-21"); }, kGap,
       "manifests/2026-11-22"},
      // A hash within the manifest, made to fit nothing.
      {[&] {
         const fs::path manifest = fs::path(folder()) / "manifests/2026-11-21";
         std::string text = ReadFile(manifest);
         text[text.size() - 6] = text[text.size() - 6] == '0' ? '1' : '0';
         std::ofstream(manifest) << text;
       },
       kGap, "manifests/2026-11-22"},
      // A file in the place of another.
      {[&] {
         fs::copy_file(fs::path(folder()) / "b/0/00000000000000000000.plz",
                       fs::path(folder()) / file, fs::copy_options::overwrite_existing);
       },
       kDamaged, file},
  };
  for (const auto& row : table) {
    fs::remove_all(folder());
    fs::copy(good, folder(), fs::copy_options::recursive);
    ExpectWhole(3, 9);
    row.harm();
    const auto found = Verify();
    ASSERT_FALSE(found.ok()) << row.where;
    EXPECT_TRUE(found.error().Is(row.kind)) << found.error().ToString();
    EXPECT_THAT(found.error().where(), HasSubstr(row.where));
  }
}

TEST_F(Archiver, APurgedArchiveKeepsItsChain) {
  Append("a", 0, 3);
  ASSERT_TRUE(Run(1).ok());
  Append("a", 0, 2);
  ASSERT_TRUE(Run(2).ok());
  EXPECT_EQ(PurgeArchive(*store_, Day(2), /*dry_run=*/true).value(), 1);
  ExpectWhole(2, 5);
  EXPECT_EQ(PurgeArchive(*store_, Day(2), /*dry_run=*/false).value(), 1);
  EXPECT_FALSE(fs::exists(fs::path(folder()) / "a/0/00000000000000000000.plz"));
  ExpectWhole(1, 2);
  EXPECT_EQ(Archive::Open(*store_)->purged_until(), Day(1));
  // A file of a day that was not purged is missed as before.
  fs::remove(fs::path(folder()) / "a/0/00000000000000000003.plz");
  EXPECT_TRUE(Verify().error().Is(kFileMissing));
}

}  // namespace
}  // namespace plaza::archive
