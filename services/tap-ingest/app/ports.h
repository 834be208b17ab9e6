// What the use cases need of the store and of the log. A transaction is only a handle here, given
// back to the ports. A method that works in one may throw store::DbFailure, which Transactions
// turns into an Error: nothing above sees it.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "libs/base/result.h"
#include "libs/base/trace_context.h"
#include "services/tap-ingest/core/batch_row.h"
#include "services/tap-ingest/core/deny_list.h"
#include "services/tap-ingest/core/media.h"
#include "services/tap-ingest/core/sequences.h"
#include "services/tap-ingest/core/validator.h"

namespace plaza::store {
class Tx;
}

namespace plaza::tap_ingest {

// Runs bodies in transactions of the service's store. Thread-safe. A body that answers false is
// rolled back; one that meets a passing failure may run again, so it keeps no state outside.
class Transactions {
 public:
  using Body = std::function<bool(store::Tx&)>;
  virtual ~Transactions() = default;
  virtual Result<void> Group(const Body& body) = 0;  // shares its commit with other callers
  virtual Result<void> Write(const Body& body) = 0;
  virtual Result<void> Read(const Body& body) = 0;
  // Rule 5 of the house: `work` runs at most once per request id. REQUEST_ID_REUSED.
  virtual Result<std::string> OncePerRequest(store::Tx& tx, std::string_view method,
                                             std::string_view request_id, ByteView request,
                                             const std::function<Result<std::string>()>& work) = 0;
};

// The same for a body that answers a Result: its Error rolls back, and comes out.
template <class R>
R In(Transactions& transactions, Result<void> (Transactions::*how)(const Transactions::Body&),
     const std::function<R(store::Tx&)>& body) {
  std::optional<R> result;
  const Result<void> ran = (transactions.*how)([&](store::Tx& tx) {
    result.emplace(body(tx));
    return result->ok();
  });
  if (!ran.ok()) return R(ran.error());
  return std::move(*result);
}

// The facts of one transaction; they reach the log after its commit.
class Facts {
 public:
  virtual ~Facts() = default;
  virtual void AddByAccount(std::string_view topic, const Uuid& account, std::string event) = 0;
  virtual void Flush(store::Tx& tx) = 0;
};

// The way to the log. Thread-safe.
class FactLog {
 public:
  virtual ~FactLog() = default;
  virtual std::unique_ptr<Facts> Begin() = 0;
  virtual std::int64_t Backlog() const = 0;  // batches that are not yet in the log
};

// A sampled tap that was recorded.
struct TracedTap {
  TapId tap;
  TraceContext context;
  Instant event_time;
  std::string detail;  // "denied, expired"
  std::chrono::system_clock::time_point at;
};

// Tells what became of sampled taps, once it is committed. Thread-safe.
class TapTraces {
 public:
  virtual ~TapTraces() = default;
  // `call`: the trace context of the call that brought them.
  virtual void Recorded(std::span<const TracedTap> taps,
                        const std::optional<TraceContext>& call) = 0;
};

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

// Which state of the store a memory is of: a count of the transactions that changed it, and who
// wrote the last of them.
struct Stamp {
  std::int64_t count = 0;
  std::int64_t writer = 0;
  bool operator==(const Stamp&) const = default;
};

class TapStore {
 public:
  virtual ~TapStore() = default;

  // Until this transaction ends, no other process touches what the memory holds.
  virtual void LockMemory(store::Tx& tx) = 0;
  virtual std::int64_t NewWriter(store::Tx& tx) = 0;  // from 1; unlike all that were committed
  // Compare-and-set of the stamp of the memory (app/memory.h): held → (held.count + 1, writer). The
  // registry's version; nothing if the stamp is not `held`.
  virtual std::optional<std::int64_t> AdvanceStamp(store::Tx& tx, const Stamp& held,
                                                   std::int64_t writer) = 0;
  virtual Stamp ReadStamp(store::Tx& tx) = 0;
  // Runs once this transaction is committed; never if it is rolled back.
  virtual void AfterCommit(store::Tx& tx, std::function<void()> action) = 0;

  using EachWindow = std::function<void(const std::string& validator, Result<SequenceWindow>)>;
  // Those that were written after the stamp `after`; −1: all.
  virtual void LoadWindows(store::Tx& tx, std::int64_t after, const EachWindow& each) = 0;
  virtual Result<std::optional<SequenceWindow>> ReadWindow(store::Tx& tx,
                                                           const std::string& validator) = 0;
  virtual void WriteWindow(store::Tx& tx, const std::string& validator,
                           const SequenceWindow& window, std::int64_t stamp) = 0;

  virtual std::int64_t LastBatchSeq(store::Tx& tx) = 0;  // 0: none
  virtual void InsertBatch(store::Tx& tx, std::int64_t seq, const std::string& validator,
                           BatchRow row) = 0;
  // The entries of every row that may hold this sequence.
  virtual Result<std::vector<RecordEntry>> EntriesAround(store::Tx& tx,
                                                         const std::string& validator,
                                                         std::uint64_t sequence) = 0;

  // Those that were written after the stamp `after`; −1: all.
  virtual void LoadMedia(store::Tx& tx, std::int64_t after, MediaRegistry& into) = 0;
  virtual std::optional<Medium> ReadMedium(store::Tx& tx, const MediumId& id) = 0;
  virtual std::optional<AliasRow> ReadAlias(store::Tx& tx, const MediumId& token_medium) = 0;
  virtual void WriteMedia(store::Tx& tx, const MediaEffects& effects, std::int64_t stamp) = 0;

  virtual void AddCounts(store::Tx& tx, const Counts& counts) = 0;
  virtual Counts ReadCounts(store::Tx& tx) = 0;
};

class RegistryStore {
 public:
  virtual ~RegistryStore() = default;
  virtual std::vector<Validator> LoadValidators(store::Tx& tx) = 0;
  virtual std::int64_t ReadRegistryVersion(store::Tx& tx) = 0;
  // Counts a change of the registry; whoever judges taps by an older one sees it in its
  // transaction.
  virtual std::int64_t NextRegistryVersion(store::Tx& tx) = 0;
  virtual void WriteValidator(store::Tx& tx, const Validator& validator) = 0;
};

class FactStore {
 public:
  virtual ~FactStore() = default;
  virtual std::vector<DenyEntry> LoadDenyList(store::Tx& tx, std::uint64_t after_epoch) = 0;
  virtual void WriteDenyEntry(store::Tx& tx,
                              const DenyEntry& entry) = 0;  // unless a newer one is there
  virtual std::optional<Instant> ReadClock(store::Tx& tx) = 0;
  virtual void RaiseClock(store::Tx& tx, Instant now) = 0;  // never back
};

}  // namespace plaza::tap_ingest
