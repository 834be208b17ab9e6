#include "services/clearing/store/rebuild.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

#include "libs/base/hex.h"
#include "services/clearing/core/chart.h"
#include "services/clearing/limits.h"
#include "services/clearing/store/day_text.h"

namespace plaza::clearing {
namespace {

using plaza::store::DbFailure;
using plaza::store::Row;
using plaza::store::Tx;

struct ReadRow {
  std::int64_t seq = 0;
  Posting posting;
  std::string hash;
};

class Rebuild {
 public:
  explicit Rebuild(Tx& tx) : tx_(tx) {}

  RebuildReport Run() {
    ReadLedger();
    CompareHeads();
    CompareBalances();
    CompareOperatorDays();
    CompareSettlements();
    CompareAggregates();
    report_.shards = static_cast<std::int64_t>(chains_.size());
    return std::move(report_);
  }

 private:
  struct Chain {
    std::int64_t seq = 0;
    Sha256Digest hash{};
  };
  // What the rows say of one aggregate.
  struct Taken {
    std::int64_t captured = 0;
    std::int64_t owed = 0;
  };
  // What the rows say of (operator, business day).
  struct Settled {
    std::int64_t apportioned = 0;
    std::int64_t fees = 0;
    std::int64_t paid = 0;
  };

  void Differs(std::string what, std::string stored, std::string rebuilt) {
    if (report_.differences.size() >= kDifferencesMax) return;
    report_.differences.push_back({std::move(what), std::move(stored), std::move(rebuilt)});
  }
  void Compare(const std::string& what, std::int64_t stored, std::int64_t rebuilt) {
    if (stored != rebuilt) Differs(what, std::to_string(stored), std::to_string(rebuilt));
  }

  static ReadRow FromRow(const Row& row) {
    ReadRow read;
    read.seq = row.Int(1);
    Posting& p = read.posting;
    p.shard = static_cast<int>(row.Int(0));
    p.business_day = DayFrom(row.Text(2));
    p.kind = row.Text(3);
    p.id = UuidFrom(row.Bytes(4));
    p.reference = row.Text(5);
    p.leg_id = row.Text(6);
    p.operator_id = row.Text(7);
    p.account = UuidFrom(row.Bytes(8));
    p.debit = row.Text(9);
    p.credit = row.Text(10);
    const Result<Currency> currency = Currency::Parse(row.Text(11));
    if (!currency.ok()) throw DbFailure(currency.error());
    p.amount = Money(row.Int(12), *currency);
    p.event_time = Instant{row.Int(13)};
    read.hash = row.Bytes(14);
    return read;
  }

  void ReadLedger() {
    tx_.Query(
        "SELECT shard, seq, business_day, kind, posting_id, reference, leg_id, operator_id, "
        "account, "
        "debit, credit, currency, amount_minor, event_time_ms, hash FROM ledger ORDER BY shard, "
        "seq",
        {}, "iittbtttbtttiib", [&](const Row& row) { OnRow(FromRow(row)); });
  }

  void OnRow(const ReadRow& row) {
    const Posting& p = row.posting;
    const std::int64_t amount = p.amount.amount_minor();
    ++report_.rows;
    Chain& chain = chains_[p.shard];
    const std::string where =
        "ledger row " + std::to_string(p.shard) + "/" + std::to_string(row.seq);
    Compare(where + ": sequence", row.seq, chain.seq + 1);
    if (p.kind != kind::kApportion) Compare(where + ": shard", p.shard, ShardOf(p.account));
    const Sha256Digest hash = ChainHash(chain.hash, row.seq, p);
    if (AsText(hash) != row.hash) Differs(where + ": hash", ToHex(AsBytes(row.hash)), ToHex(hash));
    chain.seq = row.seq;
    // On from the stored hash, so that one changed row is reported once, not every row behind it.
    if (row.hash.size() == chain.hash.size())
      std::ranges::copy(AsBytes(row.hash), chain.hash.begin());
    const std::string currency(p.amount.currency().code());
    balances_[{p.debit, currency, p.shard}] += amount;
    balances_[{p.credit, currency, p.shard}] -= amount;
    if (IsOperatorDayKind(p.kind)) {
      AddPosting(p.kind, amount, days_[{p.business_day.ToText(), p.operator_id, p.shard}]);
    }
    Settled& settled = settled_[{p.operator_id, p.business_day.ToText()}];
    if (p.kind == kind::kApportion) settled.apportioned += amount;
    if (p.kind == kind::kFee) settled.fees += amount;
    if (p.kind == kind::kPayout) settled.paid += amount;
    if (p.kind == kind::kCapture) taken_[p.reference].captured += amount;
    if (p.kind == kind::kDebt) taken_[p.reference].owed += amount;
    if (p.kind == kind::kDebtLowered) taken_[p.reference].owed -= amount;
  }

  void CompareHeads() {
    std::map<int, Chain> left = chains_;
    tx_.Query("SELECT shard, seq, hash FROM ledger_heads", {}, "iib", [&](const Row& row) {
      const int shard = static_cast<int>(row.Int(0));
      const Chain chain = left[shard];
      left.erase(shard);
      const std::string what = "head of shard " + std::to_string(shard);
      Compare(what + ": rows", row.Int(1), chain.seq);
      if (row.Bytes(2) != AsText(chain.hash)) {
        Differs(what + ": hash", ToHex(AsBytes(row.Bytes(2))), ToHex(chain.hash));
      }
    });
    for (const auto& [shard, chain] : left) {
      Differs("head of shard " + std::to_string(shard), "none",
              std::to_string(chain.seq) + " rows");
    }
  }

  void CompareBalances() {
    auto left = balances_;
    tx_.Query("SELECT account, currency, shard, balance_minor FROM balances", {}, "ttii",
              [&](const Row& row) {
                const auto key =
                    std::make_tuple(row.Text(0), row.Text(1), static_cast<int>(row.Int(2)));
                const auto found = left.find(key);
                const std::int64_t rebuilt = found == left.end() ? 0 : found->second;
                if (found != left.end()) left.erase(found);
                Compare("balance of " + row.Text(0) + " " + row.Text(1) + ", shard " +
                            std::to_string(row.Int(2)),
                        row.Int(3), rebuilt);
              });
    for (const auto& [key, balance] : left) {
      Compare("balance of " + std::get<0>(key) + " " + std::get<1>(key) + ", shard " +
                  std::to_string(std::get<2>(key)),
              0, balance);
    }
  }

  void CompareOperatorDays() {
    auto left = days_;
    tx_.Query(
        "SELECT business_day, operator_id, shard, charged_minor, returned_minor, refunded_minor "
        "FROM operator_days",
        {}, "ttiiii", [&](const Row& row) {
          const auto key = std::make_tuple(row.Text(0), row.Text(1), static_cast<int>(row.Int(2)));
          const OperatorDay day = left[key];
          left.erase(key);
          CompareOperatorDay(key, row.Int(3), row.Int(4), row.Int(5), day);
        });
    for (const auto& [key, day] : left) CompareOperatorDay(key, 0, 0, 0, day);
  }
  void CompareOperatorDay(const std::tuple<std::string, std::string, int>& key,
                          std::int64_t charged, std::int64_t returned, std::int64_t refunded,
                          const OperatorDay& rebuilt) {
    const std::string what = "day " + std::get<0>(key) + " of operator " + std::get<1>(key) +
                             ", shard " + std::to_string(std::get<2>(key));
    Compare(what + ": charged", charged, rebuilt.charged_minor);
    Compare(what + ": returned", returned, rebuilt.returned_minor);
    Compare(what + ": refunded", refunded, rebuilt.refunded_minor);
  }

  void CompareSettlements() {
    std::map<std::pair<std::string, std::string>, std::int64_t> refunded;
    for (const auto& [key, day] : days_) {
      refunded[{std::get<1>(key), std::get<0>(key)}] += day.refunded_minor;
    }
    std::map<std::string, std::int64_t> carry;
    tx_.Query(
        "SELECT operator_id, business_day, gross_minor, refunds_minor, fees_minor, carry_in_minor, "
        "net_minor, payout_minor, carry_out_minor FROM settlements ORDER BY operator_id, "
        "business_day",
        {}, "ttiiiiiii", [&](const Row& row) {
          const std::pair<std::string, std::string> key{row.Text(0), row.Text(1)};
          const Settled s = settled_[key];
          const std::string what = "settlement of " + key.second + ", " + key.first;
          Compare(what + ": gross", row.Int(2), s.apportioned);
          Compare(what + ": refunds", row.Int(3), refunded[key]);
          Compare(what + ": fees", row.Int(4), s.fees);
          Compare(what + ": carried in", row.Int(5), carry[key.first]);
          const std::int64_t net = carry[key.first] + s.apportioned - refunded[key] - s.fees;
          Compare(what + ": net", row.Int(6), net);
          Compare(what + ": payout", row.Int(7), s.paid);
          Compare(what + ": carried out", row.Int(8), net - s.paid);
          carry[key.first] = net - s.paid;
          settled_.erase(key);
        });
    for (const auto& [key, s] : settled_) {
      Compare("payouts without a settlement, " + key.second + ", " + key.first, 0, s.paid + s.fees);
    }
  }

  void CompareAggregates() {
    tx_.Query(
        "SELECT aggregate_id, state, amount_minor FROM aggregates", {}, "bti", [&](const Row& row) {
          const std::string id = UuidFrom(row.Bytes(0)).ToText();
          const auto found = taken_.find(id);
          const Taken taken = found == taken_.end() ? Taken() : found->second;
          if (found != taken_.end()) taken_.erase(found);
          const bool captured = row.Text(1) == AggregateStateName(AggregateState::kCaptured);
          const bool owed = row.Text(1) == AggregateStateName(AggregateState::kDebt);
          Compare("aggregate " + id + ": captured", captured ? row.Int(2) : 0, taken.captured);
          Compare("aggregate " + id + ": owed", owed ? row.Int(2) : 0, taken.owed);
        });
    for (const auto& [id, taken] : taken_) {
      Differs("aggregate " + id, "none", std::to_string(taken.captured + taken.owed));
    }
  }

  Tx& tx_;
  RebuildReport report_;
  std::map<int, Chain> chains_;
  std::map<std::tuple<std::string, std::string, int>, std::int64_t> balances_;
  std::map<std::tuple<std::string, std::string, int>, OperatorDay> days_;
  std::map<std::pair<std::string, std::string>, Settled> settled_;
  std::unordered_map<std::string, Taken> taken_;
};

}  // namespace

RebuildReport RebuildAndCompare(Tx& tx) { return Rebuild(tx).Run(); }

}  // namespace plaza::clearing
