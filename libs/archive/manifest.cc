#include "libs/archive/manifest.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "libs/archive/errors.h"
#include "libs/archive/limits.h"
#include "libs/base/hex.h"
#include "libs/eventlog/limits.h"

namespace plaza::archive {
namespace {

constexpr std::string_view kTitle = "plaza archive 1";

// A topic's name is part of a path: Kafka's alphabet, and no "..".
bool IsTopicName(std::string_view name) {
  return !name.empty() && name.size() <= eventlog::kTopicBytesMax && name[0] != '.' &&
         std::ranges::all_of(name, [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
         });
}

// The words of a line, one blank between them.
std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  for (std::size_t from = 0; from <= line.size();) {
    const std::size_t blank = std::min(line.find(' ', from), line.size());
    words.push_back(line.substr(from, blank - from));
    from = blank + 1;
  }
  return words;
}

bool ToNumber(std::string_view word, std::int64_t max, std::int64_t& number) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  return error == std::errc() && end == word.data() + word.size() && number >= 0 && number <= max;
}

bool ToDigest(std::string_view word, Sha256Digest& digest) {
  const Result<Bytes> bytes = FromHex(word);
  if (!bytes.ok() || bytes->size() != digest.size()) return false;
  std::ranges::copy(*bytes, digest.begin());
  return true;
}

bool TakeTopic(std::span<const std::string_view> words, Manifest& manifest) {
  std::int64_t partitions = 0;
  if (words.size() != 3 || !IsTopicName(words[1]) ||
      !ToNumber(words[2], eventlog::kPartitionsMax, partitions) || partitions == 0) {
    return false;
  }
  manifest.topics.push_back({std::string(words[1]), static_cast<int>(partitions)});
  return true;
}

bool TakeFile(std::span<const std::string_view> words, Manifest& manifest) {
  if (words.size() != 7 || manifest.files.size() >= kManifestFilesMax) return false;
  FileEntry file;
  std::int64_t partition = 0;
  const bool good =
      IsTopicName(words[1]) && ToNumber(words[2], eventlog::kPartitionsMax - 1, partition) &&
      ToNumber(words[3], INT64_MAX / 2, file.header.first) &&
      ToNumber(words[4], kFileBodyBytesMax, file.header.count) && file.header.count > 0 &&
      ToNumber(words[5], kObjectBytesMax, file.bytes) && ToDigest(words[6], file.sha256);
  if (!good) return false;
  file.header.of = {std::string(words[1]), static_cast<int>(partition)};
  manifest.files.push_back(std::move(file));
  return true;
}

// Lines after the title, by their first word.
bool TakeLine(std::string_view line, Manifest& manifest) {
  const auto words = Words(line);
  if (words[0] == "day" && words.size() == 2) {
    const Result<Date> day = Date::Parse(words[1]);
    if (day.ok()) manifest.day = *day;
    return day.ok();
  }
  if (words[0] == "previous" && words.size() == 2) return ToDigest(words[1], manifest.previous);
  if (words[0] == "topic") return TakeTopic(words, manifest);
  if (words[0] == "file") return TakeFile(words, manifest);
  return words[0] == "end" && words.size() == 1;
}

}  // namespace

std::string FileEntry::Name() const {
  char offset[24];
  std::snprintf(offset, sizeof offset, "%020lld", static_cast<long long>(header.first));
  return header.of.topic + "/" + std::to_string(header.of.partition) + "/" + offset + ".plz";
}

std::string ManifestName(Date day) { return std::string(kManifestFolder) + day.ToText(); }

std::string EncodeManifest(const Manifest& manifest) {
  std::string text = std::string(kTitle) + "\n";
  text += "day " + manifest.day.ToText() + "\n";
  text += "previous " + ToHex(manifest.previous) + "\n";
  for (const eventlog::TopicSpec& topic : manifest.topics) {
    text += "topic " + topic.name + " " + std::to_string(topic.partitions) + "\n";
  }
  for (const FileEntry& file : manifest.files) {
    text += "file " + file.header.of.topic + " " + std::to_string(file.header.of.partition) + " " +
            std::to_string(file.header.first) + " " + std::to_string(file.header.count) + " " +
            std::to_string(file.bytes) + " " + ToHex(file.sha256) + "\n";
  }
  return text + "end\n";
}

Result<Manifest> DecodeManifest(std::string_view text, std::string_view where) {
  Manifest manifest;
  int number = 0;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    const std::string_view line = text.substr(from, end - from);
    from = end + 1;
    ++number;
    if (number == 1 ? line != kTitle : !TakeLine(line, manifest)) {
      return Error(kDamaged, "manifest: this line cannot be",
                   std::string(where) + ":" + std::to_string(number));
    }
  }
  // Order, spelling and the last line: whatever differs from the one coding is refused.
  if (EncodeManifest(manifest) != text) {
    return Error(kDamaged, "manifest: it is not whole, or not in its order", std::string(where));
  }
  return manifest;
}

}  // namespace plaza::archive
