// A day of clearing from end to end on the real store and the embedded log.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <random>
#include <set>
#include <thread>

#include "libs/store/errors.h"
#include "services/clearing/store/rebuild.h"
#include "services/clearing/store/views.h"
#include "tests/integration/clearing/clearing_city.h"

namespace plaza::clearing {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::UnorderedElementsAre;

Instant At(const std::string& text) { return ParseMoment(text)->instant; }

std::unique_ptr<eventlog::Log> OpenLog(const Folder& folder) {
  auto log = eventlog::OpenEmbeddedLog({folder.File("log.db"), true});
  EXPECT_TRUE(log.ok()) << log.error().ToString();
  return std::move(*log);
}

// Riders 0 to 5: two rides each, the last one refunded in part; rider 3 is declined.
void WriteDay(Writer& writer) {
  std::uint64_t sequence = 0;
  for (int rider = 0; rider < 6; ++rider) {
    for (int ride = 0; ride < 2; ++ride) {
      const Instant at =
          At("2025-11-23T08:00:00-06:00") + Seconds(60 * static_cast<std::int64_t>(++sequence));
      writer.Tap(rider, sequence, at);
      writer.Charge(rider, sequence, 1, at, {{"siteur", 700}, {"mimacro", 400}});
      if (ride == 1) writer.Charge(rider, sequence, 2, at, {{"siteur", -500}});
    }
  }
  writer.CutOffs("2025-11-23", At("2025-11-24T03:00:00-06:00"));
}

std::string Script(const ev::AuthorisationRequested& request) {
  const bool declined = request.purpose() == ev::PURPOSE_AUTHORISATION &&
                        request.account_id() == RiderAccount(3).value().ToBinary();
  return declined ? "51" : "00";
}

std::map<std::string, std::int64_t> Balances(store::Db& db) {
  const auto trial =
      db.Read([](store::Tx& tx) -> Result<TrialBalance> { return ReadTrialBalance(tx); });
  EXPECT_TRUE(trial.ok());
  std::map<std::string, std::int64_t> balances;
  for (const BalanceRow& row : trial->balances) balances[row.account] = row.balance_minor;
  return balances;
}

// Posting id → line: equal books have equal maps.
std::map<std::string, std::string> Book(store::Db& db) {
  std::map<std::string, std::string> book;
  const Result<void> read = db.Read([&](store::Tx& tx) -> Result<void> {
    tx.Query("SELECT posting_id, business_day, reference, debit, credit, amount_minor FROM ledger",
             {}, "btttti", [&](const store::Row& row) {
               const bool fresh = book.emplace(row.Bytes(0), row.Text(1) + " " + row.Text(2) + " " +
                                                                 row.Text(3) + ">" + row.Text(4) +
                                                                 " " + std::to_string(row.Int(5)))
                                      .second;
               EXPECT_TRUE(fresh) << "posted twice";
             });
    return {};
  });
  EXPECT_TRUE(read.ok());
  return book;
}

RebuildReport Rebuilt(store::Db& db) {
  auto report =
      db.Read([](store::Tx& tx) -> Result<RebuildReport> { return RebuildAndCompare(tx); });
  EXPECT_TRUE(report.ok()) << report.error().ToString();
  return *report;
}

// Clearing and the vault take turns until neither has anything to do.
void RunToTheEnd(Service& service, eventlog::Log& log) {
  for (int round = 0; round < 20; ++round) {
    const Result<void> idle = service.participant().RunUntilIdle();
    ASSERT_TRUE(idle.ok()) << idle.error().ToString();
    if (AnswerRequests(log, Script) == 0) return;
  }
  FAIL() << "the vault is asked without end";
}

class ClearingDay : public testing::Test {
 protected:
  void Open() {
    auto opened = Service::Open(TestConfig(folder_), {*log_, metrics_, kTestPartitions});
    ASSERT_TRUE(opened.ok()) << opened.error().ToString();
    service_ = std::move(*opened);
  }
  store::Db& db() { return service_->participant().db(); }

  Folder folder_;
  std::unique_ptr<eventlog::Log> log_ = OpenLog(folder_);
  Writer writer_{*log_};
  runtime::Metrics metrics_;
  std::unique_ptr<Service> service_;
};

TEST_F(ClearingDay, FromChargesToSettledMoney) {
  WriteDay(writer_);
  Open();
  RunToTheEnd(*service_, *log_);
  // Six riders with 1100 + 600; rider 3 owes.
  EXPECT_THAT(Balances(db()),
              UnorderedElementsAre(Pair("card_receivable", 0), Pair("acquirer_receivable", 8500),
                                   Pair("debt_receivable", 1700), Pair("suspense", 0),
                                   Pair("operator_payable:siteur", 0),
                                   Pair("operator_payable:mimacro", 0), Pair("bank", -10200)));
  const auto settlements = db().Read([](store::Tx& tx) -> Result<std::vector<Settlement>> {
    return ReadSettlements(tx, "2025-11-23");
  });
  ASSERT_EQ(settlements->size(), 2U);
  EXPECT_EQ((*settlements)[0].operator_id.value(), "mimacro");
  EXPECT_EQ((*settlements)[0].payout_minor, 4800);
  EXPECT_EQ((*settlements)[1].gross_minor, 5400);
  EXPECT_EQ(ReadAll(*log_, topic::kSettlements, 1).size(), 2U);

  const auto page = db().Read([](store::Tx& tx) {
    return ReadAggregates(tx, {"", "debt", 10, ""}, "MXN");
  });
  ASSERT_EQ(page->rows.size(), 1U);
  EXPECT_EQ(page->rows[0].account, RiderAccount(3).value().ToBinary());
  EXPECT_EQ(page->rows[0].response_code, "51");
  EXPECT_EQ(page->rows[0].charges, 2);
  EXPECT_THAT(page->count_by_state, UnorderedElementsAre(Pair("captured", 5), Pair("debt", 1)));

  const auto denied = ReadAll(*log_, topic::kDenyList, 1);
  ASSERT_EQ(denied.size(), 1U);
  EXPECT_EQ(denied[0].deny_list_changed().card().token(), RiderToken(3));
  EXPECT_EQ(denied[0].deny_list_changed().reason(), "debt");
  EXPECT_EQ(denied[0].deny_list_changed().deny_list_epoch(), 1U);
  EXPECT_TRUE(Rebuilt(db()).differences.empty());
  EXPECT_NE(metrics_.Expose().find("plaza_clearing_debt_minor 1700"), std::string::npos);
}

TEST_F(ClearingDay, RefundsLateChargesAndTheNextDay) {
  WriteDay(writer_);
  Open();
  RunToTheEnd(*service_, *log_);
  const Instant next = At("2025-11-24T09:00:00-06:00");
  writer_.Charge(0, 1, 2, next, {{"siteur", -700}, {"mimacro", -400}});  // captured: paid back
  writer_.Charge(3, 7, 2, next, {{"siteur", -700}, {"mimacro", -400}});  // owed: lowered
  writer_.Charge(3, 8, 3, next, {{"siteur", -200}, {"mimacro", -400}});  // to nothing
  writer_.Tap(1, 99, At("2025-11-23T22:00:00-06:00"));                   // a gate that was offline
  writer_.Charge(1, 99, 1, At("2025-11-23T22:00:00-06:00"), {{"siteur", 1100}});
  writer_.CutOffs("2025-11-24", At("2025-11-25T03:00:00-06:00"));
  RunToTheEnd(*service_, *log_);
  const auto balances = Balances(db());
  EXPECT_EQ(balances.at("debt_receivable"), 0);
  EXPECT_EQ(balances.at("acquirer_receivable"), 8500 - 1100 + 1100);
  EXPECT_EQ(balances.at("refunds_payable"), 0);
  // siteur: 1100 late, less 700 + 700 + 200 of the day before: carried, not paid.
  EXPECT_EQ(balances.at("operator_payable:siteur"), 500);
  const auto settlements = db().Read([](store::Tx& tx) -> Result<std::vector<Settlement>> {
    return ReadSettlements(tx, "2025-11-24");
  });
  ASSERT_EQ(settlements->size(), 2U);
  EXPECT_EQ((*settlements)[1].gross_minor, 1100);
  EXPECT_EQ((*settlements)[1].refunds_minor, 1600);
  EXPECT_EQ((*settlements)[1].carry_out_minor, -500);
  const auto denied = ReadAll(*log_, topic::kDenyList, 1);
  ASSERT_EQ(denied.size(), 2U);
  EXPECT_FALSE(denied[1].deny_list_changed().denied());
  EXPECT_EQ(denied[1].deny_list_changed().reason(), "refunded");
  EXPECT_TRUE(Rebuilt(db()).differences.empty());
}

TEST_F(ClearingDay, ALinkedAccountsDebtDeniesTheSurvivorsTokens) {
  WriteDay(writer_);
  ev::Event linked;
  linked.mutable_account_linked()->set_from_account_id(RiderAccount(3).value().ToBinary());
  linked.mutable_account_linked()->set_to_account_id(RiderAccount(4).value().ToBinary());
  for (const int side : {3, 4}) writer_.Put(topic::kAccounts, RiderAccount(side), linked);
  Open();
  RunToTheEnd(*service_, *log_);
  const auto list = db().Read([](store::Tx& tx) -> Result<DenyList> { return ReadDenyList(tx); });
  std::vector<std::string> tokens;
  for (const DeniedRow& row : list->denied) {
    tokens.push_back(row.token);
    EXPECT_EQ(row.reason, "debt");
  }
  EXPECT_THAT(tokens, UnorderedElementsAre(RiderToken(3), RiderToken(4)));
}

TEST_F(ClearingDay, ABadFactGoesToTheDeadLettersAndTheRestGoOn) {
  writer_.Raw(topic::kCharges, 0, "k", "not an event");
  ev::Event wrong;
  *wrong.mutable_charge() = ev::Charge();
  wrong.mutable_charge()->set_account_id("short");
  writer_.Raw(topic::kCharges, 0, "k", wrong.SerializeAsString());
  const int elsewhere = 1 - eventlog::AccountPartition(RiderAccount(0).value(), kTestPartitions);
  *wrong.mutable_tap_recorded() = Writer::TapOf(0, 1, At("2025-11-23T08:00:00-06:00"));
  writer_.Raw(topic::kTaps, elsewhere, "k", wrong.SerializeAsString());
  WriteDay(writer_);
  Open();
  RunToTheEnd(*service_, *log_);
  EXPECT_EQ(Balances(db()).at("bank"), -10200);
  std::vector<std::string> codes;
  for (const auto name : {"plaza.charges.v1.dlq", "plaza.taps.v1.dlq"}) {
    for (const ev::Event& event : ReadAll(*log_, name, kTestPartitions))
      codes.push_back(event.dead_letter().code());
  }
  EXPECT_THAT(codes, ElementsAre("BAD_FACT", "BAD_FACT", "WRONG_PARTITION"));
}

TEST_F(ClearingDay, APlantedCentIsFound) {
  WriteDay(writer_);
  Open();
  RunToTheEnd(*service_, *log_);
  const struct {
    const char* sql;
    const char* undo;
    const char* what;  // of the first difference
  } table[] = {
      {"UPDATE ledger SET amount_minor = amount_minor + 1 WHERE kind = 'charge' AND seq = 1",
       "UPDATE ledger SET amount_minor = amount_minor - 1 WHERE kind = 'charge' AND seq = 1",
       ": hash"},
      {"UPDATE balances SET balance_minor = balance_minor + 1 WHERE account = 'bank'",
       "UPDATE balances SET balance_minor = balance_minor - 1 WHERE account = 'bank'",
       "balance of bank"},
      {"UPDATE settlements SET payout_minor = payout_minor + 1 WHERE operator_id = 'siteur'",
       "UPDATE settlements SET payout_minor = payout_minor - 1 WHERE operator_id = 'siteur'",
       "payout"},
      {"UPDATE aggregates SET amount_minor = amount_minor + 1 WHERE state = 'debt'",
       "UPDATE aggregates SET amount_minor = amount_minor - 1 WHERE state = 'debt'", "owed"},
      {"UPDATE operator_days SET charged_minor = charged_minor + 1 WHERE operator_id = 'mimacro'",
       "UPDATE operator_days SET charged_minor = charged_minor - 1 WHERE operator_id = 'mimacro'",
       "charged"},
      {"UPDATE ledger SET credit = 'fees' WHERE kind = 'payout' AND operator_id = 'siteur'",
       "UPDATE ledger SET credit = 'bank' WHERE kind = 'payout' AND operator_id = 'siteur'",
       ": hash"},
      {"UPDATE ledger_heads SET seq = seq + 1", "UPDATE ledger_heads SET seq = seq - 1",
       "head of shard"},
  };
  const auto run = [&](const char* sql) {
    const Result<void> done = db().Write([&](store::Tx& tx) -> Result<void> {
      EXPECT_GT(tx.Exec(sql), 0) << sql;
      return {};
    });
    ASSERT_TRUE(done.ok()) << done.error().ToString();
  };
  for (const char* change : {"UPDATE ledger SET amount_minor = 1", "DELETE FROM ledger"}) {
    const Result<void> refused = db().Write([&](store::Tx& tx) -> Result<void> {
      tx.Exec(change);
      return {};
    });
    ASSERT_FALSE(refused.ok()) << change;
    EXPECT_TRUE(refused.error().Is(store::kStoreConstraint)) << refused.error().ToString();
  }
  ASSERT_TRUE(Rebuilt(db()).differences.empty());
  // Who means harm drops what guards the ledger.
  const char* drop = TestConfig(folder_).postgres.empty()
                         ? "DROP TRIGGER ledger_rows_are_not_updated"
                         : "DROP TRIGGER ledger_rows_stay ON ledger";
  ASSERT_TRUE(db().Write([&](store::Tx& tx) -> Result<void> {
                    tx.Exec(drop);
                    return {};
                  })
                  .ok());
  for (const auto& row : table) {
    run(row.sql);
    const RebuildReport report = Rebuilt(db());
    ASSERT_FALSE(report.differences.empty()) << row.sql;
    EXPECT_NE(report.differences[0].what.find(row.what), std::string::npos)
        << report.differences[0].what;
    run(row.undo);
    EXPECT_TRUE(Rebuilt(db()).differences.empty()) << row.undo;
  }
}

TEST_F(ClearingDay, AggregatesComeInPages) {
  WriteDay(writer_);
  writer_.Tap(1, 50, At("2025-11-24T08:00:00-06:00"));
  writer_.Charge(1, 50, 1, At("2025-11-24T08:00:00-06:00"), {{"siteur", 1100}});
  Open();
  RunToTheEnd(*service_, *log_);
  std::vector<std::string> states;
  std::set<std::string> ids;
  AggregateQuery query{"", "", 2, ""};
  do {
    const auto page = db().Read([&](store::Tx& tx) { return ReadAggregates(tx, query, "MXN"); });
    ASSERT_TRUE(page.ok());
    for (const AggregateRow& row : page->rows) {
      states.push_back(row.state);
      EXPECT_TRUE(ids.insert(row.aggregate_id).second);
    }
    query.page_token = page->next_page_token;
  } while (!query.page_token.empty() && states.size() < 20);
  EXPECT_EQ(states.size(), 7U);
  EXPECT_EQ(states.back(), "open");
  for (const char* token : {"x", "c", "o1", "c2025-11-23zz"}) {
    query.page_token = token;
    EXPECT_FALSE(db().Read([&](store::Tx& tx) { return ReadAggregates(tx, query, "MXN"); }).ok())
        << token;
  }
}

// Two days, with everything that a restart could lose or double.
void WriteTwoDays(Writer& writer) {
  WriteDay(writer);
  const Instant next = At("2025-11-24T09:00:00-06:00");
  writer.Charge(0, 1, 2, next, {{"siteur", -700}, {"mimacro", -400}});
  writer.Charge(3, 7, 2, next, {{"siteur", -700}, {"mimacro", -400}});
  for (int rider = 10; rider < 60; ++rider) {
    const auto sequence = static_cast<std::uint64_t>(rider);
    writer.Tap(rider, sequence, next);
    writer.Charge(rider, sequence, 1, next, {{"siteur", 600}, {"mimacro", 500}});
  }
  writer.CutOffs("2025-11-24", At("2025-11-25T03:00:00-06:00"));
}

// A process of its own: clearing and the vault, until it has handled `facts`, and a little longer.
[[noreturn]] void LiveAndBeKilled(const Folder& folder, std::int64_t facts,
                                  std::chrono::microseconds longer) {
  auto log = eventlog::OpenEmbeddedLog({folder.File("log.db"), true});
  runtime::Metrics metrics;
  if (!log.ok()) _exit(3);
  auto service = Service::Open(TestConfig(folder), {**log, metrics, kTestPartitions});
  if (!service.ok()) _exit(4);
  (*service)->Start();
  // Where nothing is left to do, a life ends by the clock.
  const auto late = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  while ((*service)->participant().Progress().handled < facts &&
         std::chrono::steady_clock::now() < late) {
    AnswerRequests(**log, Script);
  }
  const auto end = std::chrono::steady_clock::now() + longer;
  while (std::chrono::steady_clock::now() < end) std::this_thread::yield();
  kill(getpid(), SIGKILL);
  _exit(5);
}

TEST(ClearingRestart, KilledAtAnyMomentItGivesTheSameBooks) {
  std::map<std::string, std::string> books[2];
  for (int killed = 0; killed < 2; ++killed) {
    Folder folder;
    {
      auto log = OpenLog(folder);
      Writer writer(*log);
      WriteTwoDays(writer);
    }
    std::mt19937 random(20251123);
    for (int life = 0; killed == 1 && life < 10; ++life) {
      const std::int64_t facts = 1 + static_cast<std::int64_t>(random() % 120);
      const std::chrono::microseconds longer(random() % 5000);
      const pid_t child = fork();
      ASSERT_GE(child, 0);
      if (child == 0) LiveAndBeKilled(folder, facts, longer);
      int status = 0;
      ASSERT_EQ(waitpid(child, &status, 0), child);
      ASSERT_TRUE(WIFSIGNALED(status)) << "ended by itself: " << WEXITSTATUS(status);
    }
    auto log = OpenLog(folder);
    runtime::Metrics metrics;
    auto service = Service::Open(TestConfig(folder), {*log, metrics, kTestPartitions});
    ASSERT_TRUE(service.ok()) << service.error().ToString();
    RunToTheEnd(**service, *log);
    store::Db& db = (*service)->participant().db();
    books[killed] = Book(db);
    EXPECT_TRUE(Rebuilt(db).differences.empty());
  }
  EXPECT_EQ(books[0], books[1]);
  EXPECT_GT(books[0].size(), 200U);
}

}  // namespace
}  // namespace plaza::clearing
