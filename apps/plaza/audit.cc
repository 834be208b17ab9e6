#include "apps/plaza/audit.h"

#include <algorithm>

#include "apps/plaza/audit_data.h"
#include "libs/base/digest.h"
#include "libs/base/hex.h"

namespace plaza {
namespace {

using audit::LedgerRow;

constexpr const char* kSuspense = "suspense";
constexpr const char* kOperatorPayable = "operator_payable:";

// +1: an operator's claim grew by a rider's charge; -1: it shrank by a refund; 0: the row is about
// something else.
int ShareSign(const LedgerRow& row) {
  if (row.leg_id.empty() || row.operator_id.empty()) return 0;
  if (row.credit == kSuspense) return 1;
  if (row.debit == kSuspense || row.debit.starts_with(kOperatorPayable)) return -1;
  return 0;
}

void AppendField(std::string& bytes, std::string_view field) {
  const auto length = static_cast<std::uint32_t>(field.size());
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<char>(length >> shift & 0xFF));
  bytes += field;
}

// The bytes that a row's hash covers (services/clearing/README.md, "The chain"), written here a
// second time on purpose.
std::string CanonicalBytes(const LedgerRow& row) {
  std::string bytes;
  AppendField(bytes, std::to_string(row.seq));
  AppendField(bytes, row.business_day);
  AppendField(bytes, row.kind);
  AppendField(bytes, row.posting_id);
  AppendField(bytes, row.reference);
  AppendField(bytes, row.leg_id);
  AppendField(bytes, row.operator_id);
  AppendField(bytes, row.account);
  AppendField(bytes, row.debit);
  AppendField(bytes, row.credit);
  AppendField(bytes, row.currency);
  AppendField(bytes, std::to_string(row.amount_minor));
  AppendField(bytes, std::to_string(row.event_time_ms));
  return bytes;
}

// Everything that one pass over the ledger gives.
struct Books {
  std::int64_t rows = 0;
  std::map<std::string, std::int64_t> balances;  // "account currency" → debits less credits
  std::map<std::string, std::int64_t> charged;   // currency → charges less refunds
  std::map<std::string, std::int64_t> by_leg;  // "leg|account|currency", account as of the posting
  std::map<std::string, std::int64_t> by_share;  // "leg|operator|currency"
  std::map<std::string, std::int64_t>
      booked;  // "day|reference|first|second|currency", mirrored pairs netted
  std::map<std::int64_t, std::string> chain;  // shard → hash of its last row
  std::map<std::int64_t, std::int64_t> last_seq;
  std::string broken;  // the first row that does not fit its chain
  std::int64_t not_positive = 0;
};

void CheckChain(const LedgerRow& row, Books& books) {
  std::string& previous = books.chain.try_emplace(row.shard, std::string(32, '\0')).first->second;
  const Sha256Digest hash = Sha256(AsBytes(previous + CanonicalBytes(row)));
  const bool linked = row.hash == AsText(hash) && row.seq == books.last_seq[row.shard] + 1;
  if (!linked && books.broken.empty()) {
    books.broken = "shard " + std::to_string(row.shard) + ", row " + std::to_string(row.seq);
  }
  books.last_seq[row.shard] = row.seq;
  previous = row.hash;
}

void Take(const LedgerRow& row, Books& books) {
  ++books.rows;
  if (row.amount_minor <= 0) ++books.not_positive;
  books.balances[row.debit + " " + row.currency] += row.amount_minor;
  books.balances[row.credit + " " + row.currency] -= row.amount_minor;
  if (const int sign = ShareSign(row); sign != 0) {
    books.charged[row.currency] += sign * row.amount_minor;
    books.by_leg[row.leg_id + "|" + row.account + "|" + row.currency] += sign * row.amount_minor;
    books.by_share[row.leg_id + "|" + row.operator_id + "|" + row.currency] +=
        sign * row.amount_minor;
  }
  const bool mirrored = row.credit < row.debit;
  const std::string& first = mirrored ? row.credit : row.debit;
  const std::string& second = mirrored ? row.debit : row.credit;
  books.booked[row.business_day + "|" + row.reference + "|" + first + "|" + second + "|" +
               row.currency] += mirrored ? -row.amount_minor : row.amount_minor;
  CheckChain(row, books);
}

std::string Survivor(const audit::FareTotals& fare, std::string account) {
  // Links never form a circle; the bound keeps a damaged store from hanging the auditor.
  for (int hops = 0; hops < 64; ++hops) {
    const auto next = fare.moved_to.find(account);
    if (next == fare.moved_to.end()) break;
    account = next->second;
  }
  return account;
}

std::vector<std::string> Fields(const std::string& key, std::size_t count) {
  std::vector<std::string> fields;
  std::size_t from = 0;
  for (std::size_t i = 0; i + 1 < count; ++i) {
    const std::size_t bar = key.find('|', from);
    fields.push_back(key.substr(from, bar - from));
    from = bar + 1;
  }
  fields.push_back(key.substr(from));
  return fields;
}

std::vector<std::string> MoneyLines(const Books& books, const audit::FareTotals& fare) {
  std::map<std::string, std::int64_t> sums;
  for (const auto& [key, amount] : books.by_leg) {
    // The account is 16 octets, any of which may look like the separator: cut by length.
    const std::size_t bar = key.find('|');
    const std::string leg = key.substr(0, bar), account = key.substr(bar + 1, 16);
    sums["charged " + leg + " " + ToHex(AsBytes(Survivor(fare, account))) + " " +
         key.substr(bar + 18)] += amount;
  }
  for (const auto& [key, amount] : books.by_share) {
    const auto fields = Fields(key, 3);
    const auto journey = fare.journey_of_leg.find(fields[0]);
    const std::string& name = journey == fare.journey_of_leg.end() ? fields[0] : journey->second;
    sums["share " + name + " " + fields[1] + " " + fields[2]] += amount;
  }
  std::vector<std::string> lines;
  for (const auto& [key, amount] : sums) {
    if (amount != 0) lines.push_back(key + " " + std::to_string(amount));
  }
  return lines;
}

std::vector<std::string> BookLines(const Books& books) {
  std::vector<std::string> lines;
  for (const auto& [key, amount] : books.booked) {
    if (amount != 0) lines.push_back(key + "|" + std::to_string(amount));
  }
  return lines;
}

std::string DigestOf(std::vector<std::string> lines) {
  std::sort(lines.begin(), lines.end());
  Sha256Hasher hasher;
  for (const std::string& line : lines) hasher.Update(AsBytes(line + "\n"));
  return ToHex(hasher.Finish());
}

Invariant Equal(std::string name, const std::string& left_name, std::int64_t left,
                const std::string& right_name, std::int64_t right) {
  std::string figures =
      left_name + " " + std::to_string(left) + ", " + right_name + " " + std::to_string(right);
  if (left != right) figures += ", difference " + std::to_string(left - right);
  return {std::move(name), left == right, std::move(figures)};
}

void CheckTaps(const audit::TapCounts& taps, const audit::FareTotals& fare, AuditReport& report) {
  const std::int64_t recorded = taps.accepted + taps.denied;
  report.invariants.push_back({"taps recorded = rated + held + ignored + refused",
                               recorded == fare.rated + fare.held + fare.ignored + fare.refused &&
                                   taps.denied == fare.refused,
                               std::to_string(recorded) + " = " + std::to_string(fare.rated) +
                                   " + " + std::to_string(fare.held) + " + " +
                                   std::to_string(fare.ignored) + " + " +
                                   std::to_string(fare.refused)});
  report.invariants.push_back(Equal("tap-ingest counts what it keeps", "signed records", recorded,
                                    "counters", taps.recorded_by_counter));
}

void CheckCharges(const Books& books, const audit::FareTotals& fare, AuditReport& report) {
  std::set<std::string> currencies;
  for (const auto& [currency, unused] : books.charged) currencies.insert(currency);
  for (const auto& [currency, unused] : fare.charged_minor) currencies.insert(currency);
  for (const std::string& currency : currencies) {
    const auto of = [&](const std::map<std::string, std::int64_t>& sums) {
      const auto found = sums.find(currency);
      return found == sums.end() ? std::int64_t{0} : found->second;
    };
    report.invariants.push_back(Equal("charges by fare = charges in the ledger, " + currency,
                                      "fare", of(fare.charged_minor), "ledger", of(books.charged)));
    std::int64_t settled = 0, open = 0;
    for (const auto& [key, balance] : books.balances) {
      if (!key.ends_with(" " + currency)) continue;
      const bool operators =
          key.starts_with(kOperatorPayable) || key.starts_with("fees ") || key.starts_with("bank ");
      if (operators) settled -= balance;
      if (key.starts_with(std::string(kSuspense) + " ")) open -= balance;
    }
    Invariant shares = Equal("shares = settled + open, " + currency, "shares", of(books.charged),
                             "settled + open", settled + open);
    shares.figures += " (" + std::to_string(settled) + " + " + std::to_string(open) + ")";
    report.invariants.push_back(std::move(shares));
  }
}

void CheckBooks(const Books& books, const std::map<std::string, std::int64_t>& stored,
                AuditReport& report) {
  std::int64_t sum = 0;
  for (const auto& [key, balance] : books.balances) sum += balance;
  report.invariants.push_back(
      Equal("the trial balance is zero", "sum of all balances", sum, "expected", 0));
  std::string differs;
  for (const auto& balances : {books.balances, stored}) {
    for (const auto& [key, unused] : balances) {
      const auto rebuilt = books.balances.find(key);
      const auto kept = stored.find(key);
      const std::int64_t a = rebuilt == books.balances.end() ? 0 : rebuilt->second;
      const std::int64_t b = kept == stored.end() ? 0 : kept->second;
      if (a != b && differs.empty()) {
        differs = key + ": rebuilt " + std::to_string(a) + ", stored " + std::to_string(b);
      }
    }
  }
  report.invariants.push_back({"balances follow from the ledger's rows", differs.empty(),
                               std::to_string(books.balances.size()) + " accounts from " +
                                   std::to_string(books.rows) + " rows" +
                                   (differs.empty() ? "" : "; " + differs)});
  report.invariants.push_back({"the hash chains are whole", books.broken.empty(),
                               std::to_string(books.chain.size()) + " shards" +
                                   (books.broken.empty() ? "" : "; broken at " + books.broken)});
  report.invariants.push_back(
      Equal("amounts are above zero", "rows that are not", books.not_positive, "expected", 0));
}

// A card is denied because its rider owes, or was declined at first use; a rider's linked accounts
// count as one.
Result<void> CheckDenials(const CityPaths& paths, const audit::FareTotals& fare,
                          AuditReport& report) {
  PLAZA_ASSIGN_OR_RETURN(const auto denied, audit::ReadDeniedByClearing(paths));
  PLAZA_ASSIGN_OR_RETURN(const auto at_the_gates, audit::ReadDeniedAtTheGates(paths));
  PLAZA_ASSIGN_OR_RETURN(const audit::Debtors debtors, audit::ReadDebtors(paths));
  std::set<std::string> owing, declined, denied_riders;
  for (const std::string& account : debtors.in_debt) owing.insert(Survivor(fare, account));
  for (const std::string& account : debtors.first_declined)
    declined.insert(Survivor(fare, account));
  std::int64_t without_cause = 0, not_denied = 0, not_at_the_gates = 0;
  for (const auto& [card, why] : denied) {
    const std::string rider = Survivor(fare, why.account);
    denied_riders.insert(rider);
    const bool follows = why.reason == "debt"
                             ? owing.contains(rider)
                             : why.reason == "first_use_declined" && declined.contains(rider);
    if (!follows) ++without_cause;
    if (!at_the_gates.contains(card)) ++not_at_the_gates;
  }
  for (const std::string& rider : owing) {
    if (!denied_riders.contains(rider)) ++not_denied;
  }
  report.invariants.push_back({"each denied card has its cause, and each debtor is denied",
                               without_cause == 0 && not_denied == 0,
                               std::to_string(denied.size()) + " cards denied, " +
                                   std::to_string(owing.size()) + " riders owe, " +
                                   std::to_string(without_cause) + " without a cause, " +
                                   std::to_string(not_denied) + " not denied"});
  const bool same = not_at_the_gates == 0 && at_the_gates.size() == denied.size();
  report.invariants.push_back({"the gates' deny list is clearing's", same,
                               std::to_string(denied.size()) + " cards by clearing, " +
                                   std::to_string(at_the_gates.size()) + " at the gates"});
  return {};
}

}  // namespace

bool AuditReport::Clean() const {
  return std::all_of(invariants.begin(), invariants.end(),
                     [](const Invariant& i) { return i.holds; });
}

Result<AuditReport> Audit(const CityPaths& paths) {
  AuditReport report;
  Books books;
  PLAZA_RETURN_IF_ERROR(audit::ReadLedger(paths, [&](const LedgerRow& row) { Take(row, books); }));
  PLAZA_ASSIGN_OR_RETURN(const auto stored, audit::ReadStoredBalances(paths));
  PLAZA_ASSIGN_OR_RETURN(const auto taps, audit::ReadTaps(paths));
  PLAZA_ASSIGN_OR_RETURN(const auto fare, audit::ReadFare(paths));
  PLAZA_ASSIGN_OR_RETURN(const std::int64_t outbox, audit::CountOutboxRows(paths));
  CheckTaps(taps, fare, report);
  CheckCharges(books, fare, report);
  CheckBooks(books, stored, report);
  PLAZA_RETURN_IF_ERROR(CheckDenials(paths, fare, report));
  report.invariants.push_back(Equal("nothing is under way", "outbox rows", outbox, "expected", 0));
  report.money_digest = DigestOf(MoneyLines(books, fare));
  report.book_digest = DigestOf(BookLines(books));
  return report;
}

Result<DigestLines> ReadDigestLines(const CityPaths& paths) {
  Books books;
  PLAZA_RETURN_IF_ERROR(audit::ReadLedger(paths, [&](const LedgerRow& row) { Take(row, books); }));
  PLAZA_ASSIGN_OR_RETURN(const auto fare, audit::ReadFare(paths));
  DigestLines lines{MoneyLines(books, fare), BookLines(books)};
  std::sort(lines.money.begin(), lines.money.end());
  std::sort(lines.book.begin(), lines.book.end());
  return lines;
}

}  // namespace plaza
