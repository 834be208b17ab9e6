// Two processes of clearing on one database, at the same moment.
#include <gmock/gmock.h>

#include "services/clearing/app/batch.h"
#include "services/clearing/core/chart.h"
#include "services/clearing/store/sql_books.h"
#include "tests/integration/clearing/clearing_city.h"
#include "tests/support/overlap.h"
#include "tests/unit/services/clearing/core/fold_fixture.h"

namespace plaza::clearing {
namespace {

using plaza::testing::Overlap;
using plaza::testing::Overlapped;

class NoFacts : public Facts {
 public:
  void Send(const AuthorisationRequest&, Instant) override {}
  void Send(const DenyChange&, std::uint64_t, Instant) override {}
  void Send(const Handover&, Instant) override {}
  void Send(const Settlement&, Instant) override {}
};

class Copies : public ::testing::Test {
 protected:
  Copies() : one_(OpenDb()), two_(OpenDb()) {
    EXPECT_TRUE(one_->Migrate("clearing", store::ClearingMigrations()).ok());
  }
  std::unique_ptr<store::Db> OpenDb() {
    store::Options options;
    options.path = folder_.File("clearing.db");
    options.postgres = store_place::ConninfoFor(options.path);
    return store::Db::Open(options).value();
  }
  static void ExpectDone(const Overlapped& done) {
    EXPECT_TRUE(done.first.ok()) << done.first.error().ToString();
    EXPECT_TRUE(done.second.ok()) << done.second.error().ToString();
  }

  Folder folder_;
  const Policy policy_ = TestPolicy();
  std::unique_ptr<store::Db> one_;
  std::unique_ptr<store::Db> two_;
};

TEST_F(Copies, WhoeverClosesTheLastPartitionSettlesThoughBothCloseAtOnce) {
  const Date day = Day("2026-11-23");
  const Instant at = At("2026-11-24T09:00:00Z");
  NoFacts facts;
  const auto close = [&](store::Tx& tx, int partition) -> Result<void> {
    SqlBooks books(tx);
    AccountCache cache;
    Batch batch(policy_, /*account_partitions=*/2, cache, books, facts);
    if (partition == 0) batch.OnCutOff(Stream::kClock, 0, day, at);
    batch.OnCutOff(Stream::kTaps, partition, day, at);
    batch.OnCutOff(Stream::kCharges, partition, day, at);
    batch.Finish();
    return {};
  };
  ExpectDone(Overlap(
      *one_, [&](store::Tx& tx) { return close(tx, 0); }, *two_,
      [&](store::Tx& tx) { return close(tx, 1); }));
  const auto settled = one_->Read(
      [](store::Tx& tx) -> Result<std::optional<Date>> { return SqlBooks(tx).LastDaySettled(); });
  EXPECT_EQ(*settled, std::optional<Date>(day));
}

TEST_F(Copies, NoDenyListEpochIsGivenTwice) {
  std::optional<std::uint64_t> first;
  std::optional<std::uint64_t> second;
  const auto deny = [](store::Tx& tx, char token) {
    return SqlBooks(tx).Deny({TokenOf(token), /*denied=*/true, "debt", AccountOf({token})},
                             Instant{1});
  };
  ExpectDone(Overlap(
      *one_,
      [&](store::Tx& tx) -> Result<void> {
        first = deny(tx, 'a');
        return {};
      },
      *two_,
      [&](store::Tx& tx) -> Result<void> {
        second = deny(tx, 'b');
        return {};
      }));
  EXPECT_EQ(first, std::optional<std::uint64_t>(1));
  EXPECT_EQ(second, std::optional<std::uint64_t>(2));
}

TEST_F(Copies, OneShardOfTheLedgerTakesBothOneAfterTheOther) {
  const auto post = [](store::Tx& tx, const std::string& about) -> Result<void> {
    Posting posting;
    posting.kind = kind::kCharge;
    posting.id = Uuid::V5(id_space::Posting(), about);
    posting.reference = about;
    posting.operator_id = "SITEUR";
    posting.account = AccountOf("a").value();
    posting.debit = chart::kCardReceivable;
    posting.credit = chart::kSuspense;
    posting.amount = Money(1100, *Currency::Parse("MXN"));
    posting.business_day = Day("2026-11-23");
    posting.shard = 3;
    SqlBooks(tx).Post({&posting, 1});
    return {};
  };
  ExpectDone(Overlap(
      *one_, [&](store::Tx& tx) { return post(tx, "first"); }, *two_,
      [&](store::Tx& tx) { return post(tx, "second"); }));
  const auto references = one_->Read([](store::Tx& tx) -> Result<std::vector<std::string>> {
    std::vector<std::string> found;
    tx.Query("SELECT reference FROM ledger WHERE shard = 3 ORDER BY seq", {}, "t",
             [&](const store::Row& row) { found.push_back(row.Text(0)); });
    return found;
  });
  EXPECT_EQ(*references, (std::vector<std::string>{"first", "second"}));
}

}  // namespace
}  // namespace plaza::clearing
