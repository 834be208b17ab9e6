// Files in memory that forget: at a power cut, what was not synced is lost, whole or in part.
// Counts octets written, and can cut the power at any of them.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/emv/journal/file_env.h"

namespace plaza::emv::test {

// What becomes of writes that were not synced.
enum class Unsynced {
  kLost,
  kKept,
  kLaterHalfKept,  // of each write, the second half reached the disk and the first did not
};

class ForgetfulFiles final : public FileEnv {
 public:
  Result<void> MakeFolder(const std::string& folder) override;
  Result<std::vector<std::string>> List(const std::string& folder) override;
  Result<std::unique_ptr<JournalFile>> Open(const std::string& path) override;
  Result<void> Remove(const std::string& path) override;
  Result<void> Rename(const std::string& from, const std::string& to) override;
  Result<void> SyncFolder(const std::string& folder) override;

  // The power goes after so many more steps: an octet written is one, and so is each sync, removal
  // and creation. From then on everything fails.
  void CutPowerAfter(std::uint64_t steps) { steps_left_ = steps; }
  std::uint64_t steps() const { return steps_; }
  bool is_off() const { return off_; }
  // Power is back: the disk as a cut leaves it.
  void PowerOn(Unsynced unsynced);

  // Disk space left for further octets; none: no limit.
  std::optional<std::uint64_t> space_left;
  // A file's octets as the system sees them, to look at or to damage.
  Bytes& Contents(const std::string& path);

 private:
  friend class ForgetfulFile;
  struct Write {
    std::uint64_t offset;
    Bytes data;
  };
  struct Node {
    Bytes now;                   // as the running system sees it
    Bytes synced;                // as it survives
    std::vector<Write> pending;  // since the last sync
  };
  using Names = std::map<std::string, std::shared_ptr<Node>>;

  std::uint64_t TakeSteps(std::uint64_t wanted);  // how many of them happen before the power goes
  Names names_;                                   // as the running system sees them
  Names synced_names_;                            // as they survive
  std::uint64_t steps_ = 0;
  std::optional<std::uint64_t> steps_left_;
  bool off_ = false;
};

}  // namespace plaza::emv::test
