#include "libs/eventlog/batch.h"

#include <cstring>

#include "libs/eventlog/errors.h"
#include "libs/eventlog/limits.h"

namespace plaza::eventlog {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kHeaderBytes = 1 + 4;

void PutU32(std::string& out, std::size_t value) {
  for (int shift = 0; shift < 32; shift += 8) {
    out.push_back(static_cast<char>((value >> shift) & 0xFF));
  }
}

class Reader {
 public:
  Reader(std::string_view bytes, std::string_view where) : bytes_(bytes), where_(where) {}

  Result<std::uint32_t> Header() {
    if (bytes_.size() < kHeaderBytes) return Damaged("shorter than its header");
    if (bytes_[0] != kVersion) {
      return Damaged("version " + std::to_string(static_cast<unsigned char>(bytes_[0])) +
                     " is unknown");
    }
    at_ = 1;
    const std::uint32_t count = U32();
    if (count > kBatchRecordsMax) return Damaged("too many records");
    return count;
  }
  // Sets `field` to the next length-prefixed field; false if it does not fit.
  bool Next(std::size_t max, std::string_view& field) {
    if (bytes_.size() - at_ < 4) return false;
    const std::uint32_t length = U32();
    if (length > max || length > bytes_.size() - at_) return false;
    field = bytes_.substr(at_, length);
    at_ += length;
    return true;
  }
  bool AtEnd() const { return at_ == bytes_.size(); }
  Error Damaged(std::string what) const {
    return Error(kLogDamaged, "record batch: " + std::move(what),
                 std::string(where_) + ", byte " + std::to_string(at_));
  }

 private:
  std::uint32_t U32() {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes_[at_ + i])) << (8 * i);
    }
    at_ += 4;
    return value;
  }

  std::string_view bytes_;
  std::string_view where_;
  std::size_t at_ = 0;
};

template <class Each>
Result<void> Walk(std::string_view bytes, std::string_view where, const Each& each) {
  Reader reader(bytes, where);
  PLAZA_ASSIGN_OR_RETURN(const std::uint32_t count, reader.Header());
  for (std::uint32_t i = 0; i < count; ++i) {
    std::string_view key;
    std::string_view value;
    if (!reader.Next(kKeyBytesMax, key) || !reader.Next(kRecordBytesMax, value)) {
      return reader.Damaged("record " + std::to_string(i) + " does not fit");
    }
    if (!each(i, key, value)) return {};
  }
  if (!reader.AtEnd()) return reader.Damaged("octets behind the last record");
  return {};
}

}  // namespace

std::string EncodeBatch(std::span<const Record> records) {
  std::size_t size = kHeaderBytes;
  for (const Record& record : records) size += 8 + record.key.size() + record.value.size();
  std::string out;
  out.reserve(size);
  out.push_back(kVersion);
  PutU32(out, records.size());
  for (const Record& record : records) {
    PutU32(out, record.key.size());
    out += record.key;
    PutU32(out, record.value.size());
    out += record.value;
  }
  return out;
}

Result<void> DecodeBatch(std::string_view bytes, std::string_view where, std::int64_t base_offset,
                         std::size_t skip, std::size_t max, std::vector<StoredRecord>& out) {
  if (max == 0) return {};
  const std::size_t begin = out.size();
  return Walk(bytes, where, [&](std::size_t i, std::string_view key, std::string_view value) {
    if (i < skip) return true;
    StoredRecord& stored = out.emplace_back();
    stored.offset = base_offset + static_cast<std::int64_t>(i);
    stored.record.key = key;
    stored.record.value = value;
    return out.size() - begin < max;
  });
}

Result<void> DecodeBatch(std::string_view bytes, std::string_view where, std::vector<Record>& out) {
  return Walk(bytes, where, [&](std::size_t, std::string_view key, std::string_view value) {
    out.push_back({std::string(key), std::string(value)});
    return true;
  });
}

}  // namespace plaza::eventlog
