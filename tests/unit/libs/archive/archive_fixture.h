// A small log and an archive of it in a fresh folder.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "libs/archive/archiver.h"
#include "libs/eventlog/log.h"
#include "tests/support/temp_folder.h"

namespace plaza::archive {

inline Date Day(int n) { return Date::Parse("2026-11-20").value() + n; }

class ArchiveFixture : public ::testing::Test {
 protected:
  ArchiveFixture() {
    auto opened = eventlog::OpenEmbeddedLog({.path = log_path(), .sync_full = false});
    PLAZA_CHECK(opened.ok() && (*opened)->CreateTopics(topics_).ok());
    log_ = std::move(*opened);
    store_ = OpenFolderStore({.folder = folder()});
  }
  std::string log_path() const { return (temp_.path() / "log.db").string(); }
  std::string folder() const { return (temp_.path() / "archive").string(); }

  // Records whose value names topic, partition and offset.
  void Append(const std::string& topic, int partition, int count) {
    eventlog::AppendBatch batch{{topic, partition}, {}};
    std::int64_t next = log_->EndOffset(batch.to).value();
    for (int i = 0; i < count; ++i) {
      const std::string offset = std::to_string(next++);
      batch.records.push_back({"k" + offset, Value(batch.to, offset)});
    }
    ASSERT_TRUE(log_->Append({&batch, 1}).ok());
  }
  static std::string Value(const eventlog::TopicPartition& at, const std::string& offset) {
    return at.topic + "/" + std::to_string(at.partition) + "/" + offset;
  }

  Result<ArchivedDay> Run(int day) { return ArchiveDay(*log_, *store_, Day(day), topics_); }
  Result<VerifyReport> Verify() {
    PLAZA_ASSIGN_OR_RETURN(const Archive archive, Archive::Open(*store_));
    return archive.Verify();
  }

  const std::vector<eventlog::TopicSpec> topics_{{"a", 2}, {"b", 1}};
  testing::TempFolder temp_;
  std::unique_ptr<eventlog::Log> log_;
  std::unique_ptr<ArchiveStore> store_;
};

inline std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void FlipOctet(const std::filesystem::path& path, std::size_t at) {
  std::string bytes = ReadFile(path);
  ASSERT_LT(at, bytes.size());
  bytes[at] = static_cast<char>(bytes[at] ^ 0x01);
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace plaza::archive
