#include "apps/plaza/servers/small_disk.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "apps/plaza/servers/errors.h"

namespace plaza::servers {

namespace fs = std::filesystem;

Result<std::unique_ptr<SmallDisk>> SmallDisk::Mount(const fs::path& folder, std::uint64_t bytes) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) return Error(kServerFolder, failed.message(), folder.string());
  const std::string size = "size=" + std::to_string(bytes);
  if (mount("tmpfs", folder.c_str(), "tmpfs", 0, size.c_str()) != 0) {
    return Error(kServerFolder, std::string("mounting a tmpfs: ") + std::strerror(errno),
                 folder.string());
  }
  return std::unique_ptr<SmallDisk>(new SmallDisk(folder));
}

SmallDisk::~SmallDisk() { umount2(folder_.c_str(), MNT_DETACH); }

Result<void> SmallDisk::Fill(std::uint64_t bytes_left) const {
  std::error_code failed;
  const fs::space_info space = fs::space(folder_, failed);
  if (failed) return Error(kServerFolder, failed.message(), folder_.string());
  if (space.available <= bytes_left) return {};
  const int fd = open(ballast().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const int refused =
      posix_fallocate(fd, 0, static_cast<off_t>(space.available - bytes_left));  // EBADF of -1
  close(fd);
  // Whoever wrote meanwhile has filled it as well.
  if (refused == 0 || refused == ENOSPC) return {};
  return Error(kServerFolder, std::strerror(refused), ballast().string());
}

void SmallDisk::Free() const {
  std::error_code none_there;
  fs::remove(ballast(), none_there);
}

}  // namespace plaza::servers
