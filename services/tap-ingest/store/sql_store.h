// The ports of app/ports.h on SQL, one text for SQLite and PostgreSQL. Stateless, so thread-safe.
#pragma once
#include <vector>

#include "libs/store/db.h"
#include "services/tap-ingest/app/ports.h"

namespace plaza::tap_ingest {

std::vector<store::Migration> Migrations();

class SqlStore : public TapStore, public RegistryStore, public FactStore {
 public:
  void LockMemory(store::Tx& tx) override;
  std::int64_t NewWriter(store::Tx& tx) override;
  std::optional<std::int64_t> AdvanceStamp(store::Tx& tx, const Stamp& held,
                                           std::int64_t writer) override;
  Stamp ReadStamp(store::Tx& tx) override;
  void AfterCommit(store::Tx& tx, std::function<void()> action) override;
  void LoadWindows(store::Tx& tx, std::int64_t after, const EachWindow& each) override;
  Result<std::optional<SequenceWindow>> ReadWindow(store::Tx& tx,
                                                   const std::string& validator) override;
  void WriteWindow(store::Tx& tx, const std::string& validator, const SequenceWindow& window,
                   std::int64_t stamp) override;
  std::int64_t LastBatchSeq(store::Tx& tx) override;
  void InsertBatch(store::Tx& tx, std::int64_t seq, const std::string& validator,
                   BatchRow row) override;
  Result<std::vector<RecordEntry>> EntriesAround(store::Tx& tx, const std::string& validator,
                                                 std::uint64_t sequence) override;
  void LoadMedia(store::Tx& tx, std::int64_t after, MediaRegistry& into) override;
  std::optional<Medium> ReadMedium(store::Tx& tx, const MediumId& id) override;
  std::optional<AliasRow> ReadAlias(store::Tx& tx, const MediumId& token_medium) override;
  void WriteMedia(store::Tx& tx, const MediaEffects& effects, std::int64_t stamp) override;
  void AddCounts(store::Tx& tx, const Counts& counts) override;
  Counts ReadCounts(store::Tx& tx) override;

  std::vector<Validator> LoadValidators(store::Tx& tx) override;
  std::int64_t ReadRegistryVersion(store::Tx& tx) override;
  std::int64_t NextRegistryVersion(store::Tx& tx) override;
  void WriteValidator(store::Tx& tx, const Validator& validator) override;

  std::vector<DenyEntry> LoadDenyList(store::Tx& tx, std::uint64_t after_epoch) override;
  void WriteDenyEntry(store::Tx& tx, const DenyEntry& entry) override;
  std::optional<Instant> ReadClock(store::Tx& tx) override;
  void RaiseClock(store::Tx& tx, Instant now) override;
};

}  // namespace plaza::tap_ingest
