// One file of the archive as octets: records of one partition, compressed
// (docs/formats/archive.md). Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/result.h"
#include "libs/eventlog/log.h"

namespace plaza::archive {

struct FileHeader {
  eventlog::TopicPartition of;
  std::int64_t first = 0;  // offset of the first record
  std::int64_t count = 0;  // offsets have no gaps
  std::int64_t last() const { return first + count - 1; }
  bool operator==(const FileHeader&) const = default;
};

struct ArchiveFile {
  FileHeader header;
  std::vector<eventlog::StoredRecord> records;
};

// Collects records in the order of their offsets.
class FileBuilder {
 public:
  FileBuilder(eventlog::TopicPartition of, std::int64_t first);
  void Add(eventlog::Record record);
  bool empty() const { return header_.count == 0; }
  bool full() const;
  const FileHeader& header() const { return header_; }
  std::string Finish();  // the file; the builder is used up

 private:
  void CloseBatch();
  FileHeader header_;
  std::string body_;
  std::vector<eventlog::Record> batch_;
  std::size_t batch_bytes_ = 0;
};

// ARCHIVE_DAMAGED says `where` and what. Never reads beyond `bytes`, never allocates more than the
// limits allow.
Result<ArchiveFile> DecodeFile(std::string_view bytes, std::string_view where);
// The part of it behind decompression, for whoever has foreign octets there already (the fuzzer).
Result<std::vector<eventlog::StoredRecord>> DecodeBody(std::string_view body,
                                                       const FileHeader& header,
                                                       std::string_view where);

}  // namespace plaza::archive
