#include "libs/archive/archive.h"

#include "libs/archive/errors.h"
#include "libs/base/bytes.h"

namespace plaza::archive {
namespace {

constexpr const char* kPurgedName = "purged";

}  // namespace

Result<void> Archive::Take(const std::string& name) {
  const std::string where = store_->Where(name);
  PLAZA_ASSIGN_OR_RETURN(const std::string text, store_->Get(name));
  PLAZA_ASSIGN_OR_RETURN(Manifest manifest, DecodeManifest(text, where));
  if (ManifestName(manifest.day) != name) {
    return Error(kDamaged, "manifest: it is of day " + manifest.day.ToText(), where);
  }
  if (manifest.previous != head_) {
    return Error(kGap, "manifest: the one before it is missing, or was changed", where);
  }
  for (const FileEntry& file : manifest.files) {
    std::int64_t& end = ends_[file.header.of];
    if (file.header.first != end) {
      return Error(kGap,
                   "manifest: " + ToText(file.header.of) + " goes on at " +
                       std::to_string(file.header.first) + ", not at " + std::to_string(end),
                   where);
    }
    end += file.header.count;
  }
  head_ = Sha256(AsBytes(text));
  days_.push_back(std::move(manifest));
  return {};
}

Result<Archive> Archive::Open(ArchiveStore& store) {
  Archive archive(store);
  PLAZA_ASSIGN_OR_RETURN(const auto names, store.List(std::string(kManifestFolder)));
  for (const std::string& name : names) PLAZA_RETURN_IF_ERROR(archive.Take(name));
  PLAZA_ASSIGN_OR_RETURN(const auto purged, store.List(kPurgedName));
  if (!purged.empty()) {
    PLAZA_ASSIGN_OR_RETURN(const std::string text, store.Get(kPurgedName));
    const Result<Date> day = Date::Parse(std::string_view(text).substr(0, text.find('\n')));
    if (!day.ok()) return Error(kDamaged, "it holds no day", store.Where(kPurgedName));
    archive.purged_until_ = *day;
  }
  return archive;
}

std::optional<Date> Archive::last_day() const {
  if (days_.empty()) return std::nullopt;
  return days_.back().day;
}

std::int64_t Archive::EndOf(const eventlog::TopicPartition& of) const {
  const auto found = ends_.find(of);
  return found == ends_.end() ? 0 : found->second;
}

Result<std::vector<eventlog::StoredRecord>> Archive::Read(const FileEntry& file) const {
  const std::string where = store_->Where(file.Name());
  PLAZA_ASSIGN_OR_RETURN(const std::string bytes, store_->Get(file.Name()));
  if (bytes.size() != static_cast<std::size_t>(file.bytes) ||
      Sha256(AsBytes(bytes)) != file.sha256) {
    return Error(kDamaged, "it is not the file that the manifest names", where);
  }
  PLAZA_ASSIGN_OR_RETURN(ArchiveFile decoded, DecodeFile(bytes, where));
  if (decoded.header != file.header) {
    return Error(kDamaged, "its header is not what the manifest says", where);
  }
  return std::move(decoded.records);
}

Result<VerifyReport> Archive::Verify() const {
  VerifyReport report;
  for (const Manifest& manifest : days_) {
    if (purged_until_.has_value() && manifest.day <= *purged_until_) continue;
    ++report.days;
    for (const FileEntry& file : manifest.files) {
      PLAZA_ASSIGN_OR_RETURN(const auto records, Read(file));
      ++report.files;
      report.records += static_cast<std::int64_t>(records.size());
      report.bytes += file.bytes;
    }
  }
  return report;
}

Result<std::int64_t> PurgeArchive(ArchiveStore& store, Date day, bool dry_run) {
  PLAZA_ASSIGN_OR_RETURN(const Archive archive, Archive::Open(store));
  std::vector<std::string> names;
  for (const Manifest& manifest : archive.days()) {
    if (manifest.day >= day) break;
    for (const FileEntry& file : manifest.files) names.push_back(file.Name());
  }
  if (dry_run || names.empty()) return static_cast<std::int64_t>(names.size());
  // What may be missing is said before it is missing.
  const Date until = std::max(day - 1, archive.purged_until().value_or(day - 1));
  PLAZA_RETURN_IF_ERROR(store.Put(kPurgedName, until.ToText() + "\n"));
  for (const std::string& name : names) PLAZA_RETURN_IF_ERROR(store.Remove(name));
  return static_cast<std::int64_t>(names.size());
}

}  // namespace plaza::archive
