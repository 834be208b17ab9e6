// The files of a journal, injected so that a test can crash it (tests/support/emv). PosixFiles() is
// the real one.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "libs/base/bytes.h"
#include "libs/base/result.h"

namespace plaza::emv {

// An open file. Not thread-safe. Errors: JOURNAL_IO.
class JournalFile {
 public:
  virtual ~JournalFile() = default;
  virtual Result<std::uint64_t> Size() = 0;
  virtual Result<Bytes> ReadAt(std::uint64_t offset, std::size_t length) = 0;  // shorter at the end
  virtual Result<void> WriteAt(std::uint64_t offset,
                               ByteView data) = 0;  // extends; all or an error
  virtual Result<void> Truncate(std::uint64_t size) = 0;
  virtual Result<void> Sync() = 0;  // what was written survives a power cut (fdatasync)
};

class FileEnv {
 public:
  virtual ~FileEnv() = default;
  virtual Result<void> MakeFolder(const std::string& folder) = 0;  // fine if it is there
  virtual Result<std::vector<std::string>> List(const std::string& folder) = 0;  // names, sorted
  virtual Result<std::unique_ptr<JournalFile>> Open(
      const std::string& path) = 0;  // created if absent
  virtual Result<void> Remove(const std::string& path) = 0;
  // Replaces what is at `to`; at each moment one or the other is there.
  virtual Result<void> Rename(const std::string& from, const std::string& to) = 0;
  virtual Result<void> SyncFolder(
      const std::string& folder) = 0;  // names created, renamed and removed survive
};

FileEnv& PosixFiles();

}  // namespace plaza::emv
