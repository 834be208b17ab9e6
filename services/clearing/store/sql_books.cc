#include "services/clearing/store/sql_books.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "libs/base/check.h"
#include "services/clearing/core/chart.h"
#include "services/clearing/store/day_text.h"
#include "services/clearing/store/state_codec.h"

namespace plaza::clearing {

using plaza::store::Blob;
using plaza::store::DbFailure;
using plaza::store::Row;
using plaza::store::Value;

namespace {

std::int64_t Wide(int n) { return n; }

Value DayOrNull(const std::optional<Date>& day) {
  return day ? Value(day->ToText()) : Value(std::monostate());
}

AccountState Decoded(const AccountId& id, const std::string& bytes) {
  Result<AccountState> state = DecodeState(id, bytes);
  if (!state.ok()) throw DbFailure(state.error());
  return std::move(*state);
}

}  // namespace

std::optional<AccountState> SqlBooks::LoadAccount(const AccountId& id) {
  const auto row = tx_.QueryOne("SELECT state FROM account_state WHERE account = :account",
                                {{"account", Blob{id.value().ToBinary()}}}, "b");
  if (!row) return std::nullopt;
  return Decoded(id, row->Bytes(0));
}

void SqlBooks::SaveAccounts(std::span<const AccountState* const> accounts) {
  for (const AccountState* state : accounts) {
    tx_.ExecLater(
        "INSERT INTO account_state (account, shard, open_day, state) "
        "VALUES (:account, :shard, :open_day, :state) ON CONFLICT (account) DO UPDATE SET "
        "open_day = excluded.open_day, state = excluded.state",
        {{"account", Blob{state->id.value().ToBinary()}},
         {"shard", Wide(ShardOf(state->id.value()))},
         {"open_day", DayOrNull(state->EarliestOpenDay())},
         {"state", Blob{EncodeState(*state)}}});
  }
}

std::vector<AccountState> SqlBooks::AccountsToClose(int shard, Date until) {
  std::vector<AccountState> accounts;
  tx_.Query("SELECT account, state FROM account_state WHERE shard = :shard AND open_day <= :until",
            {{"shard", Wide(shard)}, {"until", until.ToText()}}, "bb", [&](const Row& row) {
              accounts.push_back(Decoded(AccountId(UuidFrom(row.Bytes(0))), row.Bytes(1)));
            });
  return accounts;
}

void SqlBooks::KeepTaps(std::span<const KeptTap> taps) {
  if (taps.empty()) return;
  static constexpr std::string_view kColumns[] = {"shard",       "seq",    "kept_day",
                                                  "account",     "tap_id", "event_time_ms",
                                                  "token_epoch", "token",  "chip_data"};
  std::map<int, std::int64_t> last;
  std::vector<std::vector<Value>> rows;
  rows.reserve(taps.size());
  for (const KeptTap& kept : taps) {
    const int shard = ShardOf(kept.account.value());
    auto at = last.find(shard);
    if (at == last.end()) {
      const auto row =
          tx_.QueryOne("SELECT COALESCE(MAX(seq), 0) FROM kept_taps WHERE shard = :shard",
                       {{"shard", Wide(shard)}}, "i");
      at = last.emplace(shard, row->Int(0)).first;
    }
    rows.push_back({Wide(shard), ++at->second, kept.kept_day.ToText(),
                    Blob{kept.account.value().ToBinary()}, kept.tap.id.value(),
                    kept.tap.event_time.unix_ms, std::int64_t{kept.tap.token.epoch},
                    Blob{kept.tap.token.bytes}, Blob{kept.tap.chip_data}});
  }
  tx_.BulkInsert("kept_taps", kColumns, rows);
}

void SqlBooks::ForEachKeptTap(int shard, const std::function<void(const KeptTap&)>& each) {
  tx_.Query(
      "SELECT kept_day, account, tap_id, event_time_ms, token_epoch, token, chip_data "
      "FROM kept_taps WHERE shard = :shard ORDER BY seq",
      {{"shard", Wide(shard)}}, "tbtiibb", [&](const Row& row) {
        each({AccountId(UuidFrom(row.Bytes(1))), DayFrom(row.Text(0)),
              Tap{TapId(row.Text(2)), Instant{row.Int(3)},
                  Token{static_cast<std::uint32_t>(row.Int(4)), row.Bytes(5)}, row.Bytes(6)}});
      });
}

void SqlBooks::DropKeptTaps(int shard, Date until) {
  tx_.ExecLater("DELETE FROM kept_taps WHERE shard = :shard AND kept_day <= :until",
                {{"shard", Wide(shard)}, {"until", until.ToText()}});
}

// Where the shard's chain ends. A settlement is posted in the operator's shard, which may be
// another process's: from here to the end of the transaction nobody else appends to it.
SqlBooks::Head& SqlBooks::HeadOf(int shard) {
  const auto [at, is_new] = heads_.try_emplace(shard);
  Head& head = at->second;
  if (!is_new) return head;
  tx_.Lock("ledger shard " + std::to_string(shard));
  const auto row = tx_.QueryOne("SELECT seq, hash FROM ledger_heads WHERE shard = :shard",
                                {{"shard", Wide(shard)}}, "ib");
  if (!row) return head;
  head.seq = row->Int(0);
  if (row->Bytes(1).size() != head.hash.size()) {
    throw DbFailure(Error(plaza::store::kStoreDamaged, "a ledger head's hash"));
  }
  std::ranges::copy(AsBytes(row->Bytes(1)), head.hash.begin());
  return head;
}

std::span<const std::string_view> LedgerColumns() {
  static constexpr std::string_view kColumns[] = {
      "shard",     "seq",      "business_day", "kind",          "posting_id",
      "reference", "leg_id",   "operator_id",  "account",       "debit",
      "credit",    "currency", "amount_minor", "event_time_ms", "hash"};
  return kColumns;
}

std::vector<Value> LedgerRow(std::int64_t seq, const Posting& p, const Sha256Digest& hash) {
  return {Wide(p.shard),
          seq,
          p.business_day.ToText(),
          p.kind,
          Blob{p.id.ToBinary()},
          p.reference,
          p.leg_id,
          p.operator_id,
          Blob{p.account.ToBinary()},
          p.debit,
          p.credit,
          std::string(p.amount.currency().code()),
          p.amount.amount_minor(),
          p.event_time.unix_ms,
          Blob{plaza::ToString(ByteView(hash))}};
}

void SqlBooks::Post(std::span<const Posting> postings) {
  if (postings.empty()) return;
  std::set<int> grown;
  for (const Posting& p : postings) grown.insert(p.shard);
  for (const int shard : grown)
    HeadOf(shard);  // in one order, so that two do not wait for each other
  std::vector<std::vector<Value>> rows;
  rows.reserve(postings.size());
  std::map<std::tuple<std::string, std::string, int>, std::int64_t> balances;
  std::map<std::tuple<Date, OperatorId, int>, OperatorDay> days;
  for (const Posting& p : postings) {
    PLAZA_CHECK(p.amount.amount_minor() > 0 && p.debit != p.credit);
    Head& head = HeadOf(p.shard);
    head.hash = ChainHash(head.hash, ++head.seq, p);
    rows.push_back(LedgerRow(head.seq, p, head.hash));
    const std::string currency(p.amount.currency().code());
    balances[{p.debit, currency, p.shard}] += p.amount.amount_minor();
    balances[{p.credit, currency, p.shard}] -= p.amount.amount_minor();
    if (!IsOperatorDayKind(p.kind)) continue;
    const OperatorId id(p.operator_id);
    OperatorDay& day = days[{p.business_day, id, p.shard}];
    day.business_day = p.business_day;
    day.operator_id = id;
    day.shard = p.shard;
    AddPosting(p.kind, p.amount.amount_minor(), day);
  }
  tx_.BulkInsert("ledger", LedgerColumns(), rows);
  for (const auto& [key, delta] : balances) {
    const auto& [account, currency, shard] = key;
    tx_.ExecLater(
        "INSERT INTO balances (account, currency, shard, balance_minor) "
        "VALUES (:account, :currency, :shard, :delta) ON CONFLICT (account, currency, shard) "
        "DO UPDATE SET balance_minor = balances.balance_minor + excluded.balance_minor",
        {{"account", account}, {"currency", currency}, {"shard", Wide(shard)}, {"delta", delta}});
  }
  for (const auto& [key, day] : days) AddToOperatorDay(day);
  for (const int shard : grown) SaveHead(shard, HeadOf(shard));
}

void SqlBooks::SaveHead(int shard, const Head& head) {
  tx_.ExecLater(
      "INSERT INTO ledger_heads (shard, seq, hash) VALUES (:shard, :seq, :hash) "
      "ON CONFLICT (shard) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
      {{"shard", Wide(shard)},
       {"seq", head.seq},
       {"hash", Blob{plaza::ToString(ByteView(head.hash))}}});
}

void SqlBooks::AddToOperatorDay(const OperatorDay& d) {
  tx_.ExecLater(
      "INSERT INTO operator_days (business_day, operator_id, shard, charged_minor, returned_minor, "
      "refunded_minor, subsidies_minor) VALUES (:day, :operator, :shard, :charged, :returned, "
      ":refunded, :subsidies) ON CONFLICT (business_day, operator_id, shard) DO UPDATE SET "
      "charged_minor = operator_days.charged_minor + excluded.charged_minor, "
      "returned_minor = operator_days.returned_minor + excluded.returned_minor, "
      "refunded_minor = operator_days.refunded_minor + excluded.refunded_minor, "
      "subsidies_minor = operator_days.subsidies_minor + excluded.subsidies_minor",
      {{"day", d.business_day.ToText()},
       {"operator", d.operator_id.value()},
       {"shard", Wide(d.shard)},
       {"charged", d.charged_minor},
       {"returned", d.returned_minor},
       {"refunded", d.refunded_minor},
       {"subsidies", d.subsidies_minor}});
}

void SqlBooks::NoteSubsidies(std::span<const SubsidyNote> notes, int shard) {
  for (const SubsidyNote& note : notes) {
    OperatorDay day{note.business_day, note.operator_id, shard, 0, 0, 0, note.amount_minor};
    AddToOperatorDay(day);
  }
}

void SqlBooks::SaveAggregates(std::span<const AggregateOf> aggregates, Currency currency) {
  for (const auto& [account, a] : aggregates) {
    tx_.ExecLater(
        "INSERT INTO aggregates (business_day, aggregate_id, account, state, amount_minor, "
        "currency, response_code, token_epoch, token, charges) VALUES (:day, :id, :account, "
        ":state, "
        ":amount, :currency, :code, :token_epoch, :token, :charges) "
        "ON CONFLICT (business_day, aggregate_id) DO UPDATE SET state = excluded.state, "
        "amount_minor = excluded.amount_minor, response_code = excluded.response_code, "
        "token_epoch = excluded.token_epoch, token = excluded.token",
        {{"day", a.key.day.ToText()},
         {"id", Blob{a.id.value().ToBinary()}},
         {"account", Blob{account.value().ToBinary()}},
         {"state", std::string(AggregateStateName(a.state))},
         {"amount", a.amount_minor},
         {"currency", std::string(currency.code())},
         {"code", a.response_code},
         {"token_epoch", std::int64_t{a.card.epoch}},
         {"token", Blob{a.card.bytes}},
         {"charges", std::int64_t{a.charges}}});
  }
}

std::optional<std::uint64_t> SqlBooks::Deny(const DenyChange& change, Instant since) {
  tx_.Lock("deny list");  // until the commit, so that epochs reach the log in their order
  const std::int64_t epoch_of_token = change.token.epoch;
  const auto next =
      tx_.QueryOne("SELECT epoch + 1 FROM deny_list_epoch WHERE id = 1", {}, "i")->Int(0);
  const std::int64_t changed =
      change.denied
          ? tx_.Exec(
                "INSERT INTO denied (token_epoch, token, account, reason, deny_list_epoch, "
                "since_ms) "
                "VALUES (:token_epoch, :token, :account, :reason, :epoch, :since) "
                "ON CONFLICT (token_epoch, token) DO NOTHING",
                {{"token_epoch", epoch_of_token},
                 {"token", Blob{change.token.bytes}},
                 {"account", Blob{change.account.value().ToBinary()}},
                 {"reason", change.reason},
                 {"epoch", next},
                 {"since", since.unix_ms}})
          : tx_.Exec("DELETE FROM denied WHERE token_epoch = :token_epoch AND token = :token",
                     {{"token_epoch", epoch_of_token}, {"token", Blob{change.token.bytes}}});
  if (changed == 0) return std::nullopt;
  tx_.ExecLater("UPDATE deny_list_epoch SET epoch = :epoch WHERE id = 1", {{"epoch", next}});
  return static_cast<std::uint64_t>(next);
}

void SqlBooks::LockSettlement() { tx_.Lock("settlement"); }

std::vector<CutOffPassed> SqlBooks::CutOffsPassed() {
  std::vector<CutOffPassed> passed;
  tx_.Query("SELECT topic, part, business_day FROM cut_offs_passed", {}, "tit",
            [&](const Row& row) {
              passed.push_back(
                  {StreamFrom(row.Text(0)), static_cast<int>(row.Int(1)), DayFrom(row.Text(2))});
            });
  return passed;
}

void SqlBooks::SetCutOffPassed(const CutOffPassed& passed) {
  tx_.ExecLater(
      "INSERT INTO cut_offs_passed (topic, part, business_day) VALUES (:topic, :part, :day) "
      "ON CONFLICT (topic, part) DO UPDATE SET business_day = excluded.business_day",
      {{"topic", std::string(StreamTopic(passed.stream))},
       {"part", Wide(passed.partition)},
       {"day", passed.business_day.ToText()}});
}

std::vector<OperatorDay> SqlBooks::OperatorDays(std::optional<Date> after, Date until, int shard) {
  std::vector<OperatorDay> days;
  tx_.Query(
      "SELECT business_day, operator_id, shard, charged_minor, returned_minor, refunded_minor, "
      "subsidies_minor FROM operator_days WHERE business_day > :after AND business_day <= :until "
      "ORDER BY business_day, operator_id, shard",
      {{"after", after ? after->ToText() : std::string()}, {"until", until.ToText()}}, "ttiiiii",
      [&](const Row& row) {
        if (shard >= 0 && row.Int(2) != shard) return;
        days.push_back({DayFrom(row.Text(0)), OperatorId(row.Text(1)), static_cast<int>(row.Int(2)),
                        row.Int(3), row.Int(4), row.Int(5), row.Int(6)});
      });
  return days;
}

std::optional<Date> SqlBooks::LastDaySettled() {
  const auto row = tx_.QueryOne("SELECT MAX(business_day) FROM days_settled", {}, "t");
  if (!row || row->IsNull(0)) return std::nullopt;
  return DayFrom(row->Text(0));
}

void SqlBooks::SetDaySettled(Date day) {
  tx_.Exec("INSERT INTO days_settled (business_day) VALUES (:day)", {{"day", day.ToText()}});
}

std::vector<std::pair<OperatorId, std::int64_t>> SqlBooks::Carries() {
  std::vector<std::pair<OperatorId, std::int64_t>> carries;
  tx_.Query(
      "SELECT operator_id, carry_minor FROM carries WHERE carry_minor <> 0 ORDER BY operator_id",
      {}, "ti", [&](const Row& row) { carries.emplace_back(OperatorId(row.Text(0)), row.Int(1)); });
  return carries;
}

void SqlBooks::SaveSettlement(const Settlement& s) {
  static constexpr std::string_view kColumns[] = {
      "operator_id",     "business_day",   "collection_supplier_id", "currency",  "gross_minor",
      "refunds_minor",   "fees_minor",     "carry_in_minor",         "net_minor", "payout_minor",
      "carry_out_minor", "subsidies_minor"};
  const std::vector<Value> row = {s.operator_id.value(),
                                  s.business_day.ToText(),
                                  s.collection_supplier_id,
                                  std::string(s.currency.code()),
                                  s.gross_minor,
                                  s.refunds_minor,
                                  s.fees_minor,
                                  s.carry_in_minor,
                                  s.net_minor,
                                  s.payout_minor,
                                  s.carry_out_minor,
                                  s.subsidies_minor};
  tx_.BulkInsert("settlements", kColumns, std::span(&row, 1));
  tx_.ExecLater(
      "INSERT INTO carries (operator_id, carry_minor) VALUES (:operator, :carry) "
      "ON CONFLICT (operator_id) DO UPDATE SET carry_minor = excluded.carry_minor",
      {{"operator", s.operator_id.value()}, {"carry", s.carry_out_minor}});
}

}  // namespace plaza::clearing
