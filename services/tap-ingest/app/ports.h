// What the use cases need of the store. Each method works in the transaction that it is given and
// throws store::DbFailure, which the transaction's owner turns into an Error (libs/store/db.h).
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "libs/store/db.h"
#include "services/tap-ingest/core/batch_row.h"
#include "services/tap-ingest/core/deny_list.h"
#include "services/tap-ingest/core/media.h"
#include "services/tap-ingest/core/sequences.h"
#include "services/tap-ingest/core/validator.h"

namespace plaza::tap_ingest {

// What happened to a record; numbers are those of TapOutcome in the proto.
enum class Outcome : std::uint8_t {
  kAccepted = 1,
  kDuplicate = 2,
  kConflict = 3,
  kRefusedForNow = 4,
  kRefused = 5,
};
std::string_view OutcomeName(Outcome outcome);  // "refused_for_now"

// (outcome, decision or empty, reason or code) → how many.
using CountKey = std::tuple<std::string, std::string, std::string>;
using Counts = std::map<CountKey, std::int64_t>;

class TapStore {
 public:
  virtual ~TapStore() = default;

  // Compare-and-set of the stamp of the memory (app/memory.h): held → held + 1. False if it is not
  // `held`.
  virtual bool AdvanceStamp(store::Tx& tx, std::int64_t held) = 0;
  virtual std::int64_t ReadStamp(store::Tx& tx) = 0;

  using EachWindow = std::function<void(const std::string& validator, Result<SequenceWindow>)>;
  virtual void LoadWindows(store::Tx& tx, const EachWindow& each) = 0;
  virtual Result<std::optional<SequenceWindow>> ReadWindow(store::Tx& tx,
                                                           const std::string& validator) = 0;
  virtual void WriteWindow(store::Tx& tx, const std::string& validator,
                           const SequenceWindow& window) = 0;

  virtual std::int64_t LastBatchSeq(store::Tx& tx) = 0;  // 0: none
  virtual void InsertBatch(store::Tx& tx, std::int64_t seq, const std::string& validator,
                           BatchRow row) = 0;
  // The entries of every row that may hold this sequence.
  virtual Result<std::vector<RecordEntry>> EntriesAround(store::Tx& tx,
                                                         const std::string& validator,
                                                         std::uint64_t sequence) = 0;

  virtual void LoadMedia(store::Tx& tx, MediaRegistry& into) = 0;
  virtual std::optional<Medium> ReadMedium(store::Tx& tx, const MediumId& id) = 0;
  virtual std::optional<AliasRow> ReadAlias(store::Tx& tx, const MediumId& token_medium) = 0;
  virtual void WriteMedia(store::Tx& tx, const MediaEffects& effects) = 0;

  virtual void AddCounts(store::Tx& tx, const Counts& counts) = 0;
  virtual Counts ReadCounts(store::Tx& tx) = 0;
};

class RegistryStore {
 public:
  virtual ~RegistryStore() = default;
  virtual std::vector<Validator> LoadValidators(store::Tx& tx) = 0;
  virtual void WriteValidator(store::Tx& tx, const Validator& validator) = 0;
};

class FactStore {
 public:
  virtual ~FactStore() = default;
  virtual std::vector<DenyEntry> LoadDenyList(store::Tx& tx) = 0;
  virtual void WriteDenyEntry(store::Tx& tx,
                              const DenyEntry& entry) = 0;  // unless a newer one is there
  virtual std::optional<Instant> ReadClock(store::Tx& tx) = 0;
  virtual void RaiseClock(store::Tx& tx, Instant now) = 0;  // never back
};

}  // namespace plaza::tap_ingest
