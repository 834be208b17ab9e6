// The deny list that a gate keeps on its disk, so that it refuses also when it was started while
// tap-ingest is away (docs/formats/deny-list.md, "The gate's file"). One thread.
#pragma once
#include <memory>
#include <string>

#include "libs/base/civil.h"
#include "libs/base/result.h"
#include "libs/emv/transit/deny_list.h"

namespace plaza::validator {

class DenyListFile {
 public:
  explicit DenyListFile(std::string path) : path_(std::move(path)) {}

  struct Kept {
    std::shared_ptr<const emv::DenyList> list = std::make_shared<const emv::DenyList>();
    Instant confirmed;  // when tap-ingest last said that it is the current one; 1970: never
  };
  // An empty list if there is no file. BAD_DENY_LIST_FILE.
  Result<Kept> Read() const;
  // The new list replaces the old one once it is synced.
  Result<void> Write(const emv::DenyList& list, Instant confirmed) const;
  // The list is still current. Not synced: a power cut makes the list look older than it is.
  Result<void> Confirm(Instant at) const;

 private:
  std::string path_;
};

}  // namespace plaza::validator
