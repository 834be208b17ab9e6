#include "apps/plaza/audit_data.h"

#include "libs/base/bytes.h"
#include "libs/emv/journal/tap_record.h"
#include "libs/store/db.h"
#include "plaza/clearing/state/v1/state.pb.h"
#include "plaza/fare/v1/state.pb.h"

namespace plaza::audit {
namespace {

constexpr ErrorKind kUnreadable{StatusCode::kDataLoss, "UNREADABLE_ROW",
                                "The store was written by something else, or is damaged."};

// services/clearing/README.md, "The account's row".
constexpr std::uint32_t kFirstUseDeclined = 3;

// Runs `query` on one store, read only.
Result<void> Read(const CityPaths& paths, const std::string& service,
                  const std::function<Result<void>(store::Tx&)>& query) {
  PLAZA_ASSIGN_OR_RETURN(store::Options options, StoreOf(paths, service));
  options.read_only = true;
  options.readers = 1;
  PLAZA_ASSIGN_OR_RETURN(const auto db, store::Db::Open(options));
  return db->Read([&](store::Tx& tx) { return query(tx); });
}

// tap_batches.batch: each record with its length before it, 2 bytes, big-endian
// (services/tap-ingest/README.md).
Result<void> CountBatch(std::string_view batch, TapCounts& counts) {
  ByteView rest = AsBytes(batch);
  while (!rest.empty()) {
    if (rest.size() < 2) return Error(kUnreadable, "a batch ends in a length", "tap_batches");
    const std::size_t length = static_cast<std::size_t>(rest[0]) << 8 | rest[1];
    if (rest.size() - 2 < length)
      return Error(kUnreadable, "a batch ends in a record", "tap_batches");
    const auto decoded = emv::DecodeTapRecord(rest.subspan(2, length));
    if (!decoded.ok()) return decoded.error();
    ++(decoded->record.decision == emv::Decision::kAccepted ? counts.accepted : counts.denied);
    rest = rest.subspan(2 + length);
  }
  return {};
}

}  // namespace

Result<void> ReadLedger(const CityPaths& paths, const std::function<void(const LedgerRow&)>& each) {
  return Read(paths, "clearing", [&](store::Tx& tx) -> Result<void> {
    tx.Query(
        "SELECT shard, seq, business_day, kind, posting_id, reference, leg_id, operator_id, "
        "account, debit, "
        "credit, currency, amount_minor, event_time_ms, hash FROM ledger ORDER BY shard, seq",
        {}, "iittbtttbtttiib", [&](const store::Row& row) {
          each({row.Int(0), row.Int(1), row.Text(2), row.Text(3), row.Bytes(4), row.Text(5),
                row.Text(6), row.Text(7), row.Bytes(8), row.Text(9), row.Text(10), row.Text(11),
                row.Int(12), row.Int(13), row.Bytes(14)});
        });
    return {};
  });
}

Result<std::map<std::string, std::int64_t>> ReadStoredBalances(const CityPaths& paths) {
  std::map<std::string, std::int64_t> balances;
  PLAZA_RETURN_IF_ERROR(Read(paths, "clearing", [&](store::Tx& tx) -> Result<void> {
    tx.Query(
        "SELECT account, currency, balance_minor FROM balances", {}, "tti",
        [&](const store::Row& row) { balances[row.Text(0) + " " + row.Text(1)] += row.Int(2); });
    return {};
  }));
  return balances;
}

Result<TapCounts> ReadTaps(const CityPaths& paths) {
  TapCounts counts;
  PLAZA_RETURN_IF_ERROR(Read(paths, "tap-ingest", [&](store::Tx& tx) -> Result<void> {
    Result<void> decoded;
    tx.Query("SELECT batch FROM tap_batches", {}, "b", [&](const store::Row& row) {
      if (decoded.ok()) decoded = CountBatch(row.Bytes(0), counts);
    });
    PLAZA_RETURN_IF_ERROR(decoded);
    tx.Query("SELECT count FROM tap_counts WHERE outcome = 'accepted'", {}, "i",
             [&](const store::Row& row) { counts.recorded_by_counter += row.Int(0); });
    return {};
  }));
  return counts;
}

Result<FareTotals> ReadFare(const CityPaths& paths) {
  FareTotals totals;
  PLAZA_RETURN_IF_ERROR(Read(paths, "fare", [&](store::Tx& tx) -> Result<void> {
    Result<void> parsed;
    tx.Query("SELECT account, state FROM account_state", {}, "bb", [&](const store::Row& row) {
      fare::v1::AccountState state;
      if (!state.ParseFromString(row.Bytes(1))) {
        parsed = Error(kUnreadable, "an account's state is not its protobuf", "account_state");
        return;
      }
      totals.rated += state.counters().rated() + state.closed().rated();
      totals.ignored += state.counters().ignored() + state.closed().ignored();
      totals.held += state.counters().held();
      totals.refused += state.counters().refused();
      if (state.closed().charged_minor() != 0) {
        totals.charged_minor[state.closed().currency()] += state.closed().charged_minor();
      }
      for (const auto& leg : state.legs()) {
        totals.charged_minor[leg.currency()] += leg.charged_minor();
        totals.charged_of_leg[leg.leg_id()] += leg.charged_minor();
        totals.journey_of_leg[leg.leg_id()] = leg.journey_id();
      }
      if (!state.moved_to_account_id().empty()) {
        totals.moved_to[row.Bytes(0)] = state.moved_to_account_id();
      }
    });
    return parsed;
  }));
  return totals;
}

Result<std::map<Card, DeniedCard>> ReadDeniedByClearing(const CityPaths& paths) {
  std::map<Card, DeniedCard> denied;
  PLAZA_RETURN_IF_ERROR(Read(paths, "clearing", [&](store::Tx& tx) -> Result<void> {
    tx.Query("SELECT token_epoch, token, account, reason FROM denied", {}, "ibbt",
             [&](const store::Row& row) {
               denied[{row.Int(0), row.Bytes(1)}] = {row.Bytes(2), row.Text(3)};
             });
    return {};
  }));
  return denied;
}

Result<Debtors> ReadDebtors(const CityPaths& paths) {
  Debtors debtors;
  PLAZA_RETURN_IF_ERROR(Read(paths, "clearing", [&](store::Tx& tx) -> Result<void> {
    tx.Query("SELECT account FROM aggregates WHERE state = 'debt'", {}, "b",
             [&](const store::Row& row) { debtors.in_debt.insert(row.Bytes(0)); });
    Result<void> parsed;
    tx.Query("SELECT account, state FROM account_state", {}, "bb", [&](const store::Row& row) {
      clearing::state::v1::AccountState state;
      if (!state.ParseFromString(row.Bytes(1))) {
        parsed =
            Error(kUnreadable, "an account's state is not its protobuf", "clearing account_state");
      } else if (state.first_use() == kFirstUseDeclined) {
        debtors.first_declined.insert(row.Bytes(0));
      }
    });
    return parsed;
  }));
  return debtors;
}

Result<std::set<Card>> ReadDeniedAtTheGates(const CityPaths& paths) {
  std::set<Card> denied;
  PLAZA_RETURN_IF_ERROR(Read(paths, "tap-ingest", [&](store::Tx& tx) -> Result<void> {
    tx.Query("SELECT token_epoch, token FROM deny_list WHERE denied = 1", {}, "ib",
             [&](const store::Row& row) {
               denied.insert({row.Int(0), row.Bytes(1)});
             });
    return {};
  }));
  return denied;
}

Result<std::int64_t> CountOutboxRows(const CityPaths& paths) {
  std::int64_t rows = 0;
  for (const char* service : {"clock", "tap-ingest", "fare", "clearing", "vault"}) {
    PLAZA_RETURN_IF_ERROR(Read(paths, service, [&](store::Tx& tx) -> Result<void> {
      tx.Query("SELECT COUNT(*) FROM outbox", {}, "i",
               [&](const store::Row& row) { rows += row.Int(0); });
      return {};
    }));
  }
  return rows;
}

}  // namespace plaza::audit
