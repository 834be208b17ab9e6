#include "libs/emv/journal/journal.h"

#include <algorithm>
#include <deque>
#include <mutex>

#include "libs/base/check.h"
#include "libs/emv/errors.h"
#include "libs/emv/journal/frame.h"
#include "libs/emv/journal/segment.h"

namespace plaza::emv {
namespace {

constexpr std::string_view kAckName = "acknowledged";

class FileJournal final : public Journal {
 public:
  FileJournal(FileEnv& env, JournalOptions options) : env_(env), options_(std::move(options)) {}

  Result<void> Recover();

  std::uint64_t next_sequence() const override {
    const std::scoped_lock lock(mutex_);
    return segments_.back().next();
  }
  std::uint64_t acknowledged() const override {
    const std::scoped_lock lock(mutex_);
    return acknowledged_;
  }
  const JournalRecovery& recovery() const override { return recovery_; }
  Result<void> Append(std::uint64_t sequence, ByteView record) override;
  Result<void> Acknowledge(std::uint64_t sequence) override;
  Result<std::vector<JournalEntry>> Read(std::uint64_t sequence, std::size_t records_max) override;

 private:
  Result<void> ReadAcknowledged();
  Result<std::vector<std::uint64_t>> SegmentsFound();
  Result<void> LoadSegments(const std::vector<std::uint64_t>& firsts);
  Result<void> AppendToLast(ByteView record);
  Result<void> FreeSegments();

  FileEnv& env_;
  const JournalOptions options_;  // segments point to it
  mutable std::mutex mutex_;
  std::unique_ptr<JournalFile> ack_file_;  // open all the time: it also keeps a second process out
  std::uint64_t acknowledged_ = 0;
  bool ack_known_ = false;
  int ack_slot_ = 0;              // the one to write next
  std::deque<Segment> segments_;  // in order; never empty after Recover()
  JournalRecovery recovery_;
  bool poisoned_ = false;
};

Result<void> FileJournal::Recover() {
  PLAZA_RETURN_IF_ERROR(env_.MakeFolder(options_.folder));
  PLAZA_RETURN_IF_ERROR(ReadAcknowledged());
  PLAZA_ASSIGN_OR_RETURN(const std::vector<std::uint64_t> firsts, SegmentsFound());
  PLAZA_RETURN_IF_ERROR(LoadSegments(firsts));
  if (segments_.empty()) {
    if (acknowledged_ > 0) {
      return Error(errors::kJournalDamaged,
                   "records up to " + std::to_string(acknowledged_) +
                       " were acknowledged, but no segment is left",
                   options_.folder);
    }
    PLAZA_ASSIGN_OR_RETURN(Segment segment, Segment::Create(env_, options_, /*first_sequence=*/1));
    segments_.push_back(std::move(segment));
  }
  if (!ack_known_) acknowledged_ = segments_.front().first() - 1;
  const bool whole =
      segments_.front().first() <= acknowledged_ + 1 && acknowledged_ < segments_.back().next();
  if (!whole) {
    return Error(errors::kJournalDamaged,
                 "kept are " + std::to_string(segments_.front().first()) + " to " +
                     std::to_string(segments_.back().next() - 1) + ", acknowledged is " +
                     std::to_string(acknowledged_),
                 options_.folder);
  }
  for (const Segment& segment : segments_) recovery_.records += segment.records();
  recovery_.torn_bytes = segments_.back().torn_bytes();
  return {};
}

Result<void> FileJournal::ReadAcknowledged() {
  PLAZA_ASSIGN_OR_RETURN(ack_file_, env_.Open(options_.folder + "/" + std::string(kAckName)));
  PLAZA_ASSIGN_OR_RETURN(const Bytes data, ack_file_->ReadAt(0, 2 * kAckSlotDistance));
  for (int slot = 0; slot < 2; ++slot) {
    const std::size_t at = static_cast<std::size_t>(slot) * kAckSlotDistance;
    const auto sequence =
        at < data.size() ? DecodeAckSlot(ByteView(data).subspan(at)) : std::nullopt;
    if (!sequence || (ack_known_ && *sequence < acknowledged_)) continue;
    acknowledged_ = *sequence;
    ack_known_ = true;
    ack_slot_ = 1 - slot;
  }
  if (data.size() < 2 * kAckSlotDistance && !ack_known_) {
    // Both sectors exist from the start, so that an acknowledgement never changes the size.
    PLAZA_RETURN_IF_ERROR(ack_file_->WriteAt(0, Bytes(2 * kAckSlotDistance)));
    PLAZA_RETURN_IF_ERROR(ack_file_->Sync());
    PLAZA_RETURN_IF_ERROR(env_.SyncFolder(options_.folder));
  }
  return {};
}

// The segments still needed, in order. Those that are wholly acknowledged, and the beginning of one
// that a power cut kept from being created, are removed.
Result<std::vector<std::uint64_t>> FileJournal::SegmentsFound() {
  PLAZA_ASSIGN_OR_RETURN(const std::vector<std::string> names, env_.List(options_.folder));
  std::vector<std::uint64_t> firsts;
  for (const std::string& name : names) {
    if (const auto first = SegmentOfName(name)) firsts.push_back(*first);
  }
  std::ranges::sort(firsts);
  if (!firsts.empty()) {
    PLAZA_ASSIGN_OR_RETURN(const bool unfinished,
                           Segment::IsUnfinished(env_, options_, firsts.back()));
    if (unfinished) {
      PLAZA_RETURN_IF_ERROR(env_.Remove(options_.folder + "/" + SegmentName(firsts.back())));
      PLAZA_RETURN_IF_ERROR(env_.SyncFolder(options_.folder));
      firsts.pop_back();
    }
  }
  std::size_t freed = 0;
  while (freed + 1 < firsts.size() && firsts[freed + 1] <= acknowledged_ + 1) ++freed;
  for (std::size_t i = 0; i < freed; ++i) {
    PLAZA_RETURN_IF_ERROR(env_.Remove(options_.folder + "/" + SegmentName(firsts[i])));
  }
  firsts.erase(firsts.begin(), firsts.begin() + static_cast<std::ptrdiff_t>(freed));
  return firsts;
}

Result<void> FileJournal::LoadSegments(const std::vector<std::uint64_t>& firsts) {
  for (const std::uint64_t first : firsts) {
    const bool is_last = first == firsts.back();
    if (!segments_.empty() && segments_.back().next() != first) {
      return Error(errors::kJournalDamaged,
                   "records from " + std::to_string(segments_.back().next()) + " to " +
                       std::to_string(first - 1) + " are missing",
                   segments_.back().path());
    }
    PLAZA_ASSIGN_OR_RETURN(Segment segment, Segment::Load(env_, options_, first, is_last));
    if (!is_last) PLAZA_RETURN_IF_ERROR(segment.Close());
    segments_.push_back(std::move(segment));
  }
  return {};
}

Result<void> FileJournal::Append(std::uint64_t sequence, ByteView record) {
  const std::scoped_lock lock(mutex_);
  if (poisoned_) {
    return Error(errors::kJournalIo, "an earlier write failed; open the journal again");
  }
  if (sequence != segments_.back().next()) {
    return Error(errors::kJournalMisuse, "sequence " + std::to_string(sequence) +
                                             " is not the next, which is " +
                                             std::to_string(segments_.back().next()));
  }
  if (record.empty() || record.size() > kFrameRecordBytesMax) {
    return Error(errors::kJournalMisuse,
                 "a record of " + std::to_string(record.size()) + " bytes; allowed are 1 to 1024");
  }
  auto result = AppendToLast(record);
  if (!result.ok() && !result.error().Is(errors::kJournalFull)) poisoned_ = true;
  return result;
}

Result<void> FileJournal::AppendToLast(ByteView record) {
  if (!segments_.back().HasRoomFor(record.size())) {
    if ((segments_.size() + 1) * options_.segment_bytes > options_.bytes_max) {
      return Error(errors::kJournalFull,
                   "the journal holds " + std::to_string(options_.bytes_max) +
                       " bytes; the first record not acknowledged is " +
                       std::to_string(acknowledged_ + 1),
                   options_.folder);
    }
    PLAZA_ASSIGN_OR_RETURN(Segment segment,
                           Segment::Create(env_, options_, segments_.back().next()));
    PLAZA_RETURN_IF_ERROR(segments_.back().Close());
    segments_.push_back(std::move(segment));
  }
  return segments_.back().Append(record);
}

Result<void> FileJournal::Acknowledge(std::uint64_t sequence) {
  const std::scoped_lock lock(mutex_);
  if (sequence >= segments_.back().next()) {
    return Error(errors::kJournalMisuse,
                 "sequence " + std::to_string(sequence) + " was never appended");
  }
  if (sequence <= acknowledged_) return {};
  const auto offset = static_cast<std::uint64_t>(ack_slot_) * kAckSlotDistance;
  PLAZA_RETURN_IF_ERROR(ack_file_->WriteAt(offset, EncodeAckSlot(sequence)));
  PLAZA_RETURN_IF_ERROR(ack_file_->Sync());
  ack_slot_ = 1 - ack_slot_;
  acknowledged_ = sequence;
  ack_known_ = true;
  return FreeSegments();
}

// The last segment stays whatever is acknowledged: it tells the next sequence.
Result<void> FileJournal::FreeSegments() {
  while (segments_.size() > 1 && segments_.front().next() <= acknowledged_ + 1) {
    const std::string path = segments_.front().path();
    segments_.pop_front();
    PLAZA_RETURN_IF_ERROR(env_.Remove(path));
  }
  return {};
}

Result<std::vector<JournalEntry>> FileJournal::Read(std::uint64_t sequence,
                                                    std::size_t records_max) {
  const std::scoped_lock lock(mutex_);
  std::vector<JournalEntry> entries;
  if (sequence < segments_.front().first()) {
    return Error(errors::kJournalMisuse,
                 "record " + std::to_string(sequence) + " was acknowledged and is gone");
  }
  for (Segment& segment : segments_) {
    const std::uint64_t from = sequence + entries.size();
    if (from >= segment.next()) continue;
    if (entries.size() == records_max) break;
    PLAZA_RETURN_IF_ERROR(segment.Read(from, records_max - entries.size(), entries));
    if (&segment != &segments_.back()) PLAZA_RETURN_IF_ERROR(segment.Close());
  }
  return entries;
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::Open(FileEnv& env, JournalOptions options) {
  PLAZA_CHECK(options.chunk_bytes >= kSegmentHeaderBytes);
  PLAZA_CHECK(options.segment_bytes >= kSegmentHeaderBytes + kFrameBytesMax);
  PLAZA_CHECK(options.segment_bytes <= UINT32_MAX);
  PLAZA_CHECK(options.bytes_max >= 2 * options.segment_bytes);
  auto journal = std::make_unique<FileJournal>(env, std::move(options));
  PLAZA_RETURN_IF_ERROR(journal->Recover());
  return std::unique_ptr<Journal>(std::move(journal));
}

}  // namespace plaza::emv
