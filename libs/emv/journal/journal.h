// A validator's durable journal: every tap record, kept until tap-ingest has acknowledged it
// (docs/formats/journal.md). Append() returns only after the record would survive a power cut, and
// only then may the gate open. Store-and-forward reads from the acknowledged position. One process,
// one object; thread-safe: appends and the uplink may run in two threads.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "libs/base/bytes.h"
#include "libs/base/result.h"
#include "libs/emv/journal/file_env.h"

namespace plaza::emv {

struct JournalOptions {
  std::string folder;
  std::uint64_t bytes_max = 64U << 20;     // of all segments; beyond it Append gives JOURNAL_FULL
  std::uint64_t segment_bytes = 1U << 20;  // a segment is freed when all of it is acknowledged
  std::uint64_t chunk_bytes =
      64U << 10;  // zeros written ahead, so that a sync changes no file size
};

struct JournalEntry {
  std::uint64_t sequence = 0;
  Bytes record;
};

// What was found at open.
struct JournalRecovery {
  std::uint64_t records = 0;     // not yet freed
  std::uint64_t torn_bytes = 0;  // of a last record that a power cut left half-written, now removed
};

class Journal {
 public:
  // Recovers: a torn tail is removed; a damaged middle is JOURNAL_DAMAGED with file and offset, and
  // nothing is changed. JOURNAL_IO. `env` must outlive the journal.
  static Result<std::unique_ptr<Journal>> Open(FileEnv& env, JournalOptions options);
  virtual ~Journal() = default;

  // The sequence that the next record must carry: one more than the last ever kept.
  virtual std::uint64_t next_sequence() const = 0;
  // Durable when it returns. `sequence` must be next_sequence() (JOURNAL_MISUSE). JOURNAL_FULL;
  // after JOURNAL_IO the journal refuses all further appends until it is opened again, since the
  // disk's state is unknown.
  virtual Result<void> Append(std::uint64_t sequence, ByteView record) = 0;

  // Everything up to and including this sequence was received. Durable when it returns; frees whole
  // segments. A position already passed is no error; one that was never appended is JOURNAL_MISUSE.
  virtual Result<void> Acknowledge(std::uint64_t sequence) = 0;
  virtual std::uint64_t acknowledged() const = 0;  // 0: none

  // Records from `sequence` on, in order, at most `records_max`; empty at the end.
  virtual Result<std::vector<JournalEntry>> Read(std::uint64_t sequence,
                                                 std::size_t records_max) = 0;

  virtual const JournalRecovery& recovery() const = 0;
};

}  // namespace plaza::emv
