#include "services/tap-ingest/store/sql_store.h"

#include <algorithm>
#include <array>
#include <utility>

#include "libs/base/check.h"
#include "services/tap-ingest/limits.h"

namespace plaza::store {
std::vector<Migration> TapIngestMigrations();  // made by plaza_embed_migrations
}

namespace plaza::tap_ingest {
namespace {

using store::Blob;
using store::Row;
using store::Tx;
using store::Value;

// BIGINT is signed: sequences and epochs above its range keep their bits and never get here in
// practice.
std::int64_t Signed(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::uint64_t Unsigned(std::int64_t value) { return static_cast<std::uint64_t>(value); }

Blob ToBlob(const Uuid& id) { return {id.ToBinary()}; }
Blob ToBlob(const emv::Token& token) { return {ToString(token)}; }

// What we wrote ourselves: anything else is damage below us.
Uuid ToUuid(const std::string& bytes) { return Uuid::FromBytes(AsBytes(bytes)).value(); }
TokenRef ToToken(std::int64_t epoch, const std::string& bytes) {
  TokenRef token;
  PLAZA_CHECK(bytes.size() == token.token.size());
  std::copy(bytes.begin(), bytes.end(), token.token.begin());
  token.epoch = static_cast<std::uint32_t>(epoch);
  return token;
}

Medium ToMedium(const Row& row, std::size_t from) {
  return {AccountId(ToUuid(row.Bytes(from))), ToToken(row.Int(from + 2), row.Bytes(from + 3)),
          !row.Text(from + 1).empty()};
}

AliasRow ToAlias(const Row& row) {
  return {MediumId(ToUuid(row.Bytes(0))), MediumId(ToUuid(row.Bytes(1))),
          ToToken(row.Int(2), row.Bytes(3))};
}

}  // namespace

std::vector<store::Migration> Migrations() { return store::TapIngestMigrations(); }

void SqlStore::LockMemory(Tx& tx) { tx.Lock("memory"); }

std::int64_t SqlStore::NewWriter(Tx& tx) {
  return tx
      .QueryOne("UPDATE memory_stamp SET writers = writers + 1 WHERE id = 1 RETURNING writers", {},
                "i")
      .value()
      .Int(0);
}

std::optional<std::int64_t> SqlStore::AdvanceStamp(Tx& tx, const Stamp& held, std::int64_t writer) {
  const auto row = tx.QueryOne(
      "UPDATE memory_stamp SET version = version + 1, writer = :mine "
      "WHERE id = 1 AND version = :held AND writer = :by RETURNING registry",
      {{"mine", writer}, {"held", held.count}, {"by", held.writer}}, "i");
  if (!row.has_value()) return std::nullopt;
  return row->Int(0);
}

Stamp SqlStore::ReadStamp(Tx& tx) {
  const Row row =
      tx.QueryOne("SELECT version, writer FROM memory_stamp WHERE id = 1", {}, "ii").value();
  return {row.Int(0), row.Int(1)};
}

void SqlStore::AfterCommit(Tx& tx, std::function<void()> action) { tx.OnCommit(std::move(action)); }

void SqlStore::LoadWindows(Tx& tx, std::int64_t after, const EachWindow& each) {
  tx.Query("SELECT validator_id, high_water, gaps FROM validator_sequences WHERE stamp > :after",
           {{"after", after}}, "tib", [&](const Row& row) {
             each(row.Text(0), SequenceWindow::Decode(Unsigned(row.Int(1)), row.Bytes(2)));
           });
}

Result<std::optional<SequenceWindow>> SqlStore::ReadWindow(Tx& tx, const std::string& validator) {
  const auto row = tx.QueryOne(
      "SELECT high_water, gaps FROM validator_sequences WHERE validator_id = :validator",
      {{"validator", validator}}, "ib");
  if (!row.has_value()) return std::optional<SequenceWindow>();
  PLAZA_ASSIGN_OR_RETURN(auto window, SequenceWindow::Decode(Unsigned(row->Int(0)), row->Bytes(1)));
  return std::optional<SequenceWindow>(std::move(window));
}

void SqlStore::WriteWindow(Tx& tx, const std::string& validator, const SequenceWindow& window,
                           std::int64_t stamp) {
  tx.ExecLater(
      "INSERT INTO validator_sequences (validator_id, high_water, gaps, stamp) "
      "VALUES (:validator, :high_water, :gaps, :stamp) ON CONFLICT (validator_id) DO UPDATE SET "
      "high_water = excluded.high_water, gaps = excluded.gaps, stamp = excluded.stamp",
      {{"validator", validator},
       {"high_water", Signed(window.high_water())},
       {"gaps", Blob{window.EncodeGaps()}},
       {"stamp", stamp}});
}

std::int64_t SqlStore::LastBatchSeq(Tx& tx) {
  return tx.QueryOne("SELECT COALESCE(MAX(seq), 0) FROM tap_batches", {}, "i").value().Int(0);
}

void SqlStore::InsertBatch(Tx& tx, std::int64_t seq, const std::string& validator, BatchRow row) {
  const std::array<store::Param, 8> params = {{
      {"seq", seq},
      {"validator", validator},
      {"first", Signed(row.first_sequence)},
      {"last", Signed(row.last_sequence)},
      {"records", static_cast<std::int64_t>(row.records)},
      {"recorded", static_cast<std::int64_t>(row.recorded)},
      {"hashes", Blob{std::move(row.hashes)}},
      {"batch", Blob{std::move(row.batch)}},
  }};
  tx.ExecLater(
      "INSERT INTO tap_batches (seq, validator_id, first_sequence, last_sequence, records, "
      "recorded, hashes, batch) "
      "VALUES (:seq, :validator, :first, :last, :records, :recorded, :hashes, :batch)",
      params);
}

Result<std::vector<RecordEntry>> SqlStore::EntriesAround(Tx& tx, const std::string& validator,
                                                         std::uint64_t sequence) {
  const std::uint64_t after = sequence < kRowSequenceSpan ? 0 : sequence - kRowSequenceSpan;
  std::vector<RecordEntry> entries;
  std::optional<Error> damage;
  tx.Query(
      "SELECT hashes FROM tap_batches WHERE validator_id = :validator "
      "AND first_sequence > :after AND first_sequence <= :sequence AND last_sequence >= :sequence",
      {{"validator", validator}, {"after", Signed(after)}, {"sequence", Signed(sequence)}}, "b",
      [&](const Row& row) {
        const auto decoded = DecodeHashes(row.Bytes(0));
        if (!decoded.ok()) {
          damage = decoded.error();
          return;
        }
        entries.insert(entries.end(), decoded->begin(), decoded->end());
      });
  if (damage.has_value()) return *damage;
  return entries;
}

void SqlStore::LoadMedia(Tx& tx, std::int64_t after, MediaRegistry& into) {
  tx.Query("SELECT medium_id, account_id, par, token_epoch, token FROM media WHERE stamp > :after",
           {{"after", after}}, "bbtib",
           [&](const Row& row) { into.Put(MediumId(ToUuid(row.Bytes(0))), ToMedium(row, 1)); });
  tx.Query(
      "SELECT token_medium_id, medium_id, token_epoch, token FROM medium_aliases "
      "WHERE stamp > :after",
      {{"after", after}}, "bbib", [&](const Row& row) { into.PutAlias(ToAlias(row)); });
}

std::optional<Medium> SqlStore::ReadMedium(Tx& tx, const MediumId& id) {
  const auto row =
      tx.QueryOne("SELECT account_id, par, token_epoch, token FROM media WHERE medium_id = :medium",
                  {{"medium", ToBlob(id.value())}}, "btib");
  if (!row.has_value()) return std::nullopt;
  return ToMedium(*row, 0);
}

std::optional<AliasRow> SqlStore::ReadAlias(Tx& tx, const MediumId& token_medium) {
  const auto row = tx.QueryOne(
      "SELECT token_medium_id, medium_id, token_epoch, token FROM medium_aliases "
      "WHERE token_medium_id = :medium",
      {{"medium", ToBlob(token_medium.value())}}, "bbib");
  if (!row.has_value()) return std::nullopt;
  return ToAlias(*row);
}

void SqlStore::WriteMedia(Tx& tx, const MediaEffects& effects, std::int64_t stamp) {
  constexpr std::array<std::string_view, 6> kColumns = {"medium_id",   "account_id", "par",
                                                        "token_epoch", "token",      "stamp"};
  std::vector<std::vector<Value>> fresh;
  for (const MediumRow& row : effects.rows) {
    if (!row.is_new) continue;
    fresh.push_back({ToBlob(row.id.value()), ToBlob(row.medium.account.value()), row.par,
                     static_cast<std::int64_t>(row.medium.token.epoch),
                     ToBlob(row.medium.token.token), stamp});
  }
  if (!fresh.empty()) tx.BulkInsert("media", kColumns, fresh);
  for (const MediumRow& row : effects.rows) {
    if (row.is_new) continue;
    tx.ExecLater(
        "UPDATE media SET account_id = :account, par = :par, stamp = :stamp "
        "WHERE medium_id = :medium",
        {{"account", ToBlob(row.medium.account.value())},
         {"par", row.par},
         {"stamp", stamp},
         {"medium", ToBlob(row.id.value())}});
  }
  for (const AliasRow& alias : effects.aliases) {
    tx.ExecLater(
        "INSERT INTO medium_aliases (token_medium_id, medium_id, token_epoch, token, stamp) "
        "VALUES (:own, :medium, :epoch, :token, :stamp)",
        {{"stamp", stamp},
         {"own", ToBlob(alias.token_medium.value())},
         {"medium", ToBlob(alias.medium.value())},
         {"epoch", static_cast<std::int64_t>(alias.token.epoch)},
         {"token", ToBlob(alias.token.token)}});
  }
}

void SqlStore::AddCounts(Tx& tx, const Counts& counts) {
  for (const auto& [key, count] : counts) {
    const auto& [outcome, decision, reason] = key;
    tx.ExecLater(
        "INSERT INTO tap_counts (outcome, decision, reason, count) "
        "VALUES (:outcome, :decision, :reason, :count) ON CONFLICT (outcome, decision, reason) "
        "DO UPDATE SET count = tap_counts.count + excluded.count",
        {{"outcome", outcome}, {"decision", decision}, {"reason", reason}, {"count", count}});
  }
}

Counts SqlStore::ReadCounts(Tx& tx) {
  Counts counts;
  tx.Query("SELECT outcome, decision, reason, count FROM tap_counts", {}, "ttti",
           [&](const Row& row) {
             counts[{row.Text(0), row.Text(1), row.Text(2)}] = row.Int(3);
           });
  return counts;
}

std::vector<Validator> SqlStore::LoadValidators(Tx& tx) {
  std::vector<Validator> validators;
  tx.Query(
      "SELECT validator_id, operator_id, stop_id, vehicle_id, enrolled_from_ms FROM validators", {},
      "tttti", [&](const Row& row) {
        validators.push_back({ValidatorId(row.Text(0)), OperatorId(row.Text(1)),
                              StopId(row.Text(2)), row.Text(3), Instant{row.Int(4)}});
      });
  return validators;
}

std::int64_t SqlStore::ReadRegistryVersion(Tx& tx) {
  return tx.QueryOne("SELECT registry FROM memory_stamp WHERE id = 1", {}, "i").value().Int(0);
}

std::int64_t SqlStore::NextRegistryVersion(Tx& tx) {
  return tx
      .QueryOne("UPDATE memory_stamp SET registry = registry + 1 WHERE id = 1 RETURNING registry",
                {}, "i")
      .value()
      .Int(0);
}

void SqlStore::WriteValidator(Tx& tx, const Validator& validator) {
  tx.Exec(
      "INSERT INTO validators (validator_id, operator_id, stop_id, vehicle_id, enrolled_from_ms) "
      "VALUES (:validator, :operator, :stop, :vehicle, :enrolled) ON CONFLICT (validator_id) "
      "DO UPDATE SET operator_id = excluded.operator_id, stop_id = excluded.stop_id, "
      "vehicle_id = excluded.vehicle_id, enrolled_from_ms = excluded.enrolled_from_ms",
      {{"validator", validator.id.value()},
       {"operator", validator.operator_id.value()},
       {"stop", validator.stop_id.value()},
       {"vehicle", validator.vehicle_id},
       {"enrolled", validator.enrolled_from.unix_ms}});
}

std::vector<DenyEntry> SqlStore::LoadDenyList(Tx& tx, std::uint64_t after_epoch) {
  std::vector<DenyEntry> entries;
  tx.Query(
      "SELECT token_epoch, token, denied, deny_list_epoch FROM deny_list "
      "WHERE deny_list_epoch > :after",
      {{"after", Signed(after_epoch)}}, "ibii", [&](const Row& row) {
        entries.push_back(
            {ToToken(row.Int(0), row.Bytes(1)), row.Int(2) != 0, Unsigned(row.Int(3))});
      });
  return entries;
}

void SqlStore::WriteDenyEntry(Tx& tx, const DenyEntry& entry) {
  tx.ExecLater(
      "INSERT INTO deny_list (token_epoch, token, denied, deny_list_epoch) "
      "VALUES (:token_epoch, :token, :denied, :epoch) ON CONFLICT (token_epoch, token) "
      "DO UPDATE SET denied = excluded.denied, deny_list_epoch = excluded.deny_list_epoch "
      "WHERE excluded.deny_list_epoch > deny_list.deny_list_epoch",
      {{"token_epoch", static_cast<std::int64_t>(entry.card.epoch)},
       {"token", ToBlob(entry.card.token)},
       {"denied", entry.denied ? std::int64_t{1} : std::int64_t{0}},
       {"epoch", Signed(entry.epoch)}});
}

std::optional<Instant> SqlStore::ReadClock(Tx& tx) {
  const auto row = tx.QueryOne("SELECT now_ms FROM city_clock WHERE id = 1", {}, "i");
  if (!row.has_value()) return std::nullopt;
  return Instant{row->Int(0)};
}

void SqlStore::RaiseClock(Tx& tx, Instant now) {
  tx.ExecLater(
      "INSERT INTO city_clock (id, now_ms) VALUES (1, :now) ON CONFLICT (id) "
      "DO UPDATE SET now_ms = excluded.now_ms WHERE excluded.now_ms > city_clock.now_ms",
      {{"now", now.unix_ms}});
}

}  // namespace plaza::tap_ingest
