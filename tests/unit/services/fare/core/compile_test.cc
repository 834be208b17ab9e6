#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/digest.h"
#include "libs/base/hex.h"
#include "tests/unit/services/fare/core/support.h"

namespace plaza::fare::testing {
namespace {

constexpr const char* kProducts = "fare_product_id,amount,currency\np,1.00,MXN\n";

struct BadTariff {
  const char* name;
  TariffFiles files;
  const char* code;
  const char* file;
  int line;
  int column;
};

class BadTariffTest : public ::testing::TestWithParam<BadTariff> {};

TEST_P(BadTariffTest, IsRefusedWithItsPlace) {
  const CompiledTariff compiled = Compile(GetParam().files);
  EXPECT_FALSE(compiled.ok());
  ASSERT_FALSE(compiled.errors.empty());
  const LintIssue& issue = compiled.errors.front();
  EXPECT_EQ(issue.code, GetParam().code) << issue.message;
  EXPECT_EQ(issue.file, GetParam().file);
  EXPECT_EQ(issue.line, GetParam().line);
  EXPECT_EQ(issue.column, GetParam().column);
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadTariffTest,
    ::testing::Values(
        BadTariff{"comma_amount",
                  {{"fare_products.txt", "fare_product_id,amount,currency\np,1,45,MXN\n"}},
                  "BAD_AMOUNT",
                  "fare_products.txt",
                  2,
                  2},
        BadTariff{"quoted_comma",
                  {{"fare_products.txt", "fare_product_id,amount,currency\np,\"1,45\",MXN\n"}},
                  "BAD_AMOUNT",
                  "fare_products.txt",
                  2,
                  2},
        BadTariff{"too_many_places",
                  {{"fare_products.txt", "fare_product_id,amount,currency\np,1.455,MXN\n"}},
                  "BAD_AMOUNT",
                  "fare_products.txt",
                  2,
                  2},
        BadTariff{"pesos_have_no_places",
                  {{"fare_products.txt", "fare_product_id,amount,currency\np,800.50,CLP\n"}},
                  "BAD_AMOUNT",
                  "fare_products.txt",
                  2,
                  2},
        BadTariff{
            "mixed",
            {{"fare_products.txt", "fare_product_id,amount,currency\np,1.00,MXN\nq,1.00,USD\n"}},
            "MIXED_CURRENCY",
            "fare_products.txt",
            3,
            3},
        BadTariff{
            "duplicate",
            {{"fare_products.txt", "fare_product_id,amount,currency\np,1.00,MXN\np,2.00,MXN\n"}},
            "DUPLICATE_KEY",
            "fare_products.txt",
            3,
            1},
        BadTariff{"unknown_product",
                  {{"fare_products.txt", kProducts},
                   {"fare_leg_rules.txt", "network_id,fare_product_id\nn,\nn,q\n"}},
                  "MISSING_VALUE",
                  "fare_leg_rules.txt",
                  2,
                  2},
        BadTariff{"unknown_network",
                  {{"fare_products.txt", kProducts},
                   {"networks.txt", "network_id\nn\n"},
                   {"fare_leg_rules.txt", "network_id,fare_product_id\nm,p\n"}},
                  "UNKNOWN_ID",
                  "fare_leg_rules.txt",
                  2,
                  1},
        BadTariff{"too_wide", {{"areas.txt", "area_id\na,b\n"}}, "BAD_ROW", "areas.txt", 2, 2},
        BadTariff{"broken_quotes",
                  {{"areas.txt", "area_id,area_name\na,\"b\n"}},
                  "BAD_CSV",
                  "areas.txt",
                  2,
                  2},
        BadTariff{"missing_column",
                  {{"fare_leg_rules.txt", "network_id\nn\n"}},
                  "MISSING_COLUMN",
                  "fare_leg_rules.txt",
                  1,
                  0},
        BadTariff{"overnight",
                  {{"timeframes.txt",
                    "timeframe_group_id,start_time,end_time,service_id\ng,22:00:00,05:00:00,\n"}},
                  "BAD_TIME",
                  "timeframes.txt",
                  2,
                  2},
        BadTariff{"bad_zone",
                  {{"agency.txt", "agency_id,agency_timezone\na,Mars/Olympus\n"}},
                  "BAD_ZONE",
                  "agency.txt",
                  2,
                  2},
        BadTariff{
            "two_defaults",
            {{"rider_categories.txt", "rider_category_id,is_default_fare_category\na,1\nb,1\n"}},
            "BAD_VALUE",
            "rider_categories.txt",
            3,
            2},
        BadTariff{"overlap",
                  {{"tariff.txt",
                    "tariff_version_id,valid_from,valid_until,time_zone\na,2025-01-01,2026-04-02,"
                    "Etc/UTC\nb,2026-04-01,,Etc/UTC\n"}},
                  "OVERLAPPING_VERSIONS",
                  "tariff.txt",
                  0,
                  0},
        BadTariff{"digest",
                  {{"fare_products.txt", kProducts},
                   {"tariff.txt", "tariff_version_id,time_zone,sha256\na,Etc/UTC,00\n"}},
                  "DIGEST_MISMATCH",
                  "tariff.txt",
                  2,
                  3}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(CompileTest, RealFeedsDirtIsRead) {
  // Byte-order mark, CRLF, blanks around headers and values, blank lines, no last newline.
  const auto tariff =
      MustCompile({{"fare_products.txt",
                    "\xEF\xBB\xBF fare_product_id , amount,currency \r\n\r\n p ,  1.45 , MXN "},
                   {"fare_leg_rules.txt", "fare_product_id\r\np\r\n"}});
  EXPECT_THAT(Charges(RateTaps(*tariff, {Single("t", Today("08:00"), "n")})),
              ::testing::ElementsAre(145));
}

TEST(CompileTest, LinesCountBlankLinesAndQuotedNewlines) {
  const CompiledTariff compiled =
      Compile({{"areas.txt", "area_id,area_name\n\na,\"two\nlines\"\na,again\n"}});
  ASSERT_EQ(compiled.errors.size(), 1u);
  EXPECT_EQ(compiled.errors[0].code, "DUPLICATE_KEY");
  EXPECT_EQ(compiled.errors[0].line, 5);
}

TEST(CompileTest, UnknownColumnsAreReportedOnceAndDoNoHarm) {
  const CompiledTariff compiled =
      Compile({{"fare_products.txt", "fare_product_id,amount,currency,colour\np,1.00,MXN,red\n"},
               {"tariff.txt",
                "tariff_version_id,valid_from,valid_until,time_zone\na,,2026-01-01,Etc/"
                "UTC\nb,2026-01-01,,Etc/UTC\n"}});
  EXPECT_TRUE(compiled.ok());
  ASSERT_EQ(compiled.warnings.size(), 1u);
  EXPECT_EQ(compiled.warnings[0].code, "UNKNOWN_COLUMN");
  EXPECT_EQ(compiled.warnings[0].column, 4);
}

TEST(CompileTest, DigestIsOverNameSizeAndBytesInOrder) {
  const std::string areas = "area_id\na\n";
  const std::string products = kProducts;
  const std::string hashed = "areas.txt\n" + std::to_string(areas.size()) + "\n" + areas +
                             "fare_products.txt\n" + std::to_string(products.size()) + "\n" +
                             products;
  const std::string digest = ToHex(ByteView(Sha256(AsBytes(hashed))));
  const CompiledTariff compiled = Compile(
      {{"v1/areas.txt", areas},
       {"fare_products.txt", products},
       {"areas.txt", "area_id\nnot this one\n"},
       {"README.md", "not a file of the version"},
       {"tariff.txt", "tariff_version_id,path,time_zone,sha256\na,v1,Etc/UTC," + digest + "\n"}});
  EXPECT_TRUE(compiled.ok()) << (compiled.errors.empty() ? "" : compiled.errors[0].message);
}

TEST(CompileTest, FirstErrorAsOneValue) {
  const Error error = TariffError(Compile({{"areas.txt", "area_id\na\na\n"}}));
  EXPECT_EQ(error.reason(), "TARIFF_INVALID");
  EXPECT_EQ(error.where(), "areas.txt:3:1");
}

}  // namespace
}  // namespace plaza::fare::testing
