// Whatever the order in which topics are read, whatever comes twice, and whatever batch is rolled
// back and done again: the same books.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <random>

#include "services/clearing/app/batch.h"
#include "services/clearing/core/chart.h"
#include "tests/property/clearing/memory_books.h"

namespace plaza::clearing {
namespace {

constexpr int kPartitions = 2;
constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kFirstCutOffMs =
    1'763'888'400'000;  // 2025-11-23T09:00:00Z, 03:00 in the city

Policy CityPolicy() {
  Policy policy;
  policy.zone = *ZoneRules::Make("Fixed", "test", -6 * 3600, {});
  policy.cut_off = TimeOfDay{3 * 3600};
  policy.currency = *Currency::Parse("MXN");
  policy.verify_first_use = true;
  policy.response_codes.approved = {"00"};
  policy.response_codes.retryable = {"51"};
  policy.settlement = {150, 700};
  return policy;
}

using Step = std::function<Result<void>(Batch&)>;

// A topic's partition: records in order, and how far it was read.
struct Log {
  std::vector<Step> records;
  std::size_t next = 0;
};
enum Topic { kTapsTopic, kChargesTopic, kAccountsTopic, kAnswersTopic, kClockTopic };
using Logs = std::map<std::pair<int, int>, Log>;  // by topic and partition

// The acquirer is a function of the request, so that it answers alike in every run.
class ScriptedCity : public Facts {
 public:
  std::vector<std::pair<std::pair<int, int>, Step>> out;

  void Send(const AuthorisationRequest& request, Instant at) override {
    Answer answer;
    answer.aggregate = request.aggregate;
    answer.attempt = request.attempt;
    answer.purpose = request.purpose;
    const bool declined =
        request.purpose == Purpose::kAuthorisation && request.aggregate.value().bytes()[3] % 3 == 0;
    answer.response_code = declined ? "51" : "00";
    answer.event_time = at;
    const int p = ShardOf(request.account.value()) % kPartitions;
    out.push_back({{kAnswersTopic, p}, [=, account = request.account](Batch& batch) {
                     return batch.OnAnswer(p, account, answer);
                   }});
  }
  void Send(const DenyChange&, std::uint64_t, Instant) override {}
  void Send(const Handover& handover, Instant at) override {
    const int p = ShardOf(handover.to.value()) % kPartitions;
    out.push_back(
        {{kAccountsTopic, p}, [=](Batch& batch) { return batch.OnHandover(p, handover, at); }});
  }
  void Send(const Settlement&, Instant) override {}
};

struct Rider {
  AccountId account;
  int partition = 0;
  Token token;
  std::vector<std::pair<std::string, std::uint32_t>> legs;  // id, last revision
  std::map<std::pair<std::string, std::string>, std::int64_t> shares;
};

// Random days of a city, as the logs hold them: order within a partition is fixed, nothing else is.
class Days {
 public:
  explicit Days(std::uint32_t seed) : random_(seed) {
    for (int i = 0; i < 5; ++i) {
      Rider rider;
      rider.account = AccountId(Uuid::V5(id_space::Account(), "rider" + std::to_string(i)));
      rider.partition = ShardOf(rider.account.value()) % kPartitions;
      rider.token = {1, std::string(32, static_cast<char>('a' + i))};
      riders_.push_back(rider);
    }
    for (int day = 0; day < 4; ++day) OneDay(day);
  }
  Logs logs;
  std::int64_t charged = 0;

 private:
  int Pick(int n) { return static_cast<int>(random_() % static_cast<std::uint32_t>(n)); }

  void Append(int topic, int partition, const Step& step) {
    std::vector<Step>& records = logs[{topic, partition}].records;
    records.push_back(step);
    // A relay that was cut off sends its last records again.
    const std::size_t again = Pick(4) == 0 ? std::min<std::size_t>(records.size(), 3) : 0;
    const std::vector<Step> last(records.end() - static_cast<std::ptrdiff_t>(again), records.end());
    records.insert(records.end(), last.begin(), last.end());
  }

  void Ride(Rider& rider, std::int64_t at_ms) {
    const std::string tap_id = "G" + std::to_string(Pick(3)) + ":" + std::to_string(++taps_);
    const Tap tap{TapId(tap_id), Instant{at_ms}, rider.token, "chip"};
    const int p = rider.partition;
    Append(kTapsTopic, p, [=, a = rider.account](Batch& batch) { return batch.OnTap(p, a, tap); });
    rider.legs.emplace_back(tap_id, 0);
    Charge_(rider, rider.legs.size() - 1, at_ms);
  }

  // The next revision of a leg: shares go anywhere, but nobody's below zero.
  void Charge_(Rider& rider, std::size_t leg, std::int64_t at_ms) {
    auto& [id, revision] = rider.legs[leg];
    Charge charge{TapId(id), ++revision, Instant{at_ms}, Money(), {}, 0};
    std::int64_t sum = 0;
    for (const char* op : {"siteur", "mimacro"}) {
      std::int64_t& held = rider.shares[{id, op}];
      const std::int64_t now = Pick(3) == 0 ? 0 : Pick(4) * 250;
      if (now == held && Pick(2) == 0) continue;
      charge.shares.push_back({OperatorId(op), now - held});
      sum += now - held;
      held = now;
    }
    charge.amount = Money(sum, *Currency::Parse("MXN"));
    charged += sum;
    const int p = rider.partition;
    Append(kChargesTopic, p,
           [=, a = rider.account](Batch& batch) { return batch.OnCharge(p, a, charge); });
  }

  void Link() {
    const Rider& from = riders_[0];
    const Rider& to = riders_[1];
    const int pf = from.partition;
    const int pt = to.partition;
    const std::vector<Token> tokens{from.token};
    Append(kAccountsTopic, pf, [=, f = from.account, t = to.account](Batch& batch) {
      return batch.OnLinkedAway(pf, f, t, tokens, Instant{0});
    });
    Append(kAccountsTopic, pt, [=, f = from.account, t = to.account](Batch& batch) {
      return batch.OnLinkedHere(pt, f, t, tokens, Instant{0});
    });
  }

  void OneDay(int day) {
    const std::int64_t begin = kFirstCutOffMs + (day - 1) * kDayMs;
    for (int i = 0; i < 12; ++i) {
      Rider& rider = riders_[static_cast<std::size_t>(Pick(5))];
      const std::int64_t late = day > 0 && Pick(8) == 0 ? kDayMs : 0;  // a gate that was offline
      if (rider.legs.empty() || Pick(3) != 0) {
        Ride(rider, begin + i * 3'600'000 - late);
      } else {
        Charge_(rider, static_cast<std::size_t>(Pick(static_cast<int>(rider.legs.size()))),
                begin + i * 3'600'000);
      }
    }
    if (day == 1) Link();
    const Date ends = *Date::Parse("2025-11-22") + day;
    const Instant at{begin + kDayMs};
    for (int p = 0; p < kPartitions; ++p) {
      for (const auto& [topic, stream] :
           {std::pair{kTapsTopic, Stream::kTaps}, {kChargesTopic, Stream::kCharges}}) {
        Append(topic, p, [=, s = stream](Batch& batch) -> Result<void> {
          batch.OnCutOff(s, p, ends, at);
          return {};
        });
      }
    }
    Append(kClockTopic, 0, [=](Batch& batch) -> Result<void> {
      batch.OnCutOff(Stream::kClock, 0, ends, at);
      return {};
    });
  }

  std::mt19937 random_;
  std::vector<Rider> riders_;
  int taps_ = 0;
};

// One run: reads the logs in a random order, in batches of random size, some of them rolled back
// and done again.
MemoryBooks Run(const Policy& policy, Logs logs, std::uint32_t seed) {
  std::mt19937 random(seed);
  MemoryBooks books;
  AccountCache cache;
  for (;;) {
    std::vector<std::pair<int, int>> ready;
    for (const auto& [key, log] : logs) {
      if (log.next < log.records.size()) ready.push_back(key);
    }
    if (ready.empty()) return books;
    Log& log = logs[ready[random() % ready.size()]];
    const std::size_t n = std::min<std::size_t>(1 + random() % 7, log.records.size() - log.next);
    for (bool again = random() % 5 == 0;; again = false) {
      const MemoryBooks before = again ? books : MemoryBooks();
      ScriptedCity city;
      Batch batch(policy, kPartitions, cache, books, city);
      for (std::size_t i = 0; i < n; ++i) {
        const Result<void> done = log.records[log.next + i](batch);
        RC_ASSERT(done.ok());
      }
      batch.Finish();
      if (again) {  // rolled back
        books = before;
        cache.Clear();
        continue;
      }
      log.next += n;
      for (auto& [to, step] : city.out) logs[to].records.push_back(std::move(step));
      break;
    }
  }
}

// Every posting by its id: what, how much, when.
std::map<Uuid, std::string> Book(const MemoryBooks& books) {
  std::map<Uuid, std::string> book;
  for (const Posting& p : books.ledger) {
    RC_ASSERT(book.emplace(p.id, p.business_day.ToText() + " " + p.reference + " " + p.debit + ">" +
                                     p.credit + " " + std::to_string(p.amount.amount_minor()))
                  .second);  // the same posting twice
  }
  return book;
}

RC_GTEST_PROP(Interleaving, EveryOrderOfTheTopicsGivesTheSameBooks, ()) {
  const Policy policy = CityPolicy();
  const Days days(*rc::gen::arbitrary<std::uint32_t>());
  const MemoryBooks one = Run(policy, days.logs, *rc::gen::arbitrary<std::uint32_t>());
  const MemoryBooks other = Run(policy, days.logs, *rc::gen::arbitrary<std::uint32_t>());
  const auto book = Book(one);
  const auto same = Book(other);
  for (const auto& [id, line] : book) {
    const auto found = same.find(id);
    if (found == same.end() || found->second != line) RC_FAIL("only in one run: " + line);
  }
  RC_ASSERT(book.size() == same.size());
  RC_ASSERT(one.Balances() == other.Balances());
  RC_ASSERT(one.settlements.size() == other.settlements.size());
  RC_ASSERT(one.settled_days.size() == 4U);
}

RC_GTEST_PROP(Interleaving, TheBooksAddUp, ()) {
  const Policy policy = CityPolicy();
  const Days days(*rc::gen::arbitrary<std::uint32_t>());
  const MemoryBooks books = Run(policy, days.logs, *rc::gen::arbitrary<std::uint32_t>());
  auto balances = books.Balances();
  std::int64_t sum = 0;
  std::int64_t operators = 0;
  for (const auto& [account, balance] : balances) {
    sum += balance;
    if (account.starts_with(chart::kOperatorPayablePrefix)) operators -= balance;
  }
  RC_ASSERT(sum == 0);
  // Every charge reached an operator: paid out, kept as a fee, owed, or still in suspense (nothing
  // after the last close).
  RC_ASSERT(days.charged ==
            -balances["bank"] - balances["fees"] + operators - balances["suspense"]);
  RC_ASSERT(balances["suspense"] == 0);
  std::int64_t carried = 0;
  for (const auto& [id, carry] : books.carries) carried += carry;
  RC_ASSERT(carried == operators);
  // And came from a card: captured, owed, or on its way back.
  RC_ASSERT(days.charged == balances["card_receivable"] + balances["acquirer_receivable"] +
                                balances["debt_receivable"] + balances["refunds_payable"]);
  RC_ASSERT(balances["card_receivable"] == 0);  // every answer has come
  std::int64_t owed = 0;
  for (const auto& [id, state] : books.accounts) {
    for (const Aggregate& a : state.aggregates) {
      if (a.state == AggregateState::kDebt) owed += a.amount_minor;
      RC_ASSERT(a.state != AggregateState::kAuthorising && a.state != AggregateState::kCapturing);
    }
    if (!state.Owing()) continue;
    for (const Token& token : state.tokens) RC_ASSERT(books.denied.contains(token));
  }
  RC_ASSERT(owed == balances["debt_receivable"]);
}

}  // namespace
}  // namespace plaza::clearing
