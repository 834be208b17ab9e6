// An archive in a folder: an object is written under another name, synced, renamed, and its folder
// synced.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "libs/archive/archive_store.h"
#include "libs/archive/errors.h"
#include "libs/archive/limits.h"

namespace plaza::archive {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPartSuffix = ".part";

Error Failed(const std::string& what, const fs::path& where) {
  return Error(kUnavailable, what + ": " + std::strerror(errno), where.string());
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

class FolderStore : public ArchiveStore {
 public:
  explicit FolderStore(FolderStoreOptions options) : options_(std::move(options)) {}

  Result<void> Put(const std::string& name, std::string_view bytes) override {
    const fs::path path = At(name);
    const fs::path part = path.string() + kPartSuffix;
    PLAZA_RETURN_IF_ERROR(MakeFolder(path.parent_path()));
    PLAZA_RETURN_IF_ERROR(WriteSynced(part, bytes));
    PLAZA_RETURN_IF_ERROR(Step("rename"));
    if (rename(part.c_str(), path.c_str()) != 0) return Failed("rename", path);
    return SyncFolder(path.parent_path());
  }

  Result<std::string> Get(const std::string& name) override {
    const fs::path path = At(name);
    std::ifstream in(path, std::ios::binary);
    if (!in) return Error(kFileMissing, "it cannot be opened", path.string());
    std::error_code failed;
    const std::uintmax_t size = fs::file_size(path, failed);
    if (failed) return Error(kUnavailable, failed.message(), path.string());
    if (size > kObjectBytesMax) {
      return Error(kDamaged, std::to_string(size) + " octets are too many", path.string());
    }
    std::string bytes(size, '\0');
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (in.gcount() != static_cast<std::streamsize>(bytes.size())) {
      return Error(kUnavailable, "it cannot be read to its end", path.string());
    }
    return bytes;
  }

  Result<std::vector<std::string>> List(const std::string& prefix) override {
    std::vector<std::string> names;
    std::error_code failed;
    if (!fs::exists(options_.folder)) return names;
    for (fs::recursive_directory_iterator at(options_.folder, failed), end; !failed && at != end;
         at.increment(failed)) {
      const std::string name = fs::relative(at->path(), options_.folder).generic_string();
      if (at->is_regular_file() && name.starts_with(prefix) && !name.ends_with(kPartSuffix)) {
        names.push_back(name);
      }
    }
    if (failed) return Error(kUnavailable, failed.message(), options_.folder);
    std::ranges::sort(names);
    return names;
  }

  Result<void> Remove(const std::string& name) override {
    PLAZA_RETURN_IF_ERROR(Step("remove"));
    if (unlink(At(name).c_str()) != 0 && errno != ENOENT) return Failed("remove", At(name));
    return {};
  }

  std::string Where(const std::string& name) const override { return At(name).string(); }

 private:
  fs::path At(const std::string& name) const { return fs::path(options_.folder) / name; }
  Result<void> Step(std::string_view step) const {
    return options_.before_step ? options_.before_step(step) : Result<void>();
  }

  // Each new folder's name is synced in the one above it.
  Result<void> MakeFolder(const fs::path& folder) {
    if (fs::is_directory(folder)) return {};
    const fs::path above = fs::absolute(folder).parent_path();
    if (!fs::is_directory(above)) PLAZA_RETURN_IF_ERROR(MakeFolder(above));
    PLAZA_RETURN_IF_ERROR(Step("make folder"));
    if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return Failed("make folder", folder);
    return SyncFolder(above);
  }

  Result<void> WriteSynced(const fs::path& path, std::string_view bytes) {
    PLAZA_RETURN_IF_ERROR(Step("open"));
    const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (file.get() < 0) return Failed("open", path);
    const std::string_view half = bytes.substr(0, bytes.size() / 2);
    for (const std::string_view piece : {half, bytes.substr(half.size())}) {
      PLAZA_RETURN_IF_ERROR(Step("write"));
      PLAZA_RETURN_IF_ERROR(WriteAll(file.get(), piece, path));
    }
    PLAZA_RETURN_IF_ERROR(Step("sync"));
    if (fsync(file.get()) != 0) return Failed("sync", path);
    return {};
  }

  static Result<void> WriteAll(int file, std::string_view bytes, const fs::path& path) {
    while (!bytes.empty()) {
      const ssize_t written = write(file, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return Failed("write", path);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  Result<void> SyncFolder(const fs::path& path) {
    PLAZA_RETURN_IF_ERROR(Step("sync folder"));
    const Descriptor folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() < 0 || fsync(folder.get()) != 0) return Failed("sync folder", path);
    return {};
  }

  const FolderStoreOptions options_;
};

}  // namespace

std::unique_ptr<ArchiveStore> OpenFolderStore(FolderStoreOptions options) {
  return std::make_unique<FolderStore>(std::move(options));
}

}  // namespace plaza::archive
