#include "services/clearing/gateway/policy_file.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "services/clearing/errors.h"

namespace plaza::clearing {
namespace {

nlohmann::json Good() {
  return nlohmann::json::parse(R"({
    "timezone": "America/Mexico_City", "cut_off": "03:00:00", "currency": "MXN",
    "first_use": {"visa": {"kind": "verification"}},
    "aggregation": {"visa": {"max_days": 1, "max_amount_minor": null}},
    "response_codes": {"approved": ["00"], "retryable": ["51"], "final": ["41"], "other": "final"},
    "first_ride_risk": {"visa": null}, "retry": {"visa": null},
    "tap_recovery": false, "on_exhausted": "keep",
    "settlement": {"basis": "taken", "fee_basis_points": 150, "payout_min_minor": 1},
    "reconciliation": null})");
}

TEST(PolicyFile, ReadsWhatItSays) {
  const Result<Policy> policy = ParsePolicy(Good().dump());
  ASSERT_TRUE(policy.ok()) << policy.error().ToString();
  EXPECT_EQ(policy->cut_off.seconds, 3 * 3600);
  EXPECT_EQ(policy->currency.code(), "MXN");
  EXPECT_TRUE(policy->verify_first_use);
  EXPECT_EQ(policy->settlement.fee_basis_points, 150);
  EXPECT_EQ(policy->response_codes.ClassOf("51"), CodeClass::kRetryable);
  EXPECT_EQ(policy->response_codes.ClassOf("99"), CodeClass::kFinal);
  EXPECT_EQ(policy->BusinessDay(ParseMoment("2026-11-24T02:59:59-06:00")->instant).ToText(),
            "2026-11-23");
}

TEST(PolicyFile, GuadalajarasPolicyIsGood) {
  const Result<Policy> policy =
      LoadPolicy(std::string(PLAZA_SOURCE_DIR) + "/data/guadalajara/policy");
  ASSERT_TRUE(policy.ok()) << policy.error().ToString();
  EXPECT_EQ(policy->currency.code(), "MXN");
}

TEST(PolicyFile, NamesWhatIsMissing) {
  const nlohmann::json good = Good();
  for (const auto& [key, value] : good.items()) {
    nlohmann::json broken = good;
    broken.erase(key);
    const Result<Policy> policy = ParsePolicy(broken.dump());
    ASSERT_FALSE(policy.ok()) << key;
    EXPECT_TRUE(policy.error().Is(kBadPolicy)) << key;
    EXPECT_EQ(policy.error().where(), "policy." + key);
    if (!value.is_object()) continue;
    for (const auto& [inner, ignored] : value.items()) {
      broken = good;
      broken[key].erase(inner);
      const Result<Policy> without = ParsePolicy(broken.dump());
      ASSERT_FALSE(without.ok()) << key << "." << inner;
      EXPECT_TRUE(without.error().Is(kBadPolicy));
      EXPECT_EQ(without.error().where(), "policy." + key + "." + inner);
    }
  }
}

TEST(PolicyFile, RefusesWhatIsWrongAndWhatIsNotBuilt) {
  const struct {
    const char* pointer;
    nlohmann::json value;
    const ErrorKind& kind;
    const char* where;
  } table[] = {
      {"/timezone", "Mars/Olympus", kBadPolicy, "policy.timezone"},
      {"/cut_off", "3 am", kBadPolicy, "policy.cut_off"},
      {"/currency", "pesos", kBadPolicy, "policy.currency"},
      {"/currency", 5, kBadPolicy, "policy.currency"},
      {"/first_use/visa", "yes", kBadPolicy, "policy.first_use.visa"},
      {"/first_use/visa/kind", "maybe", kBadPolicy, "policy.first_use.visa.kind"},
      {"/first_use/visa/kind", "nominal", kNotSupportedYet, "policy.first_use.visa.kind"},
      {"/first_use/mastercard", nullptr, kNotSupportedYet, "policy.first_use.mastercard"},
      {"/aggregation/visa/max_days", 0, kBadPolicy, "policy.aggregation.visa.max_days"},
      {"/aggregation/visa/max_days", 2, kNotSupportedYet, "policy.aggregation.visa.max_days"},
      {"/aggregation/visa/max_amount_minor", 100, kNotSupportedYet,
       "policy.aggregation.visa.max_amount_minor"},
      {"/response_codes/final", {"00"}, kBadPolicy, "policy.response_codes"},
      {"/response_codes/final", {"0"}, kBadPolicy, "policy.response_codes.final"},
      {"/response_codes/approved", nlohmann::json::array(), kBadPolicy,
       "policy.response_codes.approved"},
      {"/response_codes/other", "approved", kBadPolicy, "policy.response_codes.other"},
      {"/first_ride_risk/visa", {{"deny", true}}, kNotSupportedYet, "policy.first_ride_risk.visa"},
      {"/retry/visa", {{"max_attempts", 6}}, kNotSupportedYet, "policy.retry.visa"},
      {"/tap_recovery", true, kNotSupportedYet, "policy.tap_recovery"},
      {"/on_exhausted", "write_off", kNotSupportedYet, "policy.on_exhausted"},
      {"/reconciliation", {{"age_hours", 48}}, kNotSupportedYet, "policy.reconciliation"},
      {"/settlement/basis", "collected", kNotSupportedYet, "policy.settlement.basis"},
      {"/settlement/fee_basis_points", 10001, kBadPolicy, "policy.settlement.fee_basis_points"},
      {"/settlement/fee_basis_points", 1.5, kBadPolicy, "policy.settlement.fee_basis_points"},
      {"/settlement/payout_min_minor", -1, kBadPolicy, "policy.settlement.payout_min_minor"},
      {"/surprise", 1, kBadPolicy, "policy.surprise"},
  };
  for (const auto& row : table) {
    nlohmann::json broken = Good();
    broken[nlohmann::json::json_pointer(row.pointer)] = row.value;
    const Result<Policy> policy = ParsePolicy(broken.dump());
    ASSERT_FALSE(policy.ok()) << row.pointer << " " << row.value;
    EXPECT_TRUE(policy.error().Is(row.kind)) << policy.error().ToString();
    EXPECT_EQ(policy.error().where(), row.where);
  }
  for (const char* text : {"", "{", "[]", "null", "7"})
    EXPECT_FALSE(ParsePolicy(text).ok()) << text;
}

TEST(PolicyFile, Suppliers) {
  Policy policy;
  ASSERT_TRUE(ParseSuppliers("operator_id,collection_supplier_id\r\nsiteur,broxel\nmimacro,\n",
                             "s.txt", policy)
                  .ok());
  EXPECT_EQ(policy.collection_supplier_of.at("siteur"), "broxel");
  EXPECT_EQ(policy.collection_supplier_of.at("mimacro"), "");
  const struct {
    const char* csv;
    const char* where;
  } table[] = {{"a,b\n", "s.txt:1"},
               {"operator_id,collection_supplier_id\nx\n", "s.txt:2"},
               {"operator_id,collection_supplier_id\nx,y,z\n", "s.txt:2"},
               {"operator_id,collection_supplier_id\nx,y\n\n,z\n", "s.txt:4"},
               {"operator_id,collection_supplier_id\nx,y\nx,z\n", "s.txt:3"}};
  for (const auto& row : table) {
    Policy fresh;
    const Result<void> read = ParseSuppliers(row.csv, "s.txt", fresh);
    ASSERT_FALSE(read.ok()) << row.csv;
    EXPECT_EQ(read.error().where(), row.where);
  }
}

TEST(PolicyFile, AMissingFolderIsNamed) {
  const Result<Policy> policy = LoadPolicy("/nowhere");
  ASSERT_FALSE(policy.ok());
  EXPECT_NE(policy.error().where().find("/nowhere/clearing.json"), std::string::npos);
}

}  // namespace
}  // namespace plaza::clearing
