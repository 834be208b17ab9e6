#include "libs/base/result.h"

#include <gtest/gtest.h>

#include "libs/base/errors.h"

namespace plaza {
namespace {

Result<int> Half(int n) {
  if (n % 2 != 0) return Error(kBadAmount, std::to_string(n) + " is odd", "n");
  return n / 2;
}

Result<int> Quarter(int n) {
  PLAZA_ASSIGN_OR_RETURN(const int half, Half(n));
  PLAZA_ASSIGN_OR_RETURN(const int quarter, Half(half));
  return quarter;
}

Result<void> MustBeEven(int n) {
  PLAZA_RETURN_IF_ERROR(Half(n));
  return {};
}

TEST(Result, CarriesTheValueOrTheFirstError) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(Quarter(6).error().what(), "3 is odd");
  EXPECT_TRUE(MustBeEven(2).ok());
  EXPECT_TRUE(MustBeEven(3).error().Is(kBadAmount));
}

TEST(Error, SaysWhatWhereAndHowToMendIt) {
  EXPECT_EQ(
      Half(3).error().ToString(),
      "BAD_AMOUNT: 3 is odd, at n. Give a decimal number with the currency's number of places.");
}

TEST(ResultDeathTest, ReadingTheWrongSideIsABug) {
  EXPECT_DEATH({ (void)Half(3).value(); }, "CHECK failed");
  EXPECT_DEATH({ (void)Half(2).error(); }, "CHECK failed");
}

}  // namespace
}  // namespace plaza
