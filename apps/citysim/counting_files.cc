#include "apps/citysim/counting_files.h"

#include <chrono>
#include <utility>

namespace plaza::citysim {
namespace {

class CountingFile : public emv::JournalFile {
 public:
  CountingFile(std::unique_ptr<emv::JournalFile> real, SyncMeter& meter)
      : real_(std::move(real)), meter_(meter) {}
  Result<std::uint64_t> Size() override { return real_->Size(); }
  Result<Bytes> ReadAt(std::uint64_t offset, std::size_t length) override {
    return real_->ReadAt(offset, length);
  }
  Result<void> WriteAt(std::uint64_t offset, ByteView data) override {
    return real_->WriteAt(offset, data);
  }
  Result<void> Truncate(std::uint64_t size) override { return real_->Truncate(size); }
  Result<void> Sync() override {
    const auto begin = std::chrono::steady_clock::now();
    Result<void> synced = real_->Sync();
    const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - begin;
    meter_.syncs.fetch_add(1, std::memory_order_relaxed);
    meter_.nanoseconds.fetch_add(took.count(), std::memory_order_relaxed);
    return synced;
  }

 private:
  std::unique_ptr<emv::JournalFile> real_;
  SyncMeter& meter_;
};

}  // namespace

Result<std::unique_ptr<emv::JournalFile>> CountingFiles::Open(const std::string& path) {
  PLAZA_ASSIGN_OR_RETURN(auto file, real_.Open(path));
  return std::unique_ptr<emv::JournalFile>(std::make_unique<CountingFile>(std::move(file), meter_));
}

}  // namespace plaza::citysim
