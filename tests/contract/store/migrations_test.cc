#include "tests/contract/store/fixture.h"

namespace plaza::store::contract {
namespace {

using ::testing::HasSubstr;
using Set = std::vector<Migration>;

class Migrations : public StoreContract {};

const Migration kFirst{1, "0001_first",
                       "CREATE TABLE first (a BIGINT);\n-- why; a comment\nCREATE TABLE other (t "
                       "TEXT DEFAULT 'a;\nb');\n"};
const Migration kSecond{2, "0002_second",
                        "INSERT INTO first (a) VALUES (2);\nINSERT INTO first (a) VALUES (3)"};

TEST_P(Migrations, RunOnceEachInOrder) {
  ASSERT_TRUE(db_->Migrate("fare", Set{kFirst}).ok());
  EXPECT_EQ(Count("first"), 0);
  for (int i = 0; i < 3; ++i) {
    const auto done = db_->Migrate("fare", Set{kFirst, kSecond});
    ASSERT_TRUE(done.ok()) << done.error().ToString();
    EXPECT_EQ(Count("first"), 2);
  }
  EXPECT_EQ(Count("other"), 0);
}

TEST_P(Migrations, SetsCountByThemselves) {
  ASSERT_TRUE(db_->Migrate("fare", Set{kFirst}).ok());
  ASSERT_TRUE(db_->Migrate("eventlog", Set{{1, "tables", "CREATE TABLE log (a BIGINT)"}}).ok());
  ASSERT_TRUE(db_->Migrate("empty", Set{}).ok());
  EXPECT_EQ(Count("log"), 0);
}

TEST_P(Migrations, ArePartOfNoHalfDoneSchema) {
  const auto failed = db_->Migrate(
      "fare",
      Set{kFirst,
          {2, "0002_broken", "INSERT INTO first (a) VALUES (1);\nINSERT INTO nowhere VALUES (1)"}});
  ASSERT_FALSE(failed.ok());
  EXPECT_TRUE(failed.error().Is(kBadMigration)) << failed.error().ToString();
  EXPECT_THAT(failed.error().what(), HasSubstr("migration 2 (0002_broken) of set fare"));
  EXPECT_TRUE(db_->Migrate("fare", Set{kFirst}).ok());  // nothing of it is there
  EXPECT_EQ(Count("first"), 0);
}

TEST_P(Migrations, RefuseWhatIsNotForwardOnly) {
  ASSERT_TRUE(db_->Migrate("fare", Set{kFirst, kSecond}).ok());
  const struct {
    const char* name;
    Set set;
    const char* said;
  } table[] = {
      {"changed text",
       {{1, "0001_first", kFirst.sql + " "}, kSecond},
       "migration 1 (0001_first) of set fare was changed"},
      {"newer schema", {kFirst}, "migration 2 (0002_second) of set fare"},
      {"gap",
       {kFirst, {3, "0003_third", "SELECT 1"}},
       "migration 3 (0003_third) of set fare should be number 2"},
      {"from zero", {{0, "0000", "SELECT 1"}}, "should be number 1"},
      {"twice the same", {kFirst, kFirst}, "should be number 2"},
  };
  for (const auto& row : table) {
    const auto refused = db_->Migrate("fare", row.set);
    ASSERT_FALSE(refused.ok()) << row.name;
    EXPECT_TRUE(refused.error().Is(kBadMigration)) << row.name;
    EXPECT_THAT(refused.error().what(), HasSubstr(row.said)) << row.name;
  }
  EXPECT_TRUE(db_->Migrate("fare", Set{kFirst, kSecond}).ok());
}

TEST_P(Migrations, TwoAtOnceDoTheWorkOnce) {
  auto other = backend_->Open();
  ASSERT_TRUE(other.ok());
  ASSERT_TRUE((*other)->Migrate("fare", Set{kFirst, kSecond}).ok());
  ASSERT_TRUE(db_->Migrate("fare", Set{kFirst, kSecond}).ok());
  EXPECT_EQ(Count("first"), 2);
}

INSTANTIATE_TEST_SUITE_P(Store, Migrations, ::testing::ValuesIn(Backends()), BackendName);

}  // namespace
}  // namespace plaza::store::contract
