// What one day added to the archive, and the hash of the day before (docs/formats/archive.md).
// Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "libs/archive/archive_file.h"
#include "libs/base/civil.h"
#include "libs/base/digest.h"

namespace plaza::archive {

struct FileEntry {
  FileHeader header;
  std::int64_t bytes = 0;
  Sha256Digest sha256{};
  std::string Name() const;  // plaza.taps.v1/0/00000000000000000000.plz
  bool operator==(const FileEntry&) const = default;
};

struct Manifest {
  Date day;
  Sha256Digest previous{};  // of the former day's manifest; zeros: this is the first
  std::vector<eventlog::TopicSpec> topics;  // all of the log
  std::vector<FileEntry> files;             // in the order of topic, partition, offset
};

inline constexpr std::string_view kManifestFolder = "manifests/";
std::string ManifestName(Date day);  // manifests/2026-11-23

std::string EncodeManifest(const Manifest& manifest);
// ARCHIVE_DAMAGED with `where` and the line. There is one coding only, so that what was decoded and
// is encoded again is the same text.
Result<Manifest> DecodeManifest(std::string_view text, std::string_view where);

}  // namespace plaza::archive
