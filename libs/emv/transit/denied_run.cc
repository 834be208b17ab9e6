#include "libs/emv/transit/denied_run.h"

#include <algorithm>
#include <bit>
#include <tuple>

#include "libs/base/big_endian.h"
#include "libs/base/check.h"
#include "libs/emv/errors.h"
#include "libs/emv/limits.h"

namespace plaza::emv {
namespace {

constexpr std::array<std::uint8_t, 8> kMagic = {'P', 'L', 'A', 'Z', 'A', 'D', 0x00, 0x01};
constexpr std::size_t kCountsBytes = 16;  // deny-list epoch, number of entries
constexpr std::size_t kTrailerBytes = kCountsBytes + sizeof(Sha256Digest);
constexpr std::size_t kBucketTokens = 64;  // on average, at most
constexpr int kBucketBitsMax = 32;
constexpr std::uint64_t kChunkTokens = 8192;

std::uint64_t Prefix(const Token& token) { return GetBigEndian(ByteView(token).first(8)); }

std::array<std::uint8_t, kCountsBytes> EncodeCounts(std::uint64_t epoch, std::uint64_t size) {
  std::array<std::uint8_t, kCountsBytes> counts{};
  PutBigEndian(std::span(counts).first(8), epoch);
  PutBigEndian(std::span(counts).last(8), size);
  return counts;
}

}  // namespace

DeniedTokenOctets EncodeDeniedToken(const DeniedToken& token) {
  DeniedTokenOctets octets{};
  std::ranges::copy(token.token, octets.begin());
  PutBigEndian(std::span(octets).last(4), token.token_epoch);
  return octets;
}

DeniedToken DecodeDeniedToken(ByteView octets) {
  PLAZA_CHECK(octets.size() == kDeniedTokenBytes);
  DeniedToken token;
  std::copy_n(octets.begin(), token.token.size(), token.token.begin());
  token.token_epoch = static_cast<std::uint32_t>(GetBigEndian(octets.subspan(token.token.size())));
  return token;
}

bool FileOrder(const DeniedToken& a, const DeniedToken& b) {
  return std::tie(a.token, a.token_epoch) < std::tie(b.token, b.token_epoch);
}

DeniedIndex::DeniedIndex(std::uint64_t tokens) {
  const std::uint64_t buckets = std::bit_ceil(std::max<std::uint64_t>(1, tokens / kBucketTokens));
  bucket_bits_ = std::min(kBucketBitsMax, std::countr_zero(buckets));
  begins_.reserve((std::size_t{1} << bucket_bits_) + 1);
  bits_.reserve(tokens);
}

std::size_t DeniedIndex::BucketOf(const Token& token) const {
  return bucket_bits_ == 0 ? 0 : static_cast<std::size_t>(Prefix(token) >> (64 - bucket_bits_));
}

std::uint16_t DeniedIndex::BitsOf(const Token& token) const {
  return static_cast<std::uint16_t>(Prefix(token) << bucket_bits_ >> 48);
}

void DeniedIndex::Add(const Token& token) {
  while (begins_.size() <= BucketOf(token)) {
    begins_.push_back(static_cast<std::uint32_t>(bits_.size()));
  }
  bits_.push_back(BitsOf(token));
}

void DeniedIndex::Finish() {
  begins_.resize((std::size_t{1} << bucket_bits_) + 1, static_cast<std::uint32_t>(bits_.size()));
}

DeniedIndex::Range DeniedIndex::Candidates(const Token& token) const {
  if (bits_.empty()) return {};
  const std::size_t bucket = BucketOf(token);
  const auto first = bits_.begin() + begins_[bucket];
  const auto last = bits_.begin() + begins_[bucket + 1];
  const auto [begin, end] = std::equal_range(first, last, BitsOf(token));
  return {static_cast<std::uint64_t>(begin - bits_.begin()),
          static_cast<std::uint64_t>(end - bits_.begin())};
}

std::size_t DeniedIndex::memory_bytes() const {
  return begins_.capacity() * sizeof begins_[0] + bits_.capacity() * sizeof bits_[0];
}

Result<std::shared_ptr<const DeniedRun>> DeniedRun::Open(std::unique_ptr<JournalFile> file) {
  const std::shared_ptr<DeniedRun> run(new DeniedRun);
  run->file_ = std::move(file);
  PLAZA_ASSIGN_OR_RETURN(const bool whole, run->Load());
  return whole ? std::shared_ptr<const DeniedRun>(run) : nullptr;
}

Result<bool> DeniedRun::Load() {
  PLAZA_ASSIGN_OR_RETURN(const std::uint64_t octets, file_->Size());
  if (octets < kMagic.size() + kTrailerBytes) return false;
  const std::uint64_t of_entries = octets - kMagic.size() - kTrailerBytes;
  size_ = of_entries / kDeniedTokenBytes;
  if (of_entries % kDeniedTokenBytes != 0 || size_ > kDenyListTokensMax) return false;
  PLAZA_ASSIGN_OR_RETURN(const Bytes magic, file_->ReadAt(0, kMagic.size()));
  PLAZA_ASSIGN_OR_RETURN(const Bytes trailer, file_->ReadAt(octets - kTrailerBytes, kTrailerBytes));
  if (!std::ranges::equal(magic, kMagic) || trailer.size() != kTrailerBytes) return false;
  epoch_ = GetBigEndian(ByteView(trailer).first(8));
  Sha256Hasher hasher;
  hasher.Update(magic);
  index_ = DeniedIndex(size_);
  DeniedToken before;
  for (std::uint64_t at = 0; at < size_; at += kChunkTokens) {
    PLAZA_ASSIGN_OR_RETURN(const auto entries, Read(at, kChunkTokens));
    for (const DeniedToken& entry : entries) {
      // Told by the hash too, but an index of unsorted entries must not even be built.
      if ((at > 0 || &entry != entries.data()) && !FileOrder(before, entry)) return false;
      hasher.Update(EncodeDeniedToken(entry));
      index_.Add(entry.token);
      before = entry;
    }
  }
  index_.Finish();
  hasher.Update(EncodeCounts(epoch_, size_));
  return std::ranges::equal(EncodeCounts(epoch_, size_), ByteView(trailer).first(kCountsBytes)) &&
         std::ranges::equal(hasher.Finish(), ByteView(trailer).subspan(kCountsBytes));
}

Result<std::vector<DeniedToken>> DeniedRun::Read(std::uint64_t first, std::uint64_t count) const {
  count = first < size_ ? std::min(count, size_ - first) : 0;
  std::vector<DeniedToken> entries;
  entries.reserve(count);
  const std::lock_guard<std::mutex> lock(mutex_);
  PLAZA_ASSIGN_OR_RETURN(
      const Bytes octets,
      file_->ReadAt(kMagic.size() + first * kDeniedTokenBytes, count * kDeniedTokenBytes));
  if (octets.size() != count * kDeniedTokenBytes) {
    return Error(errors::kJournalIo, "the deny list became shorter while it was in use");
  }
  for (std::size_t at = 0; at < octets.size(); at += kDeniedTokenBytes) {
    entries.push_back(DecodeDeniedToken(ByteView(octets).subspan(at, kDeniedTokenBytes)));
  }
  return entries;
}

Result<bool> DeniedRun::Contains(const DeniedToken& token) const {
  const auto [begin, end] = index_.Candidates(token.token);
  for (std::uint64_t at = begin; at < end; at += kBucketTokens) {
    PLAZA_ASSIGN_OR_RETURN(const auto entries,
                           Read(at, std::min<std::uint64_t>(end - at, kBucketTokens)));
    if (std::ranges::binary_search(entries, token, FileOrder)) return true;
  }
  return false;
}

DeniedRunWriter::DeniedRunWriter(JournalFile& file, std::uint64_t epoch)
    : file_(file), epoch_(epoch), buffer_(kMagic.begin(), kMagic.end()) {}

Result<void> DeniedRunWriter::Add(const DeniedToken& token) {
  const DeniedTokenOctets octets = EncodeDeniedToken(token);
  buffer_.insert(buffer_.end(), octets.begin(), octets.end());
  ++size_;
  return buffer_.size() < kChunkTokens * kDeniedTokenBytes ? Result<void>() : Flush();
}

Result<void> DeniedRunWriter::Flush() {
  PLAZA_RETURN_IF_ERROR(file_.WriteAt(at_, buffer_));
  hasher_.Update(buffer_);
  at_ += buffer_.size();
  buffer_.clear();
  return {};
}

Result<void> DeniedRunWriter::Finish() {
  const auto counts = EncodeCounts(epoch_, size_);
  buffer_.insert(buffer_.end(), counts.begin(), counts.end());
  PLAZA_RETURN_IF_ERROR(Flush());
  PLAZA_RETURN_IF_ERROR(file_.WriteAt(at_, hasher_.Finish()));
  return file_.Sync();
}

}  // namespace plaza::emv
