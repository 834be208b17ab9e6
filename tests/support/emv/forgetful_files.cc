#include "tests/support/emv/forgetful_files.h"

#include <algorithm>

#include "libs/base/check.h"
#include "libs/emv/errors.h"

namespace plaza::emv::test {
namespace {

Error Off() { return Error(errors::kJournalIo, "the power is off"); }

void Apply(Bytes& file, std::uint64_t offset, ByteView data) {
  if (data.empty()) return;
  if (file.size() < offset + data.size()) file.resize(offset + data.size());
  std::ranges::copy(data, file.begin() + static_cast<std::ptrdiff_t>(offset));
}

}  // namespace

class ForgetfulFile final : public JournalFile {
 public:
  ForgetfulFile(ForgetfulFiles& files, std::shared_ptr<ForgetfulFiles::Node> node)
      : files_(files), node_(std::move(node)) {}

  Result<std::uint64_t> Size() override {
    if (files_.off_) return Off();
    return static_cast<std::uint64_t>(node_->now.size());
  }

  Result<Bytes> ReadAt(std::uint64_t offset, std::size_t length) override {
    if (files_.off_) return Off();
    const std::size_t from = std::min<std::size_t>(offset, node_->now.size());
    return ToBytes(ByteView(node_->now).subspan(from, std::min(length, node_->now.size() - from)));
  }

  Result<void> WriteAt(std::uint64_t offset, ByteView data) override {
    if (files_.off_) return Off();
    if (files_.space_left) {
      const std::uint64_t end = offset + data.size();
      const std::uint64_t growth = end > node_->now.size() ? end - node_->now.size() : 0;
      if (growth > *files_.space_left)
        return Error(errors::kJournalIo, "no space left on the disk");
      *files_.space_left -= growth;
    }
    const ByteView done = data.first(files_.TakeSteps(data.size()));
    Apply(node_->now, offset, done);
    node_->pending.push_back({offset, ToBytes(done)});
    return done.size() == data.size() ? Result<void>() : Off();
  }

  Result<void> Truncate(std::uint64_t size) override {
    if (files_.off_) return Off();
    node_->now.resize(size);
    return {};
  }

  Result<void> Sync() override {
    if (files_.off_ || files_.TakeSteps(1) == 0) return Off();
    node_->synced = node_->now;
    node_->pending.clear();
    return {};
  }

 private:
  ForgetfulFiles& files_;
  std::shared_ptr<ForgetfulFiles::Node> node_;
};

std::uint64_t ForgetfulFiles::TakeSteps(std::uint64_t wanted) {
  const std::uint64_t taken = steps_left_ ? std::min(*steps_left_, wanted) : wanted;
  steps_ += taken;
  if (steps_left_) *steps_left_ -= taken;
  if (taken < wanted) off_ = true;
  return taken;
}

Result<void> ForgetfulFiles::MakeFolder(const std::string&) {
  return off_ ? Result<void>(Off()) : Result<void>();
}

Result<std::vector<std::string>> ForgetfulFiles::List(const std::string& folder) {
  if (off_) return Off();
  std::vector<std::string> names;
  for (const auto& [path, node] : names_) {
    if (path.starts_with(folder + "/")) names.push_back(path.substr(folder.size() + 1));
  }
  return names;
}

Result<std::unique_ptr<JournalFile>> ForgetfulFiles::Open(const std::string& path) {
  if (off_) return Off();
  auto& node = names_[path];
  if (node == nullptr) {
    if (TakeSteps(1) == 0) {
      names_.erase(path);
      return Off();
    }
    node = std::make_shared<Node>();
  }
  return std::unique_ptr<JournalFile>(std::make_unique<ForgetfulFile>(*this, node));
}

Result<void> ForgetfulFiles::Remove(const std::string& path) {
  if (off_ || TakeSteps(1) == 0) return Off();
  names_.erase(path);
  return {};
}

Result<void> ForgetfulFiles::Rename(const std::string& from, const std::string& to) {
  if (off_ || TakeSteps(1) == 0) return Off();
  const auto found = names_.find(from);
  if (found == names_.end()) return Error(errors::kJournalIo, "nothing is there", from);
  names_[to] = found->second;
  names_.erase(from);
  return {};
}

Result<void> ForgetfulFiles::SyncFolder(const std::string&) {
  if (off_ || TakeSteps(1) == 0) return Off();
  synced_names_ = names_;
  return {};
}

void ForgetfulFiles::PowerOn(Unsynced unsynced) {
  off_ = false;
  steps_left_.reset();
  // A name that was not synced may be there or not: with kLost the folder is as of its last sync.
  if (unsynced == Unsynced::kLost) names_ = synced_names_;
  for (auto& [path, node] : names_) {
    Bytes disk = node->synced;
    for (const Write& write : node->pending) {
      if (unsynced == Unsynced::kLost) continue;
      const std::size_t skipped = unsynced == Unsynced::kKept ? 0 : write.data.size() / 2;
      Apply(disk, write.offset + skipped, ByteView(write.data).subspan(skipped));
    }
    node->now = disk;
    node->synced = disk;
    node->pending.clear();
  }
  synced_names_ = names_;
}

Bytes& ForgetfulFiles::Contents(const std::string& path) {
  const auto found = names_.find(path);
  PLAZA_CHECK(found != names_.end());
  return found->second->now;
}

}  // namespace plaza::emv::test
