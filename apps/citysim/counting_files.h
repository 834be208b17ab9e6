// The real files of the gates' journals, with a count of their syncs and the time these take.
// Thread-safe as PosixFiles() is.
#pragma once
#include <atomic>
#include <cstdint>

#include "libs/emv/journal/file_env.h"

namespace plaza::citysim {

struct SyncMeter {
  std::atomic<std::uint64_t> syncs{0};
  std::atomic<std::int64_t> nanoseconds{0};
};

class CountingFiles : public emv::FileEnv {
 public:
  CountingFiles(emv::FileEnv& real, SyncMeter& meter) : real_(real), meter_(meter) {}
  Result<void> MakeFolder(const std::string& folder) override { return real_.MakeFolder(folder); }
  Result<std::vector<std::string>> List(const std::string& folder) override {
    return real_.List(folder);
  }
  Result<std::unique_ptr<emv::JournalFile>> Open(const std::string& path) override;
  Result<void> Remove(const std::string& path) override { return real_.Remove(path); }
  Result<void> Rename(const std::string& from, const std::string& to) override {
    return real_.Rename(from, to);
  }
  Result<void> SyncFolder(const std::string& folder) override { return real_.SyncFolder(folder); }

 private:
  emv::FileEnv& real_;
  SyncMeter& meter_;
};

}  // namespace plaza::citysim
