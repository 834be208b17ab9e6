#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "libs/emv/errors.h"
#include "libs/emv/journal/file_env.h"

namespace plaza::emv {
namespace {

Error Io(const char* call, const std::string& path) {
  return Error(errors::kJournalIo, std::string(call) + ": " + std::strerror(errno), path);
}

class PosixFile final : public JournalFile {
 public:
  PosixFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~PosixFile() override { ::close(fd_); }
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  Result<std::uint64_t> Size() override {
    struct stat status {};
    if (::fstat(fd_, &status) != 0) return Io("fstat", path_);
    return static_cast<std::uint64_t>(status.st_size);
  }

  Result<Bytes> ReadAt(std::uint64_t offset, std::size_t length) override {
    Bytes out(length);
    std::size_t done = 0;
    while (done < length) {
      const ssize_t n =
          ::pread(fd_, out.data() + done, length - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return Io("pread", path_);
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    out.resize(done);
    return out;
  }

  Result<void> WriteAt(std::uint64_t offset, ByteView data) override {
    std::size_t done = 0;
    while (done < data.size()) {
      const ssize_t n =
          ::pwrite(fd_, data.data() + done, data.size() - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return Io("pwrite", path_);
      done += static_cast<std::size_t>(n);
    }
    return {};
  }

  Result<void> Truncate(std::uint64_t size) override {
    return ::ftruncate(fd_, static_cast<off_t>(size)) == 0 ? Result<void>()
                                                           : Io("ftruncate", path_);
  }

  Result<void> Sync() override {
    return ::fdatasync(fd_) == 0 ? Result<void>() : Io("fdatasync", path_);
  }

 private:
  int fd_;
  std::string path_;
};

class PosixEnv final : public FileEnv {
 public:
  Result<void> MakeFolder(const std::string& folder) override {
    if (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return {};
    return Io("mkdir", folder);
  }

  Result<std::vector<std::string>> List(const std::string& folder) override {
    DIR* directory = ::opendir(folder.c_str());
    if (directory == nullptr) return Io("opendir", folder);
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(directory)) names.emplace_back(entry->d_name);
    ::closedir(directory);
    std::ranges::sort(names);
    return names;
  }

  Result<std::unique_ptr<JournalFile>> Open(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return Io("open", path);
    auto file = std::make_unique<PosixFile>(fd, path);
    // Released by the system when the file is closed, also by a crash.
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0)
      return Io("flock (is it in use by another process?)", path);
    return std::unique_ptr<JournalFile>(std::move(file));
  }

  Result<void> Remove(const std::string& path) override {
    return ::unlink(path.c_str()) == 0 || errno == ENOENT ? Result<void>() : Io("unlink", path);
  }

  Result<void> Rename(const std::string& from, const std::string& to) override {
    return ::rename(from.c_str(), to.c_str()) == 0 ? Result<void>() : Io("rename", from);
  }

  Result<void> SyncFolder(const std::string& folder) override {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return Io("open", folder);
    const bool synced = ::fsync(fd) == 0;
    const Error error = Io("fsync", folder);
    ::close(fd);
    return synced ? Result<void>() : error;
  }
};

}  // namespace

FileEnv& PosixFiles() {
  static PosixEnv env;
  return env;
}

}  // namespace plaza::emv
