// One file of a journal: its frames' places, and appends to the last one. Not thread-safe.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "libs/base/result.h"
#include "libs/emv/journal/file_env.h"
#include "libs/emv/journal/journal.h"

namespace plaza::emv {

std::string SegmentName(std::uint64_t first_sequence);  // 20 digits, ".seg"
std::optional<std::uint64_t> SegmentOfName(const std::string& name);

class Segment {
 public:
  // A new file: header and first zeros, synced with its folder. JOURNAL_FULL if the disk has no
  // room.
  static Result<Segment> Create(FileEnv& env, const JournalOptions& options,
                                std::uint64_t first_sequence);
  // Reads an existing one. `is_last`: a torn tail is allowed, and cut off. JOURNAL_DAMAGED,
  // JOURNAL_IO.
  static Result<Segment> Load(FileEnv& env, const JournalOptions& options,
                              std::uint64_t first_sequence, bool is_last);
  // True if a file is only the beginning of a Create() that a power cut ended: no header, no frame.
  static Result<bool> IsUnfinished(FileEnv& env, const JournalOptions& options,
                                   std::uint64_t first_sequence);

  std::uint64_t first() const { return first_; }
  std::uint64_t next() const { return first_ + offsets_.size(); }
  std::size_t records() const { return offsets_.size(); }
  std::uint64_t torn_bytes() const { return torn_bytes_; }
  bool HasRoomFor(std::size_t record_bytes) const;
  // Durable when it returns. JOURNAL_FULL: nothing was written. JOURNAL_IO: the file's state is
  // unknown.
  Result<void> Append(ByteView record);
  // Up to `records_max` from `sequence` on, which this segment has.
  Result<void> Read(std::uint64_t sequence, std::size_t records_max,
                    std::vector<JournalEntry>& out);
  Result<void> Close();  // a later Read() opens it again
  std::string path() const;

 private:
  Segment(FileEnv& env, const JournalOptions& options, std::uint64_t first)
      : env_(&env), options_(&options), first_(first) {}
  Result<void> EnsureOpen();
  Result<void> Extend(std::uint64_t end);
  Result<void> Scan(ByteView data, bool is_last);

  FileEnv* env_;
  const JournalOptions* options_;
  std::uint64_t first_;
  std::unique_ptr<JournalFile> file_;
  std::vector<std::uint32_t> offsets_;  // of each frame
  std::uint64_t end_ = 0;               // of the last frame
  std::uint64_t allocated_ = 0;         // of the file: zeros from end_ on
  std::uint64_t torn_bytes_ = 0;
  Bytes buffer_;
};

}  // namespace plaza::emv
