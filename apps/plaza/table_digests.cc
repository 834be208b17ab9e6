#include <algorithm>

#include "apps/plaza/audit.h"
#include "apps/plaza/audit_data.h"
#include "libs/base/digest.h"
#include "libs/base/hex.h"
#include "libs/store/db.h"

namespace plaza {
namespace {

struct Table {
  const char* label;
  const char* table;
  const char* columns;
  const char* shape;
  bool by_order = false;  // ServiceDigest::by_order
};

constexpr Table kFare[] = {
    {"account_state", "account_state", "account, state", "bb", true},
    {"held_taps", "held_taps", "tap_id, account, event_time_ms, reason, tap", "tbitb"},
    {"refused_taps", "refused_taps", "tap_id, account, event_time_ms, reason", "tbii"},
    {"cut_offs", "cut_offs", "part, business_day, at_ms", "iti"},
};
constexpr Table kClearing[] = {
    {"account_state", "account_state", "account, state", "bb", true},
    {"kept_taps", "kept_taps", "shard, kept_day, account, tap_id, event_time_ms", "itbti"},
    {"ledger", "ledger",
     "shard, business_day, kind, posting_id, reference, leg_id, operator_id, account, debit, "
     "credit, currency, amount_minor, event_time_ms",
     "ittbtttbtttii"},
    {"balances", "balances", "account, currency, shard, balance_minor", "ttii"},
    {"operator_days", "operator_days",
     "business_day, operator_id, shard, charged_minor, returned_minor, refunded_minor, "
     "subsidies_minor",
     "ttiiiii"},
    {"aggregates", "aggregates",
     "business_day, aggregate_id, account, state, amount_minor, response_code, charges", "tbbtiti"},
    {"settlements", "settlements",
     "operator_id, business_day, gross_minor, refunds_minor, net_minor, payout_minor, "
     "carry_out_minor, subsidies_minor",
     "ttiiiiii"},
    {"carries", "carries", "operator_id, carry_minor", "ti"},
    {"denied", "denied", "token_epoch, token, reason, since_ms", "ibti"},
    {"denied, by whose account", "denied", "token_epoch, token, account", "ibb", true},
    {"deny_list_epoch", "deny_list_epoch", "epoch", "i", true},
    {"cut_offs_passed", "cut_offs_passed", "topic, part, business_day", "tit"},
    {"days_settled", "days_settled", "business_day", "t"},
};

std::string Text(const store::Row& row, std::string_view shape) {
  std::string text;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += shape[i] == 'i'   ? std::to_string(row.Int(i))
            : shape[i] == 't' ? row.Text(i)
                              : ToHex(AsBytes(row.Bytes(i)));
    text += '|';
  }
  return text;
}

// Of a row its hash is kept, so that a large table fits in memory.
ServiceDigest DigestOf(store::Tx& tx, const Table& table) {
  std::vector<Sha256Digest> rows;
  tx.Query(std::string("SELECT ") + table.columns + " FROM " + table.table, {}, table.shape,
           [&](const store::Row& row) { rows.push_back(Sha256(AsBytes(Text(row, table.shape)))); });
  std::ranges::sort(rows);
  Sha256Hasher hasher;
  for (const Sha256Digest& row : rows) hasher.Update(row);
  return {static_cast<std::int64_t>(rows.size()), ToHex(hasher.Finish()), table.by_order};
}

// What each leg costs, on whichever of a rider's linked accounts; zeros left out, since a leg that
// was charged and given back on the way may be absent.
Result<ServiceDigest> DigestLegs(const CityPaths& paths) {
  PLAZA_ASSIGN_OR_RETURN(const audit::FareTotals fare, audit::ReadFare(paths));
  ServiceDigest digest;
  Sha256Hasher hasher;
  for (const auto& [leg, charged] : fare.charged_of_leg) {
    if (charged == 0) continue;
    ++digest.rows;
    hasher.Update(
        AsBytes(leg + "|" + fare.journey_of_leg.at(leg) + "|" + std::to_string(charged) + "\n"));
  }
  digest.digest = ToHex(hasher.Finish());
  return digest;
}

}  // namespace

Result<std::map<std::string, ServiceDigest>> DigestTables(const CityPaths& paths,
                                                          const std::string& service) {
  PLAZA_ASSIGN_OR_RETURN(store::Options options, StoreOf(paths, service));
  options.read_only = true;
  options.readers = 1;
  PLAZA_ASSIGN_OR_RETURN(const auto db, store::Db::Open(options));
  std::map<std::string, ServiceDigest> digests;
  PLAZA_RETURN_IF_ERROR(db->Read([&](store::Tx& tx) -> Result<void> {
    const std::span<const Table> tables =
        service == "fare" ? std::span<const Table>(kFare) : std::span<const Table>(kClearing);
    for (const Table& table : tables) digests[table.label] = DigestOf(tx, table);
    return {};
  }));
  if (service == "fare") {
    PLAZA_ASSIGN_OR_RETURN(digests["legs charged"], DigestLegs(paths));
  }
  return digests;
}

}  // namespace plaza
