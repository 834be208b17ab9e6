#include "services/vault/store/vault_store.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "libs/base/check.h"
#include "services/vault/errors.h"
#include "services/vault/limits.h"

namespace plaza::store {
std::vector<Migration> VaultMigrations();  // made by plaza_embed_migrations
}

namespace plaza::vault {
namespace {

using store::Blob;
using store::Row;

Blob ToBlob(const Uuid& id) { return {id.ToBinary()}; }
Blob ToBlob(const emv::Token& token) { return {ToString(token)}; }
std::int64_t Epoch(const CardKey& key) { return std::int64_t{key.token_epoch}; }

// What we wrote ourselves: anything else is damage below us.
Uuid ToUuid(const std::string& bytes) { return Uuid::FromBytes(AsBytes(bytes)).value(); }
Money ToMoney(const Row& row, std::size_t from) {
  return Money(row.Int(from), Currency::Parse(row.Text(from + 1)).value());
}
Purpose ToPurpose(std::int64_t number) {
  PLAZA_CHECK(number >= 1 && number <= 5);
  return static_cast<Purpose>(number);
}

AuthRequest ToRequest(const Row& row, const CardKey& card) {
  AuthRequest request;
  request.id = ToUuid(row.Bytes(0));
  request.account = AccountId(ToUuid(row.Bytes(1)));
  request.aggregate = AggregateId(ToUuid(row.Bytes(2)));
  request.attempt = static_cast<std::uint32_t>(row.Int(3));
  request.purpose = ToPurpose(row.Int(4));
  request.amount = ToMoney(row, 5);
  request.tap = TapId(row.Text(7));
  request.chip_data = ToBytes(AsBytes(row.Bytes(8)));
  request.business_day = row.Text(9);
  request.event_time = Instant{row.Int(10)};
  request.card = card;
  return request;
}

KeptAnswer ToKept(const Row& row, const Uuid& request) {
  KeptAnswer kept;
  PLAZA_CHECK(row.Bytes(0).size() == kept.fingerprint.size());
  std::copy(row.Bytes(0).begin(), row.Bytes(0).end(), kept.fingerprint.begin());
  Answer& answer = kept.answer;
  answer.request = request;
  answer.account = AccountId(ToUuid(row.Bytes(1)));
  answer.aggregate = AggregateId(ToUuid(row.Bytes(2)));
  answer.attempt = static_cast<std::uint32_t>(row.Int(3));
  answer.purpose = ToPurpose(row.Int(4));
  answer.amount = ToMoney(row, 5);
  answer.event_time = Instant{row.Int(7)};
  answer.approved = row.Int(8) != 0;
  answer.response_code = row.Text(9);
  answer.approval_code = row.Text(10);
  answer.rrn = row.Text(11);
  return kept;
}

constexpr char kSelectParked[] =
    "SELECT request_id, account_id, aggregate_id, attempt, purpose, amount_minor, currency, "
    "tap_id, "
    "chip_data, business_day, event_time_ms FROM parked_requests "
    "WHERE token_epoch = :epoch AND token = :token ORDER BY request_id";
constexpr char kParkedShape[] = "bbbiiittbti";

}  // namespace

std::vector<store::Migration> Migrations() { return store::VaultMigrations(); }

Result<void> CheckStorageKey(store::Tx& tx, const CardSafe& safe) {
  const emv::Token nobody{};  // no card's token: those are digests
  const auto row = tx.QueryOne("SELECT sealed FROM storage_key_check WHERE id = 1", {}, "b");
  if (!row.has_value()) {
    tx.Exec("INSERT INTO storage_key_check (id, sealed) VALUES (1, :sealed)",
            {{"sealed", Blob{safe.Seal(nobody, AsBytes("plaza vault"))}}});
    return {};
  }
  if (safe.Open(nobody, AsBytes(row->Bytes(0))).has_value()) return {};
  return Error(kWrongStorageKey, "the store was written with another storage key");
}

std::size_t CardKeyHash::operator()(const CardKey& key) const noexcept {
  std::size_t hash;  // a token is an HMAC, so any eight bytes are a hash
  std::memcpy(&hash, key.token.data(), sizeof hash);
  return hash ^ key.token_epoch;
}

const KnownCard* CardCache::Find(const CardKey& key) const {
  const auto found = cards_.find(key);
  return found == cards_.end() ? nullptr : &found->second;
}

void CardCache::Put(const CardKey& key, KnownCard known) {
  if (cards_.size() >= kKnownCardsMax) cards_.clear();
  cards_.insert_or_assign(key, std::move(known));
}

std::optional<KnownCard> TxCards::Find(const CardKey& key) {
  if (const KnownCard* known = cache_.Find(key)) return *known;
  const auto row =
      tx_.QueryOne("SELECT medium_id, par FROM cards WHERE token_epoch = :epoch AND token = :token",
                   {{"epoch", Epoch(key)}, {"token", ToBlob(key.token)}}, "bt");
  if (!row.has_value()) return std::nullopt;
  KnownCard known{MediumId(ToUuid(row->Bytes(0))), row->Text(1)};
  cache_.Put(key, known);
  return known;
}

void TxCards::Add(const CardKey& key, const KnownCard& known, const CardData& card,
                  ByteView clear) {
  tx_.ExecLater(
      "INSERT INTO cards (token_epoch, token, medium_id, sealed, pan_masked, expiry, scheme, par) "
      "VALUES (:epoch, :token, :medium, :sealed, :masked, :expiry, :scheme, :par)",
      {{"epoch", Epoch(key)},
       {"token", ToBlob(key.token)},
       {"medium", ToBlob(known.medium.value())},
       {"sealed", Blob{safe_.Seal(key.token, clear)}},
       {"masked", MaskPan(card.pan())},
       {"expiry", ExpiryText(card)},
       {"scheme", std::string(SchemeOf(card.pan()))},
       {"par", known.par}});
  cache_.Put(key, known);
}

void TxCards::SetPar(const CardKey& key, const std::string& par) {
  const std::optional<KnownCard> known = Find(key);
  PLAZA_CHECK(known.has_value());
  tx_.ExecLater("UPDATE cards SET par = :par WHERE token_epoch = :epoch AND token = :token",
                {{"par", par}, {"epoch", Epoch(key)}, {"token", ToBlob(key.token)}});
  cache_.Put(key, {known->medium, par});
}

Result<CardData> TxCards::Open(const CardKey& key) {
  const auto row =
      tx_.QueryOne("SELECT sealed FROM cards WHERE token_epoch = :epoch AND token = :token",
                   {{"epoch", Epoch(key)}, {"token", ToBlob(key.token)}}, "b");
  PLAZA_CHECK(row.has_value());
  const std::optional<emv::SecretBytes> clear = safe_.Open(key.token, AsBytes(row->Bytes(0)));
  if (!clear.has_value()) return Error(kCardDamaged, "a kept card does not open");
  return ParseCardData(clear->view());
}

std::optional<KeptAnswer> TxRequests::FindAnswer(const Uuid& request) {
  const auto row = tx_.QueryOne(
      "SELECT fingerprint, account_id, aggregate_id, attempt, purpose, amount_minor, currency, "
      "event_time_ms, approved, response_code, approval_code, rrn FROM answers WHERE request_id = "
      ":id",
      {{"id", ToBlob(request)}}, "bbbiiitiittt");
  if (!row.has_value()) return std::nullopt;
  return ToKept(*row, request);
}

void TxRequests::Keep(const KeptAnswer& kept) {
  const Answer& answer = kept.answer;
  tx_.ExecLater(
      "INSERT INTO answers (request_id, fingerprint, account_id, aggregate_id, attempt, purpose, "
      "amount_minor, currency, event_time_ms, approved, response_code, approval_code, rrn) VALUES "
      "(:id, :fingerprint, :account, :aggregate, :attempt, :purpose, :amount, :currency, :time, "
      ":approved, :code, :approval, :rrn)",
      {{"id", ToBlob(answer.request)},
       {"fingerprint", Blob{ToString(kept.fingerprint)}},
       {"account", ToBlob(answer.account.value())},
       {"aggregate", ToBlob(answer.aggregate.value())},
       {"attempt", std::int64_t{answer.attempt}},
       {"purpose", static_cast<std::int64_t>(answer.purpose)},
       {"amount", answer.amount.amount_minor()},
       {"currency", std::string(answer.amount.currency().code())},
       {"time", answer.event_time.unix_ms},
       {"approved", std::int64_t{answer.approved ? 1 : 0}},
       {"code", answer.response_code},
       {"approval", answer.approval_code},
       {"rrn", answer.rrn}});
}

std::optional<Fingerprint> TxRequests::FindParked(const CardKey& card, const Uuid& request) {
  for (const AuthRequest& parked : Parked(card)) {
    if (parked.id == request) return FingerprintOf(parked);
  }
  return std::nullopt;
}

void TxRequests::Park(const AuthRequest& request) {
  tx_.ExecLater(
      "INSERT INTO parked_requests (token_epoch, token, request_id, account_id, aggregate_id, "
      "attempt, "
      "purpose, amount_minor, currency, tap_id, chip_data, business_day, event_time_ms) VALUES "
      "(:epoch, "
      ":token, :id, :account, :aggregate, :attempt, :purpose, :amount, :currency, :tap, :chip, "
      ":day, "
      ":time)",
      {{"epoch", Epoch(request.card)},
       {"token", ToBlob(request.card.token)},
       {"id", ToBlob(request.id)},
       {"account", ToBlob(request.account.value())},
       {"aggregate", ToBlob(request.aggregate.value())},
       {"attempt", std::int64_t{request.attempt}},
       {"purpose", static_cast<std::int64_t>(request.purpose)},
       {"amount", request.amount.amount_minor()},
       {"currency", std::string(request.amount.currency().code())},
       {"tap", request.tap.value()},
       {"chip", Blob{ToString(request.chip_data)}},
       {"day", request.business_day},
       {"time", request.event_time.unix_ms}});
}

std::vector<AuthRequest> TxRequests::Parked(const CardKey& card) {
  std::vector<AuthRequest> requests;
  tx_.Query(kSelectParked, {{"epoch", Epoch(card)}, {"token", ToBlob(card.token)}}, kParkedShape,
            [&](const Row& row) { requests.push_back(ToRequest(row, card)); });
  return requests;
}

void TxRequests::Unpark(const CardKey& card, const Uuid& request) {
  tx_.ExecLater(
      "DELETE FROM parked_requests WHERE token_epoch = :epoch AND token = :token AND request_id = "
      ":id",
      {{"epoch", Epoch(card)}, {"token", ToBlob(card.token)}, {"id", ToBlob(request)}});
}

std::int64_t TxRequests::CountParked() {
  return tx_.QueryOne("SELECT COUNT(*) FROM parked_requests", {}, "i")->Int(0);
}

std::optional<ShownCard> FindShownCard(store::Tx& tx, const CardKey& key) {
  const auto row = tx.QueryOne(
      "SELECT pan_masked, expiry, scheme FROM cards WHERE token_epoch = :epoch AND token = :token",
      {{"epoch", Epoch(key)}, {"token", ToBlob(key.token)}}, "ttt");
  if (!row.has_value()) return std::nullopt;
  return ShownCard{row->Text(0), row->Text(1), row->Text(2)};
}

}  // namespace plaza::vault
