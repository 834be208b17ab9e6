#include "tests/contract/store/fixture.h"

namespace plaza::store::contract {
namespace {

class Requests : public StoreContract {
 protected:
  void SetUp() override {
    StoreContract::SetUp();
    ASSERT_TRUE(db_->Migrate("requests", RequestsMigrations()).ok());
    Migrate("CREATE TABLE effects (n BIGINT)");
  }
  Result<std::string> Call(const std::string& method, const std::string& id,
                           const std::string& body, const std::string& answer) {
    return db_->Write([&](Tx& tx) -> Result<std::string> {
      return OncePerRequest(tx, method, id, AsBytes(body), [&]() -> Result<std::string> {
        tx.Exec("INSERT INTO effects (n) VALUES (1)");
        if (answer == "refuse") return Error(kStoreBusy, "refused");
        return answer;
      });
    });
  }
};

TEST_P(Requests, SameIdAndBodyGetTheSameAnswerAndOneEffect) {
  const std::string answer("a\0b", 3);
  for (int i = 0; i < 3; ++i) {
    const auto got = Call("Grant", "r1", "body", i == 0 ? answer : "another");
    ASSERT_TRUE(got.ok()) << got.error().ToString();
    EXPECT_EQ(*got, answer);
  }
  EXPECT_EQ(Count("effects"), 1);
}

TEST_P(Requests, AnotherBodyIsRefused) {
  ASSERT_TRUE(Call("Grant", "r1", "body", "a").ok());
  const auto refused = Call("Grant", "r1", "other", "a");
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(refused.error().Is(kRequestIdReused));
  EXPECT_EQ(Count("effects"), 1);
}

TEST_P(Requests, IdsBelongToTheirMethod) {
  ASSERT_TRUE(Call("Grant", "r1", "body", "a").ok());
  ASSERT_TRUE(Call("Revoke", "r1", "other", "b").ok());
  EXPECT_EQ(Count("effects"), 2);
}

TEST_P(Requests, ARefusalIsNotKept) {
  ASSERT_FALSE(Call("Grant", "r1", "body", "refuse").ok());
  EXPECT_EQ(Count("effects"), 0);
  ASSERT_TRUE(Call("Grant", "r1", "body", "a").ok());
  EXPECT_EQ(Count("effects"), 1);
}

TEST_P(Requests, AnIdHasOneToTwoHundredBytes) {
  for (const std::size_t size : {0U, 201U}) {
    const auto refused = Call("Grant", std::string(size, 'x'), "body", "a");
    ASSERT_FALSE(refused.ok());
    EXPECT_TRUE(refused.error().Is(kBadRequestId));
  }
  EXPECT_TRUE(Call("Grant", std::string(200, 'x'), "body", "a").ok());
}

INSTANTIATE_TEST_SUITE_P(Store, Requests, ::testing::ValuesIn(Backends()), BackendName);

}  // namespace
}  // namespace plaza::store::contract
