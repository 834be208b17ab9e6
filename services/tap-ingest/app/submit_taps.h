// The use case of SubmitTaps: judge each record, find its account, and write everything that
// follows from the batch in one transaction, grouped with those of other callers. What it answers
// is durable.
//
// Thread-safe. Decoding and MACs are checked on the caller's thread, outside the transaction; what
// depends on what came before (duplicates, accounts) is decided inside it, on a Memory::Step.
// Should the registry have changed between the two, by whichever process, the records are judged
// again there.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "services/tap-ingest/app/city.h"
#include "services/tap-ingest/app/directory.h"
#include "services/tap-ingest/app/memory.h"
#include "services/tap-ingest/app/ports.h"
#include "services/tap-ingest/app/rate_bound.h"
#include "services/tap-ingest/core/ladder.h"
#include "services/tap-ingest/tap_ingest_metrics.h"

namespace plaza::tap_ingest {

struct Answer {
  Outcome outcome = Outcome::kAccepted;
  const char* code = "";  // of the catalogue, static
  std::string message;    // empty if accepted
};

struct SubmitOptions {
  Duration future_tolerance;
  std::int64_t outbox_backlog_max = 0;  // rows
  bool several_processes = false;       // share the store
  std::int64_t sample_per_million = 0;  // of the taps, to be traced
};

class TapSubmitter {
 public:
  // All of them outlive this object.
  struct Parts {
    Transactions& transactions;
    FactLog& log;
    TapStore& store;
    Memory& memory;
    RegistryStore& registry;
    Directory& directory;
    FactStore& facts;
    City& city;
    TapIngestMetrics& metrics;
    TapTraces& traces;
  };
  TapSubmitter(const Parts& parts, const SubmitOptions& options);

  // One answer per record, in order. A bad record never fails the others. NO_RECORDS,
  // TOO_MANY_RECORDS, BACKLOG_FULL, or an error of the store: then nothing was taken, and the same
  // records may be sent again.
  Result<std::vector<Answer>> Submit(std::span<const ByteView> records,
                                     const MaySpeakFor& may_speak_for,
                                     const std::optional<TraceContext>& call = std::nullopt);

 private:
  struct Taken;
  class Writer;

  Result<void> CheckCall(std::size_t records) const;
  std::vector<Judged> Judge(const Directory::Snapshot& directory, std::span<const ByteView> records,
                            const MaySpeakFor& may_speak_for) const;
  Result<std::vector<Judged>> JudgeByTheCitysClock(const Directory::Snapshot& directory,
                                                   std::span<const ByteView> records,
                                                   const MaySpeakFor& may_speak_for) const;

  Parts parts_;
  const SubmitOptions options_;
  RateBound dead_letters_;
};

}  // namespace plaza::tap_ingest
