#include "apps/plaza/show.h"

#include <algorithm>
#include <ostream>
#include <utility>
#include <vector>

#include "apps/plaza/table.h"
#include "libs/base/bytes.h"
#include "libs/base/civil.h"
#include "libs/base/hex.h"
#include "libs/base/money.h"
#include "libs/base/uuid.h"

namespace plaza {
namespace {

std::string Amount(std::int64_t minor, const std::string& currency) {
  const auto parsed = Currency::Parse(currency);
  if (!parsed.ok()) return std::to_string(minor);
  std::string text = Money(minor, *parsed).ToDecimal();
  const std::size_t point = text.find('.');
  for (std::size_t at = point == std::string::npos ? text.size() : point; at > 3 + (minor < 0);) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  return text;
}

std::string IdText(const std::string& bytes) {
  const auto id = Uuid::FromBytes(AsBytes(bytes));
  return id.ok() ? id->ToText() : ToHex(AsBytes(bytes));
}

// Enough of a token to tell cards apart; it is keyed, so it gives nothing away.
std::string ShortToken(const std::string& token) {
  return ToHex(AsBytes(token)).substr(0, 12) + "…";
}

void ShowJourney(const fare::v1::JourneyView& journey, std::ostream& out) {
  out << "  journey " << journey.journey_id() << ": "
      << Amount(journey.charged_minor(), journey.currency()) << " " << journey.currency() << "\n";
  for (const auto& leg : journey.legs()) {
    out << "    " << leg.text() << "\n";
    if (leg.unknown()) continue;
    out << "      tap " << leg.leg_id() << ", full price "
        << Amount(leg.full_minor(), journey.currency()) << ", rule " << leg.rule().file() << ":"
        << leg.rule().line();
    if (leg.has_transfer_rule()) {
      out << ", transfer " << leg.transfer_rule().file() << ":" << leg.transfer_rule().line();
    }
    out << "\n";
    for (const auto& share : leg.shares()) {
      out << "      " << share.operator_id() << " earns "
          << Amount(share.amount_minor(), journey.currency()) << "\n";
    }
    for (const auto& subsidy : leg.subsidies()) {
      out << "      " << subsidy.payer() << " pays "
          << Amount(subsidy.amount_minor(), journey.currency()) << " beside\n";
    }
  }
}

}  // namespace

void ShowTapCounts(const tap_ingest::v1::GetTapCountsResponse& counts, std::ostream& out) {
  Table table({"decision", "reason", ">taps"});
  std::int64_t all = 0;
  for (const auto& row : counts.counts()) {
    table.Add({row.decision(), row.reason(), WithThousands(row.count())});
    all += row.count();
  }
  table.Add({"all", "", WithThousands(all)});
  table.Print(out);
  out << "  absorbed: " << WithThousands(counts.duplicates()) << " repeated, "
      << WithThousands(counts.conflicts()) << " conflicting, "
      << WithThousands(counts.refused_for_now()) << " refused for now, "
      << WithThousands(counts.refused()) << " refused for good\n";
}

void ShowExplanation(const fare::v1::ExplainChargeResponse& explanation, std::ostream& out) {
  if (!explanation.ignored().empty()) {
    out << "  this tap is no leg: " << explanation.ignored() << "\n";
    return;
  }
  ShowJourney(explanation.journey(), out);
  out << "  tariff " << explanation.tariff_version_id() << "\n";
  for (const std::string& warning : explanation.warnings()) out << "  note: " << warning << "\n";
}

void ShowStatement(const fare::v1::GetStatementResponse& statement, std::ostream& out) {
  std::vector<const fare::v1::JourneyView*> journeys;
  for (const auto& journey : statement.journeys()) journeys.push_back(&journey);
  const auto begins = [](const fare::v1::JourneyView* journey) {
    return journey->legs_size() == 0 ? std::int64_t{0} : journey->legs(0).time_ms();
  };
  std::stable_sort(journeys.begin(), journeys.end(),
                   [&](const auto* a, const auto* b) { return begins(a) < begins(b); });
  for (const auto* journey : journeys) ShowJourney(*journey, out);
  out << "  total " << Amount(statement.total_minor(), statement.currency()) << " "
      << statement.currency() << "\n";
  for (const std::string& warning : statement.warnings()) out << "  note: " << warning << "\n";
}

void ShowTrialBalance(const clearing::v1::GetTrialBalanceResponse& balance, std::ostream& out) {
  Table table({"account", "", ">balance (debits less credits)"});
  int at_zero = 0;
  for (const auto& row : balance.balances()) {
    if (row.balance_minor() == 0) {
      ++at_zero;
      continue;
    }
    table.Add({row.account(), row.currency(), Amount(row.balance_minor(), row.currency())});
  }
  const std::string currency =
      balance.balances_size() == 0 ? "MXN" : balance.balances(0).currency();
  table.Add({"sum", "", Amount(balance.sum_minor(), currency)});
  table.Print(out);
  out << "  from " << WithThousands(balance.rows()) << " ledger rows; " << at_zero
      << " more accounts are at zero\n";
}

void ShowSettlements(const clearing::v1::ListSettlementsResponse& settlements, std::ostream& out) {
  Table table({"day", "operator", "collection by", ">gross", ">refunds", ">fees", ">net",
               ">paid out", ">subsidy due"});
  std::int64_t gross = 0, refunds = 0, fees = 0, net = 0, payout = 0, subsidies = 0;
  std::string currency = "MXN";
  std::vector<const clearing::v1::Settlement*> rows;
  for (const auto& row : settlements.settlements()) rows.push_back(&row);
  std::stable_sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) {
    return std::pair(a->business_day(), a->operator_id()) <
           std::pair(b->business_day(), b->operator_id());
  });
  for (const auto* settlement : rows) {
    const auto& row = *settlement;
    currency = row.currency();
    table.Add({row.business_day(), row.operator_id(), row.collection_supplier_id(),
               Amount(row.gross_minor(), currency), Amount(row.refunds_minor(), currency),
               Amount(row.fees_minor(), currency), Amount(row.net_minor(), currency),
               Amount(row.payout_minor(), currency), Amount(row.subsidies_minor(), currency)});
    gross += row.gross_minor();
    refunds += row.refunds_minor();
    fees += row.fees_minor();
    net += row.net_minor();
    payout += row.payout_minor();
    subsidies += row.subsidies_minor();
  }
  table.Add({"all", "", "", Amount(gross, currency), Amount(refunds, currency),
             Amount(fees, currency), Amount(net, currency), Amount(payout, currency),
             Amount(subsidies, currency)});
  table.Print(out);
}

void ShowAggregates(const clearing::v1::ListAggregatesResponse& aggregates, std::ostream& out) {
  Table table({"day", "account", "card token", "state", "answer", ">amount", ">charges"});
  for (const auto& row : aggregates.aggregates()) {
    table.Add({row.business_day(), IdText(row.account_id()), ShortToken(row.token()), row.state(),
               row.response_code(), Amount(row.amount_minor(), row.currency()),
               std::to_string(row.charges())});
  }
  table.Print(out);
  for (const auto& [state, count] : aggregates.count_by_state()) {
    out << "  " << state << ": " << WithThousands(count) << "\n";
  }
}

void ShowDenied(const clearing::v1::ListDeniedResponse& denied, std::ostream& out) {
  Table table({"card token", "account", "reason", ">epoch", "since"});
  for (const auto& row : denied.denied()) {
    table.Add({ShortToken(row.token()), IdText(row.account_id()), row.reason(),
               std::to_string(row.deny_list_epoch()), FormatUtc(Instant{row.since_ms()})});
  }
  table.Print(out);
  out << "  deny-list epoch " << denied.deny_list_epoch() << "\n";
}

}  // namespace plaza
