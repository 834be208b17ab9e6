// Sorted deny-list entries in a file, and the small index of them in memory. Internal to
// stored_deny_list.
//
// Tokens are keyed digests, so their octets are as good as random, and a token's leading bits tell
// about where it is among the sorted ones. The index keeps, of each token, 16 bits after those that
// choose its bucket: some 2.1 octets a token. A token whose bits are not there is not in the list;
// one whose bits are there is looked up in the file. Tokens that are not random (of a test) make
// the index slow, never wrong.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "libs/base/digest.h"
#include "libs/base/result.h"
#include "libs/emv/journal/file_env.h"
#include "libs/emv/transit/deny_list.h"

namespace plaza::emv {

inline constexpr std::size_t kDeniedTokenBytes = 36;  // token (32), token epoch (4)
using DeniedTokenOctets = std::array<std::uint8_t, kDeniedTokenBytes>;
DeniedTokenOctets EncodeDeniedToken(const DeniedToken& token);
DeniedToken DecodeDeniedToken(ByteView octets);  // of exactly kDeniedTokenBytes

// The order in files: by token, then by token epoch.
bool FileOrder(const DeniedToken& a, const DeniedToken& b);

class DeniedIndex {
 public:
  DeniedIndex() = default;                     // of nothing
  explicit DeniedIndex(std::uint64_t tokens);  // about to be added
  void Add(const Token& token);                // in order
  void Finish();
  struct Range {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };
  Range Candidates(const Token& token) const;  // places where it may be
  std::size_t memory_bytes() const;

 private:
  std::size_t BucketOf(const Token& token) const;
  std::uint16_t BitsOf(const Token& token) const;

  int bucket_bits_ = 0;
  std::vector<std::uint32_t> begins_;  // by bucket, and the end
  std::vector<std::uint16_t> bits_;    // by place
};

// A whole list in one file (docs/formats/deny-list.md). Immutable. Thread-safe.
class DeniedRun {
 public:
  // Reads all of it once. Nothing if it is not whole; JOURNAL_IO.
  static Result<std::shared_ptr<const DeniedRun>> Open(std::unique_ptr<JournalFile> file);

  std::uint64_t epoch() const { return epoch_; }
  std::uint64_t size() const { return size_; }
  Result<bool> Contains(const DeniedToken& token) const;
  // Up to `count` entries from the `first`.
  Result<std::vector<DeniedToken>> Read(std::uint64_t first, std::uint64_t count) const;
  std::size_t memory_bytes() const { return sizeof *this + index_.memory_bytes(); }

 private:
  DeniedRun() = default;
  Result<bool> Load();

  std::unique_ptr<JournalFile> file_;
  mutable std::mutex mutex_;  // of the file
  std::uint64_t epoch_ = 0;
  std::uint64_t size_ = 0;
  DeniedIndex index_;
};

// Writes such a file, entry by entry, and syncs it.
class DeniedRunWriter {
 public:
  DeniedRunWriter(JournalFile& file, std::uint64_t epoch);
  Result<void> Add(const DeniedToken& token);  // in file order
  Result<void> Finish();

 private:
  Result<void> Flush();

  JournalFile& file_;
  std::uint64_t epoch_;
  std::uint64_t size_ = 0;
  std::uint64_t at_ = 0;  // in the file
  Bytes buffer_;
  Sha256Hasher hasher_;
};

}  // namespace plaza::emv
