// A small disk in memory (tmpfs) under a folder, which a test fills and frees again. Needs root.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>

#include "libs/base/result.h"

namespace plaza::servers {

// Not thread-safe. Unmounted by the destructor: what lies on it is gone then.
class SmallDisk {
 public:
  // Makes the folder if it is not there; it must be empty. SERVER_FOLDER.
  static Result<std::unique_ptr<SmallDisk>> Mount(const std::filesystem::path& folder,
                                                  std::uint64_t bytes);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  // All that is left but `bytes_left` is taken, and given back.
  Result<void> Fill(std::uint64_t bytes_left) const;
  void Free() const;

 private:
  explicit SmallDisk(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path ballast() const { return folder_ / "ballast"; }
  std::filesystem::path folder_;
};

}  // namespace plaza::servers
