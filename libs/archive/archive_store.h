// Where an archive lies: named objects, put whole. A folder today; an object store has the same
// three verbs.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/result.h"

namespace plaza::archive {

// Names are relative paths with '/'. One process writes at a time.
class ArchiveStore {
 public:
  virtual ~ArchiveStore() = default;
  // Durable when it returns, and never half there: under this name is the former object, or none,
  // or the whole new one. ARCHIVE_UNAVAILABLE.
  virtual Result<void> Put(const std::string& name, std::string_view bytes) = 0;
  virtual Result<std::string> Get(const std::string& name) = 0;  // ARCHIVE_FILE_MISSING
  // Names of all whole objects that begin so, sorted.
  virtual Result<std::vector<std::string>> List(const std::string& prefix) = 0;
  virtual Result<void> Remove(const std::string& name) = 0;      // fine if it is not there
  virtual std::string Where(const std::string& name) const = 0;  // for people
};

struct FolderStoreOptions {
  std::string folder;  // made with the first Put
  // Called before each step that changes the disk ("write", "sync", "rename", …): an Error fails
  // that step. For tests.
  std::function<Result<void>(std::string_view step)> before_step{};
};
std::unique_ptr<ArchiveStore> OpenFolderStore(FolderStoreOptions options);

}  // namespace plaza::archive
