// A claim on a file by this process: ends with the object, or with the process however it ends.
#pragma once
#include <memory>
#include <string>

#include "libs/base/result.h"

namespace plaza::eventlog {

class FileLock {
 public:
  // LOG_IN_USE if another process has it; LOG_UNAVAILABLE if the file cannot be made.
  static Result<std::unique_ptr<FileLock>> Take(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace plaza::eventlog
