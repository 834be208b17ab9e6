// The fixture of the conformance suite: a fresh database per test.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/store/errors.h"
#include "tests/contract/store/backend.h"

namespace plaza::store::contract {

class StoreContract : public ::testing::TestWithParam<BackendFactory> {
 protected:
  void SetUp() override {
    backend_ = GetParam().make();
    auto opened = backend_->Open();
    ASSERT_TRUE(opened.ok()) << opened.error().ToString();
    db_ = std::move(opened).value();
  }
  void Migrate(const std::string& sql) {
    const std::vector<Migration> migrations = {{1, "0001_test", sql}};
    const auto done = db_->Migrate("test", migrations);
    ASSERT_TRUE(done.ok()) << done.error().ToString();
  }
  Result<void> Write(const std::string& sql, std::vector<Param> params = {}) {
    return db_->Write([&](Tx& tx) -> Result<void> {
      tx.Exec(sql, std::span<const Param>(params));
      return {};
    });
  }
  std::int64_t Count(const std::string& table) {
    auto count = db_->Read([&](Tx& tx) -> Result<std::int64_t> {
      return tx.QueryOne("SELECT COUNT(*) FROM " + table, {}, "i")->Int(0);
    });
    EXPECT_TRUE(count.ok()) << count.error().ToString();
    return count.ok() ? *count : -1;
  }

  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Db> db_;
};

inline std::string BackendName(const ::testing::TestParamInfo<BackendFactory>& info) {
  return info.param.name;
}

}  // namespace plaza::store::contract
