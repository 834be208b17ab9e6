#include "libs/emv/journal/segment.h"

#include <algorithm>

#include "libs/base/check.h"
#include "libs/emv/errors.h"
#include "libs/emv/journal/frame.h"

namespace plaza::emv {
namespace {

constexpr std::size_t kNameDigits = 20;
constexpr std::string_view kNameEnd = ".seg";

Error Damaged(const std::string& what, const std::string& path, std::uint64_t offset) {
  return Error(errors::kJournalDamaged, what, path + ", offset " + std::to_string(offset));
}

Result<Bytes> ReadAll(JournalFile& file) {
  PLAZA_ASSIGN_OR_RETURN(const std::uint64_t size, file.Size());
  return file.ReadAt(0, static_cast<std::size_t>(size));
}

}  // namespace

std::string SegmentName(std::uint64_t first_sequence) {
  const std::string digits = std::to_string(first_sequence);
  return std::string(kNameDigits - digits.size(), '0') + digits + std::string(kNameEnd);
}

std::optional<std::uint64_t> SegmentOfName(const std::string& name) {
  if (name.size() != kNameDigits + kNameEnd.size() || !name.ends_with(kNameEnd)) {
    return std::nullopt;
  }
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < kNameDigits; ++i) {
    if (name[i] < '0' || name[i] > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(name[i] - '0');
  }
  return SegmentName(number) == name ? std::optional(number) : std::nullopt;
}

std::string Segment::path() const { return options_->folder + "/" + SegmentName(first_); }

Result<void> Segment::EnsureOpen() {
  if (file_ != nullptr) return {};
  PLAZA_ASSIGN_OR_RETURN(file_, env_->Open(path()));
  return {};
}

Result<void> Segment::Close() {
  file_ = nullptr;
  return {};
}

Result<Segment> Segment::Create(FileEnv& env, const JournalOptions& options,
                                std::uint64_t first_sequence) {
  Segment segment(env, options, first_sequence);
  PLAZA_RETURN_IF_ERROR(segment.EnsureOpen());
  Bytes start(std::min(options.chunk_bytes, options.segment_bytes));
  std::ranges::copy(EncodeSegmentHeader(first_sequence), start.begin());
  const auto written = segment.file_->WriteAt(0, start);
  if (!written.ok()) {
    segment.file_ = nullptr;
    PLAZA_RETURN_IF_ERROR(env.Remove(segment.path()));
    return Error(errors::kJournalFull, "no new segment: " + written.error().what(),
                 written.error().where());
  }
  PLAZA_RETURN_IF_ERROR(segment.file_->Sync());
  PLAZA_RETURN_IF_ERROR(env.SyncFolder(options.folder));
  segment.end_ = kSegmentHeaderBytes;
  segment.allocated_ = start.size();
  return segment;
}

Result<bool> Segment::IsUnfinished(FileEnv& env, const JournalOptions& options,
                                   std::uint64_t first_sequence) {
  Segment segment(env, options, first_sequence);
  PLAZA_RETURN_IF_ERROR(segment.EnsureOpen());
  PLAZA_ASSIGN_OR_RETURN(const Bytes data, ReadAll(*segment.file_));
  if (DecodeSegmentHeader(data)) return false;
  // Create() writes nothing but zeros after the header.
  const ByteView after = ByteView(data).subspan(std::min(data.size(), kSegmentHeaderBytes));
  return JudgeTail(after, first_sequence) == Tail::kClean;
}

Result<Segment> Segment::Load(FileEnv& env, const JournalOptions& options,
                              std::uint64_t first_sequence, bool is_last) {
  Segment segment(env, options, first_sequence);
  PLAZA_RETURN_IF_ERROR(segment.EnsureOpen());
  PLAZA_ASSIGN_OR_RETURN(const Bytes data, ReadAll(*segment.file_));
  if (DecodeSegmentHeader(data) != first_sequence) {
    return Damaged("the segment's header is broken", segment.path(), 0);
  }
  PLAZA_RETURN_IF_ERROR(segment.Scan(data, is_last));
  segment.allocated_ = data.size();
  if (segment.torn_bytes_ > 0) {
    const Bytes zeros(data.size() - segment.end_);
    PLAZA_RETURN_IF_ERROR(segment.file_->WriteAt(segment.end_, zeros));
  }
  // What a crash of the process alone left in the system's cache is made durable before anybody
  // builds on it.
  if (is_last) PLAZA_RETURN_IF_ERROR(segment.file_->Sync());
  return segment;
}

Result<void> Segment::Scan(ByteView data, bool is_last) {
  end_ = kSegmentHeaderBytes;
  while (true) {
    const auto frame = DecodeFrame(data.subspan(end_));
    if (!frame || frame->sequence != next()) break;
    offsets_.push_back(static_cast<std::uint32_t>(end_));
    end_ += frame->size;
  }
  const ByteView rest = data.subspan(end_);
  const Tail tail = JudgeTail(rest, next());
  if (tail == Tail::kDamaged) return Damaged("a record in the middle is broken", path(), end_);
  if (tail == Tail::kTorn && !is_last) return Damaged("a record is broken", path(), end_);
  if (tail == Tail::kTorn) torn_bytes_ = rest.size();
  return {};
}

bool Segment::HasRoomFor(std::size_t record_bytes) const {
  return end_ + kFrameHeaderBytes + record_bytes <= options_->segment_bytes;
}

// Frames are written only where zeros are already, so a full disk is found here, before a record is
// touched.
Result<void> Segment::Extend(std::uint64_t end) {
  if (end <= allocated_) return {};
  const std::uint64_t wanted = std::min(std::max(allocated_ + options_->chunk_bytes, end),
                                        std::max(options_->segment_bytes, end));
  const Bytes zeros(wanted - allocated_);
  const auto written = file_->WriteAt(allocated_, zeros);
  if (!written.ok()) {
    PLAZA_RETURN_IF_ERROR(file_->Truncate(allocated_));
    return Error(errors::kJournalFull, "the disk has no room: " + written.error().what(),
                 written.error().where());
  }
  allocated_ = wanted;
  return {};
}

Result<void> Segment::Append(ByteView record) {
  PLAZA_RETURN_IF_ERROR(EnsureOpen());
  buffer_.clear();
  AppendFrame(buffer_, next(), record);
  PLAZA_RETURN_IF_ERROR(Extend(end_ + buffer_.size()));
  PLAZA_RETURN_IF_ERROR(file_->WriteAt(end_, buffer_));
  PLAZA_RETURN_IF_ERROR(file_->Sync());
  offsets_.push_back(static_cast<std::uint32_t>(end_));
  end_ += buffer_.size();
  return {};
}

Result<void> Segment::Read(std::uint64_t sequence, std::size_t records_max,
                           std::vector<JournalEntry>& out) {
  PLAZA_CHECK(sequence >= first_ && sequence < next());
  PLAZA_RETURN_IF_ERROR(EnsureOpen());
  const auto begin = static_cast<std::size_t>(sequence - first_);
  const std::size_t count = std::min(records_max, offsets_.size() - begin);
  const std::uint64_t from = offsets_[begin];
  const std::uint64_t to = begin + count < offsets_.size() ? offsets_[begin + count] : end_;
  PLAZA_ASSIGN_OR_RETURN(const Bytes data,
                         file_->ReadAt(from, static_cast<std::size_t>(to - from)));
  std::size_t at = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto frame = DecodeFrame(ByteView(data).subspan(at));
    if (!frame || frame->sequence != sequence + i) {
      return Damaged("a record can no longer be read", path(), from + at);
    }
    out.push_back({frame->sequence, ToBytes(frame->record)});
    at += frame->size;
  }
  return {};
}

}  // namespace plaza::emv
