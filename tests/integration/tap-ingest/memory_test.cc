// The memory is never ahead of the store, whatever is rolled back.
#include "services/tap-ingest/app/memory.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "services/tap-ingest/errors.h"
#include "services/tap-ingest/store/sql_store.h"
#include "tests/integration/tap-ingest/harness.h"
#include "tests/support/store_place.h"

namespace plaza::tap_ingest {
namespace {

using harness::TempFolder;

constexpr ErrorKind kRefusedOnPurpose{StatusCode::kAborted, "ON_PURPOSE", "Nothing to mend."};
constexpr int kValidators = 3;
constexpr std::uint8_t kCards = 20;
constexpr std::string_view kPar = "V0010013020021234567890ABCDEF";

std::string ValidatorName(unsigned n) { return "GDL-" + std::to_string(n); }
TokenRef Token(unsigned card) {
  TokenRef token;
  token.epoch = 1;
  token.token.fill(static_cast<std::uint8_t>(card));
  return token;
}

class MemoryTest : public testing::Test {
 protected:
  // One process of the service.
  struct Process {
    std::unique_ptr<store::Db> db;
    std::unique_ptr<Memory> memory;
  };

  MemoryTest() {
    first_.db = OpenDb();
    const auto migrations = Migrations();
    PLAZA_CHECK(first_.db->Migrate("tap-ingest", migrations).ok());
    Load(first_);
  }
  std::unique_ptr<store::Db> OpenDb() {
    store::Options options;
    options.path = folder_.path() + "/db";
    options.postgres = store_place::ConninfoFor(options.path);
    return std::move(store::Db::Open(options).value());
  }
  void Load(Process& process) {
    process.memory = std::make_unique<Memory>(store_);
    PLAZA_CHECK(process.db->Write([&](store::Tx& tx) { return process.memory->Load(tx); }).ok());
  }

  // What a batch does: mark a sequence, teach a medium, keep both. Returns Error at the end if told
  // so.
  Result<int> Work(store::Tx& tx, unsigned dice, bool fail) {
    return WorkOf(first_, tx, dice, fail);
  }
  Result<int> WorkOf(Process& process, store::Tx& tx, unsigned dice, bool fail) {
    PLAZA_ASSIGN_OR_RETURN(Memory::Step step, Memory::Step::Begin(*process.memory, tx));
    const std::string validator = ValidatorName(dice % kValidators);
    const std::uint64_t sequence = dice % 1009 + 1;
    ValidatorMemory& held = step.Of(validator);
    if (!held.window.Seen(sequence)) PLAZA_CHECK(held.window.Mark(sequence));
    store_.WriteWindow(tx, validator, held.window, step.stamp());
    MediaEffects effects;
    step.Accepted(Token(dice % kCards), dice % 3 == 0 ? kPar : "", effects);
    if (dice % 5 == 0) {
      const TokenRef first = Token(dice % kCards);
      TokenRef renewed = first;
      renewed.epoch = 2;
      step.Learned(MakeMediumId(first.epoch, first.token), renewed, {}, effects);
    }
    if (fail && dice % 2 == 0) return Error(kRefusedOnPurpose, "before writing");
    store_.WriteMedia(tx, effects, step.stamp());
    if (fail) return Error(kRefusedOnPurpose, "after writing");
    return 0;
  }

  // Everything that a Step of each can see is the same.
  void ExpectSameAsStore() { ExpectSameAsStore(first_); }
  void ExpectSameAsStore(Process& process) {
    Memory fresh(store_);
    const auto compared = process.db->Write([&](store::Tx& tx) -> Result<int> {
      PLAZA_ASSIGN_OR_RETURN(Memory::Step live, Memory::Step::Begin(*process.memory, tx));
      PLAZA_RETURN_IF_ERROR(fresh.Load(tx));
      PLAZA_ASSIGN_OR_RETURN(Memory::Step stored, Memory::Step::Begin(fresh, tx));
      EXPECT_EQ(live.media_count(), stored.media_count());
      for (unsigned v = 0; v < kValidators; ++v) {
        EXPECT_EQ(live.Of(ValidatorName(v)).window, stored.Of(ValidatorName(v)).window);
      }
      for (unsigned card = 0; card < kCards; ++card) {
        for (const std::uint32_t epoch : {1u, 2u}) {
          TokenRef token = Token(card);
          token.epoch = epoch;
          EXPECT_EQ(live.Refused(token).account, stored.Refused(token).account);
          EXPECT_EQ(live.Refused(token).medium, stored.Refused(token).medium);
        }
      }
      return Error(kRefusedOnPurpose, "looking only");
    });
    EXPECT_TRUE(compared.error().Is(kRefusedOnPurpose)) << compared.error().ToString();
  }

  TempFolder folder_;
  SqlStore store_;
  Process first_;
};

TEST_F(MemoryTest, ARefusedBodyLeavesNothing) {
  std::mt19937 random(1);
  for (int i = 0; i < 200; ++i) {
    const bool fail = random() % 2 == 0;
    const auto done = first_.db->Write(
        [&](store::Tx& tx) { return Work(tx, static_cast<unsigned>(random()), fail); });
    EXPECT_EQ(done.ok(), !fail);
    if (i % 10 == 0) ExpectSameAsStore();
  }
  ExpectSameAsStore();
}

TEST_F(MemoryTest, AFailureOfTheStoreLeavesNothing) {
  for (unsigned dice = 0; dice < 40; ++dice) {
    const auto failed = first_.db->Write([&](store::Tx& tx) -> Result<int> {
      PLAZA_ASSIGN_OR_RETURN(const int done, Work(tx, dice, /*fail=*/false));
      tx.Exec("INSERT INTO no_such_table (x) VALUES (1)");
      return done;
    });
    EXPECT_FALSE(failed.ok());
    if (dice % 4 == 0) ExpectSameAsStore();
    EXPECT_TRUE(
        first_.db->Write([&](store::Tx& tx) { return Work(tx, dice * 7, /*fail=*/false); }).ok());
  }
  ExpectSameAsStore();
}

TEST_F(MemoryTest, MembersOfAGroupFailAlone) {
  store::GroupCommit group(*first_.db, 16);
  std::vector<std::thread> threads;
  for (unsigned seed = 1; seed <= 6; ++seed) {
    threads.emplace_back([&, seed] {
      std::mt19937 random(seed);
      for (int i = 0; i < 60; ++i) {
        const bool fail = random() % 3 == 0;
        const auto dice = static_cast<unsigned>(random());
        const auto done = group.Run([&](store::Tx& tx) { return Work(tx, dice, fail); });
        EXPECT_EQ(done.ok(), !fail);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ExpectSameAsStore();
}

TEST_F(MemoryTest, ProcessesSeeWhatEachOtherWrote) {
  Process second{OpenDb(), nullptr};
  Load(second);
  std::mt19937 random(2);
  for (int i = 0; i < 400; ++i) {
    Process& process = random() % 2 == 0 ? first_ : second;
    // Nothing, one body, or the whole transaction is in vain: after it the other may count to the
    // same number.
    const unsigned fate = static_cast<unsigned>(random() % 4);
    const bool fail = fate == 0;
    const auto done = process.db->Write([&](store::Tx& tx) -> Result<int> {
      PLAZA_ASSIGN_OR_RETURN(int n,
                             WorkOf(process, tx, static_cast<unsigned>(random()), /*fail=*/false));
      if (fate == 1) tx.Exec("INSERT INTO no_such_table (x) VALUES (1)");
      PLAZA_ASSIGN_OR_RETURN(n, WorkOf(process, tx, static_cast<unsigned>(random()), fail));
      return n;
    });
    EXPECT_EQ(done.ok(), fate > 1);
    if (i % 7 == 0) ExpectSameAsStore(first_);
    if (i % 11 == 0) ExpectSameAsStore(second);
  }
  ExpectSameAsStore(first_);
  ExpectSameAsStore(second);
}

TEST_F(MemoryTest, ProcessesThatWriteAtOnceTakeTurns) {
  Process second{OpenDb(), nullptr};
  Load(second);
  const auto run = [&](Process& process, unsigned seed) {
    store::GroupCommit group(*process.db, 16);
    std::vector<std::thread> threads;
    for (unsigned n = 0; n < 2; ++n) {
      threads.emplace_back([&, n] {
        std::mt19937 random(seed + n);
        for (int i = 0; i < 40; ++i) {
          const bool fail = random() % 3 == 0;
          const auto dice = static_cast<unsigned>(random());
          const auto done =
              group.Run([&](store::Tx& tx) { return WorkOf(process, tx, dice, fail); });
          EXPECT_EQ(done.ok(), !fail) << (done.ok() ? "" : done.error().ToString());
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  };
  std::thread beside([&] { run(second, 100); });
  run(first_, 200);
  beside.join();
  ExpectSameAsStore(first_);
  ExpectSameAsStore(second);
}

}  // namespace
}  // namespace plaza::tap_ingest
