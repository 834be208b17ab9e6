#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "tests/lint/rules.h"

namespace plaza::lint {
namespace {

namespace fs = std::filesystem;

TEST(Lint, TheTreeKeepsTheRulesOfTheHouse) {
  std::string all;
  for (const Violation& v : Check(PLAZA_SOURCE_DIR)) {
    all += v.file + ":" + std::to_string(v.line) + ": " + v.rule + ": " + v.message + "\n";
  }
  EXPECT_EQ(all, "");
}

// A tree with one good library and service, into which each test plants one violation.
class PlantedTree : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "plaza-lint-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    for (const char* lib :
         {"libs/base", "libs/emv", "libs/runtime", "libs/store", "services/fare"}) {
      Write(std::string(lib) + "/README.md", "");
      Write(std::string(lib) + "/CMakeLists.txt", "");
    }
    for (const char* name : {"core/a.h", "app/a.h", "store/a.h", "rpc/a.h", "feed/a.h", "config.h",
                             "limits.h", "errors.h", "service.h"}) {
      Write(std::string("services/fare/") + name, kGood);
    }
    ASSERT_TRUE(Check(root_).empty());
  }
  void TearDown() override { fs::remove_all(root_); }

  void Write(const std::string& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }

  static constexpr const char* kGood = "// What it is for.\n#pragma once\n";
  fs::path root_;
};

TEST_F(PlantedTree, FindsEachViolation) {
  const std::string head = kGood;
  const struct {
    const char* path;
    std::string text;
    const char* rule;
  } table[] = {
      {"libs/base/b.h", head + "#include \"libs/store/db.h\"\n", "arrow"},
      {"libs/emv/tlv/b.h", head + "#include \"libs/emv/oda/oda.h\"\n", "arrow"},
      {"libs/emv/b.h", head + "#include \"libs/runtime/log.h\"\n", "arrow"},
      {"services/fare/core/b.h", head + "#include \"services/clearing/core/x.h\"\n", "arrow"},
      {"services/fare/core/b.h", head + "#include \"services/fare/store/a.h\"\n", "arrow"},
      {"services/fare/app/b.h", head + "#include \"services/fare/rpc/a.h\"\n", "arrow"},
      {"services/fare/app/b.h", head + "#include \"libs/store/db.h\"\n", "arrow"},
      {"services/fare/core/b.h", head + "#include \"libs/emv/tlv/tlv.h\"\n", "arrow"},
      {"services/fare/rpc/b.h", head + "#include \"apps/plaza/serve.h\"\n", "arrow"},
      {"apps/plaza/eval/b.cc", "#include \"libs/store/db.h\"\n", "arrow"},
      {"apps/validator/b.cc", "#include \"services/fare/core/a.h\"\n", "arrow"},
      {"libs/base/b.h", head + "#include \"tests/support/x.h\"\n", "arrow"},
      {"services/fare/core/b.h", head + "#include <chrono>\n", "purity"},
      {"services/fare/core/b.h", head + "#include \"plaza/events/v1/events.pb.h\"\n", "purity"},
      {"libs/base/b.h", head + "#include <thread>\n", "purity"},
      {"services/fare/core/b.h", head + "double price;\n", "float"},
      {"libs/base/b.h", "#pragma once\n", "header"},
      {"libs/base/b.h", "// What it is for.\n#ifndef B\n", "header"},
      {"libs/base/Big.h", head, "name"},
      {"libs/base/b.cc", "void F() { try { G(); } catch (...) {} }\n", "catch"},
      {"apps/plaza/main.cc", std::string(61, '\n'), "size"},
      {"libs/cache/b.h", head, "layout"},
      {"tests/unit/libs/nowhere/b_test.cc", "\n", "layout"},
      {"proto/plaza/a/v1/a.proto", "service A {\n  rpc B(C) returns (D);\n}\n", "proto"},
      {"tests/unit/libs/base/b.h", head + "#include \"tests/unit/libs/base/b.h\"\n", "cycle"},
  };
  for (const auto& row : table) {
    Write(row.path, row.text);
    const auto found = Check(root_);
    const bool seen = std::any_of(found.begin(), found.end(), [&](const Violation& v) {
      return v.rule == row.rule &&
             (v.file == row.path || std::string(row.path).starts_with(v.file));
    });
    EXPECT_TRUE(seen) << row.rule << " in " << row.path;
    fs::remove_all(root_ / row.path);
    if (std::string(row.path).starts_with("libs/cache")) fs::remove_all(root_ / "libs/cache");
  }
}

TEST_F(PlantedTree, FindsACycleOfTwo) {
  Write("libs/base/b.h", std::string(kGood) + "#include \"libs/base/c.h\"\n");
  Write("libs/base/c.h", std::string(kGood) + "#include \"libs/base/b.h\"\n");
  const auto found = Check(root_);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].rule, "cycle");
}

}  // namespace
}  // namespace plaza::lint
