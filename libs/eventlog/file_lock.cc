#include "libs/eventlog/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "libs/eventlog/errors.h"

namespace plaza::eventlog {

Result<std::unique_ptr<FileLock>> FileLock::Take(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return Error(kLogUnavailable, std::strerror(errno), path);
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    const bool taken = errno == EWOULDBLOCK;
    const std::string what = taken ? "locked by another owner" : std::strerror(errno);
    close(descriptor);
    return Error(taken ? kLogInUse : kLogUnavailable, what, path);
  }
  return std::unique_ptr<FileLock>(new FileLock(descriptor));
}

FileLock::~FileLock() { close(descriptor_); }

}  // namespace plaza::eventlog
