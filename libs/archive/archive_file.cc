#include "libs/archive/archive_file.h"

#include <zstd.h>

#include "libs/archive/errors.h"
#include "libs/archive/limits.h"
#include "libs/eventlog/batch.h"
#include "libs/eventlog/limits.h"

namespace plaza::archive {
namespace {

constexpr std::string_view kMagic = "PLZARCH\n";
constexpr std::uint32_t kVersion = 1;

template <class Unsigned>
void Put(std::string& out, Unsigned value) {
  for (std::size_t shift = 0; shift < 8 * sizeof value; shift += 8) {
    out.push_back(static_cast<char>((value >> shift) & 0xFF));
  }
}

Error Damaged(std::string what, std::string_view where) {
  return Error(kDamaged, "archive file: " + std::move(what), std::string(where));
}

// Takes fields from the front; once one does not fit, all that follow are zero and ok() is false.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}
  std::string_view Take(std::size_t size) {
    if (size > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  template <class Unsigned>
  Unsigned Number() {
    Unsigned value = 0;
    std::size_t shift = 0;
    for (const char octet : Take(sizeof value)) {
      value |= static_cast<Unsigned>(static_cast<unsigned char>(octet)) << shift;
      shift += 8;
    }
    return value;
  }
  std::string_view rest() const { return rest_; }
  bool ok() const { return ok_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

struct Parsed {
  FileHeader header;
  std::size_t body_size = 0;
  std::string_view compressed;
};

Result<Parsed> ParseHeader(std::string_view bytes, std::string_view where) {
  Cursor cursor(bytes);
  if (cursor.Take(kMagic.size()) != kMagic) return Damaged("it does not begin as one", where);
  const auto version = cursor.Number<std::uint32_t>();
  if (version != kVersion) return Damaged("version " + std::to_string(version), where);
  Parsed parsed;
  const auto partition = cursor.Number<std::uint32_t>();
  const auto first = cursor.Number<std::uint64_t>();
  const auto last = cursor.Number<std::uint64_t>();
  const auto count = cursor.Number<std::uint64_t>();
  const auto body_size = cursor.Number<std::uint64_t>();
  const auto topic_size = cursor.Number<std::uint32_t>();
  const std::string_view topic = cursor.Take(topic_size);
  if (!cursor.ok()) return Damaged("it ends in its header", where);
  if (topic.empty() || topic.size() > eventlog::kTopicBytesMax) {
    return Damaged("a topic's name of " + std::to_string(topic.size()) + " octets", where);
  }
  if (partition >= static_cast<std::uint32_t>(eventlog::kPartitionsMax)) {
    return Damaged("partition " + std::to_string(partition), where);
  }
  constexpr std::uint64_t kOffsetMax = INT64_MAX / 2;
  if (count == 0 || count > kFileBodyBytesMax || first > kOffsetMax || last < first ||
      last - first != count - 1) {
    return Damaged("offsets " + std::to_string(first) + " to " + std::to_string(last) +
                       " are not " + std::to_string(count) + " records",
                   where);
  }
  if (body_size > kFileBodyBytesMax) {
    return Damaged("a body of " + std::to_string(body_size) + " octets", where);
  }
  parsed.header = {{std::string(topic), static_cast<int>(partition)},
                   static_cast<std::int64_t>(first),
                   static_cast<std::int64_t>(count)};
  parsed.body_size = static_cast<std::size_t>(body_size);
  parsed.compressed = cursor.rest();
  return parsed;
}

}  // namespace

FileBuilder::FileBuilder(eventlog::TopicPartition of, std::int64_t first) {
  header_.of = std::move(of);
  header_.first = first;
}

void FileBuilder::Add(eventlog::Record record) {
  batch_bytes_ += record.key.size() + record.value.size();
  batch_.push_back(std::move(record));
  ++header_.count;
  if (batch_.size() >= kBatchRecords || batch_bytes_ >= kBatchBytes) CloseBatch();
}

bool FileBuilder::full() const { return body_.size() + batch_bytes_ >= kFileBodyBytes; }

void FileBuilder::CloseBatch() {
  if (batch_.empty()) return;
  const std::string encoded = eventlog::EncodeBatch(batch_);
  Put(body_, static_cast<std::uint32_t>(encoded.size()));
  body_ += encoded;
  batch_.clear();
  batch_bytes_ = 0;
}

std::string FileBuilder::Finish() {
  CloseBatch();
  std::string out(kMagic);
  Put(out, kVersion);
  Put(out, static_cast<std::uint32_t>(header_.of.partition));
  Put(out, static_cast<std::uint64_t>(header_.first));
  Put(out, static_cast<std::uint64_t>(header_.last()));
  Put(out, static_cast<std::uint64_t>(header_.count));
  Put(out, static_cast<std::uint64_t>(body_.size()));
  Put(out, static_cast<std::uint32_t>(header_.of.topic.size()));
  out += header_.of.topic;
  const std::size_t header_size = out.size();
  out.resize(header_size + ZSTD_compressBound(body_.size()));
  const std::size_t size = ZSTD_compress(out.data() + header_size, out.size() - header_size,
                                         body_.data(), body_.size(), kCompressionLevel);
  PLAZA_CHECK(ZSTD_isError(size) == 0);  // there is room, and it has no other reason to fail
  out.resize(header_size + size);
  return out;
}

Result<std::vector<eventlog::StoredRecord>> DecodeBody(std::string_view body,
                                                       const FileHeader& header,
                                                       std::string_view where) {
  std::vector<eventlog::StoredRecord> records;
  Cursor cursor(body);
  while (!cursor.rest().empty()) {
    const std::string_view batch = cursor.Take(cursor.Number<std::uint32_t>());
    if (!cursor.ok()) return Damaged("a batch does not fit", where);
    const std::int64_t base = header.first + static_cast<std::int64_t>(records.size());
    PLAZA_RETURN_IF_ERROR(
        eventlog::DecodeBatch(batch, where, base, 0, eventlog::kBatchRecordsMax, records));
    if (records.size() > static_cast<std::size_t>(header.count)) break;
  }
  if (records.size() != static_cast<std::size_t>(header.count)) {
    return Damaged(std::to_string(records.size()) + " records, not " + std::to_string(header.count),
                   where);
  }
  return records;
}

Result<ArchiveFile> DecodeFile(std::string_view bytes, std::string_view where) {
  PLAZA_ASSIGN_OR_RETURN(const Parsed parsed, ParseHeader(bytes, where));
  std::string body(parsed.body_size, '\0');
  const std::size_t size =
      ZSTD_decompress(body.data(), body.size(), parsed.compressed.data(), parsed.compressed.size());
  if (ZSTD_isError(size) != 0) return Damaged(ZSTD_getErrorName(size), where);
  if (size != body.size()) return Damaged("its body is too short", where);
  ArchiveFile file;
  file.header = parsed.header;
  PLAZA_ASSIGN_OR_RETURN(file.records, DecodeBody(body, file.header, where));
  return file;
}

}  // namespace plaza::archive
