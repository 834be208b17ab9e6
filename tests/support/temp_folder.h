// A fresh folder for one test, removed at its end.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <string>

#include "libs/base/check.h"

namespace plaza::testing {

class TempFolder {
 public:
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "plaza-test-XXXXXX").string();
    PLAZA_CHECK(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~TempFolder() {
    std::error_code ignored;  // a test that failed may still hold files open
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace plaza::testing
